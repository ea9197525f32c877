/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/frame.h"

#include <string.h>

#define FIN 0x80

/**
 * dais_frame_new:
 * @opcode: RFC 6455 §5.2
 * @data: (nullable): the payload
 * @length: bytes
 *
 * Returns: (transfer full): a whole unmasked frame
 */
GBytes *
dais_frame_new (guint8 opcode, gconstpointer data, gsize length)
{
  gsize head = length > 0xffff ? 10 : length > 125 ? 4 : 2;
  guint8 *frame = g_malloc (head + length);

  frame[0] = (guint8) (FIN | opcode);
  if (head == 2) {
    frame[1] = (guint8) length;
  } else if (head == 4) {
    frame[1] = 126;
    frame[2] = (guint8) (length >> 8);
    frame[3] = (guint8) length;
  } else {
    frame[1] = 127;
    for (guint i = 0; i < 8; i++)
      frame[2 + i] = (guint8) ((guint64) length >> (56 - 8 * i));
  }
  if (length > 0)
    memcpy (frame + head, data, length);
  return g_bytes_new_take (frame, head + length);
}

/**
 * dais_frame_new_text:
 * @text: valid UTF-8
 * @length: bytes; -1: NUL-ended
 *
 * Returns: (transfer full): a text frame
 */
GBytes *
dais_frame_new_text (const gchar *text, gssize length)
{
  return dais_frame_new (
      DAIS_FRAME_TEXT, text, length < 0 ? strlen (text) : (gsize) length);
}

/**
 * dais_frame_new_binary:
 * @data: the payload
 * @length: bytes
 *
 * Returns: (transfer full): a binary frame
 */
GBytes *
dais_frame_new_binary (gconstpointer data, gsize length)
{
  return dais_frame_new (DAIS_FRAME_BINARY, data, length);
}

/**
 * dais_frame_new_close:
 * @code: 0 or 1005 = none
 * @reason: (nullable): cut to 123 bytes
 *
 * Returns: (transfer full): a close frame
 */
GBytes *
dais_frame_new_close (guint code, const gchar *reason)
{
  guint8 payload[125];
  gsize length = reason != NULL ? MIN (strlen (reason), 123) : 0;

  if (code == 0 || code == 1005)
    return dais_frame_new (DAIS_FRAME_CLOSE, NULL, 0);
  /* never cut a character in two */
  while (length > 0 && ((guchar) reason[length] & 0xc0) == 0x80)
    length--;
  payload[0] = (guint8) (code >> 8);
  payload[1] = (guint8) code;
  if (length > 0)
    memcpy (payload + 2, reason, length);
  return dais_frame_new (DAIS_FRAME_CLOSE, payload, length + 2);
}
