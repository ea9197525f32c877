/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void dais_channels_attach (GstElement *converter, guint left, guint right);

G_END_DECLS
