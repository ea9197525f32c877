/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-input.h"

#include "core/error.h"
#include "core/log.h"
#include "engine/source-options.h"
#include "engine/source-timeline.h"
#include "engine/source-words.h"

#define DELAY_MIN_MS 250
#define DELAY_MAX_MS 10000
/* Asking for something on this machine costs nobody anything. */
#define DELAY_NEAR_MS 2000
/* So long it must have run well for the next failure to count as the first. */
#define WELL_US (5 * G_USEC_PER_SEC)
/* Looks after the input this often, quicker while it is not live. */
#define TICK_MS      500
#define FAST_TICK_MS 100
/* Silence for so long, or so much longer than the slate waits, makes it lost;
 * for so long it is built again. */
#define LOST_US    (900 * G_TIME_SPAN_MILLISECOND)
#define TELL_US    (200 * G_TIME_SPAN_MILLISECOND)
#define STALL_US   (3 * G_USEC_PER_SEC)
#define CONNECT_US (15 * G_USEC_PER_SEC)
/* The next caller waits at a port that only one may use. */
#define WAIT_STALL_US (1500 * G_TIME_SPAN_MILLISECOND)
/* What is made here begins so much later, when everything is up. */
#define START_US (10 * G_TIME_SPAN_MILLISECOND)
/* How often and how long it is waited for what held a device before. */
#define GONE_CHECK_MS 20
#define GONE_WAITS    250
/* The pictures of a file may end before its sound: the last one stays. */
#define FILE_PATIENCE_MS 10000
#define FPS_WINDOW_US    (2 * G_USEC_PER_SEC)

struct _DaisInput {
  DaisControl *control;
  DaisSourceSpec *spec; /* (owned) */
  DaisGuard *guard;     /* (unowned) */
  const DaisInputEvents *events;
  gpointer user_data;
  const DaisSourceKind *kind; /* (nullable): an unknown scheme */
  DaisKindFlags flags;
  gboolean want_video, want_audio;

  GstElement *pipeline; /* (nullable) */
  DaisChain *chain;     /* (nullable) */
  guint bus_id;
  guint retry_id;
  guint tick_id;
  guint delay_ms;
  guint waits; /* for the one before to be gone */
  gboolean prerolled;
  gboolean no_segments; /* the file cannot be looped by a segment seek */
  gboolean resting;
  gint64 built_us;

  DaisInputState state;
  gint64 since_us; /* UTC */
  gint64 live_us;  /* when it became live */
  gint64 progress_us;
  guint64 count;
  guint64 round_count; /* at the last begin of a file */
  gint64 window_us;
  guint64 window_count;
  gdouble fps;
  gchar *error;
  const gchar *found;
};

static void build (DaisInput *self);

/* --- what is told --- */

static void
set_state (DaisInput *self, DaisInputState state, const gchar *error)
{
  static const gchar *const names[] = { "connecting", "live", "lost" };

  if (state == self->state && g_str_equal (error, self->error))
    return;
  if (state != self->state) {
    self->since_us = g_get_real_time ();
    self->live_us = g_get_monotonic_time ();
    dais_log_stream (G_LOG_LEVEL_MESSAGE, dais_control_get_slug (self->control),
        "%s%s%s", names[state], *error != '\0' ? ": " : "", error);
  }
  if (state != DAIS_INPUT_LIVE)
    self->fps = 0;
  self->state = state;
  if (!g_str_equal (error, self->error)) {
    g_free (self->error);
    self->error = g_strdup (error);
  }
  self->events->changed (self->user_data);
}

static const gchar *
what_is_found (DaisInput *self)
{
  gboolean video = dais_chain_has_video (self->chain);
  gboolean audio = dais_chain_has_audio (self->chain);

  return video && audio ? "av" : video ? "video" : audio ? "audio" : "";
}

static void
look_for_type (DaisInput *self)
{
  const gchar *found = what_is_found (self);

  if (*found == '\0' || found == self->found)
    return;
  self->found = found;
  self->events->changed (self->user_data);
}

/* --- taking down, in a thread: it can take as long as a network --- */

typedef struct {
  GstElement *pipeline;
  DaisChain *chain;
  void (*gone) (gpointer user_data);
  gpointer user_data;
} Remains;

/* Pipelines that still come down and may hold the stream's device or port. */
static guint coming_down;

static gboolean
on_gone (gpointer user_data)
{
  Remains *remains = user_data;

  coming_down--;
  if (remains->gone != NULL)
    remains->gone (remains->user_data);
  g_free (remains);
  return G_SOURCE_REMOVE;
}

static gpointer
take_down (gpointer user_data)
{
  Remains *remains = user_data;

  gst_element_set_state (remains->pipeline, GST_STATE_NULL);
  gst_object_unref (remains->pipeline);
  dais_chain_unref (remains->chain);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_gone, remains, NULL);
  return NULL;
}

static void
discard_pipeline (
    DaisInput *self, void (*gone) (gpointer user_data), gpointer user_data)
{
  Remains *remains;

  g_clear_handle_id (&self->bus_id, g_source_remove);
  if (self->pipeline == NULL) {
    if (gone != NULL)
      gone (user_data);
    return;
  }
  remains = g_new0 (Remains, 1);
  dais_chain_close (self->chain);
  remains->pipeline = g_steal_pointer (&self->pipeline);
  remains->chain = g_steal_pointer (&self->chain);
  remains->gone = gone;
  remains->user_data = user_data;
  coming_down++;
  g_thread_unref (g_thread_new ("take-down", take_down, remains));
}

/* --- failing and trying again --- */

static gboolean
on_retry (gpointer user_data)
{
  DaisInput *self = user_data;

  self->retry_id = 0;
  build (self);
  return G_SOURCE_REMOVE;
}

static void
fail (DaisInput *self, const gchar *why)
{
  gboolean was_well = self->state == DAIS_INPUT_LIVE &&
      g_get_monotonic_time () - self->live_us > WELL_US;

  if (self->retry_id != 0)
    return;
  discard_pipeline (self, NULL, NULL);
  dais_guard_drop_input (self->guard);
  set_state (self, DAIS_INPUT_LOST, why);
  if (was_well)
    self->delay_ms = DELAY_MIN_MS;
  self->retry_id = g_timeout_add (self->delay_ms, on_retry, self);
  self->delay_ms = MIN (self->delay_ms * 2,
      (self->flags & DAIS_KIND_NEAR) != 0 ? DELAY_NEAR_MS : DELAY_MAX_MS);
}

static void
fail_with (DaisInput *self, const GError *error, const gchar *detail)
{
  g_autofree gchar *why = dais_source_words (self->spec->uri, error, detail);

  fail (self, why);
}

/* --- looking after it --- */

static void
measure_fps (DaisInput *self, gint64 now)
{
  gint64 span = now - self->window_us;
  gdouble fps;

  if (span < FPS_WINDOW_US)
    return;
  fps = (gdouble) (self->count - self->window_count) * 1e6 / (gdouble) span;
  fps = ((gint) (fps * 10 + 0.5)) / 10.0;
  self->window_us = now;
  self->window_count = self->count;
  if (!dais_chain_has_video (self->chain))
    fps = 0;
  if (ABS (fps - self->fps) < 0.25)
    return;
  self->fps = fps;
  self->events->changed (self->user_data);
}

static void
on_progress (DaisInput *self, gint64 now, guint64 count)
{
  if (self->state != DAIS_INPUT_LIVE) {
    self->window_us = now;
    self->window_count = count;
    look_for_type (self);
    set_state (self, DAIS_INPUT_LIVE, "");
  }
  self->count = count;
  self->progress_us = now;
}

static gint64 /* of silence, then it is built again */
get_limit (DaisInput *self, gboolean was_live, gint64 patience_us)
{
  if ((self->flags & DAIS_KIND_WAITS) != 0)
    return MAX (WAIT_STALL_US, 2 * patience_us);
  return was_live ? MAX (STALL_US, 2 * patience_us) : CONNECT_US;
}

static void
on_silence (DaisInput *self, gint64 now)
{
  gboolean was_live = self->progress_us > self->built_us;
  gint64 quiet_us = now - MAX (self->progress_us, self->built_us);
  gint64 patience_us = dais_guard_get_patience_us (self->guard);
  GError error = { DAIS_ERROR, DAIS_ERROR_UNAVAILABLE, NULL };

  if (dais_chain_is_waiting (self->chain))
    return;
  if (self->state == DAIS_INPUT_LIVE &&
      quiet_us > MAX (patience_us + TELL_US, LOST_US))
    set_state (self, DAIS_INPUT_LOST, "nothing comes any more");
  /* After a sender has gone the port is opened anew for the next one. */
  if ((self->flags & DAIS_KIND_WAITS) != 0 && !was_live)
    return;
  if (quiet_us < get_limit (self, was_live, patience_us))
    return;
  error.message = (gchar *) (was_live ? "nothing comes any more"
                                      : "timeout: does not answer");
  if (!was_live)
    error.domain = GST_RESOURCE_ERROR; /* not in plain words yet */
  fail_with (self, &error, NULL);
}

static gboolean on_tick (gpointer user_data);

static void
plan_tick (DaisInput *self)
{
  if (self->tick_id == 0)
    self->tick_id = g_timeout_add (
        self->state == DAIS_INPUT_LIVE ? TICK_MS : FAST_TICK_MS, on_tick, self);
}

static gboolean
on_tick (gpointer user_data)
{
  DaisInput *self = user_data;
  gint64 now = g_get_monotonic_time ();
  guint64 count;

  self->tick_id = 0;
  if (self->chain == NULL || self->resting)
    return G_SOURCE_REMOVE;
  count = dais_chain_get_count (self->chain);
  if (count > self->count)
    on_progress (self, now, count);
  else
    on_silence (self, now);
  if (self->state == DAIS_INPUT_LIVE) {
    measure_fps (self, now);
    look_for_type (self);
  }
  plan_tick (self);
  return G_SOURCE_REMOVE;
}

/* --- the bus --- */

/* A file of one picture: there is nothing to play again. */
static gboolean
is_still (DaisInput *self)
{
  guint64 count = dais_chain_get_count (self->chain);
  guint64 round = count - self->round_count;

  self->round_count = count;
  if (!dais_chain_has_video (self->chain) || round > 2)
    return FALSE;
  self->resting = TRUE;
  dais_guard_set_still (self->guard, TRUE);
  look_for_type (self);
  set_state (self, DAIS_INPUT_LIVE, "");
  return TRUE;
}

/* Begins again where no seek can do it; the last picture bridges the gap. */
static void
begin_again (DaisInput *self)
{
  discard_pipeline (self, NULL, NULL);
  build (self);
}

static void
on_end (DaisInput *self)
{
  GError ended = { DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
    (gchar *) "the stream has ended" };

  if ((self->flags & DAIS_KIND_LOOPS) == 0 ||
      dais_chain_get_count (self->chain) == 0)
    fail_with (self, &ended, NULL);
  else if (!is_still (self))
    begin_again (self);
}

/* A segment seek keeps the running time going: no flush, no gap. */
static void
start_looping (DaisInput *self)
{
  if (self->prerolled || (self->flags & DAIS_KIND_LOOPS) == 0)
    return;
  self->prerolled = TRUE;
  /* A demuxer that refuses it may be good for nothing after (tsdemux sends no
   * end any more). */
  if (!self->no_segments &&
      !gst_element_seek_simple (self->pipeline, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT, 0)) {
    self->no_segments = TRUE;
    begin_again (self);
    return;
  }
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
on_segment_done (DaisInput *self)
{
  if (!is_still (self) &&
      !gst_element_seek_simple (
          self->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_SEGMENT, 0))
    begin_again (self);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  DaisInput *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;
  guint bus_id = self->bus_id;

  switch ((gint64) GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &detail);
      self->bus_id = 0; /* this watch, which ends here */
      fail_with (self, error, detail);
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_EOS:
      on_end (self);
      return bus_id == self->bus_id;
    case GST_MESSAGE_SEGMENT_DONE:
      on_segment_done (self);
      return bus_id == self->bus_id;
    case GST_MESSAGE_ASYNC_DONE:
      if (GST_MESSAGE_SRC (message) == GST_OBJECT (self->pipeline))
        start_looping (self);
      return bus_id == self->bus_id;
    default:
      return G_SOURCE_CONTINUE;
  }
}

/* --- building --- */

typedef struct {
  GstState state;
  DaisChain *chain; /* (owned) */
} Play;

static void
play_free (gpointer data)
{
  Play *play = data;

  dais_chain_unref (play->chain);
  g_free (play);
}

/* It may have been taken down before this thread had its turn, or in the very
 * moment: nobody else would end it then, and its device was never free again.
 */
static void
play_in_thread (GstElement *pipeline, gpointer user_data)
{
  Play *play = user_data;

  if (!dais_chain_is_closed (play->chain))
    gst_element_set_state (pipeline, play->state);
  if (dais_chain_is_closed (play->chain))
    gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* Where the frames of the whole house lie, for what is made here. */
static gint64
next_on_grid (DaisInput *self)
{
  const DaisCanvas *canvas = &self->spec->canvas;
  DaisGrid grid;

  dais_grid_init (&grid, canvas->fps_n, canvas->fps_d);
  return dais_grid_time (&grid,
      dais_grid_place_at (&grid, (g_get_monotonic_time () + START_US) * 1000));
}

/* Opening a device or calling a host may take long. */
static void
play (DaisInput *self)
{
  Play *later;

  if ((self->flags & DAIS_KIND_RESTS) != 0)
    dais_chain_set_base (self->chain, next_on_grid (self));
  else if ((self->flags & DAIS_KIND_LIVE) == 0)
    gst_element_set_start_time (self->pipeline, 0);
  plan_tick (self);
  if ((self->flags & DAIS_KIND_RESTS) != 0) {
    /* Nothing in it can block, and it may have to rest again at once. */
    gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
    return;
  }
  later = g_new0 (Play, 1);
  later->state = (self->flags & DAIS_KIND_LOOPS) != 0 ? GST_STATE_PAUSED
                                                      : GST_STATE_PLAYING;
  later->chain = dais_chain_ref (self->chain);
  gst_element_call_async (self->pipeline, play_in_thread, later, play_free);
}

static void
make_pipeline (DaisInput *self)
{
  DaisChainSettings settings = {
    .guard = self->guard,
    .canvas = self->spec->canvas,
    .paced = (self->flags & DAIS_KIND_EXACT) == 0,
    .live = (self->flags & DAIS_KIND_LIVE) != 0,
    .no_video = !dais_build_wants (self->spec, "video"),
    .no_audio = !dais_build_wants (self->spec, "audio"),
    .answer = self->events->answer,
    .user_data = self->user_data,
    .rotate = dais_source_options_number (self->spec->options, "rotate", 0),
  };
  g_autoptr (GstBus) bus = NULL;

  dais_source_options_channels (
      self->spec->options, &settings.left, &settings.right);
  self->pipeline = dais_control_pipeline_new (self->control, "input");
  self->chain = dais_chain_new (self->pipeline, &settings);
  dais_chain_set_wanted (self->chain, self->want_video, self->want_audio);
  bus = gst_element_get_bus (self->pipeline);
  self->bus_id = gst_bus_add_watch (bus, on_message, self);
  self->prerolled = FALSE;
  self->resting = FALSE;
  self->count = self->window_count = 0;
  self->round_count = 0;
  self->built_us = self->window_us = g_get_monotonic_time ();
}

static gboolean
may_rest (DaisInput *self)
{
  return (self->flags & DAIS_KIND_RESTS) != 0 && !self->want_video &&
      !self->want_audio;
}

/* What is made here could be made at any moment: it counts as live. */
static void
rest (DaisInput *self)
{
  self->resting = TRUE;
  dais_guard_note (self->guard, TRUE);
  look_for_type (self);
  set_state (self, DAIS_INPUT_LIVE, "");
  if (!dais_chain_has_video (self->chain))
    return;
  self->fps = (gdouble) self->spec->canvas.fps_n / self->spec->canvas.fps_d;
  self->events->changed (self->user_data);
}

/* A camera, a sound card, a port that others call: there is only one, so who
 * had it before must have let it go. */
static gboolean
must_wait (DaisInput *self)
{
  DaisKindFlags alone = DAIS_KIND_NEAR | DAIS_KIND_WAITS;

  if (coming_down == 0 || (self->flags & alone) == 0 ||
      (self->flags & DAIS_KIND_LOOPS) != 0 || self->waits >= GONE_WAITS) {
    self->waits = 0;
    return FALSE;
  }
  self->waits++;
  self->retry_id = g_timeout_add (GONE_CHECK_MS, on_retry, self);
  return TRUE;
}

static void
build (DaisInput *self)
{
  DaisSourceBuild parts = { .spec = self->spec };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *waiting = NULL;

  self->kind = dais_source_kind_find (self->spec->uri, &error);
  if (self->kind == NULL ||
      !dais_source_options_check (self->spec->options, &error)) {
    fail_with (self, error, NULL);
    return;
  }
  self->flags = self->kind->flags (self->spec);
  if (must_wait (self))
    return;
  if ((self->flags & DAIS_KIND_LOOPS) != 0 &&
      !g_hash_table_contains (self->spec->options, "slate-after"))
    dais_guard_set_patience (self->guard, FILE_PATIENCE_MS);
  make_pipeline (self);
  parts.pipeline = self->pipeline;
  parts.chain = self->chain;
  if (!self->kind->build (&parts, &error)) {
    fail_with (self, error, NULL);
    return;
  }
  if (may_rest (self)) {
    rest (self);
    return;
  }
  waiting = self->kind->waiting != NULL ? self->kind->waiting (self->spec)
                                        : NULL;
  if (waiting != NULL)
    set_state (self,
        self->state == DAIS_INPUT_LOST ? DAIS_INPUT_LOST
                                       : DAIS_INPUT_CONNECTING,
        waiting);
  play (self);
}

/* --- public --- */

/**
 * dais_input_new:
 * @spec: (transfer full):
 * @guard: lives longer
 * @events: static
 *
 * Begins at once.
 *
 * Returns: (transfer full)
 */
DaisInput *
dais_input_new (DaisControl *control, DaisSourceSpec *spec, DaisGuard *guard,
    const DaisInputEvents *events, gpointer user_data)
{
  DaisInput *self = g_new0 (DaisInput, 1);

  self->control = control;
  self->spec = spec;
  self->guard = guard;
  self->events = events;
  self->user_data = user_data;
  self->delay_ms = DELAY_MIN_MS;
  self->since_us = g_get_real_time ();
  self->error = g_strdup ("");
  self->found = "";
  self->retry_id = g_idle_add (on_retry, self);
  return self;
}

/**
 * dais_input_free:
 * @gone: (nullable): called on the main loop, at once when nothing is up
 *
 * Nothing reaches the guard any more when this returns, but for what a thread
 * is just handing over; the guard may go only after @gone.
 */
void
dais_input_free (
    DaisInput *self, void (*gone) (gpointer user_data), gpointer user_data)
{
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->tick_id, g_source_remove);
  discard_pipeline (self, gone, user_data);
  dais_source_spec_free (self->spec);
  g_free (self->error);
  g_free (self);
}

/**
 * dais_input_set_wanted:
 *
 * What somebody takes. Nothing is converted that nobody takes, and what is
 * made here is not even made.
 */
void
dais_input_set_wanted (DaisInput *self, gboolean video, gboolean audio)
{
  if (video == self->want_video && audio == self->want_audio)
    return;
  self->want_video = video;
  self->want_audio = audio;
  if (self->chain == NULL)
    return;
  dais_chain_set_wanted (self->chain, video, audio);
  if (self->resting && video && (self->flags & DAIS_KIND_LOOPS) != 0)
    begin_again (self); /* the still picture was not kept for nobody */
  if ((self->flags & DAIS_KIND_RESTS) == 0)
    return;
  if (may_rest (self) && !self->resting) {
    /* Nothing in it can block: neither device nor network. */
    gst_element_set_state (self->pipeline, GST_STATE_READY);
    rest (self);
  } else if (!may_rest (self) && self->resting) {
    self->resting = FALSE;
    self->built_us = g_get_monotonic_time ();
    self->window_us = self->built_us;
    self->window_count = self->count = dais_chain_get_count (self->chain);
    play (self);
  }
}

DaisInputState
dais_input_get_state (DaisInput *self)
{
  return self->state;
}

gint64
dais_input_get_since (DaisInput *self)
{
  return self->since_us;
}

gdouble
dais_input_get_fps (DaisInput *self)
{
  return self->fps;
}

const gchar *
dais_input_get_error (DaisInput *self)
{
  return self->error;
}

const gchar *
dais_input_get_found (DaisInput *self)
{
  return self->found;
}
