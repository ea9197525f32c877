/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-supervisor"
#include "config.h"

#include "supervisor/engine-link.h"

#include "core/error.h"
#include "ipc/protocol.h"
#include "supervisor/engine-place.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>

#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define OBJECT_PATH        "/org/dais/Engine"
#define CONNECT_RETRY_MS   20
#define CONNECT_TIMEOUT_MS 10000 /* a started process must listen by then */
#define LOCK_FD            3     /* the engine's end of its place */
#define HELLO_TIMEOUT_MS   3000  /* an adopted one must speak by then */
#define PING_INTERVAL_S    1
#define PING_TIMEOUT_MS    3000
#define STILL_TIMEOUT_US                              \
  (5 * G_USEC_PER_SEC) /* no frame though not resting \
                        */
#define STOP_TIMEOUT_MS 3000

struct _DaisEngineLink {
  GObject parent_instance;

  const DaisEngineProgram *program; /* (unowned): outlives the link */
  DaisEngineKind kind;
  gchar *slug;
  gchar *socket_path;
  gchar *lock_path;

  GCancellable *cancellable; /* of everything under way */
  GSubprocess *process;      /* (nullable): NULL when adopted */
  gint pidfd;                /* of an adopted process, -1 = none */
  guint exit_id;             /* watches pidfd */
  GPid pid;                  /* 0 = not known */
  gint64 started_us;
  gboolean may_start;
  gboolean adopted;
  gboolean stopping;
  gboolean lost;

  GDBusConnection *connection; /* (nullable) */
  DaisIpcEngine *engine;       /* (nullable) */
  DaisIpcSource *source;       /* (nullable) */
  DaisIpcRoom *room;           /* (nullable) */
  gboolean ready;

  guint timer_id; /* connect retry, hello timeout, ping or stop */
  guint64 frames;
  gint64 moved_us; /* when frames last moved or rested */
};

enum {
  SIGNAL_READY,
  SIGNAL_LOST,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisEngineLink, dais_engine_link, G_TYPE_OBJECT)

static void connect_to_engine (DaisEngineLink *self);

const gchar *
dais_engine_kind_to_string (DaisEngineKind kind)
{
  return kind == DAIS_ENGINE_SOURCE ? "source" : "room";
}

/**
 * dais_engine_socket_path:
 *
 * Returns: (transfer full): the control socket of an engine
 */
gchar *
dais_engine_socket_path (
    const gchar *runtime_dir, DaisEngineKind kind, const gchar *slug)
{
  g_autofree gchar *name = g_strconcat (
      kind == DAIS_ENGINE_SOURCE ? "s-" : "r-", slug, NULL);

  return g_build_filename (runtime_dir, "e", name, NULL);
}

/* --- the end of a life --- */

static void
close_connection (DaisEngineLink *self)
{
  g_clear_object (&self->engine);
  g_clear_object (&self->source);
  g_clear_object (&self->room);
  if (self->connection != NULL) {
    g_signal_handlers_disconnect_by_data (self->connection, self);
    /* Without this the D-Bus worker keeps the socket of a dead engine. */
    g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    g_clear_object (&self->connection);
  }
}

static void
kill_process (DaisEngineLink *self)
{
  if (self->process != NULL)
    g_subprocess_force_exit (self->process);
  else if (self->pidfd >= 0)
    pidfd_send_signal (self->pidfd, SIGKILL, NULL, 0);
  else
    dais_engine_place_evict (self->lock_path);
}

static void
forget_process (DaisEngineLink *self)
{
  g_clear_handle_id (&self->exit_id, g_source_remove);
  if (self->pidfd >= 0)
    close (self->pidfd);
  self->pidfd = -1;
}

static void
lose (DaisEngineLink *self, const gchar *why)
{
  g_autoptr (DaisEngineLink) keep = g_object_ref (self);

  if (self->lost)
    return;
  self->lost = TRUE;
  self->ready = FALSE;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  close_connection (self);
  kill_process (self);
  forget_process (self);
  if (self->stopping || !self->may_start)
    dais_engine_place_clear (self->lock_path, self->socket_path);
  g_signal_emit (self, signals[SIGNAL_LOST], 0, why);
}

static void
on_process_exited (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autofree gchar *why = NULL;

  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  if (g_subprocess_get_if_signaled (self->process))
    why = g_strdup_printf (
        "ended by signal %d", g_subprocess_get_term_sig (self->process));
  else
    why = g_strdup_printf (
        "ended with code %d", g_subprocess_get_exit_status (self->process));
  lose (self, why);
}

/* An adopted process has ended. */
static gboolean
on_exited (gint fd, GIOCondition condition, gpointer user_data)
{
  DaisEngineLink *self = user_data;

  self->exit_id = 0;
  lose (self, "ended");
  return G_SOURCE_REMOVE;
}

static void
on_closed (GDBusConnection *connection, gboolean remote_vanished, GError *error,
    DaisEngineLink *self)
{
  /* It is over when it has exited, not before: one that hangs behind its closed
   * socket is killed when the time to stop is up. */
  if (!self->stopping)
    lose (self, "closed its control socket");
}

/* --- health --- */

static void
on_ping_answered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();
  guint64 frames = 0;
  gboolean resting = FALSE;

  if (!dais_ipc_engine_call_ping_finish (
          DAIS_IPC_ENGINE (object), &frames, &resting, result, &error)) {
    if (!self->lost && !self->stopping)
      lose (self, "did not answer a ping");
    return;
  }
  if (resting || frames != self->frames)
    self->moved_us = now;
  self->frames = frames;
  if (now - self->moved_us > STILL_TIMEOUT_US && !self->stopping)
    lose (self, "gave no picture for five seconds");
}

static gboolean
on_ping_due (gpointer user_data)
{
  DaisEngineLink *self = user_data;

  dais_ipc_engine_call_ping (
      self->engine, self->cancellable, on_ping_answered, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

/* --- the hello: three proxies on one connection --- */

static void
become_ready (DaisEngineLink *self)
{
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_dbus_proxy_set_default_timeout (
      G_DBUS_PROXY (self->engine), PING_TIMEOUT_MS);
  self->pid = (GPid) dais_ipc_engine_get_pid (self->engine);
  self->moved_us = g_get_monotonic_time ();
  /* all engines' in one turn: many rooms wake the processor once */
  self->timer_id = g_timeout_add_seconds (PING_INTERVAL_S, on_ping_due, self);
  self->ready = TRUE;
  g_signal_emit (self, signals[SIGNAL_READY], 0);
}

static void
on_body_proxy (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->kind == DAIS_ENGINE_SOURCE)
    self->source = dais_ipc_source_proxy_new_finish (result, &error);
  else
    self->room = dais_ipc_room_proxy_new_finish (result, &error);
  if (self->lost || self->stopping)
    return;
  if (error != NULL)
    lose (self, error->message);
  else
    become_ready (self);
}

/* One of another version may go on: an upgrade cuts no viewer. */
static gboolean
is_ours (DaisEngineLink *self)
{
  return g_strcmp0 (dais_ipc_engine_get_kind (self->engine),
             dais_engine_kind_to_string (self->kind)) == 0 &&
      g_strcmp0 (dais_ipc_engine_get_slug (self->engine), self->slug) == 0 &&
      dais_ipc_engine_get_protocol (self->engine) == DAIS_IPC_PROTOCOL;
}

static void
on_engine_proxy (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autoptr (GError) error = NULL;

  self->engine = dais_ipc_engine_proxy_new_finish (result, &error);
  if (self->lost || self->stopping)
    return;
  if (self->engine == NULL) {
    lose (self, error->message);
    return;
  }
  if (!is_ours (self)) {
    self->pid = (GPid) dais_ipc_engine_get_pid (self->engine);
    lose (self, "speaks another protocol");
    return;
  }
  if (self->kind == DAIS_ENGINE_SOURCE)
    dais_ipc_source_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
        OBJECT_PATH, self->cancellable, on_body_proxy, g_object_ref (self));
  else
    dais_ipc_room_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
        OBJECT_PATH, self->cancellable, on_body_proxy, g_object_ref (self));
}

static void
on_authenticated (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;

  connection = g_dbus_connection_new_finish (result, &error);
  if (self->lost || self->stopping) {
    if (connection != NULL)
      g_dbus_connection_close (connection, NULL, NULL, NULL);
    return;
  }
  if (connection == NULL) {
    lose (self, error->message);
    return;
  }
  self->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  dais_ipc_engine_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_NONE, NULL,
      OBJECT_PATH, self->cancellable, on_engine_proxy, g_object_ref (self));
}

static gboolean
on_hello_timeout (gpointer user_data)
{
  DaisEngineLink *self = user_data;

  self->timer_id = 0;
  lose (self, "listens but does not speak");
  return G_SOURCE_REMOVE;
}

/* --- the process --- */

static void
set_up_child (gpointer user_data)
{
  dais_engine_place_sign (LOCK_FD);
  /* Its own session: a Ctrl-C for the daemon is not for the engine, which is
   * told to stop in order. */
  setsid ();
}

/* @lock: (transfer full): the engine's place, handed to the new process */
static void
spawn (DaisEngineLink *self, gint lock)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree gchar *grace = g_strdup_printf ("%u", self->program->grace_s);
  g_autofree gchar *lock_fd = g_strdup_printf ("%d", LOCK_FD);
  g_autoptr (GError) error = NULL;

  /* stderr is inherited, not piped: an engine outlives its daemon. */
  g_subprocess_launcher_take_fd (launcher, lock, LOCK_FD);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, NULL, NULL);
  g_subprocess_launcher_unsetenv (launcher, "NOTIFY_SOCKET");
  g_subprocess_launcher_unsetenv (launcher, "WATCHDOG_USEC");
  self->process = g_subprocess_launcher_spawn (launcher, &error,
      self->program->engine_path, dais_engine_kind_to_string (self->kind),
      "--socket", self->socket_path, "--slug", self->slug, "--runtime",
      self->program->runtime_dir, "--grace", grace, "--lock", lock_fd, NULL);
  if (self->process == NULL) {
    lose (self, error->message);
    return;
  }
  self->pid = (GPid) g_ascii_strtoll (
      g_subprocess_get_identifier (self->process), NULL, 10);
  g_subprocess_wait_async (
      self->process, NULL, on_process_exited, g_object_ref (self));
}

static gboolean
on_connect_retry (gpointer user_data)
{
  DaisEngineLink *self = user_data;

  self->timer_id = 0;
  connect_to_engine (self);
  return G_SOURCE_REMOVE;
}

/* Nobody listens. Either there is no process, then the place is free and one is
 * started; or there is one that does not listen yet or is ending, then it is
 * waited for: never are there two. */
static void
on_no_connection (DaisEngineLink *self)
{
  g_autoptr (GError) error = NULL;
  gint lock = -1;

  if (self->process == NULL)
    lock = dais_engine_place_take (self->lock_path, &error);
  if (lock >= 0 && self->may_start) {
    spawn (self, lock);
  } else if (lock >= 0) {
    close (lock);
    lose (self, "is not running");
  } else if (error != NULL) {
    lose (self, error->message);
  }
  if (self->lost)
    return;
  if (g_get_monotonic_time () - self->started_us >
      CONNECT_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND) {
    lose (self, "did not open its control socket");
    return;
  }
  self->timer_id = g_timeout_add (CONNECT_RETRY_MS, on_connect_retry, self);
}

/* Who to watch, and to kill when it does not even say hello. */
static void
adopt_process (DaisEngineLink *self, GSocket *socket)
{
  g_autoptr (GCredentials) peer = g_socket_get_credentials (socket, NULL);

  self->adopted = TRUE;
  if (peer != NULL)
    self->pid = g_credentials_get_unix_pid (peer, NULL);
  if (self->pid > 1)
    self->pidfd = pidfd_open (self->pid, 0);
  if (self->pidfd >= 0)
    self->exit_id = g_unix_fd_add (self->pidfd, G_IO_IN, on_exited, self);
}

static void
on_connected (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineLink) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) stream = NULL;

  stream = g_socket_client_connect_finish (
      G_SOCKET_CLIENT (object), result, &error);
  if (self->lost || self->stopping)
    return;
  if (stream == NULL) {
    on_no_connection (self);
    return;
  }
  if (self->process == NULL)
    adopt_process (self, g_socket_connection_get_socket (stream));
  self->timer_id = g_timeout_add (HELLO_TIMEOUT_MS, on_hello_timeout, self);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, self->cancellable,
      on_authenticated, g_object_ref (self));
}

static void
connect_to_engine (DaisEngineLink *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (
      self->socket_path);

  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address),
      self->cancellable, on_connected, g_object_ref (self));
}

/* --- what a handle may ask --- */

/**
 * dais_engine_link_start:
 *
 * Adopts the engine that listens on the socket, else starts one and connects
 * to it. Ends in the signal "ready" or "lost". Once in a link's life.
 */
void
dais_engine_link_start (DaisEngineLink *self)
{
  self->may_start = TRUE;
  self->started_us = g_get_monotonic_time ();
  connect_to_engine (self);
}

/**
 * dais_engine_link_adopt:
 *
 * As dais_engine_link_start() without starting a process.
 */
void
dais_engine_link_adopt (DaisEngineLink *self)
{
  self->started_us = g_get_monotonic_time ();
  connect_to_engine (self);
}

static gboolean
on_stop_timeout (gpointer user_data)
{
  DaisEngineLink *self = user_data;

  self->timer_id = 0;
  lose (self, "did not stop when told to");
  return G_SOURCE_REMOVE;
}

static gboolean
on_place_due (gpointer user_data)
{
  DaisEngineLink *self = user_data;
  gint lock = dais_engine_place_take (self->lock_path, NULL);

  if (lock < 0 &&
      g_get_monotonic_time () - self->started_us <
          STOP_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND)
    return G_SOURCE_CONTINUE;
  if (lock >= 0)
    close (lock);
  self->timer_id = 0;
  lose (self, "was stopped while starting");
  return G_SOURCE_REMOVE;
}

/* Of an engine that was killed before it could be spoken to, the place is all
 * that is known: it is gone when that is free. */
static void
wait_for_place (DaisEngineLink *self)
{
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->started_us = g_get_monotonic_time ();
  self->timer_id = g_timeout_add (CONNECT_RETRY_MS, on_place_due, self);
}

/**
 * dais_engine_link_stop:
 *
 * Asks the engine to end and kills it after three seconds. The signal "lost"
 * tells when it is over.
 */
void
dais_engine_link_stop (DaisEngineLink *self)
{
  if (self->lost || self->stopping)
    return;
  self->stopping = TRUE;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add (STOP_TIMEOUT_MS, on_stop_timeout, self);
  if (self->ready) {
    dais_ipc_engine_call_stop (self->engine, NULL, NULL, NULL);
    return;
  }
  g_cancellable_cancel (self->cancellable);
  kill_process (self);
  if (self->process == NULL && self->pidfd < 0)
    wait_for_place (self);
}

gboolean
dais_engine_link_is_ready (DaisEngineLink *self)
{
  return self->ready;
}

gboolean
dais_engine_link_was_adopted (DaisEngineLink *self)
{
  return self->adopted;
}

GPid
dais_engine_link_get_pid (DaisEngineLink *self)
{
  return self->lost ? 0 : self->pid;
}

guint64
dais_engine_link_get_frames (DaisEngineLink *self)
{
  return self->frames;
}

DaisIpcEngine *
dais_engine_link_get_engine (DaisEngineLink *self)
{
  return self->engine;
}

DaisIpcSource *
dais_engine_link_get_source (DaisEngineLink *self)
{
  return self->source;
}

DaisIpcRoom *
dais_engine_link_get_room (DaisEngineLink *self)
{
  return self->room;
}

/**
 * dais_engine_link_new:
 * @program: (transfer none): must outlive the link
 *
 * Returns: (transfer full): a link that has not begun yet
 */
DaisEngineLink *
dais_engine_link_new (
    const DaisEngineProgram *program, DaisEngineKind kind, const gchar *slug)
{
  DaisEngineLink *self = g_object_new (DAIS_TYPE_ENGINE_LINK, NULL);

  self->program = program;
  self->kind = kind;
  self->slug = g_strdup (slug);
  self->socket_path = dais_engine_socket_path (
      program->runtime_dir, kind, slug);
  self->lock_path = g_strconcat (
      self->socket_path, DAIS_ENGINE_PLACE_SUFFIX, NULL);
  return self;
}

static void
dais_engine_link_finalize (GObject *object)
{
  DaisEngineLink *self = DAIS_ENGINE_LINK (object);

  g_clear_handle_id (&self->timer_id, g_source_remove);
  close_connection (self);
  forget_process (self);
  g_clear_object (&self->process);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->lock_path, g_free);
  g_clear_pointer (&self->socket_path, g_free);
  g_clear_pointer (&self->slug, g_free);
  G_OBJECT_CLASS (dais_engine_link_parent_class)->finalize (object);
}

static void
dais_engine_link_class_init (DaisEngineLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_engine_link_finalize;

  signals[SIGNAL_READY] = g_signal_new ("ready", DAIS_TYPE_ENGINE_LINK,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LOST] = g_signal_new ("lost", DAIS_TYPE_ENGINE_LINK,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dais_engine_link_init (DaisEngineLink *self)
{
  self->cancellable = g_cancellable_new ();
  self->pidfd = -1;
}
