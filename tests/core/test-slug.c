/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/slug.h"

#include <string.h>

static void
assert_slug (const gchar *name, const gchar *expected)
{
  g_autofree gchar *slug = dais_slug_from_name (name, "room");

  g_assert_cmpstr (slug, ==, expected);
  g_assert_true (dais_slug_is_valid (slug));
}

static void
test_from_name (void)
{
  g_autofree gchar *long_name = g_strnfill (100, 'x');
  g_autofree gchar *cut = g_strnfill (DAIS_SLUG_MAX, 'x');

  assert_slug ("Breakout Room 1(Level 2)", "breakout-room-1");
  assert_slug ("Room 1 - Camera", "room-1-camera");
  assert_slug ("Hallway Camera", "hallway-camera");
  assert_slug ("  --  Hall  --  ", "hall");
  assert_slug ("(only this)", "only-this");
  assert_slug ("../../etc/passwd", "etc-passwd");
  assert_slug ("Caf\303\251 M\303\274ller", "cafe-muller");
  assert_slug ("\346\227\245\346\234\254", "room");
  assert_slug ("", "room");
  assert_slug (long_name, cut);
}

static gboolean
is_taken (const gchar *slug, gpointer user_data)
{
  return g_strv_contains (user_data, slug);
}

static void
test_unique (void)
{
  const gchar *taken[] = { "hall", "hall-2", NULL, NULL };
  g_autofree gchar *free_one = dais_slug_unique ("room", is_taken, taken);
  g_autofree gchar *third = dais_slug_unique ("hall", is_taken, taken);
  g_autofree gchar *full = g_strnfill (DAIS_SLUG_MAX, 'x');
  g_autofree gchar *longest = NULL;

  taken[2] = full;
  longest = dais_slug_unique (full, is_taken, taken);
  g_assert_cmpstr (free_one, ==, "room");
  g_assert_cmpstr (third, ==, "hall-3");
  g_assert_cmpuint (strlen (longest), ==, DAIS_SLUG_MAX);
  g_assert_true (g_str_has_suffix (longest, "x-2"));
}

static void
test_is_valid (void)
{
  static const gchar *const bad[] = { "", "-a", "a-", "A", "a b", "a/b", "..",
    "a.b", "\303\251", "a\n" };

  g_assert_true (dais_slug_is_valid ("a"));
  g_assert_true (dais_slug_is_valid ("room-1"));
  g_assert_false (dais_slug_is_valid (NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (dais_slug_is_valid (bad[i]));
}

static void
test_name_check (void)
{
  static const gchar *const bad[] = { "", " x", "x ", "a\nb", "a\177",
    "x\342\200\256y", "\303", "a\302\205b", "a\342\200\250b" };
  g_autofree gchar *longest = g_strnfill (DAIS_NAME_MAX, 'x');
  g_autofree gchar *too_long = g_strnfill (DAIS_NAME_MAX + 1, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_true (dais_name_check ("Caf\303\251 (\360\237\230\200)", "n", NULL));
  g_assert_true (dais_name_check (longest, "n", NULL));
  g_assert_false (dais_name_check (NULL, "n", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (dais_name_check (bad[i], "n", NULL));
  g_assert_false (dais_name_check (too_long, "room name", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==,
      "room name has 101 characters, at most 100 are allowed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core/slug/from-name", test_from_name);
  g_test_add_func ("/core/slug/unique", test_unique);
  g_test_add_func ("/core/slug/is-valid", test_is_valid);
  g_test_add_func ("/core/slug/name-check", test_name_check);

  return g_test_run ();
}
