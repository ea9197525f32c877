/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "socket-fixture.h"

#include <string.h>

/* How a WebSocket lives with its peer and ends. */

static void
test_server_close (SocketFixture *fixture, gconstpointer data)
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
test_server_stop (SocketFixture *fixture, gconstpointer data)
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
  return ((SocketFixture *) data)->n_closed > 0;
}

static void
test_torn (SocketFixture *fixture, gconstpointer data)
{
  RawClient *client = open_socket (fixture);

  raw_client_free (client);
  raw_wait (is_closed, fixture);
  g_assert_cmpuint (fixture->close_code, ==, 1006);
}

static void
test_slow_reader (SocketFixture *fixture, gconstpointer data)
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
test_long_frame (SocketFixture *fixture, gconstpointer data)
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
  return ((SocketFixture *) data)->n_drained > 0;
}

static void
test_drained (SocketFixture *fixture, gconstpointer data)
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
test_order (SocketFixture *fixture, gconstpointer data)
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
test_idle (SocketFixture *fixture, gconstpointer data)
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
test_anonymous_limit (SocketFixture *fixture, gconstpointer data)
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
open_from (SocketFixture *fixture, const gchar *address)
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
test_anonymous_limit_behind_proxy (SocketFixture *fixture, gconstpointer data)
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

/* The SocketFixture forgets older sockets: close them with the server. */
static void
test_many (SocketFixture *fixture, gconstpointer data)
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

#define ADD(name, function)                                               \
  g_test_add ("/net/websocket/" name, SocketFixture, NULL, socket_set_up, \
      function, socket_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
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
