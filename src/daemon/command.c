/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/command.h"

#include "daemon/config-sense.h"

#include <glib/gi18n.h>

/**
 * dais_command_complain:
 * @format: printf format
 *
 * Says on stderr what went wrong, for the person at the terminal.
 */
void
dais_command_complain (const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("dais: %s\n", text);
}

/**
 * dais_command_parse:
 * @argc: (inout): as main() got it, from the subcommand's name on
 * @argv: (inout): the words; options are taken out
 * @entries: the subcommand's options
 * @parameters: (nullable): what stands behind the options, for --help
 * @summary: what the subcommand does, for --help
 * @n_parameters: how many words may stand behind the options
 *
 * Reads the options of a subcommand; complains by itself. `--help` prints and
 * exits.
 *
 * Returns: whether the command line is right
 */
gboolean
dais_command_parse (gint *argc, gchar ***argv, const GOptionEntry *entries,
    const gchar *parameters, const gchar *summary, guint n_parameters)
{
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autofree gchar *program = g_strdup (g_get_prgname ());
  g_autofree gchar *titled = g_strconcat ("dais ", (*argv)[0], NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  /* GOption shows the program's name in --help: "dais serve". */
  g_set_prgname (titled);
  if (!g_option_context_parse (context, argc, argv, &error)) {
    dais_command_complain ("%s", error->message);
    g_printerr (_ ("Try 'dais %s --help'.\n"), (*argv)[0]);
    return FALSE;
  }
  g_set_prgname (program);

  if (*argc - 1 > (gint) n_parameters) {
    dais_command_complain (
        _ ("'%s' is one word too many"), (*argv)[n_parameters + 1]);
    g_printerr (_ ("Try 'dais %s --help'.\n"), (*argv)[0]);
    return FALSE;
  }

  return TRUE;
}

/**
 * dais_command_load_config:
 * @path: (nullable): the file that was named
 *
 * Reads the configuration; every problem in it goes to stderr.
 *
 * Returns: (transfer full) (nullable): the configuration
 */
DaisConfig *
dais_command_load_config (const gchar *path)
{
  g_autoptr (GPtrArray) problems = NULL;
  DaisConfig *config = NULL;

  if (path == NULL && !g_file_test (DAIS_DEFAULT_CONFIG, G_FILE_TEST_EXISTS))
    return dais_config_new ();

  config = dais_config_sense_load (
      path != NULL ? path : DAIS_DEFAULT_CONFIG, &problems);
  for (guint i = 0; i < problems->len; i++)
    dais_command_complain ("%s", (const gchar *) problems->pdata[i]);

  return config;
}

/**
 * dais_command_override:
 * @config: the configuration
 * @key: a key of [server]
 * @value: (nullable): what the option gives, NULL = it was not there
 *
 * Returns: %FALSE when the value is wrong
 */
gboolean
dais_command_override (DaisConfig *config, const gchar *key, const gchar *value)
{
  g_autoptr (GError) error = NULL;

  if (value == NULL || dais_config_set (config, key, value, &error))
    return TRUE;

  dais_command_complain ("%s", error->message);
  return FALSE;
}
