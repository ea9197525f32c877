/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A room's picture without anybody who watches: what mixing alone costs, and
 * how long it takes.
 *
 * usage: raw-room [--x264] [--cuts N] FOLDER INPUTS STATE [OTHER]
 * Mixes FOLDER/0.v to FOLDER/<INPUTS-1>.v, streams "s0" and so on, as STATE (a
 * dictionary in GVariant's text form) says, until it is killed. With --x264 the
 * mix is encoded too. With --cuts it goes to and fro between STATE, which shows
 * the coded camera 1, and OTHER, which shows camera 2; then it prints, in ms:
 * cut (applied until a frame of the other camera leaves the mixer), age (of a
 * camera's frame when it leaves the mixer), late (a frame's time stamp until it
 * leaves the mixer), and ends. */
#include "config.h"

#include "engine/output.h"
#include "engine/room-picture.h"
#include "wire/wire.h"

#include <gst/app/app.h>
#include <gst/video/video.h>
#include <json-glib/json-glib.h>

#include <picture-code.h>
#include <stdlib.h>

#define FIRST_CUT_MS 2000

static gboolean with_x264 = FALSE;
static gint n_cuts = 0;

static const GOptionEntry entries[] = {
  { "x264", 0, 0, G_OPTION_ARG_NONE, &with_x264, "encode the mix", NULL },
  { "cuts", 0, 0, G_OPTION_ARG_INT, &n_cuts, "measure this many cuts", "N" },
  { NULL },
};

typedef struct {
  GMainLoop *loop;
  DaisRoomPicture *picture;
  DaisRoomState *states[2];
  gint cuts_done;

  GMutex lock;
  guint wanted;   /* the camera that is waited for, 0 = none; by lock */
  gint64 cut_us;  /* when it was asked for; by lock */
  GArray *cuts;   /* (element-type gdouble) ms; by lock */
  GArray *ages;   /* (element-type gdouble) ms; mixing thread, then main */
  GArray *delays; /* (element-type gdouble) ms; mixing thread, then main */
} Trial;

static void
on_applied (guint64 serial, guint64 running_time, gpointer data)
{
}

static void
on_failed (gpointer data)
{
  exit (EXIT_FAILURE);
}

static void
add_ms (GArray *array, gint64 us)
{
  gdouble ms = (gdouble) us / 1000;

  g_array_append_val (array, ms);
}

static void
add_array (JsonBuilder *json, const gchar *name, GArray *array)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < array->len; i++)
    json_builder_add_double_value (json, g_array_index (array, gdouble, i));
  json_builder_end_array (json);
}

static void
print_trial (Trial *trial)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (json);
  add_array (json, "cut", trial->cuts);
  add_array (json, "age", trial->ages);
  add_array (json, "late", trial->delays);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

static gboolean
on_next_cut (gpointer data)
{
  Trial *trial = data;

  if (trial->cuts_done == n_cuts) {
    print_trial (trial);
    exit (EXIT_SUCCESS); /* while frames are on their way */
  }
  trial->cuts_done++;
  g_mutex_lock (&trial->lock);
  trial->wanted = 1 + (guint) trial->cuts_done % 2;
  trial->cut_us = g_get_monotonic_time ();
  g_mutex_unlock (&trial->lock);
  dais_room_picture_apply (
      trial->picture, trial->states[trial->cuts_done % 2], 0);
  return G_SOURCE_REMOVE;
}

/* At no fixed place between two frames, and after the last cut's hidden input
 * was put to rest. */
static gboolean
on_cut_seen (gpointer data)
{
  Trial *trial = data;

  g_timeout_add (400 + 7 * (guint) (trial->cuts_done % 9), on_next_cut, trial);
  return G_SOURCE_REMOVE;
}

static gboolean
read_code (GstPad *pad, GstBuffer *buffer, PictureCode *code)
{
  const PictureArea all = { 0, 0, 1280, 720 };
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  PictureReading reading = { 0 };
  GstVideoInfo info;
  GstVideoFrame frame;
  gboolean read = FALSE;

  if (caps == NULL || !gst_video_info_from_caps (&info, caps) ||
      !gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    return FALSE;
  read = picture_code_read (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), 1, &all, &reading);
  gst_video_frame_unmap (&frame);
  *code = reading.code;
  return read;
}

/* On the mixing thread. */
static GstPadProbeReturn
on_mixed (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Trial *trial = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint64 now_us = g_get_monotonic_time ();
  PictureCode code = { 0 };

  if (!read_code (pad, buffer, &code))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&trial->lock);
  if (trial->cut_us != 0) {
    add_ms (trial->ages, now_us - code.time_us);
    add_ms (trial->delays, now_us - (gint64) (GST_BUFFER_PTS (buffer) / 1000));
  }
  if (trial->wanted != 0 && code.id == trial->wanted) {
    trial->wanted = 0;
    add_ms (trial->cuts, now_us - trial->cut_us);
    g_idle_add (on_cut_seen, trial);
  }
  g_mutex_unlock (&trial->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (DaisRoomPicture *picture, DaisRoomState *state, DaisRoomState *other)
{
  g_autoptr (GstPad) pad = dais_room_picture_get_pad (picture);
  Trial *trial = g_new0 (Trial, 1);

  trial->picture = picture;
  trial->states[0] = state;
  trial->states[1] = other;
  trial->cuts = g_array_new (FALSE, FALSE, sizeof (gdouble));
  trial->ages = g_array_new (FALSE, FALSE, sizeof (gdouble));
  trial->delays = g_array_new (FALSE, FALSE, sizeof (gdouble));
  g_mutex_init (&trial->lock);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_mixed, trial, NULL);
  g_timeout_add (FIRST_CUT_MS, on_next_cut, trial);
}

/* On the mixing thread. */
static GstPadProbeReturn
on_frame_to_encode (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  gst_app_src_push_buffer (data, gst_buffer_ref (buffer));
  return GST_PAD_PROBE_OK;
}

static void
encode (DaisRoomPicture *picture, const DaisCanvas *canvas)
{
  g_autoptr (GstPad) pad = dais_room_picture_get_pad (picture);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCaps) caps = dais_caps_video (canvas);
  GstElement *pipeline = gst_parse_launch (
      "appsrc name=source is-live=true format=time max-buffers=2 "
      "leaky-type=downstream ! x264enc tune=zerolatency speed-preset=superfast "
      "bitrate=2000 key-int-max=60 ! fakesink sync=false async=false",
      &error);
  GstElement *source = NULL;

  if (error != NULL)
    g_error ("cannot encode: %s", error->message);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (source, "caps", caps, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame_to_encode, source, NULL);
}

static GVariant *
list_inputs (const gchar *folder, guint count)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < count; i++) {
    g_autofree gchar *slug = g_strdup_printf ("s%u", i);
    g_autofree gchar *path = g_strdup_printf ("%s/%u.v", folder, i);

    g_variant_builder_add (&builder, "(sss)", slug, path, "");
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static DaisRoomState *
parse_state (const gchar *text)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed (text));
  DaisRoomState *state = dais_room_state_read (dict, NULL);

  if (state == NULL)
    g_error ("no state: %s", text);
  return state;
}

int
main (int argc, char **argv)
{
  const DaisRoomPictureEvents events = { on_applied, on_failed };
  const DaisCanvas canvas = DAIS_CANVAS_DEFAULT;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (DaisOutput) output = NULL;
  g_autoptr (GVariant) inputs = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (DaisRoomState) state = NULL;
  DaisRoomPicture *picture = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) ||
      argc != (n_cuts > 0 ? 5 : 4))
    return 64;
  gst_init (NULL, NULL);
  dais_wire_register ();
  output = dais_output_new ("raw-room");
  inputs = list_inputs (argv[1], (guint) g_ascii_strtoull (argv[2], NULL, 10));
  list = dais_room_inputs_read (inputs, NULL);
  state = parse_state (argv[3]);
  if (list == NULL)
    return EXIT_FAILURE;
  picture = dais_room_picture_new (NULL, &canvas, output, &events, NULL);
  dais_room_picture_set_inputs (picture, list);
  dais_room_picture_apply (picture, state, 0);
  if (with_x264)
    encode (picture, &canvas);
  if (n_cuts > 0)
    watch (picture, state, parse_state (argv[4]));
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
