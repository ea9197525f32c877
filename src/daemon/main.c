/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/command.h"

#include <glib/gi18n.h>

#include <locale.h>

static const struct {
  const gchar *name;
  DaisExit (*run) (gint argc, gchar **argv);
  const gchar *summary;
} COMMANDS[] = {
  { "serve", dais_command_serve, N_ ("run the server") },
  { "demo", dais_command_demo,
      N_ ("try it: three test cameras and two rooms") },
  { "check", dais_command_check, N_ ("say what is wrong in a configuration") },
  { "devices", dais_command_devices,
      N_ ("list this machine's cameras and microphones") },
  { "user", dais_command_user, N_ ("add, list, change and remove accounts") },
  { "version", dais_command_version, N_ ("print the version") },
};

static void
print_help (void)
{
  g_print (_ ("Usage: dais COMMAND [OPTION…]\n\n"
              "A room server for venues: cameras in, a mixed room out.\n\n"
              "Commands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    g_print ("  %-10s %s\n", COMMANDS[i].name, _ (COMMANDS[i].summary));
  g_print (_ ("\n'dais COMMAND --help' shows the options of a command.\n"
              "Start with 'dais demo'; dais(1) and dais.conf(5) tell more.\n"));
}

static void
set_up_locale (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, DAIS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

gint
main (gint argc, gchar **argv)
{
  const gchar *word = argc > 1 ? argv[1] : NULL;

  set_up_locale ();
  g_set_prgname ("dais");

  if (word == NULL) {
    print_help ();
    return DAIS_EXIT_USAGE;
  }
  if (g_str_equal (word, "--help") || g_str_equal (word, "-h") ||
      g_str_equal (word, "help")) {
    print_help ();
    return DAIS_EXIT_OK;
  }
  if (g_str_equal (word, "--version"))
    word = "version";

  for (guint i = 0; i < G_N_ELEMENTS (COMMANDS); i++) {
    if (g_str_equal (word, COMMANDS[i].name))
      return (gint) COMMANDS[i].run (argc - 1, argv + 1);
  }

  dais_command_complain (_ ("there is no command '%s'"), word);
  g_printerr (_ ("Try 'dais --help'.\n"));
  return DAIS_EXIT_USAGE;
}
