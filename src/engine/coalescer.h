/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DaisCoalescer DaisCoalescer;

/* A piece is ready; key: it begins with a key frame. */
typedef void (*DaisCoalescerPiece) (
    GBytes *piece, gboolean key, gpointer user_data);

DaisCoalescer *dais_coalescer_new (
    gint64 window_us, DaisCoalescerPiece piece, gpointer user_data);
void dais_coalescer_free (DaisCoalescer *self);

void dais_coalescer_add (DaisCoalescer *self, gconstpointer data, gsize size,
    gboolean key, gboolean whole, gint64 now_us);
void dais_coalescer_flush (DaisCoalescer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisCoalescer, dais_coalescer_free)

G_END_DECLS
