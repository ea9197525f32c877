/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/command.h"

#include <glib/gi18n.h>

/**
 * dais_command_version:
 * @argc: number of words
 * @argv: "version" and what follows
 *
 * Returns: the exit code
 */
DaisExit
dais_command_version (gint argc, gchar **argv)
{
  static const GOptionEntry ENTRIES[] = { G_OPTION_ENTRY_NULL };

  if (!dais_command_parse (
          &argc, &argv, ENTRIES, NULL, _ ("Prints the version."), 0))
    return DAIS_EXIT_USAGE;

  g_print ("dais %s\n", DAIS_VERSION);
  return DAIS_EXIT_OK;
}
