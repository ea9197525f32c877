/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <sys/uio.h>

G_BEGIN_DECLS

/**
 * DaisFrameQueue:
 *
 * Shared frames that wait for one socket: a ring that is empty, and then holds
 * no memory, almost always.
 */
typedef struct {
  GBytes **ring; /* (nullable) */
  guint size;    /* of the ring, a power of two */
  guint first;
  guint length;
  gsize offset; /* bytes of the first frame that are gone already */
  gsize bytes;  /* in all that are still to go */
} DaisFrameQueue;

void dais_frame_queue_push (DaisFrameQueue *self, GBytes *frame);
/* Fills @vectors with what is next; returns how many. */
guint dais_frame_queue_peek (
    DaisFrameQueue *self, struct iovec *vectors, guint n_vectors);
void dais_frame_queue_drop (DaisFrameQueue *self, gsize bytes);
void dais_frame_queue_clear (DaisFrameQueue *self);

G_END_DECLS
