/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/time-format.h"

#define MOMENT                                                   \
  G_GINT64_CONSTANT (1433586312400000) /* 2015-06-06T10:25:12.4Z \
                                        */

static void
test_iso (void)
{
  g_autofree gchar *s = dais_time_iso_s (MOMENT);
  g_autofree gchar *ms = dais_time_iso_ms (MOMENT);
  g_autofree gchar *us = dais_time_iso_us (MOMENT + 7);
  g_autofree gchar *before = dais_time_iso_us (-1);

  g_assert_cmpstr (s, ==, "2015-06-06T10:25:12Z");
  g_assert_cmpstr (ms, ==, "2015-06-06T10:25:12.400Z");
  g_assert_cmpstr (us, ==, "2015-06-06T10:25:12.400007Z");
  g_assert_cmpstr (before, ==, "1969-12-31T23:59:59.999999Z");
}

static void
test_local (void)
{
  g_autofree gchar *date = dais_time_local_date (MOMENT);

  /* main() sets a zone of two hours before UTC. */
  g_assert_cmpstr (date, ==, "2015-06-06");
  g_assert_cmpfloat_with_epsilon (
      dais_time_since_midnight (MOMENT), 12 * 3600 + 25 * 60 + 12.4, 1e-6);
}

static void
test_from_local (void)
{
  gint64 value = 0;

  g_assert_true (dais_time_from_local ("2015-06-06", 44712.4, &value));
  g_assert_cmpint (value, ==, MOMENT);
  g_assert_true (dais_time_from_local ("2015-06-06", 0, &value));
  g_assert_cmpfloat (dais_time_since_midnight (value), ==, 0);
  g_assert_false (dais_time_from_local ("2015-06-06", 86400, &value));
  g_assert_false (dais_time_from_local ("2015-06-06", -1, &value));
  g_assert_false (dais_time_from_local ("2015-02-29", 0, &value));
  g_assert_false (dais_time_from_local ("2015-6-6", 0, &value));
  g_assert_false (dais_time_from_local (NULL, 0, &value));
}

static void
test_parse (void)
{
  static const gchar *const bad[] = { "", "2015", "2015-06-06",
    "2015-06-06T10:25:12", "2015-13-06T10:25:12Z", "2015-02-30T10:25:12Z",
    "2015-06-06T24:25:12Z", "2015-06-06T10:25:12Zx", "2015-06-06T10:25:12.Z",
    "2015-06-06T10:25:12+0200", "15-06-06T10:25:12Z", "yesterday" };
  gint64 value = 0;

  g_assert_true (dais_time_parse_iso ("2015-06-06T10:25:12.4Z", &value));
  g_assert_cmpint (value, ==, MOMENT);
  g_assert_true (dais_time_parse_iso ("2015-06-06t12:25:12.400+02:00", &value));
  g_assert_cmpint (value, ==, MOMENT);
  g_assert_true (
      dais_time_parse_iso ("2015-06-06 08:25:12.4000009-02:00", &value));
  g_assert_cmpint (value, ==, MOMENT);
  g_assert_true (dais_time_parse_iso ("2016-12-31T23:59:60Z", &value));
  g_assert_cmpint (value, ==, G_GINT64_CONSTANT (1483228800000000));
  g_assert_false (dais_time_parse_iso (NULL, &value));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (dais_time_parse_iso (bad[i], &value));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC-2", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core/time-format/iso", test_iso);
  g_test_add_func ("/core/time-format/local", test_local);
  g_test_add_func ("/core/time-format/from-local", test_from_local);
  g_test_add_func ("/core/time-format/parse", test_parse);

  return g_test_run ();
}
