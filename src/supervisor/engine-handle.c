/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-supervisor"
#include "config.h"

#include "core/error.h"
#include "core/log.h"
#include "supervisor/engine-handle-private.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#include <math.h>

#define FIRST_DELAY_MS   100
#define LAST_DELAY_MS    5000
#define HEALTHY_AFTER_US (60 * G_USEC_PER_SEC)

struct _DaisEngineHandle {
  GObject parent_instance;

  const DaisEngineProgram *program; /* (unowned): the supervisor's */
  DaisEngineKind kind;
  gchar *slug;
  DaisEngineState state;
  DaisEngineLink *link; /* (nullable): the present process */

  GVariant *settings; /* (nullable): a{sv}, told to each new process */
  gboolean levels;
  gdouble loudness; /* NAN = not told */
  DaisApplyQueue *applies;

  gboolean stopping;
  gboolean waiting; /* for the end of the engine that had the slug */
  guint restarts;
  guint delay_ms;
  guint restart_id;
  gint64 ready_us;
  gint64 lost_us; /* UTC, of the last loss; at first of the birth */
};

enum {
  SIGNAL_STATE_CHANGED,
  SIGNAL_HEALTH_CHANGED,
  SIGNAL_LEVELS,
  SIGNAL_VIEWERS,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisEngineHandle, dais_engine_handle, G_TYPE_OBJECT)

static void start_link (DaisEngineHandle *self);

static void
set_state (DaisEngineHandle *self, DaisEngineState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
  if (self->kind == DAIS_ENGINE_SOURCE)
    g_signal_emit (self, signals[SIGNAL_HEALTH_CHANGED], 0);
}

static void
log_engine (DaisEngineHandle *self, GLogLevelFlags level, const gchar *text)
{
  dais_log_with_field (G_LOG_DOMAIN, level,
      self->kind == DAIS_ENGINE_SOURCE ? "STREAM" : "ROOM", self->slug, "%s",
      text);
}

/* --- telling a process what it must know --- */

static void
on_configured (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisEngineHandle) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  gboolean ok;

  if (self->kind == DAIS_ENGINE_SOURCE)
    ok = dais_ipc_source_call_configure_finish (
        DAIS_IPC_SOURCE (object), result, &error);
  else
    ok = dais_ipc_room_call_configure_finish (
        DAIS_IPC_ROOM (object), result, &error);
  if (ok || error->domain != DAIS_ERROR)
    return; /* a connection that broke is the link's to tell */
  g_dbus_error_strip_remote_error (error);
  text = g_strdup_printf (
      "the engine refused its settings: %s", error->message);
  log_engine (self, G_LOG_LEVEL_WARNING, text);
}

static void
tell_settings (DaisEngineHandle *self)
{
  if (self->kind == DAIS_ENGINE_SOURCE)
    dais_ipc_source_call_configure (dais_engine_link_get_source (self->link),
        self->settings, NULL, on_configured, g_object_ref (self));
  else
    dais_ipc_room_call_configure (dais_engine_link_get_room (self->link),
        self->settings, NULL, on_configured, g_object_ref (self));
}

static void
on_levels (DaisIpcEngine *engine, GVariant *levels, DaisEngineHandle *self)
{
  g_signal_emit (self, signals[SIGNAL_LEVELS], 0, levels);
}

static void
on_loudness (DaisIpcEngine *engine, gdouble loudness, DaisEngineHandle *self)
{
  self->loudness = loudness;
}

static void
on_viewers (DaisIpcEngine *engine, GVariant *viewers, DaisEngineHandle *self)
{
  g_signal_emit (self, signals[SIGNAL_VIEWERS], 0, viewers);
}

static void
on_source_changed (GDBusProxy *proxy, GVariant *changed,
    const gchar *const *invalidated, DaisEngineHandle *self)
{
  g_signal_emit (self, signals[SIGNAL_HEALTH_CHANGED], 0);
}

static void
on_ready (DaisEngineLink *link, DaisEngineHandle *self)
{
  DaisIpcEngine *engine = dais_engine_link_get_engine (link);
  const gchar *version = dais_ipc_engine_get_version (engine);
  gboolean is_older = g_strcmp0 (version, DAIS_VERSION) != 0;
  g_autofree gchar *text = g_strdup_printf ("engine %s, process %d%s%s",
      dais_engine_link_was_adopted (link) ? "adopted" : "started",
      (gint) dais_engine_link_get_pid (link),
      is_older ? ", still of version " : "", is_older ? version : "");

  log_engine (self, is_older ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_INFO, text);
  self->ready_us = g_get_monotonic_time ();
  self->loudness = NAN;
  g_signal_connect_object (
      engine, "loudness", G_CALLBACK (on_loudness), self, 0);
  g_signal_connect_object (engine, "levels", G_CALLBACK (on_levels), self, 0);
  g_signal_connect_object (engine, "viewers", G_CALLBACK (on_viewers), self, 0);
  if (self->kind == DAIS_ENGINE_SOURCE)
    g_signal_connect_object (dais_engine_link_get_source (link),
        "g-properties-changed", G_CALLBACK (on_source_changed), self, 0);
  /* One connection keeps the order: settings, then state. */
  tell_settings (self);
  if (self->kind == DAIS_ENGINE_ROOM)
    dais_apply_queue_set_room (self->applies, dais_engine_link_get_room (link));
  if (self->levels || dais_engine_link_was_adopted (link))
    dais_ipc_engine_call_set_levels (engine, self->levels, NULL, NULL, NULL);
  set_state (self, DAIS_ENGINE_RUNNING);
}

/* --- one process after the other --- */

static gboolean
on_restart_due (gpointer user_data)
{
  DaisEngineHandle *self = user_data;

  self->restart_id = 0;
  start_link (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_restart (DaisEngineHandle *self)
{
  gboolean healthy = self->ready_us > 0 &&
      g_get_monotonic_time () - self->ready_us > HEALTHY_AFTER_US;

  if (healthy || self->delay_ms == 0)
    self->delay_ms = FIRST_DELAY_MS;
  self->restarts++;
  self->restart_id = g_timeout_add (self->delay_ms, on_restart_due, self);
  self->delay_ms = MIN (self->delay_ms * 2, LAST_DELAY_MS);
  self->ready_us = 0;
}

static void
on_lost (DaisEngineLink *link, const gchar *why, DaisEngineHandle *self)
{
  g_autoptr (DaisEngineHandle) keep = g_object_ref (self);
  g_autofree gchar *text = NULL;

  g_signal_handlers_disconnect_by_data (link, self);
  g_clear_object (&self->link);
  self->lost_us = g_get_real_time ();
  dais_apply_queue_set_room (self->applies, NULL);
  if (self->stopping) {
    set_state (self, DAIS_ENGINE_STOPPED);
    return;
  }
  schedule_restart (self);
  text = g_strdup_printf ("engine %s, restarting it", why);
  log_engine (self, G_LOG_LEVEL_WARNING, text);
  set_state (self, DAIS_ENGINE_WAITING);
}

static void
start_link (DaisEngineHandle *self)
{
  self->link = dais_engine_link_new (self->program, self->kind, self->slug);
  g_signal_connect (self->link, "ready", G_CALLBACK (on_ready), self);
  g_signal_connect (self->link, "lost", G_CALLBACK (on_lost), self);
  set_state (self, DAIS_ENGINE_STARTING);
  dais_engine_link_start (self->link);
}

static void
on_old_changed (DaisEngineHandle *old, DaisEngineHandle *self)
{
  if (old->state != DAIS_ENGINE_STOPPED)
    return;
  g_signal_handlers_disconnect_by_data (old, self);
  self->waiting = FALSE;
  if (self->settings != NULL && !self->stopping)
    start_link (self);
}

/**
 * dais_engine_handle_wait_for:
 * @old: an engine that is ending
 *
 * Before the first dais_engine_handle_configure().
 */
void
dais_engine_handle_wait_for (DaisEngineHandle *self, DaisEngineHandle *old)
{
  self->waiting = TRUE;
  g_signal_connect_object (
      old, "state-changed", G_CALLBACK (on_old_changed), self, 0);
}

/**
 * dais_engine_handle_configure:
 * @settings: a{sv}, floating is sunk
 *
 * Tells the engine its settings now, and again whenever it restarts.
 */
void
dais_engine_handle_configure (DaisEngineHandle *self, GVariant *settings)
{
  g_autoptr (GVariant) old = g_steal_pointer (&self->settings);

  self->settings = g_variant_ref_sink (settings);
  if (self->stopping || self->waiting)
    return;
  if (self->link == NULL && self->restart_id == 0)
    start_link (self);
  else if (self->link != NULL && dais_engine_link_is_ready (self->link) &&
      (old == NULL || !g_variant_equal (old, settings)))
    tell_settings (self);
}

/**
 * dais_engine_handle_apply_async:
 * @state: a{sv}, floating is sunk
 *
 * See the header. The state survives the engine's restarts.
 */
void
dais_engine_handle_apply_async (DaisEngineHandle *self, GVariant *state,
    guint64 rev, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, dais_engine_handle_apply_async);
  dais_apply_queue_push (self->applies, state, rev, task);
}

/**
 * dais_engine_handle_apply_finish:
 * @running_time: (out) (optional): ns on the shared clock
 */
gboolean
dais_engine_handle_apply_finish (DaisEngineHandle *self, GAsyncResult *result,
    guint64 *running_time, GError **error)
{
  g_autofree guint64 *answer = NULL;

  answer = g_task_propagate_pointer (G_TASK (result), error);
  if (answer == NULL)
    return FALSE;
  if (running_time != NULL)
    *running_time = *answer;
  return TRUE;
}

/**
 * dais_engine_handle_set_levels:
 *
 * Turns the signal "levels" on or off, now and for later processes.
 */
void
dais_engine_handle_set_levels (DaisEngineHandle *self, gboolean on)
{
  if (self->levels == on)
    return;
  self->levels = on;
  if (self->link != NULL && dais_engine_link_is_ready (self->link))
    dais_ipc_engine_call_set_levels (
        dais_engine_link_get_engine (self->link), on, NULL, NULL, NULL);
}

/**
 * dais_engine_handle_get_loudness:
 *
 * To be asked when levels come.
 *
 * Returns: LUFS of the last three seconds of a room's mix; NAN where the engine
 *   does not tell
 */
gdouble
dais_engine_handle_get_loudness (DaisEngineHandle *self)
{
  return self->loudness;
}

static void
on_viewer_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dais_ipc_engine_call_add_viewer_finish (
          DAIS_IPC_ENGINE (object), NULL, result, &error)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  g_dbus_error_strip_remote_error (error);
  if (error->domain != DAIS_ERROR)
    g_prefix_error (&error, "the engine did not take the viewer: ");
  g_task_return_error (task, error);
}

/**
 * dais_engine_handle_add_viewer_async:
 * @fd: (transfer full): the viewer's connection
 *
 * See the header. Cancelling ends the wait, not a hand-over already sent.
 */
void
dais_engine_handle_add_viewer_async (DaisEngineHandle *self,
    const gchar *output, gint fd, const gchar *head, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GUnixFDList) fds = NULL;

  g_task_set_source_tag (task, dais_engine_handle_add_viewer_async);
  if (self->link == NULL || !dais_engine_link_is_ready (self->link)) {
    g_close (fd, NULL);
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "the engine of '%s' is restarting, try again in a second", self->slug);
    return;
  }
  fds = g_unix_fd_list_new_from_array (&fd, 1); /* takes fd */
  dais_ipc_engine_call_add_viewer (dais_engine_link_get_engine (self->link),
      output, g_variant_new_handle (0), head, fds, cancellable, on_viewer_added,
      g_steal_pointer (&task));
}

gboolean
dais_engine_handle_add_viewer_finish (
    DaisEngineHandle *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- what is known --- */

DaisEngineKind
dais_engine_handle_get_kind (DaisEngineHandle *self)
{
  return self->kind;
}

const gchar *
dais_engine_handle_get_slug (DaisEngineHandle *self)
{
  return self->slug;
}

DaisEngineState
dais_engine_handle_get_state (DaisEngineHandle *self)
{
  return self->state;
}

/**
 * dais_engine_handle_get_restarts:
 *
 * Returns: how often a process had to be replaced since the daemon started
 */
guint
dais_engine_handle_get_restarts (DaisEngineHandle *self)
{
  return self->restarts;
}

GPid
dais_engine_handle_get_pid (DaisEngineHandle *self)
{
  return self->link == NULL ? 0 : dais_engine_link_get_pid (self->link);
}

/**
 * dais_engine_handle_get_frames:
 *
 * Returns: pictures that left the present process, as of its last ping
 */
guint64
dais_engine_handle_get_frames (DaisEngineHandle *self)
{
  return self->link == NULL ? 0 : dais_engine_link_get_frames (self->link);
}

/**
 * dais_engine_handle_get_health:
 * @health: (out caller-allocates): filled; of a source only
 */
void
dais_engine_handle_get_health (DaisEngineHandle *self, DaisEngineHealth *health)
{
  DaisIpcSource *source = NULL;

  *health = (DaisEngineHealth){ "connecting", self->lost_us, 0.0, "", "" };
  if (self->link != NULL && dais_engine_link_is_ready (self->link))
    source = dais_engine_link_get_source (self->link);
  if (source != NULL && dais_ipc_source_get_state (source) != NULL) {
    health->state = dais_ipc_source_get_state (source);
    health->since_us = dais_ipc_source_get_since (source);
    health->fps = dais_ipc_source_get_fps (source);
    health->error = dais_ipc_source_get_error (source);
    health->type = dais_ipc_source_get_type_ (source);
  } else if (self->state == DAIS_ENGINE_WAITING || self->restarts > 0) {
    health->state = "lost";
    health->error = "its process ended unexpectedly and is being restarted";
  }
}

/**
 * dais_engine_handle_stop:
 *
 * Ends the engine for good.
 */
void
dais_engine_handle_stop (DaisEngineHandle *self)
{
  self->stopping = TRUE;
  g_clear_handle_id (&self->restart_id, g_source_remove);
  if (self->link != NULL)
    dais_engine_link_stop (self->link);
  else
    set_state (self, DAIS_ENGINE_STOPPED);
}

/**
 * dais_engine_handle_new:
 * @program: (transfer none): must outlive the handle
 *
 * Returns: (transfer full): a handle without a process
 */
DaisEngineHandle *
dais_engine_handle_new (
    const DaisEngineProgram *program, DaisEngineKind kind, const gchar *slug)
{
  DaisEngineHandle *self = g_object_new (DAIS_TYPE_ENGINE_HANDLE, NULL);

  self->program = program;
  self->kind = kind;
  self->slug = g_strdup (slug);
  return self;
}

static void
dais_engine_handle_finalize (GObject *object)
{
  DaisEngineHandle *self = DAIS_ENGINE_HANDLE (object);

  g_clear_handle_id (&self->restart_id, g_source_remove);
  if (self->link != NULL)
    g_signal_handlers_disconnect_by_data (self->link, self);
  g_clear_object (&self->link);
  g_clear_pointer (&self->applies, dais_apply_queue_free);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_pointer (&self->slug, g_free);
  G_OBJECT_CLASS (dais_engine_handle_parent_class)->finalize (object);
}

static void
dais_engine_handle_class_init (DaisEngineHandleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_engine_handle_finalize;

  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed",
      DAIS_TYPE_ENGINE_HANDLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 0);
  signals[SIGNAL_HEALTH_CHANGED] = g_signal_new ("health-changed",
      DAIS_TYPE_ENGINE_HANDLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 0);
  signals[SIGNAL_LEVELS] = g_signal_new ("levels", DAIS_TYPE_ENGINE_HANDLE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
  signals[SIGNAL_VIEWERS] = g_signal_new ("viewers", DAIS_TYPE_ENGINE_HANDLE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
dais_engine_handle_init (DaisEngineHandle *self)
{
  self->state = DAIS_ENGINE_STOPPED;
  self->lost_us = g_get_real_time ();
  self->applies = dais_apply_queue_new ();
  self->loudness = NAN;
}
