/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The pieces of a stream's last seconds, shared by all its viewers. No lock of
 * its own. */
typedef struct _DaisFanOutRing DaisFanOutRing;

/* Where a viewer is in the stream. */
typedef struct {
  guint64 next;       /* sequence number of its next piece */
  gboolean needs_key; /* which must be a key piece */
} DaisFanOutPlace;

DaisFanOutRing *dais_fan_out_ring_new (void);
void dais_fan_out_ring_free (DaisFanOutRing *self);

void dais_fan_out_ring_add (DaisFanOutRing *self, GBytes *piece, gboolean key);
void dais_fan_out_ring_clear (DaisFanOutRing *self);

void dais_fan_out_ring_enter (DaisFanOutRing *self, DaisFanOutPlace *place);
GBytes *dais_fan_out_ring_next (DaisFanOutRing *self, DaisFanOutPlace *place);

G_END_DECLS
