/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/room-picture.h"

#include "engine/mixer.h"
#include "engine/picture-input.h"

#define CHECK_MS 100
#define HIDE_US  (100 * G_TIME_SPAN_MILLISECOND)

struct _DaisRoomPicture {
  DaisCanvas canvas;
  DaisRoomPictureEvents events;
  gpointer user_data;
  GstElement *pipeline;
  GstElement *mixer;    /* (nullable) */
  GHashTable *inputs;   /* (element-type utf8 DaisPictureInput) */
  DaisRoomState *state; /* (nullable) (unowned) */
  guint64 serial;
  guint fade_ms; /* of that serial's scene */
  guint bus_watch;
  guint check_id;
};

static gboolean
is_visible (DaisRoomPicture *self, const gchar *slug)
{
  DaisRoomLayer layers[DAIS_LAYOUT_MAX_PLACES];
  guint n = self->state == NULL
      ? 0
      : dais_room_state_get_layers (
            self->state, self->canvas.width, self->canvas.height, layers);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (layers[i].slug, slug))
      return TRUE;
  return FALSE;
}

/* What went is held back once its cross-fade is over. */
static void
hide_the_others (DaisRoomPicture *self)
{
  gint64 at_us = g_get_monotonic_time () + HIDE_US +
      self->fade_ms * G_TIME_SPAN_MILLISECOND;
  GHashTableIter iter;
  gpointer input = NULL;

  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &input))
    if (!is_visible (self, dais_picture_input_get_slug (input)))
      dais_picture_input_hide (input, at_us);
}

static void
on_applied (DaisRoomPicture *self, const GstStructure *structure)
{
  guint64 serial = 0;
  guint64 running_time = 0;

  gst_structure_get_uint64 (structure, "serial", &serial);
  gst_structure_get_uint64 (structure, "running-time", &running_time);
  if (serial == self->serial)
    hide_the_others (self);
  self->events.applied (serial, running_time, self->user_data);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  DaisRoomPicture *self = data;

  if (gst_message_has_name (message, DAIS_MIXER_APPLIED)) {
    on_applied (self, gst_message_get_structure (message));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    self->bus_watch = 0;
    self->events.failed (self->user_data);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_check (gpointer data)
{
  DaisRoomPicture *self = data;
  GHashTableIter iter;
  gpointer input = NULL;

  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &input))
    dais_picture_input_check (input);
  return G_SOURCE_CONTINUE;
}

/* The output lives as long as the pad that it watches. */
static gboolean
takes (GstClockTime time, gpointer output)
{
  return dais_output_takes (output, time);
}

static void
build (DaisRoomPicture *self, DaisOutput *output)
{
  GstElement *filter = gst_element_factory_make ("capsfilter", "canvas");
  GstElement *sink = gst_element_factory_make ("fakesink", "end");
  g_autoptr (GstCaps) caps = dais_caps_video (&self->canvas);
  g_autoptr (GstPad) pad = NULL;

  self->mixer = dais_mixer_new ("mixer", &self->canvas);
  if (self->mixer == NULL || filter == NULL || sink == NULL) {
    g_warning ("cannot mix pictures: GStreamer's base plugins are missing");
    return;
  }
  g_object_set (filter, "caps", caps, NULL);
  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add_many (GST_BIN (self->pipeline), self->mixer, filter, sink, NULL);
  gst_element_link_many (self->mixer, filter, sink, NULL);
  dais_mixer_set_taker (self->mixer, takes, output);
  pad = gst_element_get_static_pad (filter, "src");
  dais_output_watch_pad (output, DAIS_FEED_VIDEO, pad);
}

/**
 * dais_room_picture_new:
 * @control: the process frame
 * @canvas: what is put out
 * @output: gets the mix
 * @events: (transfer none): whom to tell
 * @user_data: for @events
 *
 * Starts to put out black pictures.
 *
 * Returns: (transfer full): ended by dais_room_picture_free()
 */
DaisRoomPicture *
dais_room_picture_new (DaisControl *control, const DaisCanvas *canvas,
    DaisOutput *output, const DaisRoomPictureEvents *events, gpointer user_data)
{
  DaisRoomPicture *self = g_new0 (DaisRoomPicture, 1);
  g_autoptr (GstBus) bus = NULL;

  self->canvas = *canvas;
  self->events = *events;
  self->user_data = user_data;
  self->inputs = g_hash_table_new (g_str_hash, g_str_equal);
  self->pipeline = dais_control_pipeline_new (control, "picture");
  build (self, output);
  bus = gst_element_get_bus (self->pipeline);
  self->bus_watch = gst_bus_add_watch (bus, on_message, self);
  self->check_id = g_timeout_add (CHECK_MS, on_check, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

/* On a thread of its own. */
static void
shut_down (GstElement *pipeline, gpointer data)
{
  DaisRoomPicture *self = data;
  GHashTableIter iter;
  gpointer input = NULL;

  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &input))
    dais_picture_input_free_stopped (input);
  g_hash_table_unref (self->inputs);
  gst_object_unref (self->pipeline);
  g_free (self);
}

/**
 * dais_room_picture_free:
 * @self: (transfer full): a picture
 *
 * No event comes any more when this returns; the pipeline goes down on a
 * thread of its own.
 */
void
dais_room_picture_free (DaisRoomPicture *self)
{
  GHashTableIter iter;
  gpointer input = NULL;

  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &input))
    dais_picture_input_detach (input);
  g_clear_handle_id (&self->bus_watch, g_source_remove);
  g_clear_handle_id (&self->check_id, g_source_remove);
  gst_element_call_async (self->pipeline, shut_down, self, NULL);
}

static gboolean
is_wanted (GPtrArray *inputs, DaisPictureInput *input)
{
  for (guint i = 0; i < inputs->len; i++)
    if (dais_picture_input_matches (input, g_ptr_array_index (inputs, i)))
      return TRUE;
  return FALSE;
}

/**
 * dais_room_picture_set_inputs:
 * @self: a picture
 * @inputs: (element-type DaisRoomInput): all that the room may use
 *
 * What stays is not disturbed. The place of one that goes is black; one that
 * comes is shown when the state that was applied last has a place for it.
 */
void
dais_room_picture_set_inputs (DaisRoomPicture *self, GPtrArray *inputs)
{
  GHashTableIter iter;
  gpointer value = NULL;
  gboolean changed = FALSE;

  if (self->mixer == NULL)
    return;
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (is_wanted (inputs, value))
      continue;
    g_hash_table_iter_remove (&iter);
    dais_picture_input_remove (value);
  }
  for (guint i = 0; i < inputs->len; i++) {
    const DaisRoomInput *settings = g_ptr_array_index (inputs, i);
    DaisPictureInput *input = NULL;

    if (*settings->video == '\0' ||
        g_hash_table_contains (self->inputs, settings->slug))
      continue;
    input = dais_picture_input_new (
        self->pipeline, self->mixer, &self->canvas, settings);
    g_hash_table_insert (
        self->inputs, (gpointer) dais_picture_input_get_slug (input), input);
    changed = changed || is_visible (self, settings->slug);
  }
  if (changed)
    dais_room_picture_apply (self, self->state, 0);
}

/**
 * dais_room_picture_apply:
 * @self: a picture
 * @state: what is to be seen; lives until the next one
 * @fade_ms: how long the change takes, 0 = a cut
 *
 * Shows @state as soon as its pictures are there. A stream that is not among
 * the inputs leaves its place black.
 *
 * Returns: the serial that comes with the event applied
 */
guint64
dais_room_picture_apply (
    DaisRoomPicture *self, DaisRoomState *state, guint fade_ms)
{
  DaisRoomLayer layers[DAIS_LAYOUT_MAX_PLACES];
  DaisMixerLayer shown[DAIS_LAYOUT_MAX_PLACES];
  DaisPictureInput *inputs[DAIS_LAYOUT_MAX_PLACES];
  guint n = dais_room_state_get_layers (
      state, self->canvas.width, self->canvas.height, layers);
  guint n_shown = 0;

  self->state = state;
  self->fade_ms = fade_ms;
  if (self->mixer == NULL)
    return ++self->serial;
  for (guint i = 0; i < n; i++) {
    DaisPictureInput *input = g_hash_table_lookup (
        self->inputs, layers[i].slug);

    if (input == NULL)
      continue;
    inputs[n_shown] = input;
    shown[n_shown++] = (DaisMixerLayer){ dais_picture_input_get_pad (input),
      layers[i].place, dais_picture_input_show (input) };
  }
  dais_mixer_set_scene (
      self->mixer, shown, n_shown, fade_ms * GST_MSECOND, ++self->serial);
  for (guint i = 0; i < n_shown; i++)
    dais_picture_input_request (inputs[i]);
  return self->serial;
}

/**
 * dais_room_picture_get_pad:
 * @self: a picture
 *
 * Returns: (transfer full) (nullable): where the mixed frames pass; NULL when
 *     nothing can be mixed here
 */
GstPad *
dais_room_picture_get_pad (DaisRoomPicture *self)
{
  g_autoptr (GstElement) filter = gst_bin_get_by_name (
      GST_BIN (self->pipeline), "canvas");

  return filter != NULL ? gst_element_get_static_pad (filter, "src") : NULL;
}

/**
 * dais_room_picture_get_frames:
 * @self: a picture
 *
 * Returns: how many pictures were put out
 */
guint64
dais_room_picture_get_frames (DaisRoomPicture *self)
{
  return self->mixer != NULL ? dais_mixer_get_frames (self->mixer) : 0;
}
