/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"
#include "engine/control.h"

G_BEGIN_DECLS

/* One wire socket of a source: whole pictures, another size of them, or sound.
 * Main thread, but for push and answer. */
typedef struct _DaisTap DaisTap;

DaisTap *dais_tap_new (DaisControl *control, const gchar *suffix, GstCaps *caps,
    const DaisCanvas *size, GCallback clients_changed, gpointer user_data);
void dais_tap_free (DaisTap *self);
guint dais_tap_get_clients (DaisTap *self);
guint64 dais_tap_get_frames (DaisTap *self);

/* Any thread; never blocks. */
void dais_tap_push (DaisTap *self, GstBuffer *buffer);
gboolean dais_tap_answer (DaisTap *self, GstQuery *query);
GstAllocator *dais_tap_get_allocator (DaisTap *self);

G_END_DECLS
