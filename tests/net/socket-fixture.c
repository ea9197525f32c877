/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "socket-fixture.h"

#include <string.h>

static void
on_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  SocketFixture *fixture = user_data;
  g_autoptr (GBytes) frame = NULL;

  fixture->n_messages++;
  g_assert_cmpint (data[length], ==, '\0');
  if (fixture->is_silent)
    return;
  frame = is_text ? dais_frame_new_text (data, (gssize) length)
                  : dais_frame_new_binary (data, length);
  dais_socket_send (socket, frame);
}

static void
on_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  SocketFixture *fixture = user_data;

  fixture->n_closed++;
  fixture->close_code = code;
  fixture->socket = NULL;
}

static void
on_drained (DaisSocket *socket, gpointer user_data)
{
  ((SocketFixture *) user_data)->n_drained++;
}

static const DaisSocketCallbacks callbacks = {
  .message = on_message,
  .closed = on_closed,
  .drained = on_drained,
};

static void
on_socket (DaisRequest *request, gpointer user_data)
{
  SocketFixture *fixture = user_data;

  fixture->options.protocol = dais_request_get_header (
      request, "Sec-WebSocket-Protocol");
  fixture->socket = dais_socket_accept (
      request, &fixture->options, &callbacks, fixture);
}

void
socket_set_up (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  DaisServerLimits limits;
  g_auto (GStrv) urls = NULL;

  dais_server_limits_init (&limits);
  limits.max_message = 70000;
  limits.max_queue = 200000;
  limits.max_sockets_per_address = 2;
  fixture->server = dais_server_new (&limits);
  dais_server_add_route (
      fixture->server, "WEBSOCKET", "/ws", 0, on_socket, fixture);
  dais_server_listen (fixture->server, "http://127.0.0.1:0", NULL, &error);
  g_assert_no_error (error);
  urls = dais_server_get_urls (fixture->server);
  fixture->url = g_strdup (urls[0]);
}

void
socket_tear_down (SocketFixture *fixture, gconstpointer data)
{
  dais_server_stop (fixture->server);
  raw_turn (5);
  if (fixture->socket != NULL)
    dais_socket_drop (fixture->socket);
  raw_turn (5);
  g_assert_cmpuint (dais_server_get_n_sockets (fixture->server), ==, 0);
  g_assert_finalize_object (fixture->server);
  g_free (fixture->url);
}

RawClient *
open_socket (SocketFixture *fixture)
{
  RawClient *client = raw_client_new (fixture->url);

  raw_client_send (client, HANDSHAKE "\r\n", -1);
  g_assert_true (raw_client_wait_text (client, "\r\n\r\n"));
  g_assert_nonnull (strstr (raw_client_get_text (client),
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  raw_client_clear (client);
  return client;
}

GByteArray *
frame_new (guint8 head, const void *data, gsize length)
{
  static const guint8 mask[4] = { 0x11, 0x22, 0x83, 0x44 };
  GByteArray *frame = g_byte_array_new ();
  guint8 bytes[10] = { head };
  gsize n = 2;

  if (length < 126) {
    bytes[1] = (guint8) (0x80 | length);
  } else if (length < 65536) {
    bytes[1] = 0x80 | 126;
    bytes[2] = (guint8) (length >> 8);
    bytes[3] = (guint8) length;
    n = 4;
  } else {
    bytes[1] = 0x80 | 127;
    for (guint i = 0; i < 8; i++)
      bytes[2 + i] = (guint8) ((guint64) length >> (56 - 8 * i));
    n = 10;
  }
  g_byte_array_append (frame, bytes, (guint) n);
  g_byte_array_append (frame, mask, 4);
  for (gsize i = 0; i < length; i++) {
    guint8 byte = ((const guint8 *) data)[i] ^ mask[i % 4];

    g_byte_array_append (frame, &byte, 1);
  }
  return frame;
}

void
send_frame (RawClient *client, guint8 head, const void *data, gssize length)
{
  g_autoptr (GByteArray) frame = frame_new (
      head, data, length < 0 ? strlen (data) : (gsize) length);

  raw_client_send (client, frame->data, frame->len);
}

void
expect_frame (RawClient *client, guint8 head, const void *data, gssize length)
{
  gsize size = length < 0 ? strlen (data) : (gsize) length;
  g_autoptr (GBytes) start = raw_client_take (client, 2);
  const guint8 *bytes = g_bytes_get_data (start, NULL);
  g_autoptr (GBytes) extra = NULL;
  g_autoptr (GBytes) payload = NULL;
  gsize said = bytes[1];

  g_assert_cmphex (bytes[0], ==, head);
  if (said >= 126) {
    guint n = said == 126 ? 2 : 8;

    extra = raw_client_take (client, n);
    said = 0;
    for (guint i = 0; i < n; i++)
      said = said << 8 | ((const guint8 *) g_bytes_get_data (extra, NULL))[i];
  }
  g_assert_cmpuint (said, ==, size);
  payload = raw_client_take (client, size);
  g_assert_cmpmem (g_bytes_get_data (payload, NULL), size, data, size);
}

void
expect_close (SocketFixture *fixture, RawClient *client, guint code)
{
  g_autoptr (GBytes) start = raw_client_take (client, 2);
  const guint8 *bytes = g_bytes_get_data (start, NULL);
  g_autoptr (GBytes) payload = NULL;

  g_assert_cmphex (bytes[0], ==, 0x88);
  payload = raw_client_take (client, bytes[1]);
  bytes = g_bytes_get_data (payload, NULL);
  if (code == 1005) {
    g_assert_cmpuint (g_bytes_get_size (payload), ==, 0);
  } else {
    g_assert_cmpuint ((guint) bytes[0] << 8 | bytes[1], ==, code);
  }
  raw_client_wait_closed (client);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, code);
}
