/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/server-private.h"
#include "net/socketio/sio-private.h"

/**
 * dais_sio_options_init:
 * @options: (out caller-allocates): socket.io's own defaults
 */
void
dais_sio_options_init (DaisSioOptions *options)
{
  options->ping_interval_ms = 25000;
  options->ping_timeout_ms = 20000;
  options->upgrade_timeout_ms = 10000;
  options->connect_timeout_ms = 45000;
  options->max_payload = 1000000;
  options->max_sessions = 20000;
  options->recovery_ms = 0;
  options->takes_text_auth = FALSE;
}

static void
namespace_free (DaisSioNamespace *self)
{
  g_hash_table_unref (self->sockets);
  g_hash_table_unref (self->rooms);
  g_clear_pointer (&self->recovery, dais_sio_recovery_free);
  g_free (self->name);
  g_free (self);
}

/**
 * dais_sio_server_new:
 * @server: the HTTP server
 * @path: "/socket.io"
 * @options: copied
 *
 * Returns: (transfer full): serves @path from now on, without a namespace
 */
DaisSioServer *
dais_sio_server_new (
    DaisServer *server, const gchar *path, const DaisSioOptions *options)
{
  DaisSioServer *self = g_new0 (DaisSioServer, 1);
  const DaisEioOptions eio_options = {
    .ping_interval_ms = options->ping_interval_ms,
    .ping_timeout_ms = options->ping_timeout_ms,
    .upgrade_timeout_ms = options->upgrade_timeout_ms,
    .max_payload = options->max_payload,
    .max_sessions = options->max_sessions,
  };

  self->options = *options;
  self->reactor = dais_reactor_ref (dais_server_get_reactor (server));
  self->namespaces = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) namespace_free);
  self->eio = dais_eio_server_new (
      server, path, &eio_options, &dais_sio_eio_callbacks, self);
  return self;
}

/**
 * dais_sio_server_free:
 * @self: (transfer full): the server; dais_server_stop() comes first
 */
void
dais_sio_server_free (DaisSioServer *self)
{
  g_clear_pointer (&self->eio, dais_eio_server_free);
  g_hash_table_unref (self->namespaces);
  g_clear_pointer (&self->reactor, dais_reactor_unref);
  g_free (self);
}

/**
 * dais_sio_server_get_n_sessions:
 * @self: the server
 *
 * Returns: connections, whatever they have joined
 */
guint
dais_sio_server_get_n_sessions (DaisSioServer *self)
{
  return dais_eio_server_get_n_sessions (self->eio);
}

/**
 * dais_sio_server_add_namespace:
 * @self: the server
 * @name: "/" or "/custom"
 * @callbacks: copied
 * @user_data: for @callbacks
 *
 * Returns: (transfer none): a namespace that clients may join from now on
 */
DaisSioNamespace *
dais_sio_server_add_namespace (DaisSioServer *self, const gchar *name,
    const DaisSioCallbacks *callbacks, gpointer user_data)
{
  DaisSioNamespace *space = g_new0 (DaisSioNamespace, 1);

  space->server = self;
  space->name = g_strdup (name);
  space->callbacks = *callbacks;
  space->user_data = user_data;
  space->sockets = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) dais_sio_socket_unref);
  space->rooms = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) dais_sio_room_free);
  if (self->options.recovery_ms > 0)
    space->recovery = dais_sio_recovery_new (self->options.recovery_ms);
  g_hash_table_insert (self->namespaces, space->name, space);
  return space;
}
