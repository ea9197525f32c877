/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/fan-out-ring.h"

#define RING_PIECES 128
#define RING_BYTES  (16 * 1024 * 1024)
#define LAG_US      (4 * G_USEC_PER_SEC) /* then jump to a key piece */

typedef struct {
  GBytes *bytes;
  gint64 at_us;
} Piece;

struct _DaisFanOutRing {
  Piece pieces[RING_PIECES];
  guint64 first; /* sequence number of the oldest piece */
  guint64 end;   /* of the piece to come */
  gint64 key;    /* of the newest key piece, -1 = none in the ring */
  gsize bytes;
};

/**
 * dais_fan_out_ring_new:
 *
 * Returns: (transfer full): an empty ring
 */
DaisFanOutRing *
dais_fan_out_ring_new (void)
{
  DaisFanOutRing *self = g_new0 (DaisFanOutRing, 1);

  self->key = -1;
  return self;
}

/**
 * dais_fan_out_ring_free:
 * @self: (transfer full): a ring
 */
void
dais_fan_out_ring_free (DaisFanOutRing *self)
{
  dais_fan_out_ring_clear (self);
  g_free (self);
}

static Piece *
ring_get (DaisFanOutRing *self, guint64 sequence)
{
  return &self->pieces[sequence % RING_PIECES];
}

static void
ring_drop_oldest (DaisFanOutRing *self)
{
  Piece *piece = ring_get (self, self->first);

  if (self->key == (gint64) self->first)
    self->key = -1;
  self->bytes -= g_bytes_get_size (piece->bytes);
  g_clear_pointer (&piece->bytes, g_bytes_unref);
  self->first++;
}

/**
 * dais_fan_out_ring_clear:
 * @self: a ring
 *
 * Forgets all pieces.
 */
void
dais_fan_out_ring_clear (DaisFanOutRing *self)
{
  while (self->first < self->end)
    ring_drop_oldest (self);
}

/**
 * dais_fan_out_ring_add:
 * @self: a ring
 * @piece: the newest piece; shared
 * @key: whether a viewer may begin with it
 *
 * Makes room by forgetting the oldest ones.
 */
void
dais_fan_out_ring_add (DaisFanOutRing *self, GBytes *piece, gboolean key)
{
  Piece *place = NULL;

  while (self->first < self->end &&
      (self->end - self->first >= RING_PIECES ||
          self->bytes + g_bytes_get_size (piece) > RING_BYTES))
    ring_drop_oldest (self);
  place = ring_get (self, self->end);
  place->bytes = g_bytes_ref (piece);
  place->at_us = g_get_monotonic_time ();
  self->bytes += g_bytes_get_size (piece);
  if (key)
    self->key = (gint64) self->end;
  self->end++;
}

/**
 * dais_fan_out_ring_enter:
 * @self: a ring
 * @place: (out caller-allocates): behind all that is there, to go on with a
 *     key piece
 */
void
dais_fan_out_ring_enter (DaisFanOutRing *self, DaisFanOutPlace *place)
{
  place->next = self->end;
  place->needs_key = TRUE;
}

/**
 * dais_fan_out_ring_next:
 * @self: a ring
 * @place: (inout): moves on
 *
 * Who is more than four seconds behind goes on with the newest key piece.
 *
 * Returns: (transfer full) (nullable): a piece; NULL when the viewer has all
 *     there is for it
 */
GBytes *
dais_fan_out_ring_next (DaisFanOutRing *self, DaisFanOutPlace *place)
{
  if (!place->needs_key &&
      (place->next < self->first ||
          (place->next < self->end &&
              g_get_monotonic_time () - ring_get (self, place->next)->at_us >
                  LAG_US)))
    place->needs_key = TRUE;
  if (place->needs_key) {
    if (self->key < 0 || (guint64) self->key < place->next)
      return NULL;
    place->next = (guint64) self->key;
    place->needs_key = FALSE;
  }
  if (place->next >= self->end)
    return NULL;
  return g_bytes_ref (ring_get (self, place->next++)->bytes);
}
