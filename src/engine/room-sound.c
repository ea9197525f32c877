/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/room-sound.h"

#include "engine/audio-mix.h"
#include "engine/caps.h"

#include <gst/audio/audio.h>

#include <sys/resource.h>
#include <unistd.h>

#define BLOCK_FRAMES 960 /* 20 ms */
#define BLOCK_US     20000
#define LAG_US       40000   /* what an input may be late */
#define BEHIND_US    2000000 /* more is skipped, not caught up with */
#define SOUND_NICE   -10
#define HOLD_MS      150 /* longer than a ramp */

typedef struct {
  DaisRoomSound *sound;
  gchar *slug;
  gchar *path;
  GstElement *source; /* daiswiresrc, in the pipeline */
  GstElement *end;    /* fakesink, in the pipeline */
  gboolean usable;    /* the wire's streaming thread */
  DaisAudioInput *input;
  gdouble gain;
  guint hold_id;
} Input;

struct _DaisRoomSound {
  DaisOutput *output;
  GstElement *pipeline;
  guint bus_watch;
  DaisAudioMix *mix;
  GHashTable *inputs;   /* (element-type utf8 Input) */
  DaisRoomState *state; /* (nullable) (unowned) */
  GstCaps *caps;
  gboolean levels;

  GThread *thread;
  GMutex lock;
  GCond cond;
  gboolean quit; /* protected by lock */
};

/* On the wire's streaming thread. */
static void
take_caps (Input *input, GstCaps *caps)
{
  GstAudioInfo info;

  input->usable = gst_audio_info_from_caps (&info, caps) &&
      GST_AUDIO_INFO_FORMAT (&info) == GST_AUDIO_FORMAT_S16 &&
      GST_AUDIO_INFO_RATE (&info) == DAIS_AUDIO_MIX_RATE &&
      GST_AUDIO_INFO_CHANNELS (&info) == DAIS_AUDIO_MIX_CHANNELS &&
      info.layout == GST_AUDIO_LAYOUT_INTERLEAVED;
  if (!input->usable)
    g_warning ("the sound of '%s' is not S16LE, 48 kHz, stereo; send that",
        input->slug);
}

/* On the wire's streaming thread. */
static GstPadProbeReturn
on_wire_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Input *input = data;
  GstBuffer *buffer = NULL;
  GstCaps *caps = NULL;
  GstMapInfo map;

  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS) {
      gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
      take_caps (input, caps);
    }
    return GST_PAD_PROBE_OK;
  }
  buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  if (input->usable && GST_BUFFER_PTS_IS_VALID (buffer) &&
      gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    dais_audio_mix_push (input->sound->mix, input->input,
        GST_BUFFER_PTS (buffer), (const gint16 *) (gpointer) map.data,
        map.size / (DAIS_AUDIO_MIX_CHANNELS * sizeof (gint16)));
    gst_buffer_unmap (buffer, &map);
  }
  return GST_PAD_PROBE_DROP;
}

static void
render (DaisRoomSound *self, gint64 frame)
{
  GstBuffer *buffer = gst_buffer_new_allocate (
      NULL, BLOCK_FRAMES * DAIS_AUDIO_MIX_CHANNELS * sizeof (gint16), NULL);
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    dais_audio_mix_render (
        self->mix, frame, (gint16 *) (gpointer) map.data, BLOCK_FRAMES);
    gst_buffer_unmap (buffer, &map);
  }
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (
      (guint64) frame, GST_SECOND, DAIS_AUDIO_MIX_RATE);
  GST_BUFFER_DURATION (buffer) = BLOCK_US * GST_USECOND;
  dais_output_push (self->output, DAIS_FEED_AUDIO, buffer, self->caps);
  gst_buffer_unref (buffer);
}

/* Nothing but this is done here, so that the sound never waits. */
static gpointer
sound_thread (gpointer data)
{
  DaisRoomSound *self = data;
  gint64 block = g_get_monotonic_time () / BLOCK_US;

  /* where it is allowed; sound is heard to stumble before anything is seen to
   */
  setpriority (PRIO_PROCESS, (id_t) gettid (), SOUND_NICE);
  g_mutex_lock (&self->lock);
  while (!self->quit) {
    gint64 due_us = (block + 1) * BLOCK_US + LAG_US;

    if (g_get_monotonic_time () < due_us) {
      g_cond_wait_until (&self->cond, &self->lock, due_us);
      continue;
    }
    if (g_get_monotonic_time () - due_us > BEHIND_US)
      block = (g_get_monotonic_time () - LAG_US) / BLOCK_US - 1;
    g_mutex_unlock (&self->lock);
    render (self, block * BLOCK_FRAMES);
    g_mutex_lock (&self->lock);
    block++;
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* A wire has no errors of its own, whatever comes over it; that of a broken
 * installation is logged by the process frame. */
static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/**
 * dais_room_sound_new:
 * @control: the process frame
 * @output: gets the mix
 *
 * Starts to mix; there is silence until inputs are given and a state applied.
 *
 * Returns: (transfer full): ended by dais_room_sound_free()
 */
DaisRoomSound *
dais_room_sound_new (DaisControl *control, DaisOutput *output)
{
  DaisRoomSound *self = g_new0 (DaisRoomSound, 1);
  g_autoptr (GstBus) bus = NULL;

  self->output = g_object_ref (output);
  self->pipeline = dais_control_pipeline_new (control, "sound");
  self->mix = dais_audio_mix_new ();
  self->inputs = g_hash_table_new (g_str_hash, g_str_equal);
  self->caps = dais_caps_audio ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  bus = gst_element_get_bus (self->pipeline);
  self->bus_watch = gst_bus_add_watch (bus, on_message, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  self->thread = g_thread_new ("sound", sound_thread, self);
  return self;
}

/* Its streaming thread has ended. */
static void
input_free (Input *input)
{
  g_clear_handle_id (&input->hold_id, g_source_remove);
  dais_audio_mix_remove (input->sound->mix, input->input);
  g_free (input->slug);
  g_free (input->path);
  g_free (input);
}

/* On a thread of its own: the last to see the wires' threads. */
static void
shut_down (GstElement *pipeline, gpointer data)
{
  DaisRoomSound *self = data;
  GHashTableIter iter;
  gpointer input = NULL;

  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &input))
    input_free (input);
  g_hash_table_unref (self->inputs);
  dais_audio_mix_free (self->mix);
  gst_caps_unref (self->caps);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  gst_object_unref (self->pipeline);
  g_free (self);
}

/**
 * dais_room_sound_free:
 * @self: (transfer full): a sound
 *
 * No sound is put out any more when this returns; the wires are closed on a
 * thread of their own.
 */
void
dais_room_sound_free (DaisRoomSound *self)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_clear_handle_id (&self->bus_watch, g_source_remove);
  g_clear_object (&self->output);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_clear_handle_id (&((Input *) value)->hold_id, g_source_remove);
  gst_element_call_async (self->pipeline, shut_down, self, NULL);
}

static gboolean
on_hold (gpointer data)
{
  Input *input = data;

  input->hold_id = 0;
  g_object_set (input->source, "hold", TRUE, NULL);
  return G_SOURCE_REMOVE;
}

/* What nobody hears or measures is not sent to us at all. */
static void
input_update (Input *input)
{
  if (input->gain > 0 || input->sound->levels) {
    g_clear_handle_id (&input->hold_id, g_source_remove);
    g_object_set (input->source, "hold", FALSE, NULL);
  } else if (input->hold_id == 0) {
    input->hold_id = g_timeout_add (HOLD_MS, on_hold, input);
  }
}

static void
input_set_gain (Input *input, gdouble gain)
{
  if (input->gain != gain)
    dais_audio_mix_set_gain (input->sound->mix, input->input, gain);
  input->gain = gain;
  input_update (input);
}

static Input *
input_new (DaisRoomSound *self, const DaisRoomInput *settings)
{
  Input *input = g_new0 (Input, 1);
  g_autoptr (GstPad) pad = NULL;
  g_autofree gchar *name = g_strdup_printf ("sound-%s", settings->slug);

  input->sound = self;
  input->slug = g_strdup (settings->slug);
  input->path = g_strdup (settings->audio);
  input->input = dais_audio_mix_add (self->mix);
  input->source = gst_element_factory_make ("daiswiresrc", name);
  input->end = gst_element_factory_make ("fakesink", NULL);
  g_object_set (input->source, "path", settings->audio, "hold", TRUE, NULL);
  g_object_set (input->end, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add_many (GST_BIN (self->pipeline), input->source, input->end, NULL);
  gst_element_link (input->source, input->end);
  pad = gst_element_get_static_pad (input->source, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_wire_data, input, NULL);
  gst_element_sync_state_with_parent (input->end);
  gst_element_sync_state_with_parent (input->source);
  return input;
}

static void
input_remove (DaisRoomSound *self, Input *input)
{
  gst_element_set_locked_state (input->source, TRUE);
  gst_element_set_locked_state (input->end, TRUE);
  gst_element_set_state (input->source, GST_STATE_NULL);
  gst_element_set_state (input->end, GST_STATE_NULL);
  gst_bin_remove_many (
      GST_BIN (self->pipeline), input->source, input->end, NULL);
  input_free (input);
}

/* (nullable): what is in the list for this input, unchanged. */
static const DaisRoomInput *
find_settings (GPtrArray *inputs, const Input *input)
{
  for (guint i = 0; i < inputs->len; i++) {
    const DaisRoomInput *settings = g_ptr_array_index (inputs, i);

    if (g_str_equal (settings->slug, input->slug))
      return g_str_equal (settings->audio, input->path) ? settings : NULL;
  }
  return NULL;
}

/**
 * dais_room_sound_set_inputs:
 * @self: a sound
 * @inputs: (element-type DaisRoomInput): all that the room may use
 *
 * What stays is not disturbed.
 */
void
dais_room_sound_set_inputs (DaisRoomSound *self, GPtrArray *inputs)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (find_settings (inputs, value) != NULL)
      continue;
    g_hash_table_iter_remove (&iter);
    input_remove (self, value);
  }
  for (guint i = 0; i < inputs->len; i++) {
    const DaisRoomInput *settings = g_ptr_array_index (inputs, i);
    Input *input = NULL;

    if (*settings->audio == '\0' ||
        g_hash_table_contains (self->inputs, settings->slug))
      continue;
    input = input_new (self, settings);
    g_hash_table_insert (self->inputs, input->slug, input);
  }
  if (self->state != NULL)
    dais_room_sound_apply (self, self->state);
}

/**
 * dais_room_sound_apply:
 * @self: a sound
 * @state: who is to be heard, and how loud; lives until the next one
 */
void
dais_room_sound_apply (DaisRoomSound *self, DaisRoomState *state)
{
  GHashTableIter iter;
  gpointer value = NULL;

  self->state = state;
  dais_audio_mix_set_master (self->mix, state->master);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    input_set_gain (
        value, dais_room_state_get_gain (state, ((Input *) value)->slug));
}

/**
 * dais_room_sound_set_levels:
 * @self: a sound
 * @on: whether levels are measured, of what is not heard too
 */
void
dais_room_sound_set_levels (DaisRoomSound *self, gboolean on)
{
  GHashTableIter iter;
  gpointer value = NULL;

  self->levels = on;
  dais_audio_mix_set_levels (self->mix, on);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    input_update (value);
}

/**
 * dais_room_sound_take_levels:
 * @self: a sound
 *
 * Returns: (transfer floating): a(sdd): the levels since the last call, the
 *     mix with the name ""
 */
GVariant *
dais_room_sound_take_levels (DaisRoomSound *self)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer value = NULL;
  gdouble peak = 0;
  gdouble rms = 0;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sdd)"));
  dais_audio_mix_take_level (self->mix, NULL, &peak, &rms);
  g_variant_builder_add (&builder, "(sdd)", "", peak, rms);
  g_hash_table_iter_init (&iter, self->inputs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Input *input = value;

    dais_audio_mix_take_level (self->mix, input->input, &peak, &rms);
    g_variant_builder_add (&builder, "(sdd)", input->slug, peak, rms);
  }
  return g_variant_builder_end (&builder);
}

/**
 * dais_room_sound_get_loudness:
 * @self: a sound whose levels are on
 *
 * Returns: LUFS of the last three seconds of the mix
 */
gdouble
dais_room_sound_get_loudness (DaisRoomSound *self)
{
  return dais_audio_mix_get_loudness (self->mix);
}
