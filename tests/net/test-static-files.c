/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "net/static-files.h"
#include "raw-client.h"

#include <string.h>

typedef struct {
  DaisServer *server;
  DaisStaticFiles *files;
  gchar *url;
} Fixture;

static void
on_file (DaisRequest *request, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (!dais_static_files_respond (fixture->files, request, 200,
          dais_request_get_param (request, "path")))
    dais_request_respond_text (request, 404, "no such file");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  DaisServerLimits limits;
  g_auto (GStrv) urls = NULL;

  dais_server_limits_init (&limits);
  fixture->server = dais_server_new (&limits);
  fixture->files = dais_static_files_new ("/org/dais/test");
  dais_server_add_route (
      fixture->server, "GET", "/web/<path...>", 0, on_file, fixture);
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
  g_assert_finalize_object (fixture->server);
  dais_static_files_free (fixture->files);
  g_free (fixture->url);
}

static gchar *
ask (Fixture *fixture, const gchar *path, const gchar *headers)
{
  g_autofree gchar *request = g_strdup_printf (
      "GET /web/%s HTTP/1.1\r\nHost: h\r\n%sConnection: close\r\n\r\n", path,
      headers);

  return raw_request (fixture->url, request);
}

static gchar *
get_etag (const gchar *answer)
{
  const gchar *begin = strstr (answer, "ETag: ");

  g_assert_nonnull (begin);
  begin += strlen ("ETag: ");
  return g_strndup (begin, strcspn (begin, "\r"));
}

static void
test_plain (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *page = ask (fixture, "index.html", "");
  g_autofree gchar *note = ask (fixture, "note.txt", "");

  g_assert_true (g_str_has_prefix (page, "HTTP/1.1 200"));
  g_assert_nonnull (strstr (page, "text/html; charset=utf-8"));
  g_assert_nonnull (strstr (page, "Content-Security-Policy: default-src"));
  g_assert_nonnull (strstr (page, "worth packing"));
  g_assert_null (strstr (page, "Content-Encoding"));
  g_assert_nonnull (strstr (page, "Vary: Origin, Accept-Encoding"));
  g_assert_nonnull (strstr (note, "short"));
}

static void
test_packed (Fixture *fixture, gconstpointer data)
{
  static const gchar *const taken[] = { "gzip", "br, GZIP;q=0.5",
    "deflate , gzip" };
  static const gchar *const refused[] = { "identity", "gzip;q=0",
    "gzip; q=0.000", "xgzip" };
  g_autofree gchar *note = ask (
      fixture, "note.txt", "Accept-Encoding: gzip\r\n");

  for (guint i = 0; i < G_N_ELEMENTS (taken); i++) {
    g_autofree gchar *header = g_strdup_printf (
        "Accept-Encoding: %s\r\n", taken[i]);
    g_autofree gchar *page = ask (fixture, "index.html", header);

    g_assert_nonnull (strstr (page, "Content-Encoding: gzip"));
    g_assert_null (strstr (page, "worth packing"));
  }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree gchar *header = g_strdup_printf (
        "Accept-Encoding: %s\r\n", refused[i]);
    g_autofree gchar *page = ask (fixture, "index.html", header);

    g_assert_nonnull (strstr (page, "worth packing"));
  }
  g_assert_null (strstr (note, "Content-Encoding"));
}

static void
test_unchanged (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *plain = ask (fixture, "index.html", "");
  g_autofree gchar *packed = ask (
      fixture, "index.html", "Accept-Encoding: gzip\r\n");
  g_autofree gchar *plain_etag = get_etag (plain);
  g_autofree gchar *packed_etag = get_etag (packed);
  g_autofree gchar *header = g_strdup_printf (
      "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", packed_etag);
  g_autofree gchar *again = ask (fixture, "index.html", header);
  g_autofree gchar *other_header = g_strdup_printf (
      "If-None-Match: %s\r\n", packed_etag);
  g_autofree gchar *other = ask (fixture, "index.html", other_header);

  g_assert_cmpstr (plain_etag, !=, packed_etag);
  g_assert_true (g_str_has_prefix (again, "HTTP/1.1 304"));
  g_assert_true (g_str_has_prefix (other, "HTTP/1.1 200"));
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  static const gchar *const paths[] = { "nothing.js", "../server.c",
    "..%2f..%2fetc%2fpasswd", "a//b", "%5c..%5cx" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree gchar *answer = ask (fixture, paths[i], "");

    g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 404"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, run) \
  g_test_add ("/net/static-files/" path, Fixture, NULL, set_up, run, tear_down)
  ADD ("plain", test_plain);
  ADD ("packed", test_packed);
  ADD ("unchanged", test_unchanged);
  ADD ("missing", test_missing);
#undef ADD
  return g_test_run ();
}
