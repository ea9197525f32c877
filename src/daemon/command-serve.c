/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "core/error.h"
#include "core/log.h"
#include "daemon/command.h"
#include "daemon/daemon.h"
#include "daemon/reload.h"
#include "daemon/welcome.h"

#include <glib/gi18n.h>

typedef struct {
  gchar *config;
  gchar *data_dir;
  gchar **listen;
  gchar *certificate;
  gchar *key;
  gboolean json;
  gboolean verbose;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->config);
  g_free (self->data_dir);
  g_strfreev (self->listen);
  g_free (self->certificate);
  g_free (self->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse (gint argc, gchar **argv, Options *options)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
        N_ ("Configuration file"), N_ ("FILE") },
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &options->data_dir,
        N_ ("Folder of the database"), N_ ("DIR") },
    { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->listen,
        N_ ("Address to listen on, port 0 for any; may be repeated"),
        N_ ("URL") },
    { "tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &options->certificate,
        N_ ("Certificate for https addresses"), N_ ("FILE") },
    { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->key,
        N_ ("Private key of the certificate"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json,
        N_ ("Print address and first password as one line of JSON"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, N_ ("Log more"),
        NULL },
    G_OPTION_ENTRY_NULL,
  };

  return dais_command_parse (&argc, &argv, entries, NULL,
      _ ("Runs the server until it is told to stop (SIGTERM, Ctrl+C).\n"
         "SIGHUP starts it anew without touching engines and viewers."),
      0);
}

static void
on_ready (DaisDaemon *daemon, const gchar *password, gpointer user_data)
{
  const Options *options = user_data;
  g_auto (GStrv) urls = dais_daemon_get_urls (daemon);

  dais_welcome_print (
      urls, password != NULL ? "admin" : NULL, password, options->json);
}

/* What the command line says, over the file. */
static gboolean
override (DaisConfig *config, const Options *options)
{
  g_autofree gchar *listen = options->listen != NULL
      ? g_strjoinv (";", options->listen)
      : NULL;
  g_autofree gchar *data = options->data_dir != NULL
      ? g_canonicalize_filename (options->data_dir, NULL)
      : NULL;
  g_autofree gchar *certificate = options->certificate != NULL
      ? g_canonicalize_filename (options->certificate, NULL)
      : NULL;
  g_autofree gchar *key = options->key != NULL
      ? g_canonicalize_filename (options->key, NULL)
      : NULL;

  return dais_command_override (config, "listen", listen) &&
      dais_command_override (config, "data_dir", data) &&
      dais_command_override (config, "certificate", certificate) &&
      dais_command_override (config, "private_key", key);
}

/**
 * dais_command_serve:
 * @argc: number of words
 * @argv: "serve" and what follows
 *
 * Returns: the exit code
 */
DaisExit
dais_command_serve (gint argc, gchar **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (DaisConfig) config = NULL;
  g_autoptr (DaisDaemon) daemon = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse (argc, argv, &options))
    return DAIS_EXIT_USAGE;

  dais_reload_prepare ();
  dais_log_init (options.verbose);
  config = dais_command_load_config (options.config);
  if (config == NULL)
    return DAIS_EXIT_CONFIG;
  if (!override (config, &options))
    return DAIS_EXIT_USAGE;

  if (!options.verbose)
    dais_log_set_level (dais_config_get_log_level (config));

  daemon = dais_daemon_new (config);
  if (dais_daemon_run (daemon, on_ready, &options, &error))
    return DAIS_EXIT_OK;

  dais_command_complain ("%s", error->message);
  return dais_daemon_is_taken (daemon) ? DAIS_EXIT_RUNNING : DAIS_EXIT_FAILED;
}
