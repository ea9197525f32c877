/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/source-timeline.h"

#define MS    G_GINT64_CONSTANT (1000000)
#define S     (1000 * MS)
#define FRAME (S / 30)

static void
test_exact_stamps_stay (void)
{
  DaisTimeline line;

  dais_timeline_reset (&line, TRUE);
  for (gint64 t = 100 * S; t < 110 * S; t += FRAME)
    g_assert_cmpint (dais_timeline_map (&line, TRUE, t, t + 4 * MS), ==, t);
}

static void
test_stamps_from_zero (void)
{
  DaisTimeline line;
  gint64 now = 500 * S;

  dais_timeline_reset (&line, FALSE);
  for (gint64 t = 0; t < 2 * S; t += FRAME)
    g_assert_cmpint (dais_timeline_map (&line, TRUE, t, now + t), ==, now + t);
}

static void
test_jumps (void)
{
  const gint64 jumps[] = { 3600 * S, -3600 * S, -1000 * S, 5 * S };
  DaisTimeline line;
  gint64 now = 500 * S, t = 5000 * S;

  dais_timeline_reset (&line, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++, t += jumps[i % 4])
    for (guint k = 0; k < 50; k++, t += FRAME, now += FRAME)
      g_assert_cmpint (
          ABS (dais_timeline_map (&line, TRUE, t, now) - now), <=, 1 * MS);
}

/* A film whose sound begins later, or whose pictures stand still for a while:
 * nothing of it is a jump, and the other medium keeps its pace. */
static void
test_gaps_in_a_file (void)
{
  DaisTimeline line;
  gint64 now = 500 * S;

  dais_timeline_reset (&line, FALSE);
  for (gint64 t = 0; t < 5 * S; t += FRAME) {
    g_assert_cmpint (dais_timeline_map (&line, TRUE, t, now + t), ==, now + t);
    g_assert_cmpint (dais_timeline_map (&line, FALSE, t + 20 * S, now + t), ==,
        now + t + 20 * S);
  }
}

/* Two seconds have piled up when the decoder is ready: they are run through,
 * and what follows is not two seconds late for ever. */
static void
test_backlog_is_worked_off (void)
{
  DaisTimeline line;
  gint64 now = 500 * S, t = now - 2 * S, shown = 0;

  dais_timeline_reset (&line, TRUE);
  for (; now - t > 60 * MS; t += FRAME, now += 4 * MS)
    dais_timeline_map (&line, TRUE, t, now);
  for (guint k = 0; k < 90; k++, t += FRAME, now += FRAME)
    shown = dais_timeline_map (&line, TRUE, t, now);
  g_assert_false (line.catching);
  g_assert_cmpint (shown - t, <=, 70 * MS);
}

static void
test_constant_delay_is_learned (void)
{
  DaisTimeline line;
  gint64 shown = 0, t;

  dais_timeline_reset (&line, TRUE);
  for (t = 100 * S; t < 101 * S; t += FRAME)
    dais_timeline_map (&line, TRUE, t, t + 5 * MS);
  for (; t < 104 * S; t += FRAME)
    shown = dais_timeline_map (&line, TRUE, t, t + 150 * MS) - t;
  g_assert_cmpint (shown, ==, 150 * MS);
}

/* A busy moment: everything 100 ms late for a while. Sound, which comes half a
 * second after its pictures, stays with them. */
static void
test_a_hiccup_parts_nothing (void)
{
  DaisTimeline line;
  gint64 now = 500 * S;
  guint parted = 0;

  dais_timeline_reset (&line, TRUE);
  for (gint64 t = now; t < now + 20 * S; t += FRAME) {
    gint64 hiccup = t > now + 8 * S && t < now + 9 * S ? 100 * MS : 0;
    gint64 video = dais_timeline_map (
        &line, TRUE, t + 500 * MS, t + 510 * MS + hiccup);
    gint64 audio = dais_timeline_map (&line, FALSE, t, t + 510 * MS + hiccup);

    if (t > now + 6 * S && t < now + 10 * S)
      parted += video - audio != 500 * MS;
  }
  g_assert_cmpuint (parted, <=, 1); /* between a picture and its sound */
}

static void
test_grid_is_exact (void)
{
  const gint rates[][2] = { { 30, 1 }, { 25, 1 }, { 30000, 1001 }, { 60, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    DaisGrid grid;
    gint64 first;

    dais_grid_init (&grid, rates[i][0], rates[i][1]);
    first = dais_grid_place_at (&grid, 1000000 * S);
    for (gint64 place = first; place < first + 500; place++) {
      gint64 time = dais_grid_time (&grid, place);

      g_assert_cmpint (dais_grid_place_at (&grid, time), ==, place);
      g_assert_cmpint (dais_grid_take (&grid, time), ==, place);
    }
  }
}

static void
test_grid_forgives_jitter (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  DaisGrid grid;
  gint64 start;

  dais_grid_init (&grid, 30, 1);
  start = dais_grid_time (&grid, 30000) + FRAME / 2;
  for (gint64 k = 0; k < 1000; k++) {
    gint64 time = start + k * S / 30 + g_rand_int_range (random, -6, 6) * MS;

    g_assert_cmpint (dais_grid_take (&grid, time), >=, 0);
  }
}

static void
test_grid_sheds_the_surplus (void)
{
  DaisGrid grid;
  guint taken = 0;

  dais_grid_init (&grid, 30, 1);
  for (gint64 k = 0; k < 600; k++)
    if (dais_grid_take (&grid, 1000 * S + k * S / 60) >= 0)
      taken++;
  g_assert_cmpuint (taken, >=, 299);
  g_assert_cmpuint (taken, <=, 302);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function) \
  g_test_add_func ("/engine/source-timeline/" name, function)
  CASE ("exact-stamps-stay", test_exact_stamps_stay);
  CASE ("stamps-from-zero", test_stamps_from_zero);
  CASE ("jumps", test_jumps);
  CASE ("gaps-in-a-file", test_gaps_in_a_file);
  CASE ("backlog", test_backlog_is_worked_off);
  CASE ("constant-delay", test_constant_delay_is_learned);
  CASE ("hiccup", test_a_hiccup_parts_nothing);
  CASE ("grid-exact", test_grid_is_exact);
  CASE ("grid-jitter", test_grid_forgives_jitter);
  CASE ("grid-surplus", test_grid_sheds_the_surplus);
  return g_test_run ();
}
