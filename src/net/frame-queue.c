/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/frame-queue.h"

#define FIRST_SIZE 8

static void
grow (DaisFrameQueue *self)
{
  guint size = self->size > 0 ? self->size * 2 : FIRST_SIZE;
  GBytes **ring = g_new (GBytes *, size);

  for (guint i = 0; i < self->length; i++)
    ring[i] = self->ring[(self->first + i) & (self->size - 1)];
  g_free (self->ring);
  self->ring = ring;
  self->size = size;
  self->first = 0;
}

/**
 * dais_frame_queue_push:
 * @self: the queue
 * @frame: (transfer none): referenced until it is gone
 */
void
dais_frame_queue_push (DaisFrameQueue *self, GBytes *frame)
{
  if (self->length == self->size)
    grow (self);
  self->ring[(self->first + self->length) & (self->size - 1)] = g_bytes_ref (
      frame);
  self->length++;
  self->bytes += g_bytes_get_size (frame);
}

/**
 * dais_frame_queue_peek:
 * @self: the queue
 * @vectors: (out caller-allocates): for writev()
 * @n_vectors: room in @vectors
 *
 * Returns: how many are filled
 */
guint
dais_frame_queue_peek (
    DaisFrameQueue *self, struct iovec *vectors, guint n_vectors)
{
  guint n = MIN (self->length, n_vectors);

  for (guint i = 0; i < n; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (
        self->ring[(self->first + i) & (self->size - 1)], &size);
    gsize skip = i == 0 ? self->offset : 0;

    vectors[i].iov_base = (gpointer) (data + skip);
    vectors[i].iov_len = size - skip;
  }
  return n;
}

/**
 * dais_frame_queue_drop:
 * @self: the queue
 * @bytes: that were written
 */
void
dais_frame_queue_drop (DaisFrameQueue *self, gsize bytes)
{
  self->bytes -= bytes;
  bytes += self->offset;
  while (self->length > 0) {
    GBytes *frame = self->ring[self->first];
    gsize size = g_bytes_get_size (frame);

    if (bytes < size)
      break;
    bytes -= size;
    g_bytes_unref (frame);
    self->first = (self->first + 1) & (self->size - 1);
    self->length--;
  }
  self->offset = bytes;
  if (self->length == 0)
    dais_frame_queue_clear (self);
}

/**
 * dais_frame_queue_clear:
 * @self: the queue
 *
 * Lets everything go, the memory too.
 */
void
dais_frame_queue_clear (DaisFrameQueue *self)
{
  for (guint i = 0; i < self->length; i++)
    g_bytes_unref (self->ring[(self->first + i) & (self->size - 1)]);
  g_clear_pointer (&self->ring, g_free);
  self->size = self->first = self->length = 0;
  self->offset = self->bytes = 0;
}
