/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "model/role.h"

static void
test_strings (void)
{
  static const gchar *const names[] = { "teacher", "admin", NULL };
  static const gchar *const unknown[] = { "root", NULL };
  DaisRole roles = DAIS_ROLE_NONE;
  g_auto (GStrv) again = NULL;
  g_autoptr (GError) error = NULL;

  for (guint bit = 1; bit <= DAIS_ROLE_ADMIN; bit <<= 1)
    g_assert_cmpint (
        dais_role_from_string (dais_role_to_string ((DaisRole) bit)), ==, bit);
  g_assert_null (dais_role_to_string (DAIS_ROLE_NONE));
  g_assert_cmpint (dais_role_from_string ("Admin"), ==, DAIS_ROLE_NONE);
  g_assert_true (dais_roles_from_strv (names, &roles, NULL));
  again = dais_roles_to_strv (roles);
  g_assert_cmpstrv (again, (gchar **) names);
  g_assert_false (dais_roles_from_strv (unknown, &roles, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/role/strings", test_strings);

  return g_test_run ();
}
