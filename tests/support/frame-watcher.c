/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "watch-stats.h"

#include <glib-unix.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <stdlib.h>

/* frame-watcher [options] ADDRESS: looks at an output frame by frame.
 * ADDRESS is http://….webm or .mjpg, wire:/path of pictures, wire-audio:/path,
 * or launch:LINE with appsinks named `video` and `audio`. Prints a summary as
 * one JSON line at the end; with --lines one line for each picture before it.
 */

static gint seconds = 0;
static gint max_frames = 0;
static gboolean lines = FALSE;
static gchar **area_texts = NULL;
static gchar **addresses = NULL;

static const GOptionEntry entries[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "then end", "N" },
  { "frames", 0, 0, G_OPTION_ARG_INT, &max_frames, "then end", "N" },
  { "lines", 0, 0, G_OPTION_ARG_NONE, &lines, "a line a picture", NULL },
  { "area", 0, 0, G_OPTION_ARG_STRING_ARRAY, &area_texts,
      "where a source stands, in shares of the picture", "NAME=X,Y,W,H" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &addresses, NULL,
      "ADDRESS" },
  { NULL },
};

/* Pictures and sound arrive in their own streaming threads; each touches only
 * its own statistics until the pipeline has stopped. */
typedef struct {
  GMainLoop *loop;
  GstElement *pipeline;
  GPtrArray *areas; /* (element-type AreaStats) */
  RhythmStats *rhythm;
  AudioStats *audio;
  gint width;
  gint height;
  gchar *ended;
} Watcher;

static void
print_json (JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree gchar *text = json_to_string (root, FALSE);

  g_print ("%s\n", text);
}

static void
print_picture (Watcher *watcher, gint64 pts_us, gint64 now_us)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint i;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "t");
  json_builder_add_int_value (json, now_us);
  json_builder_set_member_name (json, "pts_us");
  json_builder_add_int_value (json, pts_us);
  json_builder_set_member_name (json, "areas");
  json_builder_begin_object (json);
  for (i = 0; i < watcher->areas->len; i++) {
    AreaStats *area = g_ptr_array_index (watcher->areas, i);

    json_builder_set_member_name (json, area_stats_get_name (area));
    area_stats_write_last (area, json);
  }
  json_builder_end_object (json);
  json_builder_end_object (json);
  print_json (json);
}

static gboolean
quit_in_main (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static void
see_picture (Watcher *watcher, GstVideoFrame *frame, gint64 now_us)
{
  const GstVideoInfo *info = &frame->info;
  gint64 duration_us = 0, pts_us;
  guint i;

  pts_us = GST_BUFFER_PTS_IS_VALID (frame->buffer)
      ? (gint64) (GST_BUFFER_PTS (frame->buffer) / 1000)
      : now_us;
  if (GST_VIDEO_INFO_FPS_N (info) > 0)
    duration_us = G_USEC_PER_SEC * GST_VIDEO_INFO_FPS_D (info) /
        GST_VIDEO_INFO_FPS_N (info);
  watcher->width = GST_VIDEO_INFO_WIDTH (info);
  watcher->height = GST_VIDEO_INFO_HEIGHT (info);
  rhythm_stats_add (watcher->rhythm, pts_us, duration_us, now_us);
  rhythm_stats_look (watcher->rhythm, GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0), watcher->width, watcher->height);
  for (i = 0; i < watcher->areas->len; i++)
    area_stats_add (g_ptr_array_index (watcher->areas, i),
        GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
        GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0), watcher->width,
        watcher->height, now_us);
  if (lines)
    print_picture (watcher, pts_us, now_us);
}

static GstFlowReturn
on_picture (GstAppSink *sink, gpointer user_data)
{
  Watcher *watcher = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  gint64 now_us = g_get_monotonic_time ();
  GstVideoInfo info;
  GstVideoFrame frame;

  if (!sample ||
      !gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (
          &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return GST_FLOW_OK;
  see_picture (watcher, &frame, now_us);
  gst_video_frame_unmap (&frame);
  if (max_frames > 0 &&
      rhythm_stats_get_frames (watcher->rhythm) == (guint) max_frames)
    g_idle_add (quit_in_main, watcher->loop);
  return GST_FLOW_OK;
}

static GstFlowReturn
on_sound (GstAppSink *sink, gpointer user_data)
{
  Watcher *watcher = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  gint64 now_us = g_get_monotonic_time ();
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  GstMapInfo map;

  if (!buffer || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_OK;
  audio_stats_add (watcher->audio, (const gint16 *) map.data, map.size / 4,
      (gint64) (GST_BUFFER_PTS (buffer) / 1000), now_us);
  gst_buffer_unmap (buffer, &map);
  return GST_FLOW_OK;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Watcher *watcher = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_free (watcher->ended);
    watcher->ended = g_strdup (error->message);
    g_main_loop_quit (watcher->loop);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    g_free (watcher->ended);
    watcher->ended = g_strdup ("end of stream");
    g_main_loop_quit (watcher->loop);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_end (gpointer user_data)
{
  Watcher *watcher = user_data;

  g_main_loop_quit (watcher->loop);
  return G_SOURCE_CONTINUE;
}

#define PICTURE_SINK                                     \
  "video/x-raw,format={I420,YV12,NV12,Y42B,Y444,GRAY8} " \
  "! appsink name=video sync=false async=false "
#define SOUND_SINK                                  \
  "audio/x-raw,format=S16LE,rate=48000,channels=2 " \
  "! appsink name=audio sync=false async=false "
#define HTTP_SOURCE \
  "souphttpsrc name=source is-live=true timeout=0 retries=0 keep-alive=false "

static GstElement *
open_address (const gchar *address, GError **error)
{
  const gchar *line = NULL, *property = "path", *value = NULL;
  g_autofree gchar *path = g_strdelimit (g_strdup (address), "?", '\0');
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;

  if (g_str_has_prefix (address, "launch:")) {
    return gst_parse_launch (address + 7, error);
  } else if (g_str_has_prefix (address, "wire:")) {
    line = "daiswiresrc name=source ! " PICTURE_SINK;
    value = address + 5;
  } else if (g_str_has_prefix (address, "wire-audio:")) {
    line = "daiswiresrc name=source ! " SOUND_SINK;
    value = address + 11;
  } else {
    property = "location";
    value = address;
    line = g_str_has_suffix (path, ".mjpg")
        ? HTTP_SOURCE "! multipartdemux ! jpegdec ! " PICTURE_SINK
        : HTTP_SOURCE "! matroskademux name=d "
                      "d.video_0 ! queue ! vp8dec ! " PICTURE_SINK
                      "d.audio_0 ! queue ! opusdec ! audioconvert "
                      "! audioresample ! " SOUND_SINK;
  }
  pipeline = gst_parse_launch (line, error);
  if (!pipeline)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (source, property, value, NULL);
  return g_steal_pointer (&pipeline);
}

static void
listen_to (Watcher *watcher, const gchar *name,
    GstFlowReturn (*on_sample) (GstAppSink *, gpointer))
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (
      GST_BIN (watcher->pipeline), name);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

  if (sink)
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, watcher, NULL);
}

static gboolean
add_area (Watcher *watcher, const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, "=,", 5);
  PictureArea share;

  if (g_strv_length (parts) != 5)
    return FALSE;
  share.x = g_ascii_strtod (parts[1], NULL);
  share.y = g_ascii_strtod (parts[2], NULL);
  share.width = g_ascii_strtod (parts[3], NULL);
  share.height = g_ascii_strtod (parts[4], NULL);
  if (share.x < 0 || share.y < 0 || share.width <= 0 || share.height <= 0 ||
      share.x + share.width > 1.0001 || share.y + share.height > 1.0001)
    return FALSE;
  g_ptr_array_add (watcher->areas, area_stats_new (parts[0], &share));
  return TRUE;
}

static gboolean
parse (int *argc, char ***argv, Watcher *watcher)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gint i;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, &error)) {
    g_printerr ("frame-watcher: %s\n", error->message);
    return FALSE;
  }
  for (i = 0; area_texts && area_texts[i]; i++)
    if (!add_area (watcher, area_texts[i])) {
      g_printerr ("frame-watcher: no area: %s\n", area_texts[i]);
      return FALSE;
    }
  if (watcher->areas->len == 0)
    add_area (watcher, "main=0,0,1,1");
  if (!addresses || addresses[1]) {
    g_printerr ("frame-watcher: one address needed\n");
    return FALSE;
  }
  watcher->pipeline = open_address (addresses[0], &error);
  if (!watcher->pipeline)
    g_printerr ("frame-watcher: %s\n", error->message);
  return watcher->pipeline != NULL;
}

static void
print_summary (Watcher *watcher, gint64 start_us)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint i;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "summary");
  json_builder_add_boolean_value (json, TRUE);
  json_builder_set_member_name (json, "ended");
  json_builder_add_string_value (json, watcher->ended);
  json_builder_set_member_name (json, "start_us");
  json_builder_add_int_value (json, start_us);
  json_builder_set_member_name (json, "width");
  json_builder_add_int_value (json, watcher->width);
  json_builder_set_member_name (json, "height");
  json_builder_add_int_value (json, watcher->height);
  rhythm_stats_write (watcher->rhythm, json);
  json_builder_set_member_name (json, "areas");
  json_builder_begin_object (json);
  for (i = 0; i < watcher->areas->len; i++) {
    AreaStats *area = g_ptr_array_index (watcher->areas, i);

    json_builder_set_member_name (json, area_stats_get_name (area));
    area_stats_write (area, json);
  }
  json_builder_end_object (json);
  json_builder_set_member_name (json, "audio");
  audio_stats_write (watcher->audio, json);
  json_builder_end_object (json);
  print_json (json);
}

static void
watch (Watcher *watcher)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (watcher->pipeline);
  gint64 start_us = g_get_monotonic_time ();

  gst_bus_add_watch (bus, on_message, watcher);
  listen_to (watcher, "video", on_picture);
  listen_to (watcher, "audio", on_sound);
  g_unix_signal_add (SIGTERM, on_end, watcher);
  g_unix_signal_add (SIGINT, on_end, watcher);
  if (seconds > 0)
    g_timeout_add_seconds ((guint) seconds, on_end, watcher);
  gst_element_set_state (watcher->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (watcher->loop);
  gst_element_set_state (watcher->pipeline, GST_STATE_NULL);
  print_summary (watcher, start_us);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) areas = g_ptr_array_new_with_free_func (
      (GDestroyNotify) area_stats_free);
  g_autoptr (RhythmStats) rhythm = rhythm_stats_new ();
  g_autoptr (AudioStats) audio = audio_stats_new ();
  Watcher watcher = {
    .loop = loop, .areas = areas, .rhythm = rhythm, .audio = audio
  };

  if (!parse (&argc, &argv, &watcher))
    return 2;
  watch (&watcher);
  gst_object_unref (watcher.pipeline);
  g_free (watcher.ended);
  return EXIT_SUCCESS;
}
