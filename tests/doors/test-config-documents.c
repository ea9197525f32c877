/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every key of the configuration stands in the man page and in the example. */
#include "config.h"

#include "core/config.h"

#include <glib/gstdio.h>

#include <string.h>

static gchar *
load (const gchar *name)
{
  g_autofree gchar *path = g_test_build_filename (
      G_TEST_DIST, "..", "..", name, NULL);
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_man_page (void)
{
  g_autofree gchar *page = load ("docs/man/dais.conf.5.rst");

  for (guint i = 0; dais_config_get_key (i) != NULL; i++) {
    const DaisConfigKey *key = dais_config_get_key (i);
    g_autofree gchar *plain = g_strdelimit (g_strdup (key->name), "*", '\0');
    g_autofree gchar *entry = g_strconcat ("\n**", plain, NULL);

    g_test_message ("%s", key->name);
    g_assert_nonnull (strstr (page, entry));
    if (key->default_value[0] != '\0' && key->default_value[0] != '*')
      g_assert_nonnull (strstr (page, key->default_value));
  }
}

static void
test_example (void)
{
  g_autofree gchar *example = load ("data/dais.conf");

  for (guint i = 0; dais_config_get_key (i) != NULL; i++) {
    const DaisConfigKey *key = dais_config_get_key (i);
    g_autofree gchar *plain = g_strdelimit (g_strdup (key->name), "*", '\0');
    g_autofree gchar *line = key->group == DAIS_CONFIG_SERVER
        ? g_strconcat ("\n#", key->name, "=", key->default_value, "\n", NULL)
        : g_strconcat ("\n#", plain, NULL);

    g_test_message ("%s", key->name);
    g_assert_nonnull (strstr (example, line));
  }
}

/* With every # of a key taken away the example must be right too. */
static void
test_example_switched_on (void)
{
  g_autofree gchar *example = load ("data/dais.conf");
  g_autoptr (GRegex) commented = g_regex_new (
      "^#([a-z\\[])", G_REGEX_MULTILINE, 0, NULL);
  g_autofree gchar *text = g_regex_replace (
      commented, example, -1, 0, "\\1", 0, NULL);
  g_autofree gchar *folder = g_dir_make_tmp ("dais-test-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "dais.conf", NULL);
  g_autoptr (DaisConfig) config = NULL;
  g_autoptr (GPtrArray) errors = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  config = dais_config_load (path, &errors);
  for (guint i = 0; config == NULL && i < errors->len; i++)
    g_test_message ("%s", (const gchar *) errors->pdata[i]);
  g_assert_nonnull (config);
  g_assert_cmpuint (dais_config_get_streams (config)->len, ==, 1);
  g_assert_cmpuint (dais_config_get_rooms (config)->len, ==, 1);

  g_remove (path);
  g_rmdir (folder);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doors/config-documents/man-page", test_man_page);
  g_test_add_func ("/doors/config-documents/example", test_example);
  g_test_add_func (
      "/doors/config-documents/example-switched-on", test_example_switched_on);
  return g_test_run ();
}
