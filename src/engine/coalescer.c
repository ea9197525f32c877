/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/coalescer.h"

/* A muxer's buffers are small: block header, frame, block header, sound. Sent
 * one by one to each viewer they cost six times what they cost in pieces of a
 * tenth of a second. One thread at a time. */

#define MAX_PIECE (4 * 1024 * 1024)

struct _DaisCoalescer {
  gint64 window_us;
  DaisCoalescerPiece piece;
  gpointer user_data;
  GByteArray *pending;
  gboolean key;
  gint64 began_us;
};

/**
 * dais_coalescer_new:
 * @window_us: how long a piece is collected at most
 * @piece: (scope notified): gets each piece, on the caller's thread
 * @user_data: for @piece
 *
 * Returns: (transfer full): an empty coalescer
 */
DaisCoalescer *
dais_coalescer_new (
    gint64 window_us, DaisCoalescerPiece piece, gpointer user_data)
{
  DaisCoalescer *self = g_new0 (DaisCoalescer, 1);

  self->window_us = window_us;
  self->piece = piece;
  self->user_data = user_data;
  self->pending = g_byte_array_new ();
  return self;
}

/**
 * dais_coalescer_free:
 * @self: (transfer full): a coalescer; what it still holds is forgotten
 */
void
dais_coalescer_free (DaisCoalescer *self)
{
  g_byte_array_unref (self->pending);
  g_free (self);
}

/**
 * dais_coalescer_flush:
 * @self: a coalescer
 *
 * Hands over what is collected, if there is anything.
 */
void
dais_coalescer_flush (DaisCoalescer *self)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->pending->len == 0)
    return;
  bytes = g_byte_array_free_to_bytes (self->pending);
  self->pending = g_byte_array_new ();
  self->piece (bytes, self->key, self->user_data);
  self->key = FALSE;
}

/**
 * dais_coalescer_add:
 * @self: a coalescer
 * @data: the next bytes of the stream
 * @size: how many
 * @key: whether a viewer may begin with them
 * @whole: whether another place of the stream may follow them
 * @now_us: monotonic time
 *
 * A key begins a new piece, so that what is before it goes out at once; a
 * piece goes out when its window is over and it is whole, because a slow
 * viewer jumps from the end of one to the beginning of another.
 */
void
dais_coalescer_add (DaisCoalescer *self, gconstpointer data, gsize size,
    gboolean key, gboolean whole, gint64 now_us)
{
  if (key || self->pending->len + size > MAX_PIECE)
    dais_coalescer_flush (self);
  if (self->pending->len == 0) {
    self->began_us = now_us;
    self->key = key;
  }
  g_byte_array_append (self->pending, data, (guint) size);
  if (whole && now_us - self->began_us >= self->window_us)
    dais_coalescer_flush (self);
}
