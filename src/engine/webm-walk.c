/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/webm-walk.h"

/* RFC 8794 §5, §6; RFC 9559 §5.1 */
#define ID_SEGMENT    0x18538067
#define ID_CLUSTER    0x1f43b675
#define MAX_ID_SIZE   4
#define MAX_SIZE_SIZE 8

/* Bytes of a variable-size integer by its first one; 0 = that is none. */
static guint
length_of (guint8 first, guint most)
{
  for (guint i = 0; i < most; i++) {
    if ((first & (0x80 >> i)) != 0)
      return i + 1;
  }
  return 0;
}

static guint64
value_of (const guint8 *data, guint length, guint8 first)
{
  guint64 value = first;

  for (guint i = 1; i < length; i++)
    value = value << 8 | data[i];
  return value;
}

/* TRUE when the head is whole and was used. */
static gboolean
read_head (DaisWebmWalk *self)
{
  guint id_size = length_of (self->head[0], MAX_ID_SIZE);
  guint size_size = 0;
  const guint8 *size = self->head + id_size;
  guint64 id = 0;

  if (id_size == 0) {
    self->head_size = 0; /* no WebM: every byte for itself */
    return TRUE;
  }
  if (self->head_size <= id_size)
    return FALSE;
  size_size = length_of (*size, MAX_SIZE_SIZE);
  if (size_size != 0 && self->head_size < id_size + size_size)
    return FALSE;
  self->head_size = 0;
  id = value_of (self->head, id_size, self->head[0]);
  if (size_size != 0 && id != ID_SEGMENT && id != ID_CLUSTER)
    self->left = value_of (
        size, size_size, (guint8) (*size & (0xff >> size_size)));
  return TRUE;
}

/**
 * dais_webm_walk:
 * @self: where the stream is
 * @data: its next bytes
 * @size: how many
 *
 * Follows the elements of a stream; what is in a segment or a cluster is an
 * element of its own. A muxer hands a block's head and its data over one after
 * the other: who jumps to a key frame between the two swallows it.
 *
 * Returns: whether an element ends with @data, so that another place of the
 *   stream may follow
 */
gboolean
dais_webm_walk (DaisWebmWalk *self, gconstpointer data, gsize size)
{
  const guint8 *bytes = data;

  while (size > 0) {
    gsize skipped = (gsize) MIN (self->left, size);

    self->left -= skipped;
    bytes += skipped;
    size -= skipped;
    while (size > 0 && self->left == 0) {
      self->head[self->head_size++] = *bytes++;
      size--;
      if (read_head (self))
        break;
    }
  }
  return self->left == 0 && self->head_size == 0;
}
