/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "auth/grants.h"
#include "core/error.h"

static void
test_roles (void)
{
  g_assert_cmpint (dais_grants_of_roles (DAIS_ROLE_NONE), ==, 0);
  g_assert_cmpint (dais_grants_of_roles (DAIS_ROLE_ADMIN), ==, DAIS_GRANT_ALL);
  g_assert_cmpint (dais_grants_of_roles (DAIS_ROLE_OPERATOR) &
          (DAIS_GRANT_CUT | DAIS_GRANT_MANAGE | DAIS_GRANT_ADMIN),
      ==, DAIS_GRANT_CUT | DAIS_GRANT_MANAGE);
  g_assert_cmpint (
      dais_grants_of_roles ((DaisRole) (DAIS_ROLE_STUDENT | DAIS_ROLE_TEACHER)),
      ==, DAIS_GRANT_VIEW | DAIS_GRANT_CHAT | DAIS_GRANT_NOTE);
}

static void
test_rooms (void)
{
  DaisGrant open = DAIS_GRANT_VIEW;

  g_assert_cmpint (
      dais_grants_in_room (DAIS_ROLE_NONE, TRUE, open, 0), ==, DAIS_GRANT_VIEW);
  g_assert_cmpint (dais_grants_in_room (DAIS_ROLE_NONE, FALSE, open, 0), ==, 0);
  g_assert_cmpint (dais_grants_in_room (DAIS_ROLE_STUDENT, FALSE, open,
                       (DaisGrant) (DAIS_GRANT_CUT | DAIS_GRANT_ADMIN)),
      ==, DAIS_GRANT_VIEW | DAIS_GRANT_CHAT | DAIS_GRANT_CUT);
  g_assert_cmpint (
      dais_grants_in_room (DAIS_ROLE_NONE, TRUE, DAIS_GRANT_ALL, 0), ==,
      DAIS_GRANT_ALL & ~DAIS_GRANT_ADMIN);
  g_assert_cmpint (
      dais_grants_of_user (DAIS_ROLE_NONE, open), ==, DAIS_GRANT_VIEW);
}

static void
test_check (void)
{
  DaisGrant need = (DaisGrant) (DAIS_GRANT_VIEW | DAIS_GRANT_CUT);
  g_autoptr (GError) error = NULL;

  g_assert_true (
      dais_grants_check (DAIS_GRANT_ALL, need, FALSE, "switch", NULL));
  g_assert_false (
      dais_grants_check (DAIS_GRANT_VIEW, need, FALSE, "switch", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
  g_assert_cmpstr (error->message, ==,
      "you may not switch; it needs the grant 'cut', ask an admin for a role "
      "that has it");
  g_clear_error (&error);
  g_assert_false (
      dais_grants_check (DAIS_GRANT_VIEW, need, TRUE, "switch", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/auth/grants/roles", test_roles);
  g_test_add_func ("/auth/grants/rooms", test_rooms);
  g_test_add_func ("/auth/grants/check", test_check);

  return g_test_run ();
}
