/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "socket-fixture.h"

#include <string.h>

/* Frames after the manner of the Autobahn suite, chapters 1 to 7 and 10. */

static void
test_echo (SocketFixture *fixture, gconstpointer data)
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
test_early_bytes (SocketFixture *fixture, gconstpointer data)
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
test_one_byte_at_a_time (SocketFixture *fixture, gconstpointer data)
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
test_pings (SocketFixture *fixture, gconstpointer data)
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
test_fragments (SocketFixture *fixture, gconstpointer data)
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
test_bad_frame (SocketFixture *fixture, gconstpointer data)
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
test_no_mask (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  raw_client_send (client, "\x81\x02hi", 4);
  expect_close (fixture, client, 1002);
}

static void
test_long_control (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (126, 'p');

  send_frame (client, 0x89, text, 126);
  expect_close (fixture, client, 1002);
}

static void
test_padded_length (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  /* 5 written in 16 bits */
  raw_client_send (client, "\x81\xfe\0\5\0\0\0\0hello", 13);
  expect_close (fixture, client, 1002);
}

static void
test_too_large (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (70001, 'x');

  send_frame (client, 0x81, text, -1);
  expect_close (fixture, client, 1009);
}

static void
test_too_large_announced (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  /* 2^62 bytes to come */
  raw_client_send (client, "\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0x", 15);
  expect_close (fixture, client, 1009);
}

static void
test_fragment_flood (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);
  g_autofree gchar *text = g_strnfill (1000, 'x');

  send_frame (client, 0x01, text, -1);
  for (guint i = 0; i < 200 && !client->is_closed; i++)
    send_frame (client, 0x00, text, -1);
  expect_close (fixture, client, 1009);
}

static void
test_data_after_close (SocketFixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = open_socket (fixture);

  send_frame (client, 0x88, "\x03\xe8", 2);
  send_frame (client, 0x81, "late", -1);
  send_frame (client, 0x89, "late", -1);
  expect_close (fixture, client, 1000);
  g_assert_cmpuint (fixture->n_messages, ==, 0);
}

static void
test_protocol (SocketFixture *fixture, gconstpointer data)
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
test_bad_handshakes (SocketFixture *fixture, gconstpointer data)
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
test_reset_handshakes (SocketFixture *fixture, gconstpointer data)
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

#define ADD(name, function)                                               \
  g_test_add ("/net/websocket/" name, SocketFixture, NULL, socket_set_up, \
      function, socket_tear_down)

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

    g_test_add (path, SocketFixture, &bad_frames[i], socket_set_up,
        test_bad_frame, socket_tear_down);
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
  return g_test_run ();
}
