/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/coalescer.h"

#include <string.h>

typedef struct {
  GString *pieces; /* each piece, keys with a star, ended by | */
} Fixture;

static void
on_piece (GBytes *piece, gboolean key, gpointer data)
{
  Fixture *fixture = data;

  if (key)
    g_string_append_c (fixture->pieces, '*');
  g_string_append_len (fixture->pieces, g_bytes_get_data (piece, NULL),
      (gssize) g_bytes_get_size (piece));
  g_string_append_c (fixture->pieces, '|');
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->pieces = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_string_free (fixture->pieces, TRUE);
}

static void
test_window (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (DaisCoalescer) coalescer = dais_coalescer_new (
      100, on_piece, fixture);

  dais_coalescer_add (coalescer, "a", 1, TRUE, TRUE, 1000);
  dais_coalescer_add (coalescer, "b", 1, FALSE, TRUE, 1050);
  g_assert_cmpstr (fixture->pieces->str, ==, "");
  dais_coalescer_add (coalescer, "c", 1, FALSE, TRUE, 1100);
  g_assert_cmpstr (fixture->pieces->str, ==, "*abc|");
  dais_coalescer_add (coalescer, "d", 1, FALSE, TRUE, 1110);
  dais_coalescer_flush (coalescer);
  dais_coalescer_flush (coalescer);
  g_assert_cmpstr (fixture->pieces->str, ==, "*abc|d|");
}

static void
test_key_begins_a_piece (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (DaisCoalescer) coalescer = dais_coalescer_new (
      100, on_piece, fixture);

  dais_coalescer_add (coalescer, "a", 1, FALSE, TRUE, 0);
  dais_coalescer_add (coalescer, "k", 1, TRUE, TRUE, 10);
  dais_coalescer_add (coalescer, "b", 1, FALSE, TRUE, 20);
  dais_coalescer_add (coalescer, "k", 1, TRUE, TRUE, 30);
  dais_coalescer_flush (coalescer);
  g_assert_cmpstr (fixture->pieces->str, ==, "a|*kb|*k|");
}

/* A piece never ends in the middle of something. */
static void
test_whole (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (DaisCoalescer) coalescer = dais_coalescer_new (
      100, on_piece, fixture);

  dais_coalescer_add (coalescer, "h", 1, TRUE, FALSE, 0);
  dais_coalescer_add (coalescer, "d", 1, FALSE, TRUE, 90);
  dais_coalescer_add (coalescer, "h", 1, FALSE, FALSE, 150);
  g_assert_cmpstr (fixture->pieces->str, ==, "");
  dais_coalescer_add (coalescer, "d", 1, FALSE, TRUE, 160);
  g_assert_cmpstr (fixture->pieces->str, ==, "*hdhd|");
}

static void
test_large (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (DaisCoalescer) coalescer = dais_coalescer_new (
      100, on_piece, fixture);
  g_autofree gchar *megabytes = g_malloc0 (3 << 20);

  dais_coalescer_add (coalescer, megabytes, 3 << 20, TRUE, TRUE, 0);
  g_assert_cmpuint (fixture->pieces->len, ==, 0);
  dais_coalescer_add (coalescer, megabytes, 3 << 20, FALSE, TRUE, 1);
  g_assert_cmpuint (fixture->pieces->len, >, 3 << 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/engine/coalescer/window", Fixture, NULL, set_up, test_window,
      tear_down);
  g_test_add ("/engine/coalescer/key-begins-a-piece", Fixture, NULL, set_up,
      test_key_begins_a_piece, tear_down);
  g_test_add (
      "/engine/coalescer/whole", Fixture, NULL, set_up, test_whole, tear_down);
  g_test_add (
      "/engine/coalescer/large", Fixture, NULL, set_up, test_large, tear_down);
  return g_test_run ();
}
