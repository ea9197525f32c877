/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/log.h"
#include "core/slug.h"
#include "engine/control.h"
#include "wire/wire.h"

#include <gst/gst.h>

#include <locale.h>
#include <sys/prctl.h>
#include <sysexits.h>

/* No secret is ever given here: everybody may read a command line. */
static gboolean
read_options (int *argc, char ***argv, DaisControlSettings *settings,
    gboolean *verbose, GError **error)
{
  gint grace_s = 30;
  const GOptionEntry entries[] = {
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &settings->socket,
        "Listen for the daemon here", "PATH" },
    { "slug", 0, 0, G_OPTION_ARG_STRING, &settings->slug,
        "The stream's slug or the room's URL name", "SLUG" },
    { "runtime", 0, 0, G_OPTION_ARG_FILENAME, &settings->runtime,
        "The runtime folder", "PATH" },
    { "grace", 0, 0, G_OPTION_ARG_INT, &grace_s,
        "Stop when no daemon is there for so long, 0 = never", "SECONDS" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, verbose, "Log more", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "source|room|devices");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc != 2 || settings->socket == NULL || settings->slug == NULL ||
      settings->runtime == NULL || grace_s < 0) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "usage: dais-engine source|room --socket PATH --slug SLUG --runtime "
        "PATH [--grace SECONDS]; the daemon starts engines by itself");
    return FALSE;
  }
  if (!dais_slug_is_valid (settings->slug)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' is no slug: small letters, digits and dashes only",
        settings->slug);
    return FALSE;
  }
  settings->kind = (*argv)[1];
  settings->grace_s = (guint) grace_s;
  return TRUE;
}

int
main (int argc, char **argv)
{
  DaisControlSettings settings = { 0 };
  gboolean verbose = FALSE;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers in launch lines and caps */
  g_set_prgname ("dais-engine");
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!read_options (&argc, &argv, &settings, &verbose, &error)) {
    g_printerr ("%s\n", error->message);
    return EX_USAGE;
  }
  dais_log_init (verbose);
  gst_init (NULL, NULL);
  dais_wire_register ();
  return dais_control_run (&settings);
}
