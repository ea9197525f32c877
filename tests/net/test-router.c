/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "net/router.h"

typedef struct {
  DaisRouter *router;
} Fixture;

static void
add (Fixture *fixture, const gchar *methods, const gchar *pattern)
{
  dais_router_add (fixture->router, dais_methods_parse (methods), pattern, 0,
      NULL, (gpointer) pattern);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->router = dais_router_new ();
  add (fixture, "GET", "/");
  add (fixture, "GET POST", "/rooms");
  add (fixture, "PUT", "/rooms/<name>");
  add (fixture, "GET", "/room/<id>");
  add (fixture, "GET PUT", "/room/<name>/state");
  add (fixture, "GET WEBSOCKET", "/room/<name>/watch");
  add (fixture, "POST", "/login");
  add (fixture, "GET POST", "/login/");
  add (fixture, "GET", "/api/room");
  add (fixture, "GET", "/api/rooms/<id>");
  add (fixture, "GET", "/api/<number>/messages");
  add (fixture, "GET", "/<file...>");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  dais_router_free (fixture->router);
}

static void
expect (Fixture *fixture, const gchar *method, const gchar *path,
    const gchar *pattern, const gchar *value)
{
  g_auto (DaisMatch) match = { 0 };

  g_assert_true (dais_router_match (
      fixture->router, dais_methods_parse (method), path, &match, NULL));
  if (pattern == NULL) {
    g_assert_null (match.route);
    return;
  }
  g_assert_nonnull (match.route);
  g_assert_cmpstr (match.route->user_data, ==, pattern);
  if (value != NULL)
    g_assert_cmpstr (match.values[0], ==, value);
}

static void
test_literal (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET", "/", "/", NULL);
  expect (fixture, "GET", "/rooms", "/rooms", NULL);
  expect (fixture, "GET", "/rooms/", "/rooms", NULL);
  expect (fixture, "GET", "/api/room/", "/api/room", NULL);
  expect (fixture, "GET", "/ROOMS", "/<file...>", "ROOMS");
}

static void
test_parameter (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET", "/room/main-hall", "/room/<id>", "main-hall");
  expect (fixture, "GET", "/room/main-hall/", "/room/<id>", "main-hall");
  expect (fixture, "GET", "/room/Main%20Hall%2FA/state", "/room/<name>/state",
      "Main Hall/A");
  expect (fixture, "GET", "/api/12/messages/", "/api/<number>/messages", "12");
  expect (fixture, "GET", "/api/rooms/messages", "/api/rooms/<id>", "messages");
  expect (fixture, "WEBSOCKET", "/room/x/watch", "/room/<name>/watch", "x");
}

static void
test_login_slash (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "POST", "/login", "/login", NULL);
  expect (fixture, "POST", "/login/", "/login/", NULL);
  expect (fixture, "GET", "/login/", "/login/", NULL);
  expect (fixture, "GET", "/login", NULL, NULL);
}

static void
test_rest (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET", "/views/room.js", "/<file...>", "views/room.js");
  expect (fixture, "GET", "/rooms/a/b/c", "/<file...>", "rooms/a/b/c");
  expect (fixture, "GET", "/room//state", "/<file...>", "room//state");
}

static void
test_dots (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "GET", "/../etc/passwd", NULL, NULL);
  expect (fixture, "GET", "/room/%2e%2e/state", NULL, NULL);
  expect (fixture, "GET", "/a/./b", NULL, NULL);
}

static void
test_methods (Fixture *fixture, gconstpointer data)
{
  g_auto (DaisMatch) match = { 0 };
  g_autofree gchar *allow = NULL;

  dais_router_match (
      fixture->router, DAIS_METHOD_DELETE, "/rooms", &match, NULL);
  g_assert_null (match.route);
  allow = dais_methods_to_allow (match.allowed);
  g_assert_cmpstr (allow, ==, "GET, HEAD, POST, OPTIONS");
}

static void
test_bad_text (Fixture *fixture, gconstpointer data)
{
  const gchar *paths[] = { "/room/%ff", "/room/%00", "/room/%zz" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_auto (DaisMatch) match = { 0 };
    g_autoptr (GError) error = NULL;

    g_assert_false (dais_router_match (
        fixture->router, DAIS_METHOD_GET, paths[i], &match, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

static void
test_deep (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; i < 10000; i++)
    g_string_append (path, "/a");
  expect (fixture, "GET", path->str, NULL, NULL);
}

#define ADD(name, function) \
  g_test_add ("/net/router/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("literal", test_literal);
  ADD ("parameter", test_parameter);
  ADD ("login-slash", test_login_slash);
  ADD ("rest", test_rest);
  ADD ("dots", test_dots);
  ADD ("methods", test_methods);
  ADD ("bad-text", test_bad_text);
  ADD ("deep", test_deep);
  return g_test_run ();
}
