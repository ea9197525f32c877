/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/mixer.h"
#include "solid-source.h"

#include <gst/app/app.h>

#define PATIENCE_S 30
#define N_SOURCES  3
#define CUTS       60

static const DaisCanvas canvas = { 320, 180, 30, 1 };
static const guint8 lumas[N_SOURCES] = { 50, 120, 200 };

typedef struct {
  GstElement *pipeline;
  GstElement *mixer;
  SolidSource *sources[N_SOURCES];
  guint watchdog_id;
  guint bus_id;

  GMutex lock;
  GQueue frames; /* (element-type GstBuffer); protected by lock */

  guint64 serial;
  guint64 applied;
  GstClockTime applied_at;
} Fixture;

static gboolean
on_watchdog (gpointer data)
{
  g_assert_not_reached ();
}

static GstFlowReturn
on_frame (GstAppSink *sink, gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);

  g_mutex_lock (&fixture->lock);
  g_queue_push_tail (
      &fixture->frames, gst_buffer_ref (gst_sample_get_buffer (sample)));
  g_mutex_unlock (&fixture->lock);
  g_main_context_wakeup (NULL);
  return GST_FLOW_OK;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Fixture *fixture = data;
  const GstStructure *structure = gst_message_get_structure (message);

  g_assert_cmpint (GST_MESSAGE_TYPE (message), !=, GST_MESSAGE_ERROR);
  if (gst_message_has_name (message, DAIS_MIXER_APPLIED)) {
    gst_structure_get_uint64 (structure, "serial", &fixture->applied);
    gst_structure_get_uint64 (structure, "running-time", &fixture->applied_at);
  }
  return G_SOURCE_CONTINUE;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GstElement *filter = gst_element_factory_make ("capsfilter", NULL);
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  GstAppSinkCallbacks callbacks = { .new_sample = on_frame };
  g_autoptr (GstCaps) caps = dais_caps_video (&canvas);
  g_autoptr (GstBus) bus = NULL;

  fixture->watchdog_id = g_timeout_add_seconds (PATIENCE_S, on_watchdog, NULL);
  fixture->pipeline = test_pipeline_new ();
  fixture->mixer = dais_mixer_new ("mixer", &canvas);
  g_object_set (filter, "caps", caps, NULL);
  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, fixture, NULL);
  gst_bin_add_many (
      GST_BIN (fixture->pipeline), fixture->mixer, filter, sink, NULL);
  g_assert_true (gst_element_link_many (fixture->mixer, filter, sink, NULL));
  for (guint i = 0; i < N_SOURCES; i++) {
    fixture->sources[i] = solid_source_new_for_mixer (
        fixture->mixer, &canvas, lumas[i]);
    solid_source_run (fixture->sources[i], TRUE);
  }
  bus = gst_element_get_bus (fixture->pipeline);
  fixture->bus_id = gst_bus_add_watch (bus, on_message, fixture);
  gst_element_set_state (fixture->pipeline, GST_STATE_PLAYING);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  gst_element_set_state (fixture->pipeline, GST_STATE_NULL);
  for (guint i = 0; i < N_SOURCES; i++)
    g_clear_pointer (&fixture->sources[i], solid_source_free);
  g_source_remove (fixture->watchdog_id);
  g_source_remove (fixture->bus_id);
  g_queue_clear_full (&fixture->frames, (GDestroyNotify) gst_mini_object_unref);
  gst_object_unref (fixture->pipeline);
}

/* (transfer full): the next frame that the mixer puts out. */
static GstBuffer *
next_frame (Fixture *fixture)
{
  GstBuffer *buffer = NULL;

  while (buffer == NULL) {
    g_main_context_iteration (NULL, FALSE);
    g_mutex_lock (&fixture->lock);
    buffer = g_queue_pop_head (&fixture->frames);
    g_mutex_unlock (&fixture->lock);
    if (buffer == NULL)
      g_main_context_iteration (NULL, TRUE);
  }
  return buffer;
}

static DaisMixerLayer
full (Fixture *fixture, guint source)
{
  return (DaisMixerLayer){ fixture->sources[source]->pad,
    { 0, 0, canvas.width, canvas.height }, FALSE };
}

static void
set_scene (Fixture *fixture, const DaisMixerLayer *layers, guint n_layers,
    GstClockTime fade)
{
  dais_mixer_set_scene (
      fixture->mixer, layers, n_layers, fade, ++fixture->serial);
}

/* The first frame of the newest scene. (transfer full) */
static GstBuffer *
wait_for_scene (Fixture *fixture)
{
  while (fixture->applied != fixture->serial)
    g_main_context_iteration (NULL, TRUE);
  for (;;) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    if (GST_BUFFER_PTS (frame) >= fixture->applied_at)
      return g_steal_pointer (&frame);
  }
}

static void
wait_for_inputs (Fixture *fixture)
{
  DaisMixerLayer layers[N_SOURCES];

  for (guint i = 0; i < N_SOURCES; i++) {
    layers[i] = full (fixture, i);
    layers[i].fresh = TRUE;
  }
  set_scene (fixture, layers, N_SOURCES, 0);
  gst_buffer_unref (wait_for_scene (fixture));
}

static void
test_black (Fixture *fixture, gconstpointer unused)
{
  GstClockTime before = GST_CLOCK_TIME_NONE;

  set_scene (fixture, NULL, 0, 0);
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    g_assert_cmpuint (picture_luma (frame, &canvas, .5, .5), ==, 16);
    if (GST_CLOCK_TIME_IS_VALID (before))
      g_assert_cmpuint (GST_BUFFER_PTS (frame), >, before);
    before = GST_BUFFER_PTS (frame);
  }
  /* the time began when the pipeline did, not with the machine */
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (
                       before, (GstClockTime) g_get_monotonic_time () * 1000)),
      <, GST_SECOND);
}

/* A frame is stamped with the place in the grid that it shows: its source sent
 * it then, or up to half a frame later. */
static gboolean
takes_a_third (GstClockTime time, gpointer asked)
{
  return ++*(guint *) asked % 3 == 0;
}

/* What nobody can take is not made, and what is made stays on the grid. */
static void
test_takers (Fixture *fixture, gconstpointer unused)
{
  GstClockTime frame = dais_canvas_frame_duration (&canvas);
  GstClockTime last = GST_CLOCK_TIME_NONE;
  guint asked = 0;

  dais_mixer_set_taker (fixture->mixer, takes_a_third, &asked);
  set_scene (fixture, NULL, 0, 0);
  for (guint i = 0; i < 10; i++) {
    g_autoptr (GstBuffer) buffer = next_frame (fixture);
    GstClockTime pts = GST_BUFFER_PTS (buffer);

    if (GST_CLOCK_TIME_IS_VALID (last))
      g_assert_cmpuint (pts - last, >, 2 * frame + frame / 2);
    last = pts;
  }
  g_assert_cmpuint (asked, >=, 3 * dais_mixer_get_frames (fixture->mixer));
  gst_element_set_state (fixture->pipeline, GST_STATE_NULL);
}

static void
test_stamps (Fixture *fixture, gconstpointer unused)
{
  const GstClockTime duration = dais_canvas_frame_duration (&canvas);

  set_scene (fixture, NULL, 0, 0);
  gst_buffer_unref (next_frame (fixture)); /* before the latency is known */
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);
    GstClockTime now = (GstClockTime) g_get_monotonic_time () * GST_USECOND;
    guint64 place = gst_util_uint64_scale (
        GST_BUFFER_PTS (frame) + duration / 2, 30, GST_SECOND);
    GstClockTimeDiff off = GST_CLOCK_DIFF (
        gst_util_uint64_scale (place, GST_SECOND, 30), GST_BUFFER_PTS (frame));

    g_assert_cmpint (ABS (off), <, GST_MSECOND);
    g_assert_cmpuint (GST_BUFFER_PTS (frame), <, now);
    if (!g_test_slow ())
      continue;
    g_assert_cmpuint (now - GST_BUFFER_PTS (frame), <, 60 * GST_MSECOND);
  }
}

static void
test_pass_through (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer layers[] = { full (fixture, 1), full (fixture, 2) };
  guint64 passed = 0;
  guint same = 0;

  wait_for_inputs (fixture);
  set_scene (fixture, layers, 2, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  passed = dais_mixer_get_passed (fixture->mixer);
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    g_assert_cmpuint (picture_luma (frame, &canvas, .1, .9), ==, lumas[2]);
    g_assert_cmpuint (gst_buffer_n_memory (frame), ==, 1);
    if (gst_buffer_peek_memory (frame, 0) ==
        gst_buffer_peek_memory (fixture->sources[2]->last, 0))
      same++;
  }
  g_assert_cmpuint (dais_mixer_get_passed (fixture->mixer), >=, passed + 15);
  g_assert_cmpuint (same, >, 0);
}

static void
test_pip (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer layers[] = { full (fixture, 0), full (fixture, 2) };
  g_autoptr (GstBuffer) frame = NULL;

  layers[1].place = (DaisRectangle){ 200, 100, 80, 44 };
  wait_for_inputs (fixture);
  set_scene (fixture, layers, 2, 0);
  frame = wait_for_scene (fixture);
  g_assert_cmpuint (picture_luma (frame, &canvas, .5, .5), ==, lumas[0]);
  g_assert_cmpuint (
      picture_luma (frame, &canvas, 240. / 320, 120. / 180), ==, lumas[2]);
  g_assert_cmpuint (
      picture_luma (frame, &canvas, 198. / 320, 120. / 180), ==, lumas[0]);
}

/* Left and right half change sources with every cut: a frame in which both
 * halves show the same source is torn. */
static void
test_cuts_are_atomic (Fixture *fixture, gconstpointer unused)
{
  guint torn = 0;
  guint late = 0;

  wait_for_inputs (fixture);
  for (guint cut = 0; cut < CUTS; cut++) {
    DaisMixerLayer layers[] = { full (fixture, cut % 2),
      full (fixture, 1 - cut % 2) };
    gint64 asked_us = g_get_monotonic_time ();

    layers[0].place.width = canvas.width / 2;
    layers[1].place.width = canvas.width / 2;
    layers[1].place.x = canvas.width / 2;
    set_scene (fixture, layers, 2, 0);
    while (fixture->applied != fixture->serial) {
      g_autoptr (GstBuffer) frame = next_frame (fixture);
      guint8 left = picture_luma (frame, &canvas, .25, .5);
      guint8 right = picture_luma (frame, &canvas, .75, .5);

      if (cut > 0 && (left == right || left == 16 || right == 16))
        torn++;
    }
    if (g_get_monotonic_time () - asked_us > 100000)
      late++;
  }
  g_assert_cmpuint (torn, ==, 0);
  g_test_message ("%u cuts, %u later than 100 ms", CUTS, late);
}

static void
test_fade (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer from = full (fixture, 0);
  DaisMixerLayer to = full (fixture, 2);
  guint between = 0;
  guint8 before = 0;
  g_autoptr (GstBuffer) frame = NULL;

  wait_for_inputs (fixture);
  set_scene (fixture, &from, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  set_scene (fixture, &to, 1, 300 * GST_MSECOND);
  frame = wait_for_scene (fixture);
  before = lumas[0];
  for (;;) {
    guint8 luma = picture_luma (frame, &canvas, .5, .5);
    gdouble progress = MIN (1,
        ((gdouble) GST_CLOCK_DIFF (
             fixture->applied_at, GST_BUFFER_PTS (frame)) +
            GST_SECOND / 30) /
            (gdouble) (300 * GST_MSECOND));

    g_assert_cmpfloat_with_epsilon (
        luma, lumas[0] + (lumas[2] - lumas[0]) * progress, 3);
    g_assert_cmpuint (luma, >=, before);
    before = luma;
    if (progress >= 1)
      break;
    between++;
    gst_clear_buffer (&frame);
    frame = next_frame (fixture);
  }
  g_assert_cmpuint (between, >=, 4);
}

/* Until what was fed is in the mixer. */
static void
room_for_the_last (Fixture *fixture)
{
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (next_frame (fixture));
}

/* A scene waits until what was hidden has a new frame, but not for ever. */
static void
test_waits_for_fresh_frames (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer from = full (fixture, 0);
  DaisMixerLayer to = full (fixture, 1);
  gint64 asked_us = 0;

  wait_for_inputs (fixture);
  set_scene (fixture, &from, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  solid_source_run (fixture->sources[1], FALSE);
  room_for_the_last (fixture);
  to.fresh = TRUE;
  asked_us = g_get_monotonic_time ();
  set_scene (fixture, &to, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  g_assert_cmpint (g_get_monotonic_time () - asked_us, >=, 90000);
  set_scene (fixture, &from, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  set_scene (fixture, &to, 1, 0);
  fixture->sources[1]->luma = 222;
  solid_source_push (fixture->sources[1]);
  {
    g_autoptr (GstBuffer) frame = wait_for_scene (fixture);

    g_assert_cmpuint (picture_luma (frame, &canvas, .5, .5), ==, 222);
  }
}

/* A change of something else, such as a volume, sets the same scene again. */
static void
test_the_same_scene_disturbs_no_fade (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer from = full (fixture, 0);
  DaisMixerLayer to = full (fixture, 2);
  guint between = 0;

  wait_for_inputs (fixture);
  set_scene (fixture, &from, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  set_scene (fixture, &to, 1, 400 * GST_MSECOND);
  gst_buffer_unref (wait_for_scene (fixture));
  for (;;) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    set_scene (fixture, &to, 1, 0);
    if (picture_luma (frame, &canvas, .5, .5) == lumas[2])
      break;
    between++;
  }
  g_assert_cmpuint (between, >=, 6);
  gst_buffer_unref (wait_for_scene (fixture));
}

/* A change that comes while another one waits for a picture waits for it too,
 * and however many come, the first one's patience counts. */
static void
test_a_storm_of_changes (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer from = full (fixture, 0);
  DaisMixerLayer to = full (fixture, 1);
  gint64 asked_us = 0;
  guint64 first = 0;

  wait_for_inputs (fixture);
  set_scene (fixture, &from, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  solid_source_run (fixture->sources[1], FALSE);
  room_for_the_last (fixture);
  asked_us = g_get_monotonic_time ();
  to.fresh = TRUE;
  set_scene (fixture, &to, 1, 0);
  first = fixture->serial;
  to.fresh = FALSE;
  while (fixture->applied < first) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    set_scene (fixture, &to, 1, 0);
  }
  g_assert_cmpint (g_get_monotonic_time () - asked_us, >=, 90000);
}

static void
test_other_sizes_are_scaled (Fixture *fixture, gconstpointer unused)
{
  const DaisCanvas small = { 160, 90, 30, 1 };
  SolidSource *source = solid_source_new_for_mixer (fixture->mixer, &small, 77);
  DaisMixerLayer layer = { source->pad, { 0, 0, canvas.width, canvas.height },
    TRUE };
  g_autoptr (GstBuffer) frame = NULL;

  solid_source_run (source, TRUE);
  set_scene (fixture, &layer, 1, 0);
  frame = wait_for_scene (fixture);
  g_assert_cmpuint (gst_buffer_get_size (frame), ==, 320 * 180 * 3 / 2);
  g_assert_cmpuint (picture_luma (frame, &canvas, .9, .9), ==, 77);
  solid_source_free (source);
}

/* What is shown may go: its place is black, the output goes on. */
static void
test_removal (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer layer = full (fixture, 1);
  guint black = 0;

  wait_for_inputs (fixture);
  set_scene (fixture, &layer, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  g_clear_pointer (&fixture->sources[1], solid_source_free);
  while (black < 10) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);

    if (picture_luma (frame, &canvas, .5, .5) == 16)
      black++;
  }
}

/* Of a burst the newest is shown, and nothing lags behind after it. */
static void
test_no_queue (Fixture *fixture, gconstpointer unused)
{
  DaisMixerLayer layer = full (fixture, 0);
  SolidSource *source = fixture->sources[0];

  wait_for_inputs (fixture);
  set_scene (fixture, &layer, 1, 0);
  gst_buffer_unref (wait_for_scene (fixture));
  solid_source_run (source, FALSE);
  for (guint8 luma = 100; luma < 200; luma++) {
    source->luma = luma;
    solid_source_push (source);
  }
  for (;;) {
    g_autoptr (GstBuffer) frame = next_frame (fixture);
    guint8 luma = picture_luma (frame, &canvas, .5, .5);

    if (luma == lumas[0])
      continue;
    g_assert_cmpuint (luma, ==, 199);
    break;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
#define ADD(path, func) \
  g_test_add ("/engine/mixer/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("black", test_black);
  ADD ("stamps", test_stamps);
  ADD ("takers", test_takers);
  ADD ("pass-through", test_pass_through);
  ADD ("pip", test_pip);
  ADD ("cuts-are-atomic", test_cuts_are_atomic);
  ADD ("fade", test_fade);
  ADD ("waits-for-fresh-frames", test_waits_for_fresh_frames);
  ADD ("the-same-scene-disturbs-no-fade", test_the_same_scene_disturbs_no_fade);
  ADD ("a-storm-of-changes", test_a_storm_of_changes);
  ADD ("other-sizes-are-scaled", test_other_sizes_are_scaled);
  ADD ("removal", test_removal);
  ADD ("no-queue", test_no_queue);
  return g_test_run ();
}
