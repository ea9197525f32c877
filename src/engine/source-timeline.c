/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-timeline.h"

#define MS G_GINT64_CONSTANT (1000000)
/* A stamp this far from the present means that the input's clock has jumped. */
#define JUMP_NS (1000 * MS)
/* What is read from a file may well have nothing of one medium for so long. */
#define WAIT_MOST_NS (60 * 1000 * MS)
/* A delay up to this is left alone: whoever takes the frames copes. */
#define SLACK_NS (20 * MS)
/* What comes so much before its time just waits. */
#define EARLY_NS (100 * MS)
/* What comes so late at most is just shown later from then on. */
#define HICCUP_NS (300 * MS)
/* So many late stamps in a row are no accident but the input's own delay. */
#define LATE_ROW 5
/* How long everything must come early before that is looked into. */
#define WINDOW_NS (5000 * MS)
/* What has piled up is worked off when the delay has not become less for so
 * long, or when it takes too long. */
#define CALM_NS       (400 * MS)
#define CATCH_MOST_NS (5000 * MS)
/* Less than this is no progress. */
#define STEP_NS (5 * MS)
/* A stamp up to this past a place still belongs to it. */
#define NEAR_NS (G_GINT64_CONSTANT (1) * MS)

/**
 * dais_timeline_reset:
 * @live: whether data comes when it happens, not when it is fetched
 *
 * Forgets what was learned: the input begins anew.
 */
void
dais_timeline_reset (DaisTimeline *self, gboolean live)
{
  *self = (DaisTimeline){ .live = live };
}

/* --- a live input --- */

static void
begin_catching (DaisTimeline *self, gint64 delay, gint64 now)
{
  self->catching = TRUE;
  self->best_ns = self->worst_ns = delay;
  self->best_at_ns = self->catch_ns = now;
  self->late[0] = self->late[1] = 0;
  self->window_ns = 0;
}

/* While nothing is held back, what has piled up (in a decoder that was still
 * looking what it is, in the network) runs through and each stamp comes less
 * late than the one before. What remains is the input's own delay. */
static gint64
catch_up (DaisTimeline *self, gint64 delay, gint64 now)
{
  if (delay < self->best_ns - STEP_NS) {
    self->best_ns = self->worst_ns = delay;
    self->best_at_ns = now;
  }
  self->worst_ns = MAX (self->worst_ns, delay);
  self->shift_ns = self->worst_ns >= 0 && self->worst_ns <= SLACK_NS
      ? 0
      : self->worst_ns;
  if (now - self->best_at_ns > CALM_NS || now - self->catch_ns > CATCH_MOST_NS)
    self->catching = FALSE;
  return now;
}

/* A sender whose clock is faster than ours, or a delay that was only passing:
 * as everything is held back, what piles up cannot be seen, so let it run. */
static void
watch_early (DaisTimeline *self, gint64 late, gint64 delay, gint64 now)
{
  if (self->window_ns == 0) {
    self->window_ns = now;
    self->window_late_ns = late;
  }
  self->window_late_ns = MAX (self->window_late_ns, late);
  if (now - self->window_ns < WINDOW_NS)
    return;
  self->window_ns = 0;
  if (self->window_late_ns < -SLACK_NS)
    begin_catching (self, delay, now);
}

/* --- any input --- */

static void
on_late (DaisTimeline *self, gboolean video, gint64 delay, gint64 now)
{
  if (++self->late[video ? 1 : 0] < LATE_ROW)
    return;
  self->late[0] = self->late[1] = 0;
  /* While it is caught up sound and picture go by their arrival, which may be
   * half a second apart: not for a hiccup. */
  if (self->live && delay - self->shift_ns > HICCUP_NS)
    begin_catching (self, delay, now);
  else
    self->shift_ns = delay;
}

static void
start (DaisTimeline *self, gint64 delay, gint64 now)
{
  self->started = TRUE;
  self->late[0] = self->late[1] = 0;
  /* A small delay is the way through the pipeline, which every source has;
   * a little early is what is made on time. */
  self->shift_ns = delay >= -EARLY_NS && delay <= SLACK_NS ? 0 : delay;
  if (self->live && self->shift_ns != 0)
    begin_catching (self, delay, now);
}

/* late: negative when the stamp lies ahead */
static gboolean
has_jumped (const DaisTimeline *self, gint64 late)
{
  if (late < 0 && !self->live)
    return -late > WAIT_MOST_NS;
  return ABS (late) > (self->catching ? 5 * JUMP_NS : JUMP_NS);
}

/**
 * dais_timeline_map:
 * @video: of which medium; both share one timeline
 * @stamp_ns: the input's idea of when, on the shared clock
 * @now_ns: the shared clock now, when the data is there
 *
 * Keeps the distances between stamps and sees that they are not in the past:
 * the delay of an input is measured and added. A jump of the input's clock, in
 * either direction, starts the measurement again; in a file a gap is no jump,
 * the other medium may well go on.
 *
 * Returns: when the data is to be shown
 */
gint64
dais_timeline_map (
    DaisTimeline *self, gboolean video, gint64 stamp_ns, gint64 now_ns)
{
  gint64 delay = now_ns - stamp_ns;
  gint64 late = delay - self->shift_ns;

  if (!self->started || has_jumped (self, late))
    start (self, delay, now_ns);
  else if (!self->catching && late <= SLACK_NS)
    self->late[video ? 1 : 0] = 0;
  else if (!self->catching)
    on_late (self, video, delay, now_ns);
  if (self->catching)
    return catch_up (self, delay, now_ns);
  if (self->live)
    watch_early (self, late, delay, now_ns);
  return stamp_ns + self->shift_ns;
}

/* --- the grid --- */

/**
 * dais_grid_init:
 *
 * The rate of the canvas, both above 0.
 */
void
dais_grid_init (DaisGrid *self, gint fps_n, gint fps_d)
{
  *self = (DaisGrid){ .fps_n = fps_n, .fps_d = fps_d, .last = -1 };
}

/**
 * dais_grid_time:
 *
 * Returns: the instant of a place, ns
 */
gint64
dais_grid_time (const DaisGrid *self, gint64 place)
{
  gint64 unit = (gint64) self->fps_d * 1000 * MS;

  /* In two steps, so that it neither overflows nor drifts. */
  return place / self->fps_n * unit + place % self->fps_n * unit / self->fps_n;
}

/**
 * dais_grid_place_at:
 *
 * Returns: the first place that is not before @time_ns
 */
gint64
dais_grid_place_at (const DaisGrid *self, gint64 time_ns)
{
  gint64 unit = (gint64) self->fps_d * 1000 * MS;
  gint64 whole = time_ns / unit;
  gint64 rest = time_ns % unit;

  return whole * self->fps_n +
      ((rest - NEAR_NS) * self->fps_n + unit - 1) / unit;
}

/**
 * dais_grid_fill:
 *
 * Takes the place of the present moment, or the next free one, for something
 * that stands in for a picture. A picture that comes late for it is not shown
 * later instead: that would keep all that follow late.
 *
 * Returns: the place, which may lie ahead of @now_ns
 */
gint64
dais_grid_fill (DaisGrid *self, gint64 now_ns)
{
  self->last = MAX (self->last + 1, dais_grid_place_at (self, now_ns) - 1);
  self->filled = TRUE;
  return self->last;
}

/**
 * dais_grid_take:
 * @time_ns: when the picture is to be shown
 *
 * Jitter of less than a frame neither loses nor doubles a picture; more
 * pictures than places lose the surplus.
 *
 * Returns: the place that is now taken, or -1 when there is none for it
 */
gint64
dais_grid_take (DaisGrid *self, gint64 time_ns)
{
  gint64 place = dais_grid_place_at (self, time_ns);

  if (self->last >= 0 && place <= self->last) {
    gint64 taken = dais_grid_time (self, self->last);
    gint64 frame = dais_grid_time (self, self->last + 1) - taken;

    if (self->filled || taken - time_ns > frame * 2 / 5)
      return -1;
    place = self->last + 1;
  }
  self->last = place;
  self->filled = FALSE;
  return place;
}
