/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/eio-private.h"

#include <string.h>

#define NOOP_MS 100

/* What a websocket of Engine.IO is opened with: it has its own heartbeat. */
DaisSocketOptions
dais_eio_socket_options (DaisEioServer *server)
{
  DaisSocketOptions options = {
    .max_message = server->options.max_payload,
    .ping_interval_ms = DAIS_SOCKET_NEVER,
    .idle_timeout_ms = DAIS_SOCKET_NEVER,
  };

  return options;
}

static void
free_upgrade (DaisEioSession *self)
{
  DaisEioUpgrade *upgrade = g_steal_pointer (&self->upgrade);

  dais_reactor_stop_timer (self->server->reactor, &upgrade->timer);
  dais_reactor_stop_timer (self->server->reactor, &upgrade->noop);
  g_clear_pointer (&upgrade->socket, dais_socket_unref);
  g_free (upgrade);
}

/* Gives the attempt up; the polling session lives on. */
void
dais_eio_upgrade_end (DaisEioSession *self)
{
  g_autoptr (DaisEioSession) kept = dais_eio_session_ref (self);

  if (self->upgrade == NULL)
    return;
  dais_socket_close (self->upgrade->socket, 1005, NULL);
  free_upgrade (self);
}

static void
on_timeout (DaisTimer *timer)
{
  DaisEioUpgrade *upgrade = (DaisEioUpgrade *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisEioUpgrade, timer));

  dais_eio_upgrade_end (upgrade->session);
}

/* The client stops polling only after the GET that waits was answered. */
static void
on_noop (DaisTimer *timer)
{
  DaisEioUpgrade *upgrade = (DaisEioUpgrade *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisEioUpgrade, noop));
  DaisEioSession *self = upgrade->session;

  dais_eio_polling_answer (self, DAIS_EIO_NOOP);
  dais_reactor_start_timer (self->server->reactor, timer, NOOP_MS);
}

/* "5": the websocket is the transport from now on. */
static void
complete (DaisEioSession *self)
{
  g_autoptr (GPtrArray) queue = g_steal_pointer (&self->queue);

  dais_eio_polling_answer (self, DAIS_EIO_NOOP);
  self->socket = g_steal_pointer (&self->upgrade->socket);
  free_upgrade (self);
  self->queued = 0;
  dais_reactor_undefer (self->server->reactor, &self->flush);
  for (guint i = 0; queue != NULL && i < queue->len; i++)
    dais_eio_session_send (self, g_ptr_array_index (queue, i));
  if (self->version == 4 && self->awaits_pong)
    dais_eio_session_start_heartbeat (self);
}

static void
on_probe_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  DaisEioSession *self = user_data;
  DaisEioUpgrade *upgrade = self->upgrade;

  if (self->socket == socket) {
    dais_eio_socket_callbacks.message (
        socket, is_text, data, length, user_data);
    return;
  }
  if (upgrade == NULL || upgrade->socket != socket)
    return;
  if (is_text && g_str_equal (data, "2probe")) {
    upgrade->is_probed = TRUE;
    dais_socket_send_text (socket, "3probe");
    dais_eio_polling_answer (self, DAIS_EIO_NOOP);
    dais_reactor_start_timer (self->server->reactor, &upgrade->noop, NOOP_MS);
  } else if (is_text && upgrade->is_probed && g_str_equal (data, "5")) {
    complete (self);
  } else {
    dais_eio_upgrade_end (self);
  }
}

static void
on_probe_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  DaisEioSession *self = user_data;

  if (self->upgrade != NULL && self->upgrade->socket == socket)
    free_upgrade (self);
  dais_eio_socket_callbacks.closed (socket, code, user_data);
}

static const DaisSocketCallbacks probe_callbacks = {
  .message = on_probe_message,
  .closed = on_probe_closed,
};

/* A websocket for a session that exists. A second one, or one for a session
 * that is upgraded, is closed; the first is not affected. */
void
dais_eio_upgrade_begin (DaisEioSession *self, DaisRequest *request)
{
  const DaisSocketOptions options = dais_eio_socket_options (self->server);
  DaisSocket *socket = dais_socket_accept (
      request, &options, &probe_callbacks, self);
  DaisEioUpgrade *upgrade;

  if (socket == NULL)
    return;
  dais_eio_session_ref (self); /* given back in `closed` */
  if (self->socket != NULL || self->upgrade != NULL ||
      self->state != DAIS_EIO_STATE_OPEN) {
    dais_socket_close (socket, 1005, NULL);
    return;
  }
  upgrade = g_new0 (DaisEioUpgrade, 1);
  upgrade->session = self;
  upgrade->socket = dais_socket_ref (socket);
  upgrade->timer.expired = on_timeout;
  upgrade->noop.expired = on_noop;
  self->upgrade = upgrade;
  dais_reactor_start_timer (self->server->reactor, &upgrade->timer,
      self->server->options.upgrade_timeout_ms);
}
