/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "net/server.h"
#include "net/websocket.h"
#include "raw-client.h"

#include <string.h>

/* Frames after the manner of the Autobahn suite, chapters 1 to 7 and 10. */

typedef struct {
  DaisServer *server;
  gchar *url;
  DaisSocket *socket; /* the newest */
  guint n_closed;
  guint close_code;
  guint n_drained;
  guint n_messages;
  gboolean is_silent; /* no echo */
  DaisSocketOptions options;
} Fixture;

static void
on_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  Fixture *fixture = user_data;
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
  Fixture *fixture = user_data;

  fixture->n_closed++;
  fixture->close_code = code;
  fixture->socket = NULL;
}

static void
on_drained (DaisSocket *socket, gpointer user_data)
{
  ((Fixture *) user_data)->n_drained++;
}

static const DaisSocketCallbacks callbacks = {
  .message = on_message,
  .closed = on_closed,
  .drained = on_drained,
};

static void
on_socket (DaisRequest *request, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->options.protocol = dais_request_get_header (
      request, "Sec-WebSocket-Protocol");
  fixture->socket = dais_socket_accept (
      request, &fixture->options, &callbacks, fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
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

static void
tear_down (Fixture *fixture, gconstpointer data)
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

#define HANDSHAKE                                                    \
  "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"            \
  "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static RawClient *
open_socket (Fixture *fixture)
{
  RawClient *client = raw_client_new (fixture->url);

  raw_client_send (client, HANDSHAKE "\r\n", -1);
  g_assert_true (raw_client_wait_text (client, "\r\n\r\n"));
  g_assert_nonnull (strstr (raw_client_get_text (client),
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  raw_client_clear (client);
  return client;
}

/* A masked client frame; @head is its first byte. */
static GByteArray *
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

static void
send_frame (RawClient *client, guint8 head, const void *data, gssize length)
{
  g_autoptr (GByteArray) frame = frame_new (
      head, data, length < 0 ? strlen (data) : (gsize) length);

  raw_client_send (client, frame->data, frame->len);
}

static void
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

static void
expect_close (Fixture *fixture, RawClient *client, guint code)
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

static void
test_echo (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  const gsize sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 70000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *text = g_strnfill (sizes[i], 'a' + (gchar) i);

    send_frame (client, 0x81, text, -1);
    expect_frame (client, 0x81, text, -1);
    send_frame (client, 0x82, text, -1);
    expect_frame (client, 0x82, text, -1);
  }
  send_frame (client, 0x82, "\0\1\2", 3);
  expect_frame (client, 0x82, "\0\1\2", 3);
  send_frame (client, 0x81, "a\0b", 3);
  expect_frame (client, 0x81, "a\0b", 3);
}

static void
test_early_bytes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GByteArray) frame = frame_new (0x81, "early", 5);

  g_byte_array_append (
      all, (const guint8 *) HANDSHAKE "\r\n", strlen (HANDSHAKE "\r\n"));
  for (guint i = 0; i < 3; i++)
    g_byte_array_append (all, frame->data, frame->len);
  g_byte_array_set_size (all, all->len - 2); /* the last one is cut */
  raw_client_send (client, all->data, all->len);
  g_assert_true (raw_client_wait_text (client, "\r\n\r\n"));
  raw_client_take (client,
      (gsize) (strstr (raw_client_get_text (client), "\r\n\r\n") + 4 -
          raw_client_get_text (client)));
  expect_frame (client, 0x81, "early", 5);
  expect_frame (client, 0x81, "early", 5);
  raw_client_send (client, frame->data + frame->len - 2, 2);
  expect_frame (client, 0x81, "early", 5);
}

static void
test_one_byte_at_a_time (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autoptr (GByteArray) frame = frame_new (0x81, "drip", 4);

  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < frame->len; i++) {
      raw_client_send (client, frame->data + i, 1);
      raw_turn (1);
    }
    expect_frame (client, 0x81, "drip", 4);
  }
}

static void
test_pings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *long_text = g_strnfill (125, 'p');

  send_frame (client, 0x89, "", 0);
  expect_frame (client, 0x8a, "", 0);
  send_frame (client, 0x89, long_text, 125);
  expect_frame (client, 0x8a, long_text, 125);
  send_frame (client, 0x8a, "unasked", -1); /* ignored */
  for (guint i = 0; i < 10; i++)
    send_frame (client, 0x89, "x", 1);
  for (guint i = 0; i < 10; i++)
    expect_frame (client, 0x8a, "x", 1);
}

static void
test_fragments (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  send_frame (client, 0x01, "one ", -1);
  send_frame (client, 0x89, "between", -1);
  expect_frame (client, 0x8a, "between", -1);
  send_frame (client, 0x00, "", 0);
  send_frame (client, 0x00, "two ", -1);
  send_frame (client, 0x80, "three", -1);
  expect_frame (client, 0x81, "one two three", -1);
  /* a character cut in two by a frame */
  send_frame (client, 0x01, "\xc3", 1);
  send_frame (client, 0x80, "\xa9", 1);
  expect_frame (client, 0x81, "\xc3\xa9", 2);
}

typedef struct {
  const gchar *name;
  guint8 heads[3];
  const gchar *data;
  gssize length;
  guint code;
} BadFrame;

static const BadFrame bad_frames[] = {
  { "rsv1", { 0xc1 }, "x", 1, 1002 },
  { "rsv2", { 0xa1 }, "x", 1, 1002 },
  { "rsv3-control", { 0x99 }, "x", 1, 1002 },
  { "opcode-3", { 0x83 }, "x", 1, 1002 },
  { "opcode-7", { 0x87 }, "", 0, 1002 },
  { "opcode-b", { 0x8b }, "x", 1, 1002 },
  { "opcode-f", { 0x8f }, "", 0, 1002 },
  { "fragmented-ping", { 0x09 }, "x", 1, 1002 },
  { "fragmented-close", { 0x08 }, "", 0, 1002 },
  { "continuation-first", { 0x80 }, "x", 1, 1002 },
  { "continuation-open", { 0x00 }, "x", 1, 1002 },
  { "text-inside-text", { 0x01, 0x81 }, "x", 1, 1002 },
  { "binary-inside-text", { 0x01, 0x00, 0x82 }, "x", 1, 1002 },
  { "bad-utf8", { 0x81 },
      "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0"
      "\x80\x65",
      15, 1007 },
  { "overlong-utf8", { 0x81 }, "\xc0\xaf", 2, 1007 },
  { "cut-utf8", { 0x81 }, "\xe2\x82", 2, 1007 },
  { "bad-utf8-fragments", { 0x01, 0x80 }, "\xff", 1, 1007 },
  { "close-one-byte", { 0x88 }, "\x03", 1, 1002 },
  { "close-0", { 0x88 }, "\0\0", 2, 1002 },
  { "close-999", { 0x88 }, "\x03\xe7", 2, 1002 },
  { "close-1004", { 0x88 }, "\x03\xec", 2, 1002 },
  { "close-1005", { 0x88 }, "\x03\xed", 2, 1002 },
  { "close-1006", { 0x88 }, "\x03\xee", 2, 1002 },
  { "close-1015", { 0x88 }, "\x03\xf7", 2, 1002 },
  { "close-2000", { 0x88 }, "\x07\xd0", 2, 1002 },
  { "close-5000", { 0x88 }, "\x13\x88", 2, 1002 },
  { "close-bad-reason", { 0x88 }, "\x03\xe8\xff", 3, 1007 },
  { "close-none", { 0x88 }, "", 0, 1005 },
  { "close-1000", { 0x88 }, "\x03\xe8", 2, 1000 },
  { "close-reason", { 0x88 },
      "\x03\xe9"
      "bye",
      5, 1001 },
  { "close-1011", { 0x88 }, "\x03\xf3", 2, 1011 },
  { "close-3000", { 0x88 }, "\x0b\xb8", 2, 3000 },
  { "close-4999", { 0x88 }, "\x13\x87", 2, 4999 },
};

static void
test_bad_frame (Fixture *fixture, gconstpointer data)
{
  const BadFrame *bad = data;
  g_autoptr (RawClient) client = open_socket (fixture);

  for (guint i = 0; i < 3 &&
       (i == 0 || bad->heads[i] != 0 || (i == 1 && bad->heads[2] != 0));
       i++)
    send_frame (client, bad->heads[i], bad->data, bad->length);
  expect_close (fixture, client, bad->code);
}

static void
test_no_mask (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  raw_client_send (client, "\x81\x02hi", 4);
  expect_close (fixture, client, 1002);
}

static void
test_long_control (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (126, 'p');

  send_frame (client, 0x89, text, 126);
  expect_close (fixture, client, 1002);
}

static void
test_padded_length (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  /* 5 written in 16 bits */
  raw_client_send (client, "\x81\xfe\0\5\0\0\0\0hello", 13);
  expect_close (fixture, client, 1002);
}

static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (70001, 'x');

  send_frame (client, 0x81, text, -1);
  expect_close (fixture, client, 1009);
}

static void
test_too_large_announced (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  /* 2^62 bytes to come */
  raw_client_send (client, "\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0x", 15);
  expect_close (fixture, client, 1009);
}

static void
test_fragment_flood (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (1000, 'x');

  send_frame (client, 0x01, text, -1);
  for (guint i = 0; i < 200 && !client->is_closed; i++)
    send_frame (client, 0x00, text, -1);
  expect_close (fixture, client, 1009);
}

static void
test_data_after_close (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  send_frame (client, 0x88, "\x03\xe8", 2);
  send_frame (client, 0x81, "late", -1);
  send_frame (client, 0x89, "late", -1);
  expect_close (fixture, client, 1000);
  g_assert_cmpuint (fixture->n_messages, ==, 0);
}

static void
test_protocol (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);

  raw_client_send (client,
      HANDSHAKE "Sec-WebSocket-Protocol: eyJ.aB-c_.Z\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
      -1);
  g_assert_true (raw_client_wait_text (client, "\r\n\r\n"));
  g_assert_nonnull (strstr (
      raw_client_get_text (client), "Sec-WebSocket-Protocol: eyJ.aB-c_.Z\r\n"));
  g_assert_null (
      strstr (raw_client_get_text (client), "Sec-WebSocket-Extensions"));
}

static void
test_bad_handshakes (Fixture *fixture, gconstpointer data)
{
  const gchar *bad[] = {
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 12\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: close\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (RawClient) client = raw_client_new (fixture->url);

    raw_client_send (client, bad[i], -1);
    g_assert_true (raw_client_wait_text (client, "version 13"));
    g_assert_true (
        g_str_has_prefix (raw_client_get_text (client), "HTTP/1.1 400"));
  }
}

/* libsoup's own handler fails for ever after one of these. */
static void
test_reset_handshakes (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 100; i++) {
    RawClient *client = raw_client_new (fixture->url);

    raw_client_send (client,
        HANDSHAKE "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", -1);
    raw_client_free (client);
    raw_turn (1);
  }
  raw_turn (20);
  g_clear_pointer (&(RawClient *){ open_socket (fixture) }, raw_client_free);
}

static void
test_server_close (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  dais_socket_send_text (fixture->socket, "last");
  dais_socket_close (fixture->socket, 4001, "go away");
  g_assert_false (dais_socket_is_open (fixture->socket));
  dais_socket_send_text (fixture->socket, "never");
  expect_frame (client, 0x81, "last", -1);
  expect_frame (client, 0x88, "\x0f\xa1go away", -1);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  send_frame (client, 0x88, "\x0f\xa1", 2);
  raw_client_wait_closed (client);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, 4001);
}

static void
test_server_stop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) one = open_socket (fixture);
  g_autoptr (RawClient) two = open_socket (fixture);
  const gchar end[] = "\x03\xe9the server is going down";

  dais_socket_send_text (fixture->socket, "last");
  dais_server_stop (fixture->server);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  expect_frame (two, 0x81, "last", -1);
  expect_frame (two, 0x88, end, -1);
  expect_frame (one, 0x88, end, -1);
  raw_client_wait_closed (one);
  raw_client_wait_closed (two);
  g_assert_cmpuint (fixture->n_closed, ==, 2);
  g_assert_cmpuint (fixture->close_code, ==, 1001);
}

static gboolean
is_closed (gpointer data)
{
  return ((Fixture *) data)->n_closed > 0;
}

static void
test_torn (Fixture *fixture, gconstpointer data)
{
  RawClient *client = open_socket (fixture);

  raw_client_free (client);
  raw_wait (is_closed, fixture);
  g_assert_cmpuint (fixture->close_code, ==, 1006);
}

static void
test_slow_reader (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (60000, 'q');
  g_autoptr (GBytes) frame = dais_frame_new_text (text, -1);
  guint n_volatile = 0;
  guint n = 0;

  for (; n < 10000 && fixture->socket != NULL &&
       dais_socket_is_open (fixture->socket);
       n++) {
    n_volatile += dais_socket_send_volatile (fixture->socket, frame);
    if (n % 100 == 0)
      raw_turn (1);
  }
  g_assert_cmpuint (n, ==, 10000);
  g_assert_cmpuint (n_volatile, <, 10000);
  g_assert_cmpuint (dais_socket_get_queued (fixture->socket), <=, 200000);
  for (n = 0; n < 100 && fixture->n_closed == 0; n++) {
    dais_socket_send (fixture->socket, frame);
    if (!dais_socket_is_open (fixture->socket))
      raw_turn (2);
  }
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, 1006);
}

/* Longer than the queue's limit, and the client takes it in its own time. */
static void
test_long_frame (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (20000000, 'n');
  g_autoptr (GBytes) frame = dais_frame_new_text (text, -1);
  g_autoptr (GBytes) small = dais_frame_new_text ("s", -1);

  dais_socket_send (fixture->socket, small);
  dais_socket_send (fixture->socket, frame);
  raw_turn (2);
  dais_socket_send (fixture->socket, small);
  dais_socket_send (fixture->socket, frame);
  raw_turn (2);
  g_assert_true (dais_socket_is_open (fixture->socket));
  g_assert_cmpuint (dais_socket_get_queued (fixture->socket), >, 200000);
  for (guint n = 0; n < 3 && fixture->n_closed == 0; n++) {
    dais_socket_send (fixture->socket, frame);
    raw_turn (2);
  }
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static gboolean
has_drained (gpointer data)
{
  return ((Fixture *) data)->n_drained > 0;
}

static void
test_drained (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (30000, 'q');
  g_autoptr (GBytes) frame = dais_frame_new_text (text, -1);
  gsize n = 0;

  while (dais_socket_send_volatile (fixture->socket, frame)) {
    n++;
    raw_turn (1);
  }
  g_assert_cmpuint (fixture->n_drained, ==, 0);
  while (!has_drained (fixture)) {
    raw_client_wait_bytes (client, 1);
    raw_turn (1);
  }
  raw_client_wait_bytes (client, n * g_bytes_get_size (frame));
  g_assert_cmpuint (dais_socket_get_queued (fixture->socket), ==, 0);
  g_assert_true (dais_socket_send_volatile (fixture->socket, frame));
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  for (guint i = 0; i < 500; i++) {
    g_autofree gchar *text = g_strdup_printf ("number %u", i);

    dais_socket_send_text (fixture->socket, text);
  }
  for (guint i = 0; i < 500; i++) {
    g_autofree gchar *text = g_strdup_printf ("number %u", i);

    expect_frame (client, 0x81, text, -1);
  }
}

static void
test_idle (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = NULL;

  fixture->options.ping_interval_ms = 40;
  fixture->options.idle_timeout_ms = 150;
  client = open_socket (fixture);
  for (guint i = 0; i < 6; i++) { /* answered: it lives on */
    expect_frame (client, 0x89, "", 0);
    send_frame (client, 0x8a, "", 0);
  }
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  raw_wait (is_closed, fixture);
  g_assert_cmpuint (fixture->close_code, ==, 1006);
}

static void
test_anonymous_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) one = NULL;
  g_autoptr (RawClient) two = NULL;
  g_autoptr (RawClient) three = NULL;

  fixture->options.is_anonymous = TRUE;
  one = open_socket (fixture);
  two = open_socket (fixture);
  three = raw_client_new (fixture->url);
  raw_client_send (three, HANDSHAKE "\r\n", -1);
  g_assert_true (raw_client_wait_text (three, "HTTP/1.1 429"));
  fixture->options.is_anonymous = FALSE;
  raw_client_free (open_socket (fixture));
  g_clear_pointer (&one, raw_client_free);
  raw_wait (is_closed, fixture);
  fixture->options.is_anonymous = TRUE;
  one = open_socket (fixture);
}

static RawClient *
open_from (Fixture *fixture, const gchar *address)
{
  RawClient *client = raw_client_new (fixture->url);
  g_autofree gchar *head = g_strdup_printf (
      HANDSHAKE "X-Forwarded-For: 10.9.9.9, %s\r\n\r\n", address);

  raw_client_send (client, head, -1);
  g_assert_true (raw_client_wait_text (client, "\r\n\r\n"));
  return client;
}

/* All come from one proxy, and each address behind it may hold its own. */
static void
test_anonymous_limit_behind_proxy (Fixture *fixture, gconstpointer data)
{
  const gchar *const proxies[] = { "127.0.0.1", NULL };
  RawClient *clients[5];

  dais_server_set_trusted_proxies (fixture->server, proxies);
  fixture->options.is_anonymous = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    clients[i] = open_from (fixture, i < 3 ? "10.0.0.1" : "10.0.0.2");
    g_assert_true (g_str_has_prefix (raw_client_get_text (clients[i]),
        i == 2 ? "HTTP/1.1 429" : "HTTP/1.1 101"));
    if (i == 4)
      g_assert_cmpstr (
          dais_socket_get_address (fixture->socket), ==, "10.0.0.2");
  }
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    raw_client_free (clients[i]);
  while (fixture->n_closed < G_N_ELEMENTS (clients) - 1)
    raw_turn (1);
  g_clear_pointer (
      &(RawClient *){ open_from (fixture, "10.0.0.1") }, raw_client_free);
}

/* The Fixture forgets older sockets: close them with the server. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  RawClient *clients[200];

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = open_socket (fixture);
  g_assert_cmpuint (
      dais_server_get_n_sockets (fixture->server), ==, G_N_ELEMENTS (clients));
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    raw_client_free (clients[i]);
  while (fixture->n_closed < G_N_ELEMENTS (clients))
    raw_turn (1);
  g_assert_cmpuint (dais_server_get_n_connections (fixture->server), ==, 0);
}

#define ADD(name, function) \
  g_test_add (              \
      "/net/websocket/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("echo", test_echo);
  ADD ("early-bytes", test_early_bytes);
  ADD ("one-byte-at-a-time", test_one_byte_at_a_time);
  ADD ("pings", test_pings);
  ADD ("fragments", test_fragments);
  for (guint i = 0; i < G_N_ELEMENTS (bad_frames); i++) {
    g_autofree gchar *path = g_strconcat (
        "/net/websocket/frame/", bad_frames[i].name, NULL);

    g_test_add (
        path, Fixture, &bad_frames[i], set_up, test_bad_frame, tear_down);
  }
  ADD ("no-mask", test_no_mask);
  ADD ("long-control", test_long_control);
  ADD ("padded-length", test_padded_length);
  ADD ("too-large", test_too_large);
  ADD ("too-large-announced", test_too_large_announced);
  ADD ("fragment-flood", test_fragment_flood);
  ADD ("data-after-close", test_data_after_close);
  ADD ("protocol", test_protocol);
  ADD ("bad-handshakes", test_bad_handshakes);
  ADD ("reset-handshakes", test_reset_handshakes);
  ADD ("server-close", test_server_close);
  ADD ("server-stop", test_server_stop);
  ADD ("torn", test_torn);
  ADD ("slow-reader", test_slow_reader);
  ADD ("long-frame", test_long_frame);
  ADD ("drained", test_drained);
  ADD ("order", test_order);
  ADD ("idle", test_idle);
  ADD ("anonymous-limit", test_anonymous_limit);
  ADD ("anonymous-limit-behind-proxy", test_anonymous_limit_behind_proxy);
  ADD ("many", test_many);
  return g_test_run ();
}
