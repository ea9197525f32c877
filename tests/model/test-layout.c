/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "model/layout.h"

static void
test_parse (void)
{
  g_autofree gchar *same = dais_layout_parse (
      " [ 1e21, {\"a\" : 01.0}]", -1, NULL);
  g_autofree gchar *kept = dais_layout_parse (
      " [ 1e21, {\"a\" : 1.50}]\n", -1, NULL);
  g_autofree gchar *huge = g_strnfill (DAIS_LAYOUT_MAX_BYTES + 1, ' ');
  g_autoptr (GError) error = NULL;

  g_assert_null (same);
  g_assert_cmpstr (kept, ==, "[ 1e21, {\"a\" : 1.50}]");
  g_assert_null (dais_layout_parse (huge, -1, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE);
}

static void
test_default (void)
{
  static const gchar *const streams[] = { "A", "Caf\303\251", NULL };
  g_autofree gchar *layout = dais_layout_default (streams);

  g_assert_cmpstr (layout, ==, "[\"A\",\"Caf\\u00e9\"]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/layout/parse", test_parse);
  g_test_add_func ("/model/layout/default", test_default);

  return g_test_run ();
}
