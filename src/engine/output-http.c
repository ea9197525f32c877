/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/output-http.h"

#include "core/error.h"

#include <string.h>

/**
 * dais_output_http_check_head:
 * @head: header lines to be added to a response
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: whether @head is empty or lines that each end with CRLF, none of
 *     them empty
 */
gboolean
dais_output_http_check_head (const gchar *head, GError **error)
{
  if (*head == '\0' ||
      (g_str_has_suffix (head, "\r\n") && head[0] != '\r' &&
          strstr (head, "\r\n\r\n") == NULL))
    return TRUE;
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "head must be header lines that each end with CRLF");
  return FALSE;
}

/**
 * dais_output_http_stream_head:
 * @content_type: of the stream
 * @head: further header lines
 *
 * Returns: (transfer full): the response head of a stream without end
 */
GBytes *
dais_output_http_stream_head (const gchar *content_type, const gchar *head)
{
  g_autoptr (GString) text = g_string_new ("HTTP/1.1 200 OK\r\n");

  g_string_append_printf (text,
      "Content-Type: %s\r\nConnection: close\r\n%s\r\n", content_type, head);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/**
 * dais_output_http_socket_head:
 * @head: the lines that answer the client's handshake, and further ones
 *
 * Returns: (transfer full): the answer that makes the connection a WebSocket
 *   (RFC 6455 §4.2.2)
 */
GBytes *
dais_output_http_socket_head (const gchar *head)
{
  g_autoptr (GString) text = g_string_new (
      "HTTP/1.1 101 Switching Protocols\r\n");

  g_string_append_printf (text, "%s\r\n", head);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/**
 * dais_output_http_picture:
 * @jpeg: the picture
 * @head: further header lines
 *
 * Returns: (transfer full): a whole response
 */
GBytes *
dais_output_http_picture (GBytes *jpeg, const gchar *head)
{
  gsize size = 0;
  gconstpointer data = g_bytes_get_data (jpeg, &size);
  g_autoptr (GString) text = g_string_sized_new (size + 256);

  g_string_append_printf (text,
      "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
      "Content-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n%s\r\n",
      size, head);
  g_string_append_len (text, data, (gssize) size);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/**
 * dais_output_http_no_picture:
 * @head: further header lines
 *
 * Returns: (transfer full): a whole response that tells to try again
 */
GBytes *
dais_output_http_no_picture (const gchar *head)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text,
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
      "Content-Length: 16\r\nRetry-After: 1\r\nConnection: close\r\n%s\r\n"
      "no picture yet\r\n",
      head);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/**
 * dais_output_http_part:
 * @jpeg: a picture
 * @size: its bytes
 *
 * Returns: (transfer full): one part of DAIS_OUTPUT_HTTP_MJPG.
 */
GBytes *
dais_output_http_part (gconstpointer jpeg, gsize size)
{
  g_autoptr (GString) text = g_string_sized_new (size + 128);

  g_string_append_printf (text,
      "--dais\r\nContent-Type: image/jpeg\r\n"
      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      size);
  g_string_append_len (text, jpeg, (gssize) size);
  g_string_append (text, "\r\n");
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/**
 * dais_output_http_message_head:
 * @head: (out caller-allocates): what stands before a WebSocket message
 * @size: of the message
 *
 * One whole binary message, from a server, so without a mask. Source: RFC 6455
 * §5.2.
 *
 * Returns: the bytes of @head that count
 */
gsize
dais_output_http_message_head (
    guint8 head[DAIS_OUTPUT_HTTP_MESSAGE_HEAD], guint64 size)
{
  gint length_bytes = size < 126 ? 0 : size <= G_MAXUINT16 ? 2 : 8;

  head[0] = 0x82;
  if (length_bytes == 0)
    head[1] = (guint8) size;
  else
    head[1] = length_bytes == 2 ? 126 : 127;
  for (gint i = 0; i < length_bytes; i++)
    head[2 + i] = (guint8) (size >> (8 * (length_bytes - 1 - i)));
  return (gsize) (2 + length_bytes);
}
