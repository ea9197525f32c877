/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Puts the time stamps of one input, sound and picture alike, onto the shared
 * clock. Pure arithmetic in ns; the owner locks. */
typedef struct {
  gboolean live;
  gboolean started;
  gint64 shift_ns; /* what is added to a stamp */
  guint late[2];   /* stamps in a row that came too late, by medium */

  /* a live input only: working off what has piled up before the gate */
  gboolean catching;
  gint64 best_ns;    /* the least delay seen */
  gint64 worst_ns;   /* the greatest since */
  gint64 best_at_ns; /* when */
  gint64 catch_ns;   /* when it began */

  gint64 window_ns;      /* start of the present window, 0 = none */
  gint64 window_late_ns; /* the latest of it; negative: all came early */
} DaisTimeline;

void dais_timeline_reset (DaisTimeline *self, gboolean live);
gint64 dais_timeline_map (
    DaisTimeline *self, gboolean video, gint64 stamp_ns, gint64 now_ns);

/* Gives every picture its place in the grid of frames that all engines
 * share: frame n of rate fps_n/fps_d is at n * fps_d / fps_n seconds. */
typedef struct {
  gint fps_n;
  gint fps_d;
  gint64 last;     /* the last place taken, -1 = none yet */
  gboolean filled; /* by something that only stood in */
} DaisGrid;

void dais_grid_init (DaisGrid *self, gint fps_n, gint fps_d);
gint64 dais_grid_time (const DaisGrid *self, gint64 place);
gint64 dais_grid_place_at (const DaisGrid *self, gint64 time_ns);
gint64 dais_grid_fill (DaisGrid *self, gint64 now_ns);
gint64 dais_grid_take (DaisGrid *self, gint64 time_ns);

G_END_DECLS
