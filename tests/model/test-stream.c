/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/stream.h"

static DaisStream *
parse (const gchar *json, DaisStream *present, gboolean trusted, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, -1, error);

  g_assert_nonnull (object);
  return dais_stream_from_json (object, present, trusted, error);
}

static void
test_add (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisStream) stream = parse (
      "{\"name\":\"Room 1 - Camera\",\"uri\":\"rtsp://u:p@cam/1\","
      "\"type\":\"video\",\"options\":{\"latency\":200,\"tcp\":true,"
      "\"codec\":\"h264\",\"x\":null}}",
      NULL, FALSE, &error);
  GHashTable *options;

  g_assert_no_error (error);
  options = dais_stream_get_options (stream);
  g_assert_cmpstr (dais_stream_get_name (stream), ==, "Room 1 - Camera");
  g_assert_cmpint (dais_stream_get_media_type (stream), ==, DAIS_MEDIA_VIDEO);
  g_assert_cmpstr (g_hash_table_lookup (options, "latency"), ==, "200");
  g_assert_cmpstr (g_hash_table_lookup (options, "tcp"), ==, "true");
  g_assert_cmpstr (g_hash_table_lookup (options, "codec"), ==, "h264");
  g_assert_cmpuint (g_hash_table_size (options), ==, 3);
}

static void
test_change (void)
{
  g_autoptr (DaisStream) admins = dais_stream_new (
      7, "Film", "film", "file:///a.webm", 0, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisStream) renamed = parse (
      "{\"name\":\"The film\",\"slug\":\"film\",\"stream_url\":\"x\"}", admins,
      FALSE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (dais_stream_get_name (renamed), ==, "The film");
  g_assert_cmpstr (dais_stream_get_uri (renamed), ==, "file:///a.webm");
  g_assert_cmpint (dais_stream_get_id (renamed), ==, 7);
  g_assert_null (
      parse ("{\"uri\":\"file:///etc/passwd\"}", admins, FALSE, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
}

static void
test_places (void)
{
  static const gchar *const good[] = { "rtsp://[::1]:554/x", "http://a/@",
    "https://u:p@cam.example/x?y=z@", "srt://:7000?mode=listener",
    "v4l2:/dev/video0", "v4l2:///dev/v4l/by-id/cam", "wire:/run/dais/in/cam1",
    "wire:///x", "udp://0.0.0.0:5000", "alsa:hw:1,0", "test:ball?tone=440" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{\"name\":\"a\",\"uri\":\"%s\"}", good[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (DaisStream) stream = parse (json, NULL, FALSE, &error);

    g_assert_no_error (error);
    g_assert_nonnull (stream);
  }
}

static void
test_refuses (void)
{
  static const struct {
    const gchar *json;
    gint code;
  } table[] = {
    { "{}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"\",\"uri\":\"test:ball\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\\nb\",\"uri\":\"test:ball\"}", DAIS_ERROR_INVALID },
    { "{\"name\":1,\"uri\":\"test:ball\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"ball\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"gopher://x\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"test:\\u0007\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"rtsp://\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"rtsp:camera\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"http://u:p@/x\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"http://:80/x@y\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"v4l2:/etc/passwd\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"v4l2:///dev/../etc/x\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"wire:in/cam\"}", DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"test:ball\",\"type\":\"x\"}",
        DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"test:ball\",\"ttype\":\"av\"}",
        DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"test:ball\",\"options\":{\"a b\":1}}",
        DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"test:ball\",\"options\":{\"a\":[]}}",
        DAIS_ERROR_INVALID },
    { "{\"name\":\"a\",\"uri\":\"FILE:///etc/passwd\"}", DAIS_ERROR_DENIED },
    { "{\"name\":\"a\",\"uri\":\"pipeline:fakesrc\"}", DAIS_ERROR_DENIED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (table[i].json, NULL, FALSE, &error));
    g_assert_error (error, DAIS_ERROR, table[i].code);
  }
}

static void
test_trusted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisStream) stream = parse (
      "{\"name\":\"a\",\"uri\":\"pipeline:videotestsrc ! identity\"}", NULL,
      TRUE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (stream);
}

static gchar *
written (DaisStream *stream, const DaisStreamHealth *health, gboolean with_uri)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_stream_write_json (
      stream, writer, "http://h/streaming/cam.webm", health, with_uri);
  return dais_json_writer_steal (writer);
}

static void
test_write (void)
{
  g_autoptr (GHashTable) options = dais_stream_options_from_json (
      "{\"b\":\"2\",\"a\":\"1\"}", NULL);
  g_autoptr (DaisStream) stream = dais_stream_new (
      1, "Cam", "cam", "rtsp://u:p@cam/", 0, options);
  DaisStreamHealth health = { DAIS_STREAM_LIVE, 1433586312400000, 29.97, "",
    DAIS_MEDIA_VIDEO };
  g_autofree gchar *brief = written (stream, NULL, FALSE);
  g_autofree gchar *full = written (stream, &health, TRUE);

  g_assert_cmpstr (brief, ==,
      "{\"name\":\"Cam\",\"stream_url\":\"http://h/streaming/cam.webm\","
      "\"origin\":\"raw\",\"type\":\"av\",\"slug\":\"cam\"}");
  g_assert_cmpstr (full, ==,
      "{\"name\":\"Cam\",\"stream_url\":\"http://h/streaming/cam.webm\","
      "\"origin\":\"raw\",\"type\":\"video\",\"slug\":\"cam\","
      "\"health\":{\"state\":\"live\",\"since\":\"2015-06-06T10:25:12.400Z\","
      "\"fps\":29.97,\"error\":null},"
      "\"uri\":\"rtsp://u:p@cam/\",\"options\":{\"a\":\"1\",\"b\":\"2\"}}");
}

static void
test_equal (void)
{
  g_autoptr (GHashTable) options = dais_stream_options_from_json (
      "{\"a\":\"1\"}", NULL);
  g_autoptr (DaisStream) one = dais_stream_new (
      1, "Cam", "cam", "test:ball", 0, options);
  g_autoptr (DaisStream) same = dais_stream_with_identity (one, 9, "cam");
  g_autoptr (DaisStream) other = dais_stream_new (
      1, "Cam", "cam", "test:ball", 0, NULL);

  g_assert_true (dais_stream_equal (one, same));
  g_assert_false (dais_stream_equal (one, other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/stream/add", test_add);
  g_test_add_func ("/model/stream/change", test_change);
  g_test_add_func ("/model/stream/refuses", test_refuses);
  g_test_add_func ("/model/stream/places", test_places);
  g_test_add_func ("/model/stream/trusted", test_trusted);
  g_test_add_func ("/model/stream/write", test_write);
  g_test_add_func ("/model/stream/equal", test_equal);

  return g_test_run ();
}
