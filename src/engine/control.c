/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/control.h"

#include "core/error.h"
#include "core/log.h"
#include "dais-engine-ipc.h"
#include "engine/body.h"
#include "ipc/protocol.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>

#define OBJECT_PATH     "/org/dais/Engine"
#define STOP_TIMEOUT_MS 2000
/* More than one daemon only while one adopts from a dying one. */
#define MAX_CONNECTIONS 8
/* GStreamer messages logged per second; a broken stream can post thousands. */
#define MAX_LOG_RATE 20
/* Once said, the same is not said again for so long. */
#define SAME_LOG_US    (60 * G_USEC_PER_SEC)
#define MAX_LOG_MEMORY 100
#define MAX_HEAD       (16 * 1024)

struct _DaisControl {
  const DaisControlSettings *settings;
  const DaisBodyClass *klass;
  gpointer body;
  GMainLoop *loop;
  GDBusServer *server;
  GPtrArray *connections; /* (element-type GDBusConnection) */
  DaisIpcEngine *engine;
  guint grace_id;
  guint stop_id;
  gboolean stopping;
  int exit_code;
};

static const DaisBodyClass *const bodies[] = {
  &dais_source_body,
  &dais_room_body,
};

/* --- what a body may ask --- */

const gchar *
dais_control_get_slug (DaisControl *self)
{
  return self->settings->slug;
}

const gchar *
dais_control_get_runtime (DaisControl *self)
{
  return self->settings->runtime;
}

/**
 * dais_control_wire_path:
 * @suffix: ".v", ".a" or ".v-640x360"
 *
 * Returns: (transfer full): the path of this engine's wire socket
 */
gchar *
dais_control_wire_path (DaisControl *self, const gchar *suffix)
{
  g_autofree gchar *folder = g_build_filename (
      self->settings->runtime, "w", NULL);
  g_autofree gchar *name = g_strconcat (self->settings->slug, suffix, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_warning ("cannot make the folder '%s': %s", folder, g_strerror (errno));
  return g_build_filename (folder, name, NULL);
}

/**
 * dais_control_emit_levels:
 * @levels: a(sdd): name, peak and RMS in dBFS; the caller sends at most ten a
 *     second
 *
 * Sends the signal Levels to every daemon that is connected.
 */
void
dais_control_emit_levels (DaisControl *self, GVariant *levels)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (levels);

  dais_ipc_engine_emit_levels (self->engine, owned);
}

/**
 * dais_control_emit_loudness:
 * @loudness: LUFS of the last three seconds; sent before the levels
 *
 * Sends the signal Loudness to every daemon that is connected.
 */
void
dais_control_emit_loudness (DaisControl *self, gdouble loudness)
{
  dais_ipc_engine_emit_loudness (self->engine, loudness);
}

/**
 * dais_control_emit_viewers:
 * @viewers: a{su}: output to number of viewers
 *
 * Sends the signal Viewers to every daemon that is connected.
 */
void
dais_control_emit_viewers (DaisControl *self, GVariant *viewers)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (viewers);

  dais_ipc_engine_emit_viewers (self->engine, owned);
}

/**
 * dais_control_stopped:
 *
 * The body tells that it is down; the process ends.
 */
void
dais_control_stopped (DaisControl *self)
{
  g_main_loop_quit (self->loop);
}

/**
 * dais_control_redact:
 *
 * Returns: (transfer full): @text, in every URL of which the user, the
 *     password and the query are replaced by "…"
 */
gchar *
dais_control_redact (const gchar *text)
{
  static gsize once = 0;
  static GRegex *user, *query;
  g_autofree gchar *half = NULL;

  if (g_once_init_enter (&once)) {
    user = g_regex_new (
        "([a-z0-9+.-]+://)[^/\\s\"']*@", G_REGEX_CASELESS, 0, NULL);
    query = g_regex_new (
        "([a-z0-9+.-]+://[^?\\s\"']*\\?)[^\\s\"']+", G_REGEX_CASELESS, 0, NULL);
    g_once_init_leave (&once, 1);
  }
  half = g_regex_replace (user, text, -1, 0, "\\1…@", 0, NULL);
  if (half == NULL) /* not UTF-8 */
    return g_strdup ("(text that is not UTF-8)");
  return g_regex_replace (query, half, -1, 0, "\\1…", 0, NULL);
}

/* A camera that is away says the same every few seconds; a broken stream says
 * thousands of things a second. */
static gboolean
may_log (const gchar *text)
{
  static GMutex lock;
  static gint64 window = 0, memory = 0;
  static guint count = 0;
  static GHashTable *said = NULL; /* (element-type utf8) */
  gint64 now = g_get_monotonic_time ();
  gboolean may;

  g_mutex_lock (&lock);
  if (said == NULL)
    said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (now - memory > SAME_LOG_US || g_hash_table_size (said) > MAX_LOG_MEMORY) {
    g_hash_table_remove_all (said);
    memory = now;
  }
  if (now - window > G_USEC_PER_SEC) {
    if (count > MAX_LOG_RATE)
      g_message ("%u further media messages left out", count - MAX_LOG_RATE);
    window = now;
    count = 0;
  }
  may = !g_hash_table_contains (said, text) && ++count <= MAX_LOG_RATE;
  if (may)
    g_hash_table_add (said, g_strdup (text));
  g_mutex_unlock (&lock);
  return may;
}

/* Called on whatever thread posts the message. */
static GstBusSyncReply
on_message_sync (GstBus *bus, GstMessage *message, gpointer user_data)
{
  DaisControl *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *clean = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &detail);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, &detail);
  else
    return GST_BUS_PASS;
  if (!may_log (error->message))
    return GST_BUS_PASS;
  path = gst_object_get_path_string (GST_MESSAGE_SRC (message));
  text = g_strdup_printf ("%s: %s", path, error->message);
  clean = dais_control_redact (text);
  dais_log_with_field (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE,
      g_str_equal (self->settings->kind, "room") ? "ROOM" : "STREAM",
      self->settings->slug, "%s", clean);
  if (detail != NULL) {
    g_autofree gchar *clean_detail = dais_control_redact (detail);

    g_debug ("%s: %s", path, clean_detail);
  }
  return GST_BUS_PASS;
}

/**
 * dais_control_pipeline_new:
 * @name: what the element paths in the log begin with
 *
 * Returns: (transfer full): an empty pipeline on the shared monotonic clock
 */
GstElement *
dais_control_pipeline_new (DaisControl *self, const gchar *name)
{
  GstElement *pipeline = gst_object_ref_sink (gst_pipeline_new (name));
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_base_time (pipeline, 0);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_bus_set_sync_handler (bus, on_message_sync, self, NULL);
  return pipeline;
}

/* --- the end --- */

static gboolean
on_stop_timeout (gpointer user_data)
{
  DaisControl *self = user_data;

  g_warning ("the media did not come down in time, ending without it");
  self->stop_id = 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
begin_stop (DaisControl *self, int exit_code)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  self->exit_code = exit_code;
  g_clear_handle_id (&self->grace_id, g_source_remove);
  self->stop_id = g_timeout_add (STOP_TIMEOUT_MS, on_stop_timeout, self);
  /* nobody may adopt what is about to end */
  g_dbus_server_stop (self->server);
  self->klass->stop (self->body);
}

static gboolean
on_signal (gpointer user_data)
{
  begin_stop (user_data, EX_OK);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_grace_over (gpointer user_data)
{
  DaisControl *self = user_data;

  self->grace_id = 0;
  g_message ("no daemon for %u s, stopping", self->settings->grace_s);
  begin_stop (self, EX_OK);
  return G_SOURCE_REMOVE;
}

static void
start_grace (DaisControl *self)
{
  if (self->grace_id == 0 && self->settings->grace_s > 0 && !self->stopping)
    self->grace_id = g_timeout_add_seconds (
        self->settings->grace_s, on_grace_over, self);
}

/* --- org.dais.Engine --- */

static gboolean
on_handle_ping (
    DaisIpcEngine *engine, GDBusMethodInvocation *invocation, DaisControl *self)
{
  guint64 frames = 0;
  gboolean resting = TRUE;

  self->klass->ping (self->body, &frames, &resting);
  dais_ipc_engine_complete_ping (engine, invocation, frames, resting);
  return TRUE;
}

static gboolean
on_handle_stop (
    DaisIpcEngine *engine, GDBusMethodInvocation *invocation, DaisControl *self)
{
  dais_ipc_engine_complete_stop (engine, invocation);
  begin_stop (self, EX_OK);
  return TRUE;
}

static gboolean
add_viewer (DaisControl *self, GUnixFDList *fds, GVariant *handle,
    const gchar *output, const gchar *head, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fd = -1;

  if (self->stopping) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE, "the engine is stopping");
    return FALSE;
  }
  if (strlen (head) > MAX_HEAD) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE, "the head is over 16 KiB");
    return FALSE;
  }
  if (fds == NULL) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_INVALID, "no socket came with the call");
    return FALSE;
  }
  fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
  if (fd < 0)
    return FALSE;
  socket = g_socket_new_from_fd (fd, error);
  if (socket == NULL) {
    g_close (fd, NULL);
    return FALSE;
  }
  return self->klass->add_viewer (self->body, output, socket, head, error);
}

static gboolean
on_handle_add_viewer (DaisIpcEngine *engine, GDBusMethodInvocation *invocation,
    GUnixFDList *fds, const gchar *output, GVariant *handle, const gchar *head,
    DaisControl *self)
{
  g_autoptr (GError) error = NULL;

  if (add_viewer (self, fds, handle, output, head, &error))
    dais_ipc_engine_complete_add_viewer (engine, invocation, NULL);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return TRUE;
}

static gboolean
on_handle_set_levels (DaisIpcEngine *engine, GDBusMethodInvocation *invocation,
    gboolean on, DaisControl *self)
{
  self->klass->set_levels (self->body, on);
  dais_ipc_engine_complete_set_levels (engine, invocation);
  return TRUE;
}

/* --- connections --- */

static void
on_connection_closed (GDBusConnection *connection, gboolean remote_vanished,
    GError *error, DaisControl *self)
{
  GDBusInterfaceSkeleton *own = self->klass->get_interface (self->body);

  g_dbus_interface_skeleton_unexport_from_connection (
      G_DBUS_INTERFACE_SKELETON (self->engine), connection);
  g_dbus_interface_skeleton_unexport_from_connection (own, connection);
  g_signal_handlers_disconnect_by_data (connection, self);
  g_ptr_array_remove_fast (self->connections, connection);
  if (self->connections->len == 0) {
    g_debug ("the daemon left");
    start_grace (self);
  }
}

static gboolean
on_new_connection (
    GDBusServer *server, GDBusConnection *connection, DaisControl *self)
{
  GDBusInterfaceSkeleton *own = self->klass->get_interface (self->body);
  g_autoptr (GError) error = NULL;

  if (self->connections->len >= MAX_CONNECTIONS) {
    g_warning ("refused one more control connection, %u are open",
        self->connections->len);
    return FALSE;
  }
  if (!g_dbus_interface_skeleton_export (
          G_DBUS_INTERFACE_SKELETON (self->engine), connection, OBJECT_PATH,
          &error) ||
      !g_dbus_interface_skeleton_export (
          own, connection, OBJECT_PATH, &error)) {
    g_warning ("cannot serve a control connection: %s", error->message);
    return FALSE;
  }
  g_ptr_array_add (self->connections, g_object_ref (connection));
  g_signal_connect (
      connection, "closed", G_CALLBACK (on_connection_closed), self);
  g_clear_handle_id (&self->grace_id, g_source_remove);
  return TRUE;
}

/* Whether somebody listens on @path; a dead socket file is removed. */
static gboolean
socket_is_taken (const gchar *path)
{
  g_autoptr (GSocket) probe = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;

  if (probe == NULL)
    return FALSE;
  g_socket_set_blocking (probe, FALSE);
  if (g_socket_connect (probe, address, NULL, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PENDING))
    return TRUE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_unlink (path);
  return FALSE;
}

static int
start_server (DaisControl *self)
{
  const gchar *path = self->settings->socket;
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *escaped = g_dbus_address_escape_value (path);
  g_autofree gchar *address = g_strconcat ("unix:path=", escaped, NULL);
  g_autofree gchar *guid = g_dbus_generate_guid ();
  g_autoptr (GError) error = NULL;

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path) {
    g_warning ("the socket path '%s' is longer than 107 bytes; use a shorter "
               "data or runtime folder",
        path);
    return EX_CONFIG;
  }
  if (g_mkdir_with_parents (folder, 0700) != 0) {
    g_warning ("cannot make the folder '%s': %s", folder, g_strerror (errno));
    return EX_CANTCREAT;
  }
  if (socket_is_taken (path)) {
    g_warning ("another engine is running on '%s'", path);
    return EX_UNAVAILABLE;
  }
  /* clang-format off */
  self->server = g_dbus_server_new_sync (address, /* check-source: allow sync-io: it only binds */
      /* clang-format on */
      G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid, NULL, NULL,
      &error);
  if (self->server == NULL) {
    g_warning ("cannot listen on '%s': %s", path, error->message);
    return EX_CANTCREAT;
  }
  g_signal_connect (
      self->server, "new-connection", G_CALLBACK (on_new_connection), self);
  g_dbus_server_start (self->server);
  return EX_OK;
}

static void
create_engine (DaisControl *self)
{
  self->engine = dais_ipc_engine_skeleton_new ();
  dais_ipc_engine_set_version (self->engine, DAIS_VERSION);
  dais_ipc_engine_set_protocol (self->engine, DAIS_IPC_PROTOCOL);
  dais_ipc_engine_set_kind (self->engine, self->settings->kind);
  dais_ipc_engine_set_slug (self->engine, self->settings->slug);
  dais_ipc_engine_set_pid (self->engine, (guint) getpid ());
  g_object_connect (self->engine, "signal::handle-ping", on_handle_ping, self,
      "signal::handle-stop", on_handle_stop, self, "signal::handle-add-viewer",
      on_handle_add_viewer, self, "signal::handle-set-levels",
      on_handle_set_levels, self, NULL);
}

static void
close_connections (DaisControl *self)
{
  for (guint i = 0; i < self->connections->len; i++) {
    GDBusConnection *connection = self->connections->pdata[i];

    g_signal_handlers_disconnect_by_data (connection, self);
    /* the answer to Stop is still on its way */
    g_dbus_connection_flush_sync (connection, NULL, NULL);
    g_dbus_connection_close (connection, NULL, NULL, NULL);
  }
  if (self->connections->len > 0) {
    g_dbus_interface_skeleton_unexport (
        G_DBUS_INTERFACE_SKELETON (self->engine));
    g_dbus_interface_skeleton_unexport (
        self->klass->get_interface (self->body));
  }
  g_clear_pointer (&self->connections, g_ptr_array_unref);
}

/**
 * dais_control_run:
 * @settings: lives as long as the call
 *
 * Listens on the control socket, makes the body of the kind and serves both
 * until Stop, SIGTERM or the end of the grace time.
 *
 * Returns: EX_OK, EX_USAGE (no such kind), EX_CONFIG, EX_CANTCREAT or
 *     EX_UNAVAILABLE (another engine lives on the socket)
 */
int
dais_control_run (const DaisControlSettings *settings)
{
  DaisControl self = { .settings = settings };
  guint term_id, int_id;
  int failed;

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    if (g_strcmp0 (bodies[i]->kind, settings->kind) == 0)
      self.klass = bodies[i];
  if (self.klass == NULL) {
    g_warning ("no kind of engine is called '%s'", settings->kind);
    return EX_USAGE;
  }
  self.loop = g_main_loop_new (NULL, FALSE);
  self.connections = g_ptr_array_new_with_free_func (g_object_unref);
  create_engine (&self);
  self.body = self.klass->create (&self);
  failed = start_server (&self);
  if (failed == EX_OK) {
    term_id = g_unix_signal_add (SIGTERM, on_signal, &self);
    int_id = g_unix_signal_add (SIGINT, on_signal, &self);
    start_grace (&self);
    g_main_loop_run (self.loop);
    g_source_remove (term_id);
    g_source_remove (int_id);
    g_clear_handle_id (&self.stop_id, g_source_remove);
    failed = self.exit_code;
  }
  close_connections (&self);
  g_clear_object (&self.server);
  self.klass->free (self.body);
  g_clear_object (&self.engine);
  g_clear_pointer (&self.loop, g_main_loop_unref);
  return failed;
}
