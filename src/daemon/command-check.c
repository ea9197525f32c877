/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/command.h"
#include "daemon/listening.h"

#include <glib/gi18n.h>

static gboolean
check_listening (DaisConfig *config)
{
  g_autofree gchar *place = NULL;
  g_autoptr (GError) error = NULL;

  if (dais_listening_check (config, &error))
    return TRUE;

  place = dais_config_locate (config, "server",
      dais_config_get_server (config)->certificate[0] != '\0' ? "certificate"
                                                              : "listen");
  dais_command_complain ("%s: %s", place, error->message);
  return FALSE;
}

/**
 * dais_command_check:
 * @argc: number of words
 * @argv: "check" and what follows
 *
 * Reads a configuration as `serve` would and tells what is wrong with it, each
 * with its line. Touches nothing.
 *
 * Returns: the exit code
 */
DaisExit
dais_command_check (gint argc, gchar **argv)
{
  g_autofree gchar *path = NULL;
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &path, N_ ("Configuration file"),
        N_ ("FILE") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (DaisConfig) config = NULL;

  if (!dais_command_parse (&argc, &argv, entries, _ ("[FILE]"),
          _ ("Reads a configuration and says what is wrong in it."), 1))
    return DAIS_EXIT_USAGE;
  if (argc > 1 && path != NULL) {
    dais_command_complain (_ ("name the file once, not twice"));
    return DAIS_EXIT_USAGE;
  }
  if (path == NULL)
    path = g_strdup (argc > 1 ? argv[1] : DAIS_DEFAULT_CONFIG);

  config = dais_command_load_config (path);
  if (config == NULL)
    return DAIS_EXIT_CONFIG;

  if (!check_listening (config))
    return DAIS_EXIT_CONFIG;

  g_print (_ ("%s is right: %u streams, %u rooms\n"), path,
      dais_config_get_streams (config)->len,
      dais_config_get_rooms (config)->len);
  return DAIS_EXIT_OK;
}
