/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"

static const gchar config[] = "[server]\nlogin_attempts=5\n"
                              "[room \"Main Hall\"]\npublic=true\n"
                              "[room \"Green Room\"]\npublic=false\n";

static DaisCallers *
get_callers (Fixture *f)
{
  return dais_house_get_callers (f->house);
}

static void
test_first_start (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) admin = NULL;

  g_assert_nonnull (f->admin_password);
  admin = fixture_login (f, "127.0.0.1", "ADMIN", f->admin_password, &error);
  g_assert_no_error (error);
  g_assert_true (dais_caller_may (admin, DAIS_GRANT_ADMIN, NULL));
  fixture_restart (f, config);
  g_assert_null (f->admin_password);
}

static void
test_tokens (Fixture *f, gconstpointer data)
{
  DaisCallers *callers = get_callers (f);
  g_autofree gchar *token = dais_callers_issue_token (
      callers, f->operator, DAIS_LIFE_SESSION);
  g_autofree gchar *refresh = dais_callers_issue_token (
      callers, f->operator, DAIS_LIFE_REFRESH);
  g_autoptr (DaisCaller) caller = NULL;
  g_autoptr (DaisCaller) refreshed = NULL;
  g_autoptr (GError) error = NULL;

  caller = dais_callers_authenticate (callers, token, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dais_caller_get_username (caller), ==, "tom");
  refreshed = dais_callers_authenticate_refresh (callers, refresh, &error);
  g_assert_no_error (error);

  g_assert_null (dais_callers_authenticate (callers, refresh, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
  g_clear_error (&error);
  g_assert_null (dais_callers_authenticate (callers, NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
}

static void
fail_login (Fixture *f, const gchar *address, const gchar *name,
    const gchar *password, DaisError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_login (f, address, name, password, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
}

static void
test_throttling (Fixture *f, gconstpointer data)
{
  g_autoptr (DaisCaller) elsewhere = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  /* right logins never count */
  for (i = 0; i < 10; i++) {
    g_autoptr (DaisCaller) tom = fixture_login (
        f, "10.0.0.1", "tom", "pw", &error);

    g_assert_no_error (error);
  }
  for (i = 0; i < 5; i++)
    fail_login (f, "10.0.0.1", i % 2 ? "tom" : "nobody", "wrong",
        DAIS_ERROR_UNAUTHENTICATED);
  fail_login (f, "10.0.0.1", "tom", "pw", DAIS_ERROR_LIMITED);

  /* and nobody else is locked out */
  elsewhere = fixture_login (f, "10.0.0.2", "tom", "pw", &error);
  g_assert_no_error (error);
}

static gboolean
set_password (Fixture *f, DaisCaller *caller, const gchar *name,
    const gchar *password, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_callers_set_password_async (
      get_callers (f), caller, name, password, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_callers_set_password_finish (get_callers (f), result, error);
}

static gboolean
remove_user (Fixture *f, DaisCaller *caller, const gchar *name, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_callers_remove_user_async (
      get_callers (f), caller, name, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_callers_remove_user_finish (get_callers (f), result, error);
}

static void
test_accounts (Fixture *f, gconstpointer data)
{
  DaisNewUser again = { .username = "TOM", .password = "x" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) tom = NULL;

  dais_callers_add_user_async (
      get_callers (f), f->admin, &again, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_assert_null (
      dais_callers_add_user_finish (get_callers (f), result, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_clear_error (&error);

  g_assert_false (set_password (f, f->student, "tom", "new", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_true (set_password (f, f->operator, "tom", "new", &error));
  fail_login (f, "10.0.0.3", "tom", "pw", DAIS_ERROR_UNAUTHENTICATED);
  tom = fixture_login (f, "10.0.0.3", "tom", "new", &error);
  g_assert_no_error (error);

  g_assert_true (remove_user (f, f->admin, "tom", &error));
  g_assert_cmpuint (dais_caller_get_grants (tom, NULL), ==, DAIS_GRANT_NONE);
  g_assert_true (remove_user (f, f->admin, "admin", &error));
  g_assert_false (remove_user (f, f->admin, "eva", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = bytes_to_text (
      dais_callers_list_users (get_callers (f), f->admin, &error));

  assert_has (text, "\"username\":\"tom\"");
  assert_has (text, "\"roles\":[\"operator\"]");
  g_assert_null (strstr (text, "argon"));
  g_assert_null (
      dais_callers_list_users (get_callers (f), f->operator, & error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
}

static void
test_grants (Fixture *f, gconstpointer data)
{
  DaisCaller *anonymous = dais_callers_get_anonymous (get_callers (f));
  DaisRoom *hall = fixture_room (f, "main-hall");
  DaisRoom *green = fixture_room (f, "green-room");
  g_autoptr (GError) error = NULL;

  g_assert_true (dais_caller_may (anonymous, DAIS_GRANT_VIEW, hall));
  g_assert_false (dais_caller_may (anonymous, DAIS_GRANT_VIEW, green));
  /* raw streams and lists are not open with a public room */
  g_assert_false (dais_caller_may (anonymous, DAIS_GRANT_VIEW, NULL));
  g_assert_false (dais_caller_may (anonymous, DAIS_GRANT_CUT, hall));
  g_assert_true (dais_caller_may (f->student, DAIS_GRANT_VIEW, green));
  g_assert_false (dais_caller_may (f->student, DAIS_GRANT_CUT, hall));
  g_assert_true (dais_caller_may (f->operator, DAIS_GRANT_MANAGE, NULL));
  g_assert_false (dais_caller_may (f->operator, DAIS_GRANT_ADMIN, NULL));

  g_assert_null (dais_rooms_find (dais_house_get_rooms (f->house), anonymous,
      "green-room", DAIS_FACET_MIXER, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                        \
  g_test_add ("/service/callers/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("first-start", test_first_start);
  ADD ("tokens", test_tokens);
  ADD ("throttling", test_throttling);
  ADD ("accounts", test_accounts);
  ADD ("list", test_list);
  ADD ("grants", test_grants);
#undef ADD

  return g_test_run ();
}
