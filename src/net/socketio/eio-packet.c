/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/eio-packet.h"

#include "net/websocket.h"

#include <string.h>

static DaisEioPacket *
packet_new (gchar type, gboolean is_text, GBytes *content)
{
  DaisEioPacket *self = g_new0 (DaisEioPacket, 1);

  self->refs = 1;
  self->type = type;
  self->is_text = is_text;
  self->content = content;
  return self;
}

/**
 * dais_eio_packet_new_text:
 * @type: DAIS_EIO_MESSAGE…
 * @text: (nullable): valid UTF-8
 * @length: bytes; -1: NUL-ended
 *
 * Returns: (transfer full): a text packet
 */
DaisEioPacket *
dais_eio_packet_new_text (gchar type, const gchar *text, gssize length)
{
  gsize size = text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length;

  return packet_new (type, TRUE, g_bytes_new (text, size));
}

/**
 * dais_eio_packet_new_binary:
 * @bytes: (transfer none): the content
 *
 * Returns: (transfer full): a binary message
 */
DaisEioPacket *
dais_eio_packet_new_binary (GBytes *bytes)
{
  return packet_new (DAIS_EIO_MESSAGE, FALSE, g_bytes_ref (bytes));
}

/**
 * dais_eio_packet_ref:
 * @self: a packet
 *
 * Returns: (transfer full): @self
 */
DaisEioPacket *
dais_eio_packet_ref (DaisEioPacket *self)
{
  self->refs++;
  return self;
}

/**
 * dais_eio_packet_unref:
 * @self: (transfer full): a packet
 */
void
dais_eio_packet_unref (DaisEioPacket *self)
{
  if (--self->refs > 0)
    return;
  g_bytes_unref (self->content);
  g_clear_pointer (&self->frame, g_bytes_unref);
  g_clear_pointer (&self->frame3, g_bytes_unref);
  g_free (self);
}

/* Type byte and content in one piece; text has the digit, EIO 3's binary the
 * number itself. */
static GBytes *
frame_with_type (DaisEioPacket *self)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (self->content, &size);
  g_autofree gchar *joined = g_malloc (size + 1);

  joined[0] = self->is_text ? self->type : (gchar) (self->type - '0');
  if (size > 0)
    memcpy (joined + 1, data, size);
  return self->is_text ? dais_frame_new_text (joined, (gssize) size + 1)
                       : dais_frame_new_binary (joined, size + 1);
}

/**
 * dais_eio_packet_get_frame:
 * @self: a packet
 * @version: of Engine.IO, 3 or 4
 *
 * Returns: (transfer none): its WebSocket frame
 */
GBytes *
dais_eio_packet_get_frame (DaisEioPacket *self, guint version)
{
  if (self->is_text || version == 3) {
    GBytes **frame = self->is_text ? &self->frame : &self->frame3;

    if (*frame == NULL)
      *frame = frame_with_type (self);
    return *frame;
  }
  if (self->frame == NULL) {
    gsize size;
    gconstpointer data = g_bytes_get_data (self->content, &size);

    self->frame = dais_frame_new_binary (data, size);
  }
  return self->frame;
}

/**
 * dais_eio_packet_get_size:
 * @self: a packet
 *
 * Returns: bytes that it takes in a queue, about
 */
gsize
dais_eio_packet_get_size (DaisEioPacket *self)
{
  return g_bytes_get_size (self->content) + 16;
}
