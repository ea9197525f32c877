/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "room-client.h"

#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/app/app.h>

#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 60
#define SOUND_MS   20
#define TONE       16384 /* amplitude: -6 dBFS */

static gboolean
on_watchdog (gpointer data)
{
  g_assert_not_reached ();
}

static gboolean
on_sound (gpointer data)
{
  RoomClient *self = data;
  guint64 now = (guint64) g_get_monotonic_time () * 48 / 1000;

  while (self->sound_frame + 960 <= now) {
    for (guint i = 0; i < ROOM_SENDERS; i++) {
      GstBuffer *buffer = NULL;
      GstMapInfo map;
      gint16 *samples = NULL;

      if (self->sounds[i] == NULL)
        continue;
      buffer = gst_buffer_new_allocate (NULL, 960 * 4, NULL);
      gst_buffer_map (buffer, &map, GST_MAP_WRITE);
      samples = (gint16 *) (gpointer) map.data;
      for (guint j = 0; j < 960; j++)
        samples[j * 2] = samples[j * 2 + 1] = (gint16) lrint (TONE *
            sin (2 * G_PI * (self->sound_frame + j) * (1 + 0.37 * i) / 48));
      gst_buffer_unmap (buffer, &map);
      GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (
          self->sound_frame, GST_SECOND, 48000);
      GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
      gst_app_src_push_buffer (GST_APP_SRC (self->sounds[i]), buffer);
    }
    self->sound_frame += 960;
  }
  return G_SOURCE_CONTINUE;
}

static void
connect_to_engine (RoomClient *self)
{
  g_autofree gchar *path = g_build_filename (self->runtime, "r-hall", NULL);
  g_autofree gchar *address = g_strdup_printf ("unix:path=%s", path);
  gint64 until_us = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (self->connection == NULL) {
    self->connection = g_dbus_connection_new_for_address_sync (address,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, NULL);
    if (self->connection == NULL)
      room_client_run (self, 5);
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
  }
  self->engine = dais_ipc_engine_proxy_new_sync (self->connection,
      G_DBUS_PROXY_FLAGS_NONE, NULL, "/org/dais/Engine", NULL, NULL);
  self->room = dais_ipc_room_proxy_new_sync (self->connection,
      G_DBUS_PROXY_FLAGS_NONE, NULL, "/org/dais/Engine", NULL, NULL);
  g_assert_nonnull (self->engine);
  g_assert_nonnull (self->room);
}

void
room_client_start (RoomClient *self, const DaisCanvas *canvas)
{
  const gchar *engine = g_getenv ("DAIS_ENGINE");
  g_autofree gchar *socket = NULL;
  g_autoptr (GError) error = NULL;

  *self = (RoomClient){ 0 };
  g_assert_nonnull (engine);
  self->canvas = *canvas;
  self->watchdog_id = g_timeout_add_seconds (PATIENCE_S, on_watchdog, NULL);
  self->runtime = g_dir_make_tmp ("dais-XXXXXX", NULL);
  socket = g_build_filename (self->runtime, "r-hall", NULL);
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, engine,
      "room", "--socket", socket, "--slug", "hall", "--runtime", self->runtime,
      "--grace", "5", NULL);
  g_assert_no_error (error);
  connect_to_engine (self);
  self->sound_frame = (guint64) g_get_monotonic_time () * 48 / 1000;
  self->sound_id = g_timeout_add (SOUND_MS, on_sound, self);
}

static void
remove_folder (const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name = NULL;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

void
room_client_stop (RoomClient *self)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < ROOM_SENDERS; i++)
    room_client_stop_sending (self, i);
  dais_ipc_engine_call_stop_sync (self->engine, NULL, &error);
  g_assert_no_error (error);
  g_subprocess_wait (self->process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (self->process));
  g_assert_cmpint (g_subprocess_get_exit_status (self->process), ==, 0);
  g_clear_object (&self->room);
  g_clear_object (&self->engine);
  g_clear_object (&self->connection);
  g_clear_object (&self->process);
  g_source_remove (self->sound_id);
  g_source_remove (self->watchdog_id);
  remove_folder (self->runtime);
  g_free (self->runtime);
}

static GstElement *
add_wire (RoomClient *self, GstElement *source, guint sender, gchar kind)
{
  GstElement *sink = gst_element_factory_make ("daiswiresink", NULL);
  g_autofree gchar *path = g_strdup_printf (
      "%s/%u.%c", self->runtime, sender, kind);

  g_assert_nonnull (sink);
  g_object_set (sink, "path", path, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (self->pipelines[sender]), sink);
  g_assert_true (gst_element_link (source, sink));
  return sink;
}

/* Stream "sN" begins to send a grey picture and a 1 kHz tone. */
void
room_client_send (RoomClient *self, guint sender, guint8 luma)
{
  GstElement *pipeline = test_pipeline_new ();
  GstElement *sound = gst_element_factory_make ("appsrc", NULL);
  g_autoptr (GstCaps) caps = dais_caps_audio ();

  self->pipelines[sender] = pipeline;
  self->pictures[sender] = solid_source_new (
      GST_BIN (pipeline), &self->canvas, luma);
  g_object_set (
      sound, "is-live", TRUE, "format", GST_FORMAT_TIME, "caps", caps, NULL);
  gst_bin_add (GST_BIN (pipeline), sound);
  self->sounds[sender] = sound;
  add_wire (self, self->pictures[sender]->source, sender, 'v');
  add_wire (self, sound, sender, 'a');
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  solid_source_run (self->pictures[sender], TRUE);
}

void
room_client_stop_sending (RoomClient *self, guint sender)
{
  if (self->pipelines[sender] == NULL)
    return;
  gst_element_set_state (self->pipelines[sender], GST_STATE_NULL);
  self->sounds[sender] = NULL;
  g_clear_pointer (&self->pictures[sender], solid_source_free);
  gst_clear_object (&self->pipelines[sender]);
}

/* The room may use the streams "s<first>" to "s<first + count - 1>". */
void
room_client_configure (RoomClient *self, guint first, guint count)
{
  GVariantBuilder inputs;
  GVariantDict settings;
  g_autoptr (GError) error = NULL;

  g_variant_builder_init (&inputs, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = first; i < first + count; i++) {
    g_autofree gchar *slug = g_strdup_printf ("s%u", i);
    g_autofree gchar *video = g_strdup_printf ("%s/%u.v", self->runtime, i);
    g_autofree gchar *audio = g_strdup_printf ("%s/%u.a", self->runtime, i);

    g_variant_builder_add (&inputs, "(sss)", slug, video, audio);
  }
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "width", "u", (guint32) self->canvas.width);
  g_variant_dict_insert (
      &settings, "height", "u", (guint32) self->canvas.height);
  g_variant_dict_insert_value (
      &settings, "inputs", g_variant_builder_end (&inputs));
  dais_ipc_room_call_configure_sync (
      self->room, g_variant_dict_end (&settings), NULL, &error);
  g_assert_no_error (error);
}

static void
on_applied (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **slot = data;

  *slot = g_object_ref (result);
}

/* state: a dictionary in GVariant's text form. The senders go on meanwhile. */
guint64
room_client_apply (RoomClient *self, const gchar *state)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed (state));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint64 running_time = 0;

  dais_ipc_room_call_apply (self->room, dict, 1, NULL, on_applied, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  dais_ipc_room_call_apply_finish (self->room, &running_time, result, &error);
  g_assert_no_error (error);
  return running_time;
}

/* Our end of a socket whose other end the engine serves. */
gint
room_client_watch (RoomClient *self, const gchar *output)
{
  gint ends[2];
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_unix_fd_list_append (list, ends[0], NULL);
  close (ends[0]);
  dais_ipc_engine_call_add_viewer_sync (self->engine, output,
      g_variant_new_handle (0), "", list, NULL, NULL, &error);
  g_assert_no_error (error);
  g_unix_set_fd_nonblocking (ends[1], TRUE, NULL);
  return ends[1];
}

/* Reads size bytes of a response, or all of it. */
GBytes *
room_client_fetch (RoomClient *self, const gchar *output, gsize size)
{
  gint fd = room_client_watch (self, output);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  guint8 buffer[65536];

  while (got->len < size) {
    gssize n = read (fd, buffer, sizeof buffer);

    if (n == 0)
      break;
    if (n > 0)
      g_byte_array_append (got, buffer, (guint) n);
    else
      room_client_run (self, 10);
  }
  close (fd);
  return g_byte_array_free_to_bytes (g_steal_pointer (&got));
}

/* A picture of what the room shows, (transfer full). */
GBytes *
room_client_jpeg (RoomClient *self)
{
  g_autoptr (GBytes) response = room_client_fetch (self, "jpg", G_MAXSIZE);
  gsize size = 0;
  const gchar *data = g_bytes_get_data (response, &size);
  const gchar *body = memmem (data, size, "\r\n\r\n", 4);

  g_assert_nonnull (body);
  if (!g_str_has_prefix (data, "HTTP/1.1 200 "))
    return NULL;
  body += 4;
  return g_bytes_new_from_bytes (
      response, (gsize) (body - data), size - (gsize) (body - data));
}

guint8
room_client_luma (GBytes *jpeg, gdouble x, gdouble y)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "appsrc name=in ! jpegdec ! videoconvert ! "
      "video/x-raw,format=GRAY8 ! appsink name=out sync=false",
      NULL);
  g_autoptr (GstElement) in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstSample) sample = NULL;
  GstVideoInfo info;
  GstVideoFrame frame;
  guint8 luma = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer (
      GST_APP_SRC (in), gst_buffer_new_wrapped_bytes (jpeg));
  gst_app_src_end_of_stream (GST_APP_SRC (in));
  sample = gst_app_sink_pull_sample (GST_APP_SINK (out));
  g_assert_nonnull (sample);
  gst_video_info_from_caps (&info, gst_sample_get_caps (sample));
  gst_video_frame_map (
      &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ);
  luma = *((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0) +
      (gint) (y * info.height) * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0) +
      (gint) (x * info.width));
  gst_video_frame_unmap (&frame);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return luma;
}

static gboolean
on_time (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets the senders send for a while. */
void
room_client_run (RoomClient *self, guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

/* Whether the room rests. */
gboolean
room_client_ping (RoomClient *self, guint64 *frames)
{
  gboolean resting = FALSE;
  guint64 count = 0;
  g_autoptr (GError) error = NULL;

  dais_ipc_engine_call_ping_sync (self->engine, &count, &resting, NULL, &error);
  g_assert_no_error (error);
  if (frames != NULL)
    *frames = count;
  return resting;
}

/* Until the room shows this grey there. */
void
room_client_wait_luma (RoomClient *self, gdouble x, gdouble y, guint8 luma)
{
  for (;;) {
    g_autoptr (GBytes) jpeg = room_client_jpeg (self);

    if (jpeg != NULL && ABS (room_client_luma (jpeg, x, y) - (gint) luma) <= 6)
      return;
    room_client_run (self, 1050); /* a picture is up to a second old */
  }
}
