/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-timeline.h"

#define MS 1000000
/* A stamp this far from the present means that the input's clock has jumped. */
#define JUMP_NS (G_GINT64_CONSTANT (1000) * MS)
/* A delay up to this is left alone: whoever takes the frames copes. */
#define SLACK_NS (G_GINT64_CONSTANT (20) * MS)
/* What comes so much before its time just waits. */
#define EARLY_NS (G_GINT64_CONSTANT (100) * MS)
/* So many late stamps in a row are no accident but the input's own delay. */
#define LATE_ROW 5
/* How long everything must be early before the delay is cut. */
#define WINDOW_NS (G_GINT64_CONSTANT (5000) * MS)
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

/* A sender whose clock is faster than ours, or that was late only for a while:
 * when everything came early for a time, that much delay was for nothing. */
static void
give_back_delay (DaisTimeline *self, gint64 late, gint64 now_ns)
{
  if (self->window_ns == 0 || late > self->window_late_ns)
    self->window_late_ns = late;
  if (self->window_ns == 0)
    self->window_ns = now_ns;
  if (now_ns - self->window_ns < WINDOW_NS)
    return;
  if (self->window_late_ns < -2 * SLACK_NS)
    self->shift_ns += self->window_late_ns + SLACK_NS;
  self->window_ns = 0;
}

/**
 * dais_timeline_map:
 * @stamp_ns: the input's idea of when, on the shared clock
 * @now_ns: the shared clock now, when the data is there
 *
 * Keeps the distances between stamps and sees that they are not in the past:
 * the delay of an input is measured and added. A jump of the input's clock, in
 * either direction, starts the measurement again.
 *
 * Returns: when the data is to be shown
 */
gint64
dais_timeline_map (DaisTimeline *self, gint64 stamp_ns, gint64 now_ns)
{
  gint64 late = now_ns - (stamp_ns + self->shift_ns);

  if (!self->started || late > JUMP_NS || late < -JUMP_NS) {
    gint64 delay = now_ns - stamp_ns;

    self->started = TRUE;
    self->late = 0;
    self->window_ns = 0;
    /* A small delay is the way through the pipeline, which every source has;
     * a little early is what is made on time. */
    self->shift_ns = delay >= -EARLY_NS && delay <= SLACK_NS ? 0 : delay;
    return stamp_ns + self->shift_ns;
  }
  if (late <= SLACK_NS) {
    self->late = 0;
  } else if (++self->late >= LATE_ROW) {
    self->late = 0;
    self->shift_ns += late;
  }
  if (self->live)
    give_back_delay (self, late, now_ns);
  return stamp_ns + self->shift_ns;
}

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
