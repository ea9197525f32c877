/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"

G_BEGIN_DECLS

/* A picture that says what is missing. */
GstBuffer *dais_slate_new (const DaisCanvas *canvas, const gchar *title,
    const gchar *subtitle, GstAllocator *allocator);

G_END_DECLS
