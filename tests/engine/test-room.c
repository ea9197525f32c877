/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "room-client.h"
#include "wire/wire.h"

#include <stdio.h>
#include <unistd.h>

static const DaisCanvas canvas = { 320, 180, 30, 1 };

typedef struct {
  RoomClient client;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  room_client_start (&fixture->client, &canvas);
  for (guint i = 0; i < 3; i++)
    room_client_send (&fixture->client, i, (guint8) (60 + 60 * i));
  room_client_configure (&fixture->client, 0, 3);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  room_client_stop (&fixture->client);
}

/* As a JPEG shows it: full range. */
static guint8
shown (guint sender)
{
  return (guint8) ((60 + 60 * sender - 16) * 255 / 219);
}

static void
assert_luma (
    RoomClient *client, GBytes *jpeg, gdouble x, gdouble y, guint8 luma)
{
  gint seen = room_client_luma (jpeg, x, y);

  g_assert_cmpint (ABS (seen - (gint) luma), <=, 6);
}

/* A fresh picture of the scene. The previous one may still be a second old. */
static GBytes *
look (RoomClient *client)
{
  room_client_run (client, 1050);
  return room_client_jpeg (client);
}

static void
test_rests (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint64 asked_us = 0;
  gint viewer = -1;
  guint64 frames = 0;

  g_assert_true (room_client_ping (client, &frames));
  g_assert_cmpuint (frames, ==, 0);
  room_client_apply (client, "{'video': <'s0'>}");
  asked_us = g_get_monotonic_time ();
  viewer = room_client_watch (client, "webm");
  do
    room_client_run (client, 5);
  while (room_client_ping (client, &frames) || frames == 0);
  g_test_message ("awake after %.0f ms",
      (gdouble) (g_get_monotonic_time () - asked_us) / 1000);
  close (viewer);
  while (!room_client_ping (client, &frames))
    room_client_run (client, 100);
  g_assert_cmpuint (frames, >, 100);
}

/* The first picture of a room that rested is what it shows, not black. */
static void
test_wakes_with_its_picture (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  g_autoptr (GBytes) jpeg = NULL;

  room_client_apply (client, "{'video': <'s1'>, 'pip': <'s2'>}");
  g_assert_true (room_client_ping (client, NULL));
  jpeg = room_client_jpeg (client);
  assert_luma (client, jpeg, .5, .5, shown (1));
  assert_luma (client, jpeg, .9, .9, shown (2));
}

static void
test_wakes_with_a_slate (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  g_autoptr (GBytes) jpeg = NULL;

  room_client_stop_sending (client, 1);
  room_client_apply (client, "{'video': <'s1'>}");
  jpeg = room_client_jpeg (client);
  g_assert_cmpint (room_client_luma (jpeg, .1, .1), >, 4);
}

static void
test_scenes (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint viewer = room_client_watch (client, "mjpg");
  g_autoptr (GBytes) full = NULL;
  g_autoptr (GBytes) pip = NULL;
  g_autoptr (GBytes) side = NULL;
  g_autoptr (GBytes) grid = NULL;
  g_autoptr (GBytes) blank = NULL;

  room_client_apply (client, "{'video': <'s1'>}");
  full = look (client);
  assert_luma (client, full, .5, .5, shown (1));
  room_client_apply (
      client, "{'video': <'s1'>, 'pip': <'s2'>, 'pip-corner': <'top-left'>}");
  pip = look (client);
  assert_luma (client, pip, .1, .1, shown (2));
  assert_luma (client, pip, .9, .9, shown (1));
  room_client_apply (
      client, "{'scene': <'side-by-side'>, 'video': <'s0'>, 'pip': <'s1'>}");
  side = look (client);
  assert_luma (client, side, .25, .5, shown (0));
  assert_luma (client, side, .75, .5, shown (1));
  assert_luma (client, side, .5, .05, 0);
  room_client_apply (
      client, "{'scene': <'grid'>, 'grid': <['s0', 's1', 's2', 'nobody']>}");
  grid = look (client);
  assert_luma (client, grid, .25, .25, shown (0));
  assert_luma (client, grid, .75, .25, shown (1));
  assert_luma (client, grid, .25, .75, shown (2));
  assert_luma (client, grid, .75, .75, 0);
  room_client_apply (client, "{'scene': <'blank'>, 'video': <'s0'>}");
  blank = look (client);
  assert_luma (client, blank, .5, .5, 0);
  close (viewer);
}

static void
test_apply_tells_its_frame (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint viewer = room_client_watch (client, "mjpg");
  gint64 worst_us = 0;

  room_client_apply (client, "{'video': <'s0'>}");
  room_client_run (client, 500);
  for (guint i = 0; i < 40; i++) {
    g_autofree gchar *state = g_strdup_printf ("{'video': <'s%u'>}", i % 3);
    gint64 asked_us = g_get_monotonic_time ();
    guint64 running_time = room_client_apply (client, state);
    gint64 took_us = g_get_monotonic_time () - asked_us;

    g_assert_cmpint ((gint64) running_time / 1000, >, asked_us - 1000000);
    g_assert_cmpint ((gint64) running_time / 1000, <, asked_us + 1000000);
    worst_us = MAX (worst_us, took_us);
    room_client_run (client, 7 + i * 13 % 40);
  }
  g_test_message ("worst of 40 cuts: %.1f ms", (gdouble) worst_us / 1000);
  close (viewer);
}

static void
test_dead_input (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint viewer = room_client_watch (client, "mjpg");
  g_autoptr (GBytes) slate = NULL;

  room_client_apply (client, "{'video': <'s1'>}");
  room_client_wait_luma (client, .5, .5, shown (1));
  room_client_stop_sending (client, 1);
  room_client_run (client, 900);
  slate = look (client);
  /* dark, with a name on it */
  g_assert_cmpint (room_client_luma (slate, .1, .1), <, 40);
  g_assert_cmpint (room_client_luma (slate, .1, .1), >, 4);
  room_client_send (client, 1, 200);
  room_client_wait_luma (client, .5, .5, (200 - 16) * 255 / 219);
  close (viewer);
}

static void
test_input_comes_and_goes (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint viewer = room_client_watch (client, "mjpg");

  room_client_apply (client, "{'video': <'s2'>}");
  room_client_wait_luma (client, .5, .5, shown (2));
  room_client_configure (client, 0, 2);
  room_client_wait_luma (client, .5, .5, 0);
  room_client_configure (client, 0, 3);
  room_client_wait_luma (client, .5, .5, shown (2));
  close (viewer);
}

typedef struct {
  gdouble mix_peak;
  gdouble s0_peak;
  gdouble s0_rms;
  gdouble s1_peak;
  gdouble loudness;
  guint count;
} Levels;

static void
on_loudness (DaisIpcEngine *engine, gdouble loudness, Levels *seen)
{
  seen->loudness = loudness;
}

static void
on_levels (DaisIpcEngine *engine, GVariant *levels, Levels *seen)
{
  GVariantIter iter;
  const gchar *name = NULL;
  gdouble peak = 0;
  gdouble rms = 0;

  g_variant_iter_init (&iter, levels);
  while (g_variant_iter_next (&iter, "(&sdd)", &name, &peak, &rms)) {
    if (*name == '\0')
      seen->mix_peak = peak;
    if (g_str_equal (name, "s0")) {
      seen->s0_peak = peak;
      seen->s0_rms = rms;
    }
    if (g_str_equal (name, "s1"))
      seen->s1_peak = peak;
  }
  seen->count++;
}

static void
run_levels (RoomClient *client, Levels *seen, guint count)
{
  seen->count = 0;
  while (seen->count < count)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_levels (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  Levels seen = { 0 };
  gint64 began_us = g_get_monotonic_time ();

  g_signal_connect (client->engine, "levels", G_CALLBACK (on_levels), &seen);
  g_signal_connect (
      client->engine, "loudness", G_CALLBACK (on_loudness), &seen);
  room_client_apply (client, "{'audio': <'s0'>}");
  dais_ipc_engine_call_set_levels_sync (client->engine, TRUE, NULL, NULL);
  run_levels (client, &seen, 8);
  g_assert_cmpfloat_with_epsilon (seen.s0_peak, -6.0, 0.1);
  g_assert_cmpfloat_with_epsilon (seen.s0_rms, -9.0, 0.3);
  g_assert_cmpfloat_with_epsilon (seen.s1_peak, -6.0, 0.1);
  g_assert_cmpfloat_with_epsilon (seen.mix_peak, -6.0, 0.1);
  g_assert_cmpfloat (seen.loudness, >, -30.0);
  g_assert_cmpfloat (seen.loudness, <, 0.0);
  room_client_apply (client, "{'audio': <'s0'>, 'volumes': <{'s1': 1.0}>}");
  run_levels (client, &seen, 5);
  g_assert_cmpfloat_with_epsilon (seen.mix_peak, 0.0, 0.6);
  room_client_apply (client,
      "{'audio': <'s0'>, 'volumes': <{'s0': 0.5, 's1': 1.0}>, "
      "'mutes': <['s1']>}");
  run_levels (client, &seen, 5);
  g_assert_cmpfloat_with_epsilon (seen.mix_peak, -12.0, 0.1);
  room_client_apply (client, "{'audio': <'s0'>, 'master': <0.0>}");
  run_levels (client, &seen, 5);
  g_assert_cmpfloat (seen.mix_peak, ==, -100);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >, 23 * 95000);
  dais_ipc_engine_call_set_levels_sync (client->engine, FALSE, NULL, NULL);
}

static void
test_refuses_nonsense (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  const gchar *states[] = { "{'scene': <'mosaic'>}", "{'video': <1>}",
    "{'pip-corner': <'middle'>}", "{'volumes': <{'s0': 'loud'}>}",
    "{'transition': <'wipe'>}", "{'grid': <'s0'>}" };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (dais_ipc_room_call_apply_sync (
        client->room, g_variant_new_parsed (states[i]), 1, NULL, NULL, &error));
    g_assert_nonnull (error);
    g_test_message ("%s", error->message);
  }
}

static guint
count_files (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static guint
count_descriptors (RoomClient *client)
{
  g_autofree gchar *folder = g_strdup_printf (
      "/proc/%s/fd", g_subprocess_get_identifier (client->process));

  return count_files (folder);
}

static guint
count_kib (RoomClient *client)
{
  g_autofree gchar *path = g_strdup_printf (
      "/proc/%s/statm", g_subprocess_get_identifier (client->process));
  g_autofree gchar *text = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  words = g_strsplit (text, " ", 3);
  return (guint) g_ascii_strtoull (words[1], NULL, 10) * 4;
}

static void
test_nothing_grows (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  gint viewer = room_client_watch (client, "mjpg");
  const guint rounds = g_test_slow () ? 200 : 40;
  guint descriptors = 0;
  guint kib = 0;
  guint64 before = 0;
  guint64 after = 0;

  room_client_apply (
      client, "{'video': <'s0'>, 'pip': <'s2'>, 'audio': <'s2'>}");
  for (guint i = 0; i < rounds; i++) {
    if (i == rounds / 4) {
      descriptors = count_descriptors (client);
      kib = count_kib (client);
    }
    room_client_configure (client, 0, 2);
    room_client_run (client, 20);
    room_client_configure (client, 0, 3);
    room_client_run (client, 20);
  }
  room_client_run (client, 300);
  g_test_message ("descriptors %u to %u, resident %u to %u KiB", descriptors,
      count_descriptors (client), kib, count_kib (client));
  g_assert_cmpuint (count_descriptors (client), <=, descriptors + 8);
  g_assert_cmpuint (count_kib (client), <=, kib + 8000);
  room_client_ping (client, &before);
  room_client_run (client, 500);
  room_client_ping (client, &after);
  g_assert_cmpuint (after, >, before + 8);
  close (viewer);
}

static void
test_viewers_leave_nothing (Fixture *fixture, gconstpointer unused)
{
  RoomClient *client = &fixture->client;
  const gchar *outputs[] = { "webm", "mjpg", "jpg" };
  gint viewer = room_client_watch (client, "mjpg");
  guint before = 0;

  room_client_apply (client, "{'video': <'s1'>}");
  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
      for (guint j = 0; j < 20; j++)
        g_bytes_unref (room_client_fetch (client, outputs[i], 100));
    room_client_run (client, 700);
    if (round == 0)
      before = count_descriptors (client);
  }
  g_assert_cmpuint (count_descriptors (client), <, before + 10);
  close (viewer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  dais_wire_register ();
#define ADD(path, func) \
  g_test_add ("/engine/room/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("wakes-with-its-picture", test_wakes_with_its_picture);
  ADD ("wakes-with-a-slate", test_wakes_with_a_slate);
  ADD ("scenes", test_scenes);
  ADD ("apply-tells-its-frame", test_apply_tells_its_frame);
  ADD ("dead-input", test_dead_input);
  ADD ("input-comes-and-goes", test_input_comes_and_goes);
  ADD ("levels", test_levels);
  ADD ("refuses-nonsense", test_refuses_nonsense);
  ADD ("nothing-grows", test_nothing_grows);
  ADD ("viewers-leave-nothing", test_viewers_leave_nothing);
  if (g_test_slow ())
    ADD ("rests", test_rests);
  return g_test_run ();
}
