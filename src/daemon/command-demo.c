/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "core/log.h"
#include "daemon/command.h"
#include "daemon/daemon.h"
#include "daemon/demo-venue.h"
#include "daemon/folders.h"
#include "daemon/reload.h"
#include "daemon/welcome.h"

#include <glib/gi18n.h>

/* Tried in this order where no address is named; this machine only, because
 * the demo is somebody's first contact. */
static const gchar DEFAULT_LISTEN[] = "http://127.0.0.1:8080";
static const gchar FALLBACK_LISTEN[] = "http://127.0.0.1:0";

typedef struct {
  gchar *data_dir;
  gchar **listen;
  gchar *size;
  gchar *fps;
  gboolean json;
  gboolean verbose;
  gchar *temporary; /* folder to remove (nullable) */
  DaisDaemon *daemon;
} Demo;

static void
demo_clear (Demo *self)
{
  g_clear_pointer (&self->daemon, dais_daemon_free);
  if (self->temporary != NULL)
    dais_folders_remove_tree (self->temporary);
  g_free (self->temporary);
  g_free (self->data_dir);
  g_strfreev (self->listen);
  g_free (self->size);
  g_free (self->fps);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Demo, demo_clear)

static gboolean
parse (Demo *self, gint argc, gchar **argv)
{
  const GOptionEntry entries[] = {
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &self->data_dir,
        N_ ("Keep the demo's data in this folder"), N_ ("DIR") },
    { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &self->listen,
        N_ ("Address to listen on, port 0 for any; may be repeated"),
        N_ ("URL") },
    { "size", 0, 0, G_OPTION_ARG_STRING, &self->size,
        N_ ("Size of the pictures, 1280x720 if not said"), N_ ("WxH") },
    { "fps", 0, 0, G_OPTION_ARG_STRING, &self->fps,
        N_ ("Pictures a second, 30 if not said"), N_ ("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json,
        N_ ("Print address and login as one line of JSON"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Log more"),
        NULL },
    G_OPTION_ENTRY_NULL,
  };

  return dais_command_parse (&argc, &argv, entries, NULL,
      _ ("Runs three test cameras with tone and two rooms, to try things.\n"
         "Everything is temporary unless --data-dir is given."),
      0);
}

/* ---- the configuration ---- */

static gboolean
choose_data (Demo *self)
{
  g_autoptr (GError) error = NULL;

  if (self->data_dir != NULL)
    return TRUE;

  self->temporary = g_dir_make_tmp ("dais-demo-XXXXXX", &error);
  if (self->temporary == NULL) {
    dais_command_complain ("%s", error->message);
    return FALSE;
  }
  self->data_dir = g_strdup (self->temporary);
  return TRUE;
}

static gboolean
is_free (const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (
      g_uri_get_host (uri), (guint) g_uri_get_port (uri));
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  return socket != NULL && g_socket_bind (socket, address, TRUE, NULL);
}

static DaisConfig *
make_config (Demo *self)
{
  g_autoptr (DaisConfig) config = dais_config_new ();
  g_autofree gchar *data = g_canonicalize_filename (self->data_dir, NULL);
  g_autofree gchar *listen = self->listen != NULL
      ? g_strjoinv (";", self->listen)
      : g_strdup (is_free (DEFAULT_LISTEN) ? DEFAULT_LISTEN : FALLBACK_LISTEN);

  if (!dais_command_override (config, "data_dir", data) ||
      !dais_command_override (config, "listen", listen) ||
      !dais_command_override (config, "size", self->size) ||
      !dais_command_override (config, "fps", self->fps))
    return NULL;

  return g_steal_pointer (&config);
}

/* ---- running ---- */

static void
on_filled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Demo *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *password = NULL;
  g_auto (GStrv) urls = NULL;

  if (!dais_demo_venue_fill_finish (
          DAIS_HOUSE (source), result, &password, &error)) {
    dais_daemon_quit (self->daemon, g_steal_pointer (&error));
    return;
  }

  urls = dais_daemon_get_urls (self->daemon);
  dais_welcome_print (urls, "admin", password, self->json);
}

static void
on_ready (DaisDaemon *daemon, const gchar *password, gpointer user_data)
{
  dais_demo_venue_fill_async (
      dais_daemon_get_house (daemon), password, on_filled, user_data);
}

/**
 * dais_command_demo:
 * @argc: number of words
 * @argv: "demo" and what follows
 *
 * Returns: the exit code
 */
DaisExit
dais_command_demo (gint argc, gchar **argv)
{
  g_auto (Demo) self = { 0 };
  g_autoptr (DaisConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse (&self, argc, argv))
    return DAIS_EXIT_USAGE;

  dais_reload_prepare ();
  dais_log_init (self.verbose);
  if (!choose_data (&self))
    return DAIS_EXIT_FAILED;
  config = make_config (&self);
  if (config == NULL)
    return DAIS_EXIT_USAGE;

  self.daemon = dais_daemon_new (config);
  dais_daemon_end_on_hangup (self.daemon);
  if (dais_daemon_run (self.daemon, on_ready, &self, &error))
    return DAIS_EXIT_OK;

  dais_command_complain ("%s", error->message);
  return dais_daemon_is_taken (self.daemon) ? DAIS_EXIT_RUNNING
                                            : DAIS_EXIT_FAILED;
}
