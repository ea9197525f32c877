/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "net/server.h"
#include "raw-client.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  DaisServer *server;
  gchar *url;
  DaisRequest *held; /* (nullable) of /hold */
  gint stolen;
} Fixture;

static void
on_echo (DaisRequest *request, gpointer user_data)
{
  g_autoptr (GBytes) body = g_bytes_ref (dais_request_get_body (request));

  dais_request_respond (request, 200, "application/octet-stream", body);
}

static void
on_say (DaisRequest *request, gpointer user_data)
{
  const gchar *cookie = dais_request_get_cookie (request, "session");
  const gchar *token = dais_request_get_token (request);
  const gchar *q = dais_request_get_query (request, "q");
  g_autofree gchar *text = g_strdup_printf (
      "name=%s q=%s cookie=%s token=%s base=%s",
      dais_request_get_param (request, "name"), q != NULL ? q : "-",
      cookie != NULL ? cookie : "-", token != NULL ? token : "-",
      dais_request_get_base_url (request));

  dais_request_respond_text (request, 200, text);
}

static void
on_form (DaisRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) form = dais_request_get_form (request, &error);

  if (form == NULL)
    dais_request_respond_text (
        request, dais_error_to_status (error), error->message);
  else
    dais_request_respond_text (
        request, 200, g_hash_table_lookup (form, "user"));
}

static void
on_cached (DaisRequest *request, gpointer user_data)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);

  dais_request_respond_cached (request, "application/json", body, "v1");
}

static void
on_hold (DaisRequest *request, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_set_object (&fixture->held, request);
}

static void
on_steal (DaisRequest *request, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *head = dais_request_get_response_head (request);

  g_assert_nonnull (strstr (head, "nosniff"));
  dais_request_steal_fd (request, &fixture->stolen, &error);
  g_assert_no_error (error);
}

static void
on_error_body (DaisRequest *request, guint status, const GError *error)
{
  dais_request_respond_json (request, status, g_strdup ("{\"door\":1}"));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  DaisServerLimits limits;
  g_auto (GStrv) urls = NULL;

  dais_server_limits_init (&limits);
  limits.header_timeout_ms = 300;
  limits.max_body = 1000;
  limits.max_connections = 20;
  fixture->stolen = -1;
  fixture->server = dais_server_new (&limits);
  dais_server_add_route (
      fixture->server, "POST PUT GET", "/echo", 0, on_echo, NULL);
  dais_server_add_route (
      fixture->server, "POST", "/large", 200000, on_echo, NULL);
  dais_server_add_route (
      fixture->server, "GET", "/say/<name>", 0, on_say, NULL);
  dais_server_add_route (fixture->server, "POST", "/form", 0, on_form, NULL);
  dais_server_add_route (fixture->server, "GET", "/cached", 0, on_cached, NULL);
  dais_server_add_route (fixture->server, "GET", "/hold", 0, on_hold, fixture);
  dais_server_add_route (
      fixture->server, "GET", "/steal", 0, on_steal, fixture);
  dais_server_add_route (
      fixture->server, "WEBSOCKET", "/socket", 0, on_hold, fixture);
  dais_server_set_error_body (fixture->server, "/api", on_error_body);
  dais_server_listen (fixture->server, "http://127.0.0.1:0", NULL, &error);
  g_assert_no_error (error);
  urls = dais_server_get_urls (fixture->server);
  fixture->url = g_strdup (urls[0]);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->held);
  if (fixture->stolen >= 0)
    close (fixture->stolen);
  dais_server_stop (fixture->server);
  raw_turn (5);
  g_assert_finalize_object (fixture->server);
  g_free (fixture->url);
}

static void expect (Fixture *fixture, const gchar *request, const gchar *first,
    ...) G_GNUC_NULL_TERMINATED;

static void
expect (Fixture *fixture, const gchar *request, const gchar *first, ...)
{
  g_autofree gchar *answer = raw_request (fixture->url, request);
  va_list args;

  va_start (args, first);
  for (const gchar *part = first; part != NULL; part = va_arg (args, gchar *))
    if (strstr (answer, part) == NULL)
      g_error ("no \"%s\" in the answer: %s", part, answer);
  va_end (args);
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

static void
test_routes (Fixture *fixture, gconstpointer data)
{
  expect (fixture,
      "GET /say/a%20b%2Fc?q=1%202 HTTP/1.1\r\nHost: hall:80\r\n"
      "Cookie: a=b; session=s1\r\nAuthorization: Bearer t\r\n"
      "Connection: close\r\n\r\n",
      "HTTP/1.1 200 OK", "X-Content-Type-Options: nosniff", "Referrer-Policy",
      "frame-ancestors",
      "name=a b/c q=1 2 cookie=s1 token=t base=http://hall:80", NULL);
  expect (fixture, "GET /say/x/?access_token=u HTTP/1.1\r\n" CLOSE "\r\n",
      "name=x q=- cookie=- token=u", NULL);
  expect (fixture,
      "GET /say/x HTTP/1.1\r\nHost: a\"b\r\n"
      "Connection: close\r\n\r\n",
      "base=http://127.0.0.1:", NULL);
  expect (fixture, "GET /nothing HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404",
      "there is nothing at /nothing", NULL);
  expect (fixture, "GET /api/x HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404",
      "{\"door\":1}", NULL);
  expect (fixture, "DELETE /echo HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405",
      "Allow: GET, HEAD, POST, PUT, OPTIONS", NULL);
  expect (
      fixture, "BREW /echo HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405", NULL);
  expect (
      fixture, "GET /socket HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 426", NULL);
}

static void
test_cors (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *plain = NULL;

  expect (fixture,
      "OPTIONS /echo HTTP/1.1\r\n" CLOSE "Origin: http://o\r\n\r\n",
      "HTTP/1.1 204", "Allow: GET, HEAD, POST, PUT, OPTIONS",
      "Access-Control-Allow-Origin: http://o", "Vary: Origin",
      "Access-Control-Allow-Credentials: true",
      "Access-Control-Allow-Headers: authorization, content-type, if-match",
      "Access-Control-Allow-Methods: GET, HEAD, POST, PUT", NULL);
  expect (fixture, "GET /cached HTTP/1.1\r\n" CLOSE "Origin: null\r\n\r\n",
      "Access-Control-Allow-Origin: null", NULL);
  plain = raw_request (fixture->url, "GET /cached HTTP/1.1\r\n" CLOSE "\r\n");
  g_assert_null (strstr (plain, "Access-Control"));
}

static void
test_head (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *answer = raw_request (
      fixture->url, "HEAD /cached HTTP/1.1\r\n" CLOSE "\r\n");

  g_assert_nonnull (strstr (answer, "Content-Length: 2"));
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\n"));
}

static void
test_etag (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET /cached HTTP/1.1\r\n" CLOSE "\r\n", "200 OK",
      "ETag: \"v1\"", "{}", NULL);
  expect (fixture,
      "GET /cached HTTP/1.1\r\n" CLOSE
      "If-None-Match: W/\"v0\", \"v1\"\r\n\r\n",
      "HTTP/1.1 304", NULL);
  expect (fixture,
      "GET /cached HTTP/1.1\r\n" CLOSE "If-None-Match: \"v2\"\r\n\r\n",
      "200 OK", NULL);
}

static void
expect_form (
    Fixture *fixture, const gchar *type, const gchar *body, const gchar *part)
{
  g_autofree gchar *request = g_strdup_printf (
      "POST /form HTTP/1.1\r\n" CLOSE
      "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
      type, strlen (body), body);

  expect (fixture, request, part, NULL);
}

static void
test_forms (Fixture *fixture, gconstpointer data)
{
  expect_form (fixture, "application/x-www-form-urlencoded",
      "user=%C3%A9+b&x=y", "\r\n\r\n\xc3\xa9 b");
  expect_form (fixture, "multipart/form-data; boundary=B",
      "--B\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n"
      "x\ny\r\n--B--\r\n",
      "\r\n\r\nx\ny");
  expect_form (fixture, "application/json; charset=utf-8",
      "{\"n\":1,\"user\":\"\\u00e9zx\"}", "\r\n\r\n\xc3\xa9zx");
  expect_form (fixture, "image/png", "x", "HTTP/1.1 400");
  expect_form (fixture, "application/json", "", "HTTP/1.1 400");
  expect_form (fixture, "application/json", "[1]", "HTTP/1.1 400");
  expect_form (fixture, "multipart/form-data; boundary=B", "x", "HTTP/1.1 400");
  expect_form (
      fixture, "application/x-www-form-urlencoded", "user=%ff", "\r\n\r\n");
}

static void
test_body_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *exact = g_strnfill (1000, 'x');
  g_autofree gchar *request = g_strdup_printf (
      "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 1000\r\n\r\n%s", exact);
  g_autofree gchar *chunked = g_strdup_printf (
      "POST /echo HTTP/1.1\r\n" CLOSE
      "Transfer-Encoding: chunked\r\n\r\n3e8\r\n%s\r\n1\r\nx\r\n0\r\n\r\n",
      exact);

  expect (fixture, request, "200 OK", exact, NULL);
  expect (fixture,
      "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 1001\r\n\r\n",
      "HTTP/1.1 413", NULL);
  expect (fixture,
      "POST /echo HTTP/1.1\r\nHost: x\r\n"
      "Content-Length: 10000000000\r\n\r\nx",
      "HTTP/1.1 413", "Connection: close", "larger than 1000 bytes", NULL);
  expect (fixture,
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
      "Content-Length: 10000000000\r\n\r\n",
      "HTTP/1.1 413", NULL);
  expect (fixture, chunked, "HTTP/1.1 413", NULL);
  expect (fixture,
      "POST /nothing HTTP/1.1\r\nHost: x\r\n"
      "Content-Length: 10000000000\r\n\r\nx",
      "HTTP/1.1 404", NULL);
}

static void
test_large_upload (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *body = g_strnfill (200000, 'y');
  g_autofree gchar *request = g_strdup_printf (
      "POST /large HTTP/1.1\r\n" CLOSE "Content-Length: 200000\r\n\r\n%s",
      body);
  g_autofree gchar *answer = raw_request (fixture->url, request);

  g_assert_true (g_str_has_suffix (answer, body));
}

static void
test_keep_alive (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);

  for (guint i = 0; i < 5; i++) {
    raw_client_send (client, "GET /cached HTTP/1.1\r\nHost: x\r\n\r\n", -1);
    g_assert_true (raw_client_wait_text (client, "{}"));
    raw_client_clear (client);
  }
  raw_client_send (client,
      "GET /say/1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /say/2 HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /say/3 HTTP/1.1\r\n" CLOSE "\r\n",
      -1);
  g_assert_true (raw_client_wait_text (client, "name=3"));
  g_assert_nonnull (strstr (raw_client_get_text (client), "name=1"));
  g_assert_nonnull (strstr (raw_client_get_text (client), "name=2"));
  raw_client_wait_closed (client);
}

static void
test_http_1_0 (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET /cached HTTP/1.0\r\n\r\n", "200 OK", "{}", NULL);
}

static void
test_slow_head (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) silent = raw_client_new (fixture->url);
  g_autoptr (RawClient) slow = raw_client_new (fixture->url);
  const gchar *head = "GET /cached HTTP/1.1\r\nX: ";

  for (guint i = 0; !slow->is_closed && i < 1000; i++) {
    raw_client_send (slow, head + i % 20, 1);
    raw_turn (5);
    raw_client_wait_bytes (slow, 0);
  }
  g_assert_true (slow->is_closed);
  raw_client_wait_closed (silent);
  expect (fixture, "GET /cached HTTP/1.1\r\n" CLOSE "\r\n", "200 OK", NULL);
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *long_line = g_strnfill (70000, 'A');
  g_autofree gchar *endless = g_strdup_printf ("GET /%s", long_line);

  expect (fixture, "\x16\x03\x01\x02", "HTTP/1.1 400", "plain HTTP", NULL);
  expect (fixture, "\x01\x02\x03\r\n\r\n", "HTTP/1.1 400", NULL);
  expect (fixture, "GET\r\n\r\n", "HTTP/1.1 400", NULL);
  expect (fixture, "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400", NULL);
  expect (fixture, endless, "HTTP/1.1 431", NULL);
  expect (fixture, "GET /cached HTTP/1.1\r\n" CLOSE "\r\n", "200 OK", NULL);
}

static void
test_no_newline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);
  g_autofree gchar *block = g_strnfill (1 << 20, 'A');

  for (guint i = 0; i < 100 && !client->is_closed; i++)
    raw_client_send (client, block, 1 << 20);
  raw_client_wait_closed (client);
  g_assert_cmpuint (dais_server_get_n_connections (fixture->server), ==, 0);
}

static gboolean
is_held (gpointer data)
{
  return ((Fixture *) data)->held != NULL;
}

static gboolean
is_cancelled (gpointer data)
{
  Fixture *fixture = data;

  return g_cancellable_is_cancelled (
      dais_request_get_cancellable (fixture->held));
}

static gboolean
is_empty (gpointer data)
{
  return dais_server_get_n_connections (((Fixture *) data)->server) == 0;
}

static void
test_held_answer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);

  raw_client_send (client, "GET /hold HTTP/1.1\r\n" CLOSE "\r\n", -1);
  raw_wait (is_held, fixture);
  raw_turn (400); /* longer than the header timeout */
  dais_request_respond_text (fixture->held, 200, "late");
  raw_client_wait_closed (client);
  g_assert_nonnull (strstr (raw_client_get_text (client), "late"));
}

static void
test_held_gone (Fixture *fixture, gconstpointer data)
{
  RawClient *client = raw_client_new (fixture->url);

  raw_client_send (client, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n", -1);
  raw_wait (is_held, fixture);
  dais_request_get_cancellable (fixture->held);
  raw_client_free (client);
  raw_wait (is_cancelled, fixture);
  dais_request_respond_text (fixture->held, 200, "dropped");
  g_clear_object (&fixture->held);
  raw_wait (is_empty, fixture);
}

static gboolean
is_stolen (gpointer data)
{
  return ((Fixture *) data)->stolen >= 0;
}

static void
test_steal (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);
  const gchar *answer = "HTTP/1.1 200 OK\r\n\r\nstream";

  raw_client_send (client, "GET /steal HTTP/1.1\r\nHost: x\r\n\r\n", -1);
  raw_wait (is_stolen, fixture);
  raw_wait (is_empty, fixture);
  g_assert_cmpint (
      write (fixture->stolen, answer, strlen (answer)), ==, strlen (answer));
  close (fixture->stolen);
  fixture->stolen = -1;
  raw_client_wait_closed (client);
  g_assert_cmpstr (raw_client_get_text (client), ==, answer);
}

static void
test_connection_limit (Fixture *fixture, gconstpointer data)
{
  RawClient *silent[40];

  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    silent[i] = raw_client_new (fixture->url);
  expect (fixture, "GET /cached HTTP/1.1\r\n" CLOSE "\r\n", "200 OK", NULL);
  g_assert_cmpuint (dais_server_get_n_connections (fixture->server), <=, 20);
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    raw_client_free (silent[i]);
  raw_wait (is_empty, fixture);
}

static void
test_listen_errors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      dais_server_listen (fixture->server, fixture->url, NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "in use by another program"));
  g_clear_error (&error);
  g_assert_false (dais_server_listen (fixture->server, "8080", NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (dais_server_listen (
      fixture->server, "https://127.0.0.1:0", NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (
      dais_server_listen (fixture->server, "http://192.0.2.1:0", NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_FAILED);
}

static void
test_stop_with_work (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RawClient) client = raw_client_new (fixture->url);

  raw_client_send (client, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n", -1);
  raw_wait (is_held, fixture);
  dais_request_get_cancellable (fixture->held);
  dais_server_stop (fixture->server);
  g_assert_true (is_cancelled (fixture));
  dais_request_respond_text (fixture->held, 200, "dropped");
  raw_client_wait_closed (client);
}

static void
test_statuses (void)
{
  const struct {
    gint code;
    guint status;
  } rows[] = {
    { DAIS_ERROR_INVALID, 400 },
    { DAIS_ERROR_UNAUTHENTICATED, 401 },
    { DAIS_ERROR_DENIED, 403 },
    { DAIS_ERROR_NOT_FOUND, 404 },
    { DAIS_ERROR_CONFLICT, 409 },
    { DAIS_ERROR_STALE, 412 },
    { DAIS_ERROR_TOO_LARGE, 413 },
    { DAIS_ERROR_LIMITED, 429 },
    { DAIS_ERROR_FAILED, 500 },
    { DAIS_ERROR_UNAVAILABLE, 503 },
    { DAIS_ERROR_STORAGE, 507 },
    { 99, 500 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = g_error_new_literal (
        DAIS_ERROR, rows[i].code, "x");

    g_assert_cmpuint (dais_error_to_status (error), ==, rows[i].status);
  }
}

#define ADD(name, function) \
  g_test_add ("/net/server/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("routes", test_routes);
  ADD ("cors", test_cors);
  ADD ("head", test_head);
  ADD ("etag", test_etag);
  ADD ("forms", test_forms);
  ADD ("body-limit", test_body_limit);
  ADD ("large-upload", test_large_upload);
  ADD ("keep-alive", test_keep_alive);
  ADD ("http-1.0", test_http_1_0);
  ADD ("slow-head", test_slow_head);
  ADD ("garbage", test_garbage);
  ADD ("no-newline", test_no_newline);
  ADD ("held-answer", test_held_answer);
  ADD ("held-gone", test_held_gone);
  ADD ("steal", test_steal);
  ADD ("connection-limit", test_connection_limit);
  ADD ("listen-errors", test_listen_errors);
  ADD ("stop-with-work", test_stop_with_work);
  g_test_add_func ("/net/server/statuses", test_statuses);
  return g_test_run ();
}
