/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "source-client.h"

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#define PATIENCE_S 60
#define NEAR       18

const Colour colour_red = { 63, 102, 240 };
const Colour colour_blue = { 32, 240, 118 };
const Colour colour_green = { 173, 42, 26 };
const Colour colour_slate = { 40, 130, 127 };

static gboolean
on_watchdog (gpointer data)
{
  g_assert_not_reached ();
}

static gboolean
on_time (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets the main loop run so long. */
void
source_client_run (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

void
source_client_start (SourceClient *self, gconstpointer data)
{
  g_autofree gchar *address = NULL;
  g_autoptr (GError) error = NULL;

  self->watchdog_id = g_timeout_add_seconds (PATIENCE_S, on_watchdog, NULL);
  self->runtime = g_dir_make_tmp ("dais-XXXXXX", NULL);
  self->socket = g_build_filename (self->runtime, "s-cam", NULL);
  address = g_strconcat ("unix:path=", self->socket, NULL);
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error,
      g_getenv ("DAIS_ENGINE"), "source", "--socket", self->socket, "--slug",
      "cam", "--runtime", self->runtime, "--grace", "1", NULL);
  g_assert_no_error (error);
  while (self->connection == NULL) {
    self->connection = g_dbus_connection_new_for_address_sync (address,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, NULL);
    if (self->connection == NULL)
      source_client_run (5);
  }
  self->engine = dais_ipc_engine_proxy_new_sync (
      self->connection, 0, NULL, "/org/dais/Engine", NULL, &error);
  g_assert_no_error (error);
  self->source = dais_ipc_source_proxy_new_sync (
      self->connection, 0, NULL, "/org/dais/Engine", NULL, &error);
  g_assert_no_error (error);
}

void
source_client_remove_folder (const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name = NULL;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      source_client_remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

void
source_client_stop (SourceClient *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  source_client_leave (self);
  dais_ipc_engine_call_stop_sync (self->engine, NULL, &error);
  g_assert_no_error (error);
  g_subprocess_wait (self->process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (self->process));
  g_assert_cmpint (g_subprocess_get_exit_status (self->process), ==, 0);
  g_clear_object (&self->source);
  g_clear_object (&self->engine);
  g_clear_object (&self->connection);
  g_clear_object (&self->process);
  g_source_remove (self->watchdog_id);
  source_client_remove_folder (self->runtime);
  g_free (self->runtime);
  g_free (self->socket);
}

gboolean
source_client_configure (
    SourceClient *self, const gchar *settings, GError **error)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new_parsed (settings));

  return dais_ipc_source_call_configure_sync (self->source, value, NULL, error);
}

void
source_client_set_uri (SourceClient *self, const gchar *uri)
{
  GVariantDict settings;
  g_autoptr (GError) error = NULL;

  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "name", "s", "Hall");
  g_variant_dict_insert (&settings, "uri", "s", uri);
  g_variant_dict_insert (&settings, "width", "u", 160);
  g_variant_dict_insert (&settings, "height", "u", 120);
  dais_ipc_source_call_configure_sync (
      self->source, g_variant_dict_end (&settings), NULL, &error);
  g_assert_no_error (error);
}

void
source_client_take (SourceClient *self, const gchar *suffix)
{
  g_autofree gchar *name = g_strconcat ("cam", suffix, NULL);
  g_autofree gchar *path = g_build_filename (self->runtime, "w", name, NULL);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  g_autoptr (GstElement) wire = NULL;

  self->taker = gst_parse_launch ("daiswiresrc name=wire ! appsink name=app "
                                  "sync=false max-buffers=2 drop=true",
      NULL);
  wire = gst_bin_get_by_name (GST_BIN (self->taker), "wire");
  g_object_set (wire, "path", path, NULL);
  gst_pipeline_use_clock (GST_PIPELINE (self->taker), clock);
  gst_element_set_base_time (self->taker, 0);
  gst_element_set_start_time (self->taker, GST_CLOCK_TIME_NONE);
  gst_element_set_state (self->taker, GST_STATE_PLAYING);
}

void
source_client_leave (SourceClient *self)
{
  if (self->taker == NULL)
    return;
  gst_element_set_state (self->taker, GST_STATE_NULL);
  gst_clear_object (&self->taker);
}

/* (transfer full) */
GstSample *
source_client_pull (SourceClient *self)
{
  g_autoptr (GstElement) app = gst_bin_get_by_name (
      GST_BIN (self->taker), "app");
  GstSample *sample = NULL;

  while (sample == NULL) {
    sample = gst_app_sink_try_pull_sample (GST_APP_SINK (app), 20000000);
    g_main_context_iteration (NULL, FALSE);
  }
  return sample;
}

/* Of the picture's middle, a little off the slate's letters. */
Colour
source_client_colour (GstSample *sample)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  Colour colour;
  gint x, y;

  g_assert_true (
      gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  g_assert_true (gst_video_frame_map (
      &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ));
  x = info.width / 4 * 2;
  y = info.height / 8 * 6;
  colour.y = GST_VIDEO_FRAME_COMP_DATA (
      &frame, 0)[y * GST_VIDEO_FRAME_COMP_STRIDE (&frame, 0) + x];
  colour.u = GST_VIDEO_FRAME_COMP_DATA (
      &frame, 1)[y / 2 * GST_VIDEO_FRAME_COMP_STRIDE (&frame, 1) + x / 2];
  colour.v = GST_VIDEO_FRAME_COMP_DATA (
      &frame, 2)[y / 2 * GST_VIDEO_FRAME_COMP_STRIDE (&frame, 2) + x / 2];
  gst_video_frame_unmap (&frame);
  return colour;
}

void
source_client_wait_colour (SourceClient *self, Colour wanted)
{
  for (;;) {
    g_autoptr (GstSample) sample = source_client_pull (self);
    Colour seen = source_client_colour (sample);

    if (ABS (seen.y - wanted.y) < NEAR && ABS (seen.u - wanted.u) < NEAR &&
        ABS (seen.v - wanted.v) < NEAR)
      return;
  }
}

void
source_client_wait_state (SourceClient *self, const gchar *state)
{
  while (g_strcmp0 (dais_ipc_source_get_state (self->source), state) != 0)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
source_client_rests (SourceClient *self)
{
  g_autoptr (GError) error = NULL;
  guint64 frames;
  gboolean resting;

  dais_ipc_engine_call_ping_sync (
      self->engine, &frames, &resting, NULL, &error);
  g_assert_no_error (error);
  return resting;
}
