/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "model/grant.h"

static void
test_strings (void)
{
  for (guint bit = 1; bit <= DAIS_GRANT_ADMIN; bit <<= 1) {
    const gchar *name = dais_grant_to_string ((DaisGrant) bit);

    g_assert_nonnull (name);
    g_assert_cmpint (dais_grant_from_string (name), ==, bit);
  }
  g_assert_null (dais_grant_to_string (DAIS_GRANT_NONE));
  g_assert_null (dais_grant_to_string (DAIS_GRANT_ALL));
  g_assert_cmpint (dais_grant_from_string ("root"), ==, DAIS_GRANT_NONE);
  g_assert_cmpint (dais_grant_from_string (NULL), ==, DAIS_GRANT_NONE);
}

static void
test_lists (void)
{
  static const gchar *const good[] = { "view", "cut", NULL };
  static const gchar *const bad[] = { "view", "root", NULL };
  DaisGrant grants = DAIS_GRANT_NONE;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  g_assert_true (dais_grants_from_strv (good, &grants, NULL));
  g_assert_cmpint (grants, ==, DAIS_GRANT_VIEW | DAIS_GRANT_CUT);
  names = dais_grants_to_strv (grants);
  g_assert_cmpstrv (names, (gchar **) good);
  g_assert_false (dais_grants_from_strv (bad, &grants, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/grant/strings", test_strings);
  g_test_add_func ("/model/grant/lists", test_lists);

  return g_test_run ();
}
