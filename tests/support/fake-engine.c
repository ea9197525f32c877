/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-fake-engine"
#include "config.h"

#include "core/error.h"
#include "dais-engine-ipc.h"
#include "ipc/protocol.h"

#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Speaks the border of an engine (dais-engine.xml) without any media, so that
 * the supervisor and the services can be tested alone. The key "fake" in the
 * settings of Configure makes it misbehave: "crash" ends it at once, "hang"
 * stops its main loop, "still" lets its frames stand, "refuse" refuses the
 * settings. Every other key is ignored. A source's "fake-state" becomes its
 * State. It listens only after the milliseconds of $FAKE_ENGINE_DELAY, and says
 * to be of $FAKE_ENGINE_VERSION and $FAKE_ENGINE_PROTOCOL.
 */
#define OBJECT_PATH "/org/dais/Engine"

typedef struct {
  GMainLoop *loop;
  DaisIpcEngine *engine;
  DaisIpcSource *source;
  DaisIpcRoom *room;
  guint connections;
  guint grace_s;
  guint grace_id;
  guint levels_id;
  guint64 frames;
  gboolean still;
} FakeEngine;

static gchar *opt_socket, *opt_slug, *opt_runtime;
static gint opt_grace = 30, opt_lock = -1;

static const GOptionEntry options[] = {
  { "socket", 0, 0, G_OPTION_ARG_FILENAME, &opt_socket, NULL, NULL },
  { "slug", 0, 0, G_OPTION_ARG_STRING, &opt_slug, NULL, NULL },
  { "runtime", 0, 0, G_OPTION_ARG_FILENAME, &opt_runtime, NULL, NULL },
  { "grace", 0, 0, G_OPTION_ARG_INT, &opt_grace, NULL, NULL },
  { "lock", 0, 0, G_OPTION_ARG_INT, &opt_lock, NULL, NULL },
  { NULL },
};

static gboolean
on_grace_over (gpointer user_data)
{
  FakeEngine *self = user_data;

  self->grace_id = 0;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_ping (DaisIpcEngine *engine, GDBusMethodInvocation *call, FakeEngine *self)
{
  if (!self->still)
    self->frames += 30;
  dais_ipc_engine_complete_ping (engine, call, self->frames, FALSE);
  return TRUE;
}

static gboolean
on_stop (DaisIpcEngine *engine, GDBusMethodInvocation *call, FakeEngine *self)
{
  dais_ipc_engine_complete_stop (engine, call);
  g_idle_add_once ((GSourceOnceFunc) g_main_loop_quit, self->loop);
  return TRUE;
}

static gboolean
on_add_viewer (DaisIpcEngine *engine, GDBusMethodInvocation *call,
    GUnixFDList *fds, const gchar *output, GVariant *handle, const gchar *head,
    FakeEngine *self)
{
  g_autofree gchar *response = NULL;
  gint fd;

  if (g_str_equal (output, "none")) {
    g_dbus_method_invocation_return_error (
        call, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "no output '%s'", output);
    return TRUE;
  }
  fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
  response = g_strconcat ("HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\n",
      head, "\r\n", output, " of ", opt_slug, NULL);
  if (send (fd, response, strlen (response), MSG_NOSIGNAL) < 0)
    g_message ("the viewer is gone");
  g_close (fd, NULL);
  dais_ipc_engine_complete_add_viewer (engine, call, NULL);
  return TRUE;
}

static gboolean
on_levels_due (gpointer user_data)
{
  FakeEngine *self = user_data;
  GVariantBuilder levels;

  g_variant_builder_init (&levels, G_VARIANT_TYPE ("a(sdd)"));
  g_variant_builder_add (&levels, "(sdd)", "", -12.0, -18.0);
  dais_ipc_engine_emit_loudness (self->engine, -20.0);
  dais_ipc_engine_emit_levels (self->engine, g_variant_builder_end (&levels));
  return G_SOURCE_CONTINUE;
}

static gboolean
on_set_levels (DaisIpcEngine *engine, GDBusMethodInvocation *call, gboolean on,
    FakeEngine *self)
{
  g_clear_handle_id (&self->levels_id, g_source_remove);
  if (on)
    self->levels_id = g_timeout_add (100, on_levels_due, self);
  dais_ipc_engine_complete_set_levels (engine, call);
  return TRUE;
}

static gboolean
obey (FakeEngine *self, GDBusMethodInvocation *call, GVariant *settings)
{
  const gchar *fake = "", *state = "live";

  g_variant_lookup (settings, "fake", "&s", &fake);
  g_variant_lookup (settings, "fake-state", "&s", &state);
  if (g_str_equal (fake, "crash"))
    _exit (1);
  if (g_str_equal (fake, "hang"))
    pause ();
  self->still = g_str_equal (fake, "still");
  if (g_str_equal (fake, "refuse")) {
    g_dbus_method_invocation_return_error (
        call, DAIS_ERROR, DAIS_ERROR_INVALID, "told to refuse");
    return FALSE;
  }
  dais_ipc_source_set_state (self->source, state);
  dais_ipc_source_set_since (self->source, g_get_real_time ());
  dais_ipc_source_set_fps (self->source, 30.0);
  dais_ipc_source_set_type_ (self->source, "av");
  return TRUE;
}

static gboolean
on_configure_source (DaisIpcSource *source, GDBusMethodInvocation *call,
    GVariant *settings, FakeEngine *self)
{
  if (obey (self, call, settings))
    dais_ipc_source_complete_configure (source, call);
  return TRUE;
}

static gboolean
on_configure_room (DaisIpcRoom *room, GDBusMethodInvocation *call,
    GVariant *settings, FakeEngine *self)
{
  if (obey (self, call, settings))
    dais_ipc_room_complete_configure (room, call);
  return TRUE;
}

static gboolean
on_apply (DaisIpcRoom *room, GDBusMethodInvocation *call, GVariant *state,
    guint64 rev, FakeEngine *self)
{
  dais_ipc_room_complete_apply (
      room, call, (guint64) g_get_monotonic_time () * 1000);
  return TRUE;
}

static void
on_closed (GDBusConnection *connection, gboolean remote, GError *error,
    FakeEngine *self)
{
  g_object_unref (connection);
  if (--self->connections == 0 && self->grace_s > 0)
    self->grace_id = g_timeout_add_seconds (self->grace_s, on_grace_over, self);
}

static gboolean
on_connection (
    GDBusServer *server, GDBusConnection *connection, FakeEngine *self)
{
  gboolean is_source = g_str_equal (
      dais_ipc_engine_get_kind (self->engine), "source");
  GDBusInterfaceSkeleton *body = is_source
      ? G_DBUS_INTERFACE_SKELETON (self->source)
      : G_DBUS_INTERFACE_SKELETON (self->room);

  g_dbus_interface_skeleton_export (
      G_DBUS_INTERFACE_SKELETON (self->engine), connection, OBJECT_PATH, NULL);
  g_dbus_interface_skeleton_export (body, connection, OBJECT_PATH, NULL);
  g_signal_connect (
      g_object_ref (connection), "closed", G_CALLBACK (on_closed), self);
  self->connections++;
  g_clear_handle_id (&self->grace_id, g_source_remove);
  return TRUE;
}

static void
create_interfaces (FakeEngine *self, const gchar *kind)
{
  self->engine = dais_ipc_engine_skeleton_new ();
  dais_ipc_engine_set_kind (self->engine, kind);
  dais_ipc_engine_set_slug (self->engine, opt_slug);
  dais_ipc_engine_set_version (self->engine,
      g_getenv ("FAKE_ENGINE_VERSION") != NULL
          ? g_getenv ("FAKE_ENGINE_VERSION")
          : DAIS_VERSION);
  dais_ipc_engine_set_protocol (self->engine,
      g_getenv ("FAKE_ENGINE_PROTOCOL") != NULL
          ? (guint) strtoul (g_getenv ("FAKE_ENGINE_PROTOCOL"), NULL, 10)
          : DAIS_IPC_PROTOCOL);
  dais_ipc_engine_set_pid (self->engine, (guint) getpid ());
  g_object_connect (self->engine, "signal::handle-ping", on_ping, self,
      "signal::handle-stop", on_stop, self, "signal::handle-add-viewer",
      on_add_viewer, self, "signal::handle-set-levels", on_set_levels, self,
      NULL);
  self->source = dais_ipc_source_skeleton_new ();
  dais_ipc_source_set_state (self->source, "connecting");
  g_signal_connect (
      self->source, "handle-configure", G_CALLBACK (on_configure_source), self);
  self->room = dais_ipc_room_skeleton_new ();
  g_object_connect (self->room, "signal::handle-configure", on_configure_room,
      self, "signal::handle-apply", on_apply, self, NULL);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("KIND");
  g_autoptr (GDBusServer) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *guid = g_dbus_generate_guid ();
  g_autofree gchar *address = NULL;
  FakeEngine self = { 0 };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 ||
      opt_socket == NULL || opt_slug == NULL)
    return 64;
  if (g_getenv ("FAKE_ENGINE_DELAY") != NULL)
    g_usleep (1000 * strtoul (g_getenv ("FAKE_ENGINE_DELAY"), NULL, 10));
  self.loop = g_main_loop_new (NULL, FALSE);
  self.grace_s = (guint) opt_grace;
  create_interfaces (&self, argv[1]);
  g_unlink (opt_socket);
  address = g_strconcat ("unix:path=", opt_socket, NULL);
  server = g_dbus_server_new_sync (address,
      G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid, NULL, NULL,
      &error);
  if (server == NULL)
    return 73;
  g_signal_connect (
      server, "new-connection", G_CALLBACK (on_connection), &self);
  g_dbus_server_start (server);
  self.grace_id = g_timeout_add_seconds (
      MAX (self.grace_s, 1), on_grace_over, &self);
  g_main_loop_run (self.loop);
  g_dbus_server_stop (server);
  g_main_loop_unref (self.loop);
  return 0;
}
