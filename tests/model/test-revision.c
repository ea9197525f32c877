/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "model/revision.h"

static void
test_match (void)
{
  static const struct {
    const gchar *header;
    gboolean matches;
  } table[] = {
    { "\"7\"", TRUE },
    { "W/\"7\"", TRUE },
    { "7", TRUE },
    { "*", TRUE },
    { "\"6\", \"7\"", TRUE },
    { "\"8\"", FALSE },
  };
  gboolean matches;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_assert_true (
        dais_revision_parse_match (table[i].header, 7, &matches, NULL));
    g_assert_cmpint (matches, ==, table[i].matches);
  }
  g_assert_false (dais_revision_parse_match ("\"x\"", 7, &matches, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_false (dais_revision_parse_match ("", 7, &matches, NULL) && matches);
}

static void
test_check (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dais_revision_check (7, 7, "hall", NULL));
  g_assert_false (dais_revision_check (7, 5, "hall", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STALE);
  g_assert_cmpstr (
      error->message, ==, "room 'hall' is at revision 7, not 5; read it again");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/revision/match", test_match);
  g_test_add_func ("/model/revision/check", test_check);

  return g_test_run ();
}
