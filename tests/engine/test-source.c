/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "source-client.h"
#include "wire/wire.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <gst/video/video.h>

#include <string.h>

typedef SourceClient Fixture;

/* Everything by content, time stamps to the nanosecond on the grid. */
static void
test_test_picture (Fixture *f, gconstpointer data)
{
  GstClockTime last = 0;

  source_client_set_uri (f, "test:red");
  source_client_wait_state (f, "live");
  g_assert_true (source_client_rests (f));
  source_client_take (f, ".v");
  source_client_wait_colour (f, colour_red);
  g_assert_false (source_client_rests (f));
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GstSample) sample = source_client_pull (f);
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    GstClockTime pts = GST_BUFFER_PTS (buffer);

    g_assert_cmpuint (pts, >, last);
    g_assert_cmpuint (
        gst_util_uint64_scale (
            gst_util_uint64_scale_round (pts, 30, GST_SECOND), GST_SECOND, 30),
        ==, pts);
    g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 160 * 120 * 3 / 2);
    last = pts;
  }
  source_client_leave (f);
  while (!source_client_rests (f))
    source_client_run (20);
  /* and again, from rest */
  source_client_take (f, ".v");
  source_client_wait_colour (f, colour_red);
}

static void
test_sound (Fixture *f, gconstpointer data)
{
  gboolean heard = FALSE;

  source_client_set_uri (f, "test:black?tone=1000");
  source_client_take (f, ".a");
  while (!heard) {
    g_autoptr (GstSample) sample = source_client_pull (f);
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    GstMapInfo map;

    g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
    g_assert_cmpuint (map.size % 4, ==, 0);
    for (gsize i = 0; i < map.size / 2; i++)
      heard |= ((const gint16 *) (gconstpointer) map.data)[i] > 3000;
    gst_buffer_unmap (buffer, &map);
  }
  g_assert_cmpstr (dais_ipc_source_get_type_ (f->source), ==, "av");
}

static gchar *
make_clip (Fixture *f)
{
  gchar *path = g_build_filename (f->runtime, "clip.webm", NULL);
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc pattern=blue num-buffers=12 ! video/x-raw,width=96,"
      "height=72,framerate=25/1 ! vp8enc deadline=1 ! webmmux ! filesink "
      "name=file",
      NULL);
  g_autoptr (GstElement) file = gst_bin_get_by_name (
      GST_BIN (pipeline), "file");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) end = NULL;

  gst_object_ref_sink (pipeline);
  g_object_set (file, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (end == NULL) {
    end = gst_bus_pop_filtered (bus, GST_MESSAGE_EOS);
    source_client_run (5);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return path;
}

/* Half a second of film, watched for three: live all the time. */
static void
test_file_loops (Fixture *f, gconstpointer data)
{
  g_autofree gchar *path = make_clip (f);
  g_autofree gchar *uri = g_filename_to_uri (path, NULL, NULL);
  guint64 since;

  source_client_set_uri (f, uri);
  source_client_wait_state (f, "live");
  since = (guint64) dais_ipc_source_get_since (f->source);
  source_client_take (f, ".v");
  source_client_wait_colour (f, colour_blue);
  for (guint i = 0; i < 90; i++) {
    g_autoptr (GstSample) sample = source_client_pull (f);

    g_assert_cmpint (
        ABS (source_client_colour (sample).u - colour_blue.u), <, 12);
  }
  g_assert_cmpstr (dais_ipc_source_get_state (f->source), ==, "live");
  g_assert_cmpuint ((guint64) dais_ipc_source_get_since (f->source), ==, since);
}

static GstElement *
feed (Fixture *f, const gchar *pattern)
{
  g_autofree gchar *path = g_build_filename (f->runtime, "feed", NULL);
  GstElement *pipeline = gst_parse_launch (
      "videotestsrc name=picture is-live=true ! video/x-raw,format=I420,"
      "width=64,height=48,framerate=15/1 ! daiswiresink name=wire",
      NULL);
  g_autoptr (GstElement) wire = gst_bin_get_by_name (
      GST_BIN (pipeline), "wire");
  g_autoptr (GstElement) picture = gst_bin_get_by_name (
      GST_BIN (pipeline), "picture");

  g_object_set (wire, "path", path, NULL);
  gst_util_set_object_arg (G_OBJECT (picture), "pattern", pattern);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static void
end (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

/* A sender that goes is a slate, one that comes back is on air. */
static void
test_wire_comes_and_goes (Fixture *f, gconstpointer data)
{
  g_autofree gchar *uri = g_strdup_printf ("wire:%s/feed", f->runtime);
  GstElement *sender;

  source_client_set_uri (f, uri);
  source_client_take (f, ".v");
  source_client_wait_colour (f, colour_slate);
  sender = feed (f, "red");
  source_client_wait_colour (f, colour_red);
  source_client_wait_state (f, "live");
  end (sender);
  source_client_wait_colour (f, colour_slate);
  source_client_wait_state (f, "lost");
  g_assert_cmpstr (dais_ipc_source_get_error (f->source), !=, "");
  sender = feed (f, "green");
  source_client_wait_colour (f, colour_green);
  source_client_wait_state (f, "live");
  end (sender);
}

static void
test_pipeline_and_rendition (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstSample) sample = NULL;
  GstVideoInfo info;

  source_client_set_uri (f,
      "pipeline: videotestsrc name=video pattern=green "
      "is-live=true");
  g_assert_true (source_client_configure (
      f, "{'renditions': <[(uint32 80, uint32 64)]>}", &error));
  g_assert_no_error (error);
  source_client_take (f, ".v-80x64");
  source_client_wait_colour (f, colour_green);
  sample = source_client_pull (f);
  g_assert_true (
      gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  g_assert_cmpint (info.width, ==, 80);
  g_assert_cmpint (info.height, ==, 64);
}

/* --- a little web server with a camera in it --- */

typedef struct {
  GSocketService *service;
  guint16 port;
  GBytes *part;
  GPtrArray *streams; /* (element-type GSocketConnection) */
  guint timer_id;
} Web;

static gboolean
on_picture (gpointer user_data)
{
  Web *web = user_data;

  for (guint i = web->streams->len; i > 0; i--) {
    GOutputStream *out = g_io_stream_get_output_stream (
        web->streams->pdata[i - 1]);

    if (!g_output_stream_write_all (out, g_bytes_get_data (web->part, NULL),
            g_bytes_get_size (web->part), NULL, NULL, NULL))
      g_ptr_array_remove_index_fast (web->streams, i - 1);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_visitor (GSocketService *service, GSocketConnection *connection,
    GObject *source, gpointer user_data)
{
  Web *web = user_data;
  const gchar *head = "HTTP/1.0 200 OK\r\nContent-Type: "
                      "multipart/x-mixed-replace;boundary=b\r\n\r\n";

  g_output_stream_write_all (
      g_io_stream_get_output_stream (G_IO_STREAM (connection)), head,
      strlen (head), NULL, NULL, NULL);
  g_ptr_array_add (web->streams, g_object_ref (connection));
  return TRUE;
}

static void
web_start (Web *web, guint16 port)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc pattern=red num-buffers=1 ! videoconvert ! video/x-raw,"
      "width=160,height=120,colorimetry=1:4:0:0 ! jpegenc ! appsink name=app",
      NULL);
  g_autoptr (GstElement) app = gst_bin_get_by_name (GST_BIN (pipeline), "app");
  g_autoptr (GstSample) sample = NULL;
  g_autoptr (GByteArray) part = g_byte_array_new ();
  g_autofree gchar *head = NULL;
  GstMapInfo map;

  gst_object_ref_sink (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (app, "pull-sample", &sample);
  g_assert_true (
      gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ));
  head = g_strdup_printf ("--b\r\nContent-Type: image/jpeg\r\n"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
      map.size);
  g_byte_array_append (part, (const guint8 *) head, (guint) strlen (head));
  g_byte_array_append (part, map.data, (guint) map.size);
  g_byte_array_append (part, (const guint8 *) "\r\n", 2);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  web->part = g_byte_array_free_to_bytes (g_steal_pointer (&part));
  web->streams = g_ptr_array_new_with_free_func (g_object_unref);
  web->service = g_socket_service_new ();
  if (port == 0)
    web->port = g_socket_listener_add_any_inet_port (
        G_SOCKET_LISTENER (web->service), NULL, NULL);
  else if (g_socket_listener_add_inet_port (
               G_SOCKET_LISTENER (web->service), port, NULL, NULL))
    web->port = port;
  g_assert_cmpuint (web->port, !=, 0);
  g_signal_connect (web->service, "incoming", G_CALLBACK (on_visitor), web);
  g_socket_service_start (web->service);
  web->timer_id = g_timeout_add (100, on_picture, web);
}

static void
web_stop (Web *web)
{
  g_source_remove (web->timer_id);
  g_socket_service_stop (web->service);
  g_socket_listener_close (G_SOCKET_LISTENER (web->service));
  g_object_unref (web->service);
  g_ptr_array_unref (web->streams);
  g_bytes_unref (web->part);
}

static void
test_http_mjpeg (Fixture *f, gconstpointer data)
{
  Web web = { 0 };
  g_autofree gchar *uri = NULL;
  guint16 port;

  web_start (&web, 0);
  port = web.port;
  uri = g_strdup_printf ("http://me:secret@127.0.0.1:%u/cam", port);
  source_client_set_uri (f, uri);
  source_client_take (f, ".v");
  source_client_wait_colour (f, colour_red);
  source_client_wait_state (f, "live");
  web_stop (&web);
  source_client_wait_colour (f, colour_slate);
  source_client_wait_state (f, "lost");
  g_assert_null (strstr (dais_ipc_source_get_error (f->source), "secret"));
  web_start (&web, port);
  source_client_wait_colour (f, colour_red);
  web_stop (&web);
}

/* --- the process frame --- */

static void
test_bad_settings (Fixture *f, gconstpointer data)
{
  const gchar *const bad[] = {
    "{'width': <uint32 7>}",
    "{'height': <uint32 100000>}",
    "{'width': <'wide'>}",
    "{'fps-n': <uint32 0>}",
    "{'type': <'smell'>}",
    "{'uri': <uint32 1>}",
    "{'options': <'no'>}",
    "{'renditions': <[(uint32 3, uint32 5)]>}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (source_client_configure (f, bad[i], &error));
    g_assert_nonnull (error);
  }
  g_assert_true (source_client_configure (f, "{'unknown': <true>}", NULL));
  source_client_set_uri (f, "nonsense");
  source_client_wait_state (f, "lost");
}

static void
test_garbage_on_the_control_socket (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->socket);

  for (guint i = 0; i < 5; i++) {
    g_autoptr (GSocketConnection) connection = g_socket_client_connect (
        client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
    guint8 noise[300];

    for (guint k = 0; k < sizeof noise; k++)
      noise[k] = (guint8) g_test_rand_int ();
    g_assert_nonnull (connection);
    g_output_stream_write (
        g_io_stream_get_output_stream (G_IO_STREAM (connection)), noise,
        sizeof noise, NULL, NULL);
  }
  g_assert_true (source_client_rests (f));
}

static guint
count_descriptors (Fixture *f)
{
  g_autofree gchar *path = g_strdup_printf (
      "/proc/%s/fd", g_subprocess_get_identifier (f->process));
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* One address after the other, most of them no good: each attempt is taken down
 * to the last descriptor. */
static void
test_attempts_leave_nothing (Fixture *f, gconstpointer data)
{
  const gchar *const uris[] = {
    "test:ball",
    "rtsp://127.0.0.1:1/x",
    "file:///nothing.webm",
    "wire:/nothing",
    "v4l2:///dev/video99",
    "udp://127.0.0.1:0",
    "http://127.0.0.1:1/",
    "alsa:hw:77",
    "pipeline:videotestsrc is-live=true name=video",
    "nonsense",
  };
  guint settled = 0;

  source_client_take (f, ".v");
  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < 4 * G_N_ELEMENTS (uris); i++) {
      source_client_set_uri (f, uris[i % G_N_ELEMENTS (uris)]);
      source_client_run (i % 3 == 0 ? 30 : 1);
    }
    source_client_set_uri (f, "test:red");
    source_client_wait_colour (f, colour_red);
    if (round == 0) {
      source_client_run (3000);
      settled = count_descriptors (f);
    }
  }
  /* the last attempts come down in the background; else the watchdog bites */
  while (count_descriptors (f) > settled + 4)
    source_client_run (100);
  g_test_message ("%u descriptors, then %u", settled, count_descriptors (f));
}

static void
test_second_engine_is_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) other = NULL;

  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG"); /* it warns and ends */
  other = g_subprocess_launcher_spawn (launcher, NULL, g_getenv ("DAIS_ENGINE"),
      "source", "--socket", f->socket, "--slug", "cam", "--runtime", f->runtime,
      NULL);
  g_subprocess_wait (other, NULL, NULL);
  g_assert_cmpint (g_subprocess_get_exit_status (other), ==, 69);
  g_assert_true (source_client_rests (f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  dais_wire_register ();
#define CASE(name, function)                                              \
  g_test_add ("/engine/source/" name, Fixture, NULL, source_client_start, \
      function, source_client_stop)
  CASE ("test-picture", test_test_picture);
  CASE ("sound", test_sound);
  CASE ("file-loops", test_file_loops);
  CASE ("wire", test_wire_comes_and_goes);
  CASE ("pipeline-rendition", test_pipeline_and_rendition);
  CASE ("http-mjpeg", test_http_mjpeg);
  CASE ("bad-settings", test_bad_settings);
  CASE ("garbage-control", test_garbage_on_the_control_socket);
  CASE ("attempts", test_attempts_leave_nothing);
  CASE ("second-engine", test_second_engine_is_refused);
  return g_test_run ();
}
