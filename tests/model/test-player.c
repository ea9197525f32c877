/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/player.h"

#include <math.h>

#define S G_USEC_PER_SEC

static void
assert_at (const DaisPlayer *player, gint64 now, gdouble expected)
{
  gdouble position = -1;

  g_assert_true (dais_player_get (player, now, &position));
  g_assert_cmpfloat_with_epsilon (position, expected, 1e-6);
}

static void
test_clock (void)
{
  DaisPlayer player = { 0 };
  gdouble position = 0;

  g_assert_false (dais_player_get (&player, 100 * S, &position));
  dais_player_pause (&player, 100 * S);
  g_assert_false (dais_player_get (&player, 100 * S, &position));

  dais_player_play (&player, 100 * S);
  assert_at (&player, 100 * S, 0);
  assert_at (&player, 107 * S, 7);
  dais_player_play (&player, 108 * S);
  assert_at (&player, 109 * S, 9);
  dais_player_pause (&player, 110 * S);
  assert_at (&player, 200 * S, 10);

  g_assert_true (dais_player_seek (&player, 33.3, 200 * S));
  assert_at (&player, 300 * S, 33.3);
  dais_player_play (&player, 300 * S);
  assert_at (&player, 301 * S, 34.3);
  g_assert_true (dais_player_seek (&player, 5, 301 * S));
  assert_at (&player, 302 * S, 6);

  dais_player_reset (&player);
  g_assert_false (dais_player_get (&player, 303 * S, &position));
}

static void
test_no_position (void)
{
  static const gdouble NONE[] = { -1, -0.001, NAN, INFINITY, -INFINITY };
  DaisPlayer player = { 0 };

  g_assert_true (dais_player_seek (&player, 10, S));
  for (guint i = 0; i < G_N_ELEMENTS (NONE); i++)
    g_assert_false (dais_player_seek (&player, NONE[i], S));
  assert_at (&player, S, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/player/clock", test_clock);
  g_test_add_func ("/model/player/no-position", test_no_position);

  return g_test_run ();
}
