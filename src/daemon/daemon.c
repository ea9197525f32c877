/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/daemon.h"

#include "core/error.h"
#include "daemon/folders.h"
#include "daemon/listening.h"
#include "daemon/notify.h"
#include "daemon/reload.h"
#include "doors/chat.h"
#include "doors/console.h"
#include "doors/help.h"
#include "doors/media.h"
#include "doors/members.h"
#include "doors/metrics.h"
#include "doors/party-rest.h"
#include "doors/socketio.h"
#include "doors/venue.h"
#include "net/server.h"

#include <glib-unix.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* Engines get this long to end by themselves; then the daemon goes anyway, and
 * they end after their grace time. */
#define STOP_LIMIT_S 10

#define MAX_FILES 65536

struct _DaisDaemon {
  DaisConfig *config;
  DaisFolders *folders;
  DaisHouse *house;
  DaisServer *server;
  DaisVenueDoor *venue;
  DaisMetricsDoor *metrics;
  DaisChatDoor *chat;
  DaisMembersDoor *members;
  DaisHelpDoor *help;
  DaisSocketioDoor *socketio;
  DaisPartyRestDoor *party_rest;
  DaisConsoleDoor *console;

  GMainLoop *loop;
  GCancellable *starting;
  gboolean is_taken;
  gboolean is_started;
  gboolean is_stopping;
  gboolean is_stale;     /* told to reload before it was started */
  gboolean reloads;      /* SIGHUP is no end */
  gboolean has_terminal; /* one that may be closed */
  GError *error;         /* why it ends (nullable) */
  guint sources[5];

  DaisDaemonReady ready;
  gpointer ready_data;
};

static gboolean
find_terminal (void)
{
  gint fd = open ("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/**
 * dais_daemon_new:
 * @config: the configuration
 *
 * Returns: (transfer full): a daemon that does nothing yet
 */
DaisDaemon *
dais_daemon_new (DaisConfig *config)
{
  DaisDaemon *self = g_new0 (DaisDaemon, 1);

  self->config = dais_config_ref (config);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->starting = g_cancellable_new ();
  self->reloads = TRUE;
  self->has_terminal = !dais_reload_outlives_terminal () && find_terminal ();

  return self;
}

/**
 * dais_daemon_end_on_hangup:
 * @self: a daemon that does not run yet
 *
 * What it runs on is temporary, so that SIGHUP can only be the end.
 */
void
dais_daemon_end_on_hangup (DaisDaemon *self)
{
  self->reloads = FALSE;
}

/**
 * dais_daemon_free:
 * @self: (transfer full): a daemon that does not run any more
 */
void
dais_daemon_free (DaisDaemon *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_clear_handle_id (&self->sources[i], g_source_remove);
  g_clear_pointer (&self->console, dais_console_door_free);
  g_clear_pointer (&self->socketio, dais_socketio_door_free);
  g_clear_pointer (&self->party_rest, dais_party_rest_door_free);
  g_clear_pointer (&self->help, dais_help_door_free);
  g_clear_pointer (&self->members, dais_members_door_free);
  g_clear_pointer (&self->chat, dais_chat_door_free);
  g_clear_pointer (&self->metrics, dais_metrics_door_free);
  g_clear_pointer (&self->venue, dais_venue_door_free);
  g_clear_object (&self->server);
  g_clear_object (&self->house);
  g_clear_object (&self->starting);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_error (&self->error);
  g_clear_pointer (&self->folders, dais_folders_free);
  dais_config_unref (self->config);
  g_free (self);
}

/**
 * dais_daemon_get_house:
 * @self: the daemon, running
 *
 * Returns: (transfer none): the venue
 */
DaisHouse *
dais_daemon_get_house (DaisDaemon *self)
{
  return self->house;
}

/**
 * dais_daemon_get_urls:
 * @self: the daemon, running
 *
 * Returns: (transfer full): where it listens, with the ports it got
 */
GStrv
dais_daemon_get_urls (DaisDaemon *self)
{
  return dais_server_get_urls (self->server);
}

/**
 * dais_daemon_is_taken:
 * @self: the daemon, after it failed
 *
 * Returns: whether another daemon has the data folder
 */
gboolean
dais_daemon_is_taken (DaisDaemon *self)
{
  return self->is_taken;
}

/* ---- the end ---- */

static void
on_house_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisDaemon *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_house_stop_finish (DAIS_HOUSE (source), result, &error))
    g_warning ("the end was not orderly: %s", error->message);
  g_main_loop_quit (self->loop);
}

static gboolean
on_stop_limit (gpointer user_data)
{
  DaisDaemon *self = user_data;

  g_warning ("engines did not end within %d s; they end by themselves after "
             "their grace time",
      STOP_LIMIT_S);
  self->sources[4] = 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/**
 * dais_daemon_quit:
 * @self: the daemon
 * @error: (transfer full) (nullable): why, unless it was asked to
 *
 * Begins the orderly end: no more requests, engines stopped, store closed.
 */
void
dais_daemon_quit (DaisDaemon *self, GError *error)
{
  g_autoptr (GError) owned = error;

  if (self->is_stopping)
    return;

  self->is_stopping = TRUE;
  self->error = g_steal_pointer (&owned);
  dais_notify ("STOPPING=1");
  g_cancellable_cancel (self->starting);
  dais_server_stop (self->server);
  self->sources[4] = g_timeout_add_seconds (STOP_LIMIT_S, on_stop_limit, self);
  dais_house_stop_async (self->house, NULL, on_house_stopped, self);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  DaisDaemon *self = user_data;

  if (self->is_stopping) {
    g_message ("told to stop again: not waiting for engines");
    g_main_loop_quit (self->loop);
  } else {
    g_info ("stopping");
    dais_daemon_quit (self, NULL);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload_signal (gpointer user_data)
{
  DaisDaemon *self = user_data;
  g_autoptr (GError) error = NULL;

  /* The window that it was started in has been closed. */
  if (!self->reloads || (self->has_terminal && !find_terminal ()))
    return dais_reload_outlives_terminal () ? G_SOURCE_CONTINUE
                                            : on_stop_signal (self);

  self->is_stale = !self->is_started;
  if (self->is_stopping || self->is_stale)
    return G_SOURCE_CONTINUE;
  if (!dais_reload (self->config, &error))
    g_warning ("going on as before: %s", error->message);
  return G_SOURCE_CONTINUE;
}

/* ---- the start ---- */

static void
on_house_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisDaemon *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *password = NULL;

  if (!dais_house_start_finish (
          DAIS_HOUSE (source), result, &password, &error)) {
    dais_daemon_quit (
        self, self->is_stopping ? NULL : g_steal_pointer (&error));
    return;
  }
  if (self->is_stopping)
    return;

  self->is_started = TRUE;
  self->ready (self, password, self->ready_data);
  dais_notify ("READY=1\nSTATUS=On air");
  self->sources[3] = dais_notify_start_watchdog ();
  if (self->is_stale)
    on_reload_signal (self);
}

static DaisServer *
make_server (DaisDaemon *self)
{
  const DaisServerSettings *settings = dais_config_get_server (self->config);
  DaisServerLimits limits = { 0 };
  DaisServer *server = NULL;

  dais_server_limits_init (&limits);
  limits.max_head = settings->header_limit;
  limits.max_body = settings->body_limit;
  limits.max_message = settings->message_limit;
  limits.max_queue = settings->queue_limit;
  limits.max_sockets_per_address = settings->sockets_per_address;
  limits.header_timeout_ms = settings->header_timeout * 1000;
  limits.max_connections = settings->connections;
  server = dais_server_new (&limits);
  dais_server_set_trusted_proxies (
      server, (const gchar *const *) settings->trusted_proxies);
  dais_server_set_origins (server, (const gchar *const *) settings->cors);
  if (settings->public_url[0] != '\0')
    dais_server_set_public_url (server, settings->public_url);

  return server;
}

static void
open_doors (DaisDaemon *self)
{
  self->venue = dais_venue_door_new (self->server, self->house);
  dais_media_door_install (self->server, self->house);
  self->metrics = dais_metrics_door_new (
      self->server, self->house, self->venue);
  self->chat = dais_chat_door_new (self->server, self->house,
      dais_config_get_server (self->config)->chat_message_limit);
  self->members = dais_members_door_new (self->server, self->house);
  self->help = dais_help_door_new (self->server, self->house);
  self->socketio = dais_socketio_door_new (self->server, self->house,
      dais_config_get_server (self->config)->recovery_seconds);
  self->party_rest = dais_party_rest_door_new (self->server, self->house,
      (const gchar *const *) dais_config_get_server (self->config)
          ->video_hosts);
  self->console = dais_console_door_new (self->server, "/org/dais/web");
}

/* One descriptor for each socket. The soft limit is low for the sake of
 * select(), which nobody here calls. */
static void
raise_descriptor_limit (void)
{
  struct rlimit files = { 0 };

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = MIN (files.rlim_max, MAX (files.rlim_cur, MAX_FILES));
  setrlimit (RLIMIT_NOFILE, &files);
}

static gboolean
take_places (DaisDaemon *self, GError **error)
{
  self->folders = dais_folders_open (self->config, error);
  if (self->folders == NULL)
    return FALSE;
  self->is_taken = !dais_folders_lock (self->folders, error);
  if (self->is_taken)
    return FALSE;

  self->house = dais_house_new (
      self->config, self->folders->data, self->folders->runtime);
  if (!dais_house_open (self->house, error))
    return FALSE;

  self->server = make_server (self);
  open_doors (self);
  return dais_listening_open (self->server, self->config, error);
}

/**
 * dais_daemon_run:
 * @self: the daemon
 * @ready: called when requests are answered
 * @user_data: for @ready
 * @error: return location
 *
 * Runs until it is told to stop. Folder, database and port are taken before any
 * engine is touched, so that a start that must fail disturbs nothing.
 *
 * Returns: whether it ended because it was told to
 */
gboolean
dais_daemon_run (
    DaisDaemon *self, DaisDaemonReady ready, gpointer user_data, GError **error)
{
  raise_descriptor_limit ();
  if (!take_places (self, error))
    return FALSE;

  self->ready = ready;
  self->ready_data = user_data;
  /* A file that reaches its limit is an error like a full disk, no death. */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  self->sources[0] = g_unix_signal_add (SIGTERM, on_stop_signal, self);
  self->sources[1] = g_unix_signal_add (SIGINT, on_stop_signal, self);
  self->sources[2] = g_unix_signal_add (SIGHUP, on_reload_signal, self);
  dais_reload_listen ();
  dais_house_start_async (self->house, self->starting, on_house_started, self);
  g_main_loop_run (self->loop);

  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}
