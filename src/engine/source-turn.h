/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void dais_turn_attach (GstElement *first, GstElement *flip, guint degrees);

G_END_DECLS
