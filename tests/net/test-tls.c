/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "net/certificate.h"
#include "net/server.h"
#include "net/websocket.h"
#include "raw-client.h"

#include <glib-unix.h>
#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

/* The client runs in a thread of its own with blocking calls, the server here.
 */

#define STREAM_BYTES (4 * 1024 * 1024)

typedef struct {
  DaisServer *server;
  gchar *folder;
  gchar *certificate;
  gchar *key;
  guint16 port;
  gint stolen;
  gsize written;
  guint n_closed;
  guint close_code;
  /* the client's */
  const gchar *request;
  gsize request_length;
  gsize stop_after; /* bytes; 0 = at the end */
  GByteArray *answer;
  gboolean is_done;
} Fixture;

static void
on_hello (DaisRequest *request, gpointer user_data)
{
  g_assert_true (dais_request_is_tls (request));
  dais_request_respond_text (request, 200, dais_request_get_base_url (request));
}

/* Writes as fast as the other side takes it, as an engine would. */
static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  static const gchar block[65536] = { 'v' };
  Fixture *fixture = user_data;
  gssize n = write (fd, block, sizeof block);

  fixture->written += n > 0 ? (gsize) n : 0;
  if (n >= 0 && fixture->written < STREAM_BYTES)
    return G_SOURCE_CONTINUE;
  close (fd);
  fixture->stolen = -1;
  return G_SOURCE_REMOVE;
}

static void
on_stream (DaisRequest *request, gpointer user_data)
{
  Fixture *fixture = user_data;
  const gchar *head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  g_autoptr (GError) error = NULL;

  dais_request_steal_fd (request, &fixture->stolen, &error);
  g_assert_no_error (error);
  g_assert_cmpint (
      write (fixture->stolen, head, strlen (head)), ==, strlen (head));
  g_unix_fd_add (fixture->stolen, G_IO_OUT, on_writable, fixture);
}

static void
on_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  g_autoptr (GBytes) frame = dais_frame_new_text (data, (gssize) length);

  dais_socket_send (socket, frame);
}

static void
on_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_closed++;
  fixture->close_code = code;
}

static void
on_socket (DaisRequest *request, gpointer user_data)
{
  static const DaisSocketCallbacks callbacks = { on_message, on_closed, NULL };
  const DaisSocketOptions options = { .max_message = 1000000 };

  g_assert_nonnull (
      dais_socket_accept (request, &options, &callbacks, user_data));
}

static gboolean
make_certificate (Fixture *fixture)
{
  g_autoptr (GSubprocess) openssl = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
      NULL, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
      "2", "-subj", "/CN=localhost", "-keyout", fixture->key, "-out",
      fixture->certificate, NULL);

  return openssl != NULL && g_subprocess_wait_check (openssl, NULL, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  DaisServerLimits limits;
  g_auto (GStrv) urls = NULL;

  fixture->folder = g_dir_make_tmp ("dais-XXXXXX", NULL);
  fixture->certificate = g_build_filename (fixture->folder, "c.pem", NULL);
  fixture->key = g_build_filename (fixture->folder, "k.pem", NULL);
  fixture->stolen = -1;
  fixture->answer = g_byte_array_new ();
  dais_server_limits_init (&limits);
  limits.header_timeout_ms = GPOINTER_TO_UINT (data);
  fixture->server = dais_server_new (&limits);
  if (!make_certificate (fixture)) {
    g_test_skip ("openssl is not installed");
    return;
  }
  certificate = dais_certificate_load (
      fixture->certificate, fixture->key, &error);
  g_assert_no_error (error);
  dais_server_add_route (
      fixture->server, "GET", "/hello", 0, on_hello, fixture);
  dais_server_add_route (
      fixture->server, "GET", "/stream", 0, on_stream, fixture);
  dais_server_add_route (
      fixture->server, "WEBSOCKET", "/ws", 0, on_socket, fixture);
  dais_server_listen (
      fixture->server, "https://127.0.0.1:0", certificate, &error);
  g_assert_no_error (error);
  urls = dais_server_get_urls (fixture->server);
  g_assert_true (g_str_has_prefix (urls[0], "https://127.0.0.1:"));
  fixture->port = (guint16) g_ascii_strtoull (
      strrchr (urls[0], ':') + 1, NULL, 10);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  dais_server_stop (fixture->server);
  raw_turn (20);
  g_assert_finalize_object (fixture->server);
  g_unlink (fixture->certificate);
  g_unlink (fixture->key);
  g_rmdir (fixture->folder);
  g_free (fixture->certificate);
  g_free (fixture->key);
  g_free (fixture->folder);
  g_byte_array_unref (fixture->answer);
}

static gboolean
on_accept_certificate (GTlsConnection *connection, GTlsCertificate *certificate,
    GTlsCertificateFlags errors, gpointer user_data)
{
  return TRUE;
}

static void
on_event (GSocketClient *client, GSocketClientEvent event,
    GSocketConnectable *connectable, GIOStream *stream, gpointer user_data)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_signal_connect (
        stream, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
}

static gpointer
client_thread (gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *buffer = g_malloc (65536);
  gssize n;

  g_socket_client_set_tls (client, TRUE);
  g_socket_client_set_timeout (client, 20);
  g_signal_connect (client, "event", G_CALLBACK (on_event), NULL);
  stream = g_socket_client_connect_to_host (
      client, "127.0.0.1", fixture->port, NULL, &error);
  if (stream != NULL &&
      g_output_stream_write_all (
          g_io_stream_get_output_stream (G_IO_STREAM (stream)),
          fixture->request, fixture->request_length, NULL, NULL, &error)) {
    while ((fixture->stop_after == 0 ||
               fixture->answer->len < fixture->stop_after) &&
        (n = g_input_stream_read (
             g_io_stream_get_input_stream (G_IO_STREAM (stream)), buffer, 65536,
             NULL, NULL)) > 0)
      g_byte_array_append (fixture->answer, buffer, (guint) n);
  }
  g_atomic_int_set (&fixture->is_done, TRUE);
  return NULL;
}

static gboolean
is_done (gpointer data)
{
  return g_atomic_int_get (&((Fixture *) data)->is_done);
}

static const gchar *
ask (Fixture *fixture, const gchar *request, gssize length, gsize stop_after)
{
  GThread *thread;

  fixture->request = request;
  fixture->request_length = length < 0 ? strlen (request) : (gsize) length;
  fixture->stop_after = stop_after;
  thread = g_thread_new ("client", client_thread, fixture);
  raw_wait (is_done, fixture);
  g_thread_join (thread);
  fixture->is_done = FALSE;
  g_byte_array_append (fixture->answer, (const guint8 *) "", 1);
  return (const gchar *) fixture->answer->data;
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  if (fixture->port == 0)
    return;
  g_assert_nonnull (strstr (ask (fixture,
                                "GET /hello HTTP/1.1\r\nHost: hall:1\r\n"
                                "Connection: close\r\n\r\n",
                                -1, 0),
      "https://hall:1"));
}

static gboolean
is_empty (gpointer data)
{
  return dais_server_get_n_connections (((Fixture *) data)->server) == 0;
}

static void
test_keep_alive (Fixture *fixture, gconstpointer data)
{
  if (fixture->port == 0)
    return;
  /* the client goes between two requests */
  ask (fixture, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", -1, 50);
  raw_wait (is_empty, fixture);
}

static void
test_stolen (Fixture *fixture, gconstpointer data)
{
  if (fixture->port == 0)
    return;
  ask (fixture, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", -1, 0);
  g_assert_cmpuint (fixture->written, ==, STREAM_BYTES);
  g_assert_cmpuint (fixture->answer->len, ==,
      STREAM_BYTES + strlen ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n") +
          1);
  raw_wait (is_empty, fixture);
}

static gboolean
is_stolen_closed (gpointer data)
{
  return ((Fixture *) data)->stolen < 0;
}

static void
test_stolen_gone (Fixture *fixture, gconstpointer data)
{
  if (fixture->port == 0)
    return;
  signal (SIGPIPE, SIG_IGN);
  ask (fixture, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", -1, 100000);
  raw_wait (is_stolen_closed, fixture);
  raw_wait (is_empty, fixture);
  g_assert_cmpuint (fixture->written, <=, STREAM_BYTES);
}

static void
test_socket (Fixture *fixture, gconstpointer data)
{
  /* a handshake, and in the same piece a masked "hi" and a close 1000 */
  const gchar bytes[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                        "\x81\x82\0\0\0\0hi\x88\x82\0\0\0\0\x03\xe8";
  const gchar *answer;

  if (fixture->port == 0)
    return;
  answer = strstr (ask (fixture, bytes, sizeof bytes - 1, 0), "\r\n\r\n");
  g_assert_nonnull (answer);
  g_assert_cmpmem (answer + 4, 8, "\x81\2hi\x88\2\x03\xe8", 8);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, 1000);
  raw_wait (is_empty, fixture);
}

static void
test_plain_client (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *url = g_strdup_printf (
      "http://127.0.0.1:%u", fixture->port);
  g_autoptr (RawClient) plain = NULL;
  g_autoptr (RawClient) silent = NULL;
  g_autoptr (RawClient) half = NULL;

  if (fixture->port == 0)
    return;
  plain = raw_client_new (url);
  silent = raw_client_new (url);
  half = raw_client_new (url);
  raw_client_send (half, "\x16\x03\x01\x02\x00\x01", 6);
  raw_client_send (plain, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", -1);
  raw_client_wait_closed (plain);
  raw_client_wait_closed (silent);
  raw_client_wait_closed (half);
  raw_wait (is_empty, fixture);
}

static void
test_bad_files (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      dais_certificate_load ("/nowhere/c.pem", fixture->key, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "/nowhere/c.pem"));
  g_clear_error (&error);
  g_file_set_contents (fixture->key, "no key", -1, NULL);
  g_file_set_contents (fixture->certificate, "no certificate", -1, NULL);
  g_assert_null (
      dais_certificate_load (fixture->certificate, fixture->key, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "PEM"));
}

/* @timeout: of the head, ms */
#define ADD(name, function, timeout)                                         \
  g_test_add ("/net/tls/" name, Fixture, GUINT_TO_POINTER (timeout), set_up, \
      function, tear_down)

/* LeakSanitizer of clang 14 crashes itself when it walks a process that has
 * loaded GnuTLS; the memory of this test is still watched by
 * AddressSanitizer. */
__attribute__ ((visibility ("default"))) int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("request", test_request, 15000);
  ADD ("keep-alive", test_keep_alive, 15000);
  ADD ("stolen", test_stolen, 15000);
  ADD ("stolen-gone", test_stolen_gone, 15000);
  ADD ("socket", test_socket, 15000);
  ADD ("plain-client", test_plain_client, 500);
  ADD ("bad-files", test_bad_files, 15000);
  return g_test_run ();
}
