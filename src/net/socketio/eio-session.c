/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "core/json-writer.h"
#include "core/random-id.h"
#include "net/socketio/eio-private.h"

#include <string.h>

#define CLOSE_TIMEOUT_MS 30000 /* for the GET that fetches the close packet */

static void
on_timer (DaisTimer *timer)
{
  DaisEioSession *self = (DaisEioSession *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisEioSession, timer));
  g_autoptr (DaisEioPacket) ping = NULL;

  if (self->state == DAIS_EIO_STATE_CLOSING) {
    dais_eio_session_finish (self, self->reason);
    return;
  }
  if (self->version == 3 || self->awaits_pong) {
    dais_eio_session_finish (self, "ping timeout");
    return;
  }
  ping = dais_eio_packet_new_text (DAIS_EIO_PING, NULL, 0);
  dais_eio_session_send (self, ping);
  self->awaits_pong = TRUE;
  dais_reactor_start_timer (self->server->reactor, &self->timer,
      self->server->options.ping_timeout_ms);
}

/* EIO 4: the server pings. EIO 3: the client does, and must not fall silent. */
void
dais_eio_session_start_heartbeat (DaisEioSession *self)
{
  const DaisEioOptions *options = &self->server->options;

  self->awaits_pong = FALSE;
  dais_reactor_start_timer (self->server->reactor, &self->timer,
      self->version == 3 ? options->ping_interval_ms + options->ping_timeout_ms
                         : options->ping_interval_ms);
}

static void
on_flush (DaisDeferred *deferred)
{
  DaisEioSession *self = (DaisEioSession *) ((gchar *) deferred -
      G_STRUCT_OFFSET (DaisEioSession, flush));

  dais_eio_polling_flush (self);
}

DaisEioSession *
dais_eio_session_new (DaisEioServer *server, guint version, gboolean is_base64)
{
  DaisEioSession *self = g_new0 (DaisEioSession, 1);
  g_autofree gchar *id = dais_random_base64url (15);

  self->refs = 1;
  self->server = server;
  self->version = (guint8) version;
  self->is_base64 = is_base64;
  g_strlcpy (self->id, id, sizeof self->id);
  self->timer.expired = on_timer;
  self->flush.run = on_flush;
  g_hash_table_insert (server->sessions, self->id, self);
  return self;
}

/**
 * dais_eio_session_ref:
 * @self: a session
 *
 * Returns: (transfer full): @self
 */
DaisEioSession *
dais_eio_session_ref (DaisEioSession *self)
{
  self->refs++;
  return self;
}

/**
 * dais_eio_session_unref:
 * @self: (transfer full): a session
 */
void
dais_eio_session_unref (DaisEioSession *self)
{
  if (--self->refs > 0)
    return;
  g_clear_pointer (&self->queue, g_ptr_array_unref);
  g_free (self);
}

GPtrArray *
dais_eio_session_get_queue (DaisEioSession *self)
{
  if (self->queue == NULL)
    self->queue = g_ptr_array_new_with_free_func (
        (GDestroyNotify) dais_eio_packet_unref);
  return self->queue;
}

static gchar *
make_open_packet (DaisEioSession *self, gboolean can_upgrade)
{
  const DaisEioOptions *options = &self->server->options;
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "sid", self->id);
  dais_json_writer_name (writer, "upgrades");
  dais_json_writer_begin_array (writer);
  if (can_upgrade)
    dais_json_writer_string (writer, "websocket");
  dais_json_writer_end_array (writer);
  dais_json_writer_name_int (writer, "pingInterval", options->ping_interval_ms);
  dais_json_writer_name_int (writer, "pingTimeout", options->ping_timeout_ms);
  dais_json_writer_name_int (
      writer, "maxPayload", (gint64) options->max_payload);
  dais_json_writer_end_object (writer);
  return dais_json_writer_steal (writer);
}

/* @socket: (nullable): opened on a websocket, else by @request, a GET */
void
dais_eio_session_open (
    DaisEioSession *self, DaisRequest *request, DaisSocket *socket)
{
  g_autofree gchar *json = make_open_packet (self, socket == NULL);
  g_autoptr (DaisEioPacket) packet = dais_eio_packet_new_text (
      DAIS_EIO_OPEN, json, -1);

  if (socket != NULL)
    self->socket = dais_socket_ref (socket);
  dais_eio_session_send (self, packet);
  dais_eio_session_start_heartbeat (self);
  if (socket == NULL) {
    dais_eio_polling_get (self, request);
    dais_eio_polling_flush (self);
  }
  self->server->callbacks.opened (self, request, self->server->user_data);
}

/* The end of a session: nothing is sent any more. */
void
dais_eio_session_finish (DaisEioSession *self, const gchar *reason)
{
  DaisEioServer *server = self->server;
  DaisSocket *socket;

  if (self->state == DAIS_EIO_STATE_CLOSED)
    return;
  self->state = DAIS_EIO_STATE_CLOSED;
  dais_reactor_stop_timer (server->reactor, &self->timer);
  dais_reactor_undefer (server->reactor, &self->flush);
  dais_eio_upgrade_end (self);
  dais_eio_polling_end (self);
  socket = g_steal_pointer (&self->socket);
  if (socket != NULL) {
    dais_socket_close (socket, 1005, NULL);
    dais_socket_unref (socket);
  }
  g_clear_pointer (&self->queue, g_ptr_array_unref);
  server->callbacks.closed (self, reason, server->user_data);
  g_hash_table_remove (server->sessions, self->id);
}

/**
 * dais_eio_session_send:
 * @self: a session
 * @packet: (transfer none): may go to other sessions too
 *
 * Queues a packet. A polling session that lets more than the server's queue
 * limit wait is closed, as a socket is.
 */
void
dais_eio_session_send (DaisEioSession *self, DaisEioPacket *packet)
{
  if (self->state != DAIS_EIO_STATE_OPEN)
    return;
  if (self->socket != NULL) {
    dais_socket_send (
        self->socket, dais_eio_packet_get_frame (packet, self->version));
    return;
  }
  self->queued += dais_eio_packet_get_size (packet);
  g_ptr_array_add (
      dais_eio_session_get_queue (self), dais_eio_packet_ref (packet));
  if (self->queue->len > 1 &&
      self->queued > dais_server_get_limits (self->server->server)->max_queue) {
    dais_net_log_limited (
        "a polling client was dropped: it fetches too slowly");
    self->reason = "transport error";
    self->state = DAIS_EIO_STATE_CLOSING;
    g_ptr_array_set_size (self->queue, 0);
    dais_reactor_start_timer (self->server->reactor, &self->timer, 1);
    return;
  }
  if (self->poll != NULL)
    dais_reactor_defer (self->server->reactor, &self->flush);
}

/**
 * dais_eio_session_is_writable:
 * @self: a session
 *
 * Returns: whether a packet sent now would leave at once
 */
gboolean
dais_eio_session_is_writable (DaisEioSession *self)
{
  if (self->state != DAIS_EIO_STATE_OPEN)
    return FALSE;
  if (self->socket != NULL)
    return dais_socket_is_writable (self->socket);
  return self->poll != NULL;
}

/**
 * dais_eio_session_close:
 * @self: a session
 * @reason: static text for the closed callback
 *
 * Closes in good order: what is queued still goes. The callback may come from
 * inside this call.
 */
void
dais_eio_session_close (DaisEioSession *self, const gchar *reason)
{
  g_autoptr (DaisEioPacket) packet = NULL;

  if (self->state != DAIS_EIO_STATE_OPEN)
    return;
  if (self->socket != NULL) {
    dais_eio_session_finish (self, reason);
    return;
  }
  packet = dais_eio_packet_new_text (DAIS_EIO_CLOSE, NULL, 0);
  g_ptr_array_add (
      dais_eio_session_get_queue (self), dais_eio_packet_ref (packet));
  self->reason = reason;
  self->state = DAIS_EIO_STATE_CLOSING;
  dais_eio_upgrade_end (self);
  if (self->poll != NULL)
    dais_eio_polling_flush (self);
  else
    dais_reactor_start_timer (
        self->server->reactor, &self->timer, CLOSE_TIMEOUT_MS);
}

/**
 * dais_eio_session_drop:
 * @self: a session
 *
 * Cuts the transport without a word.
 */
void
dais_eio_session_drop (DaisEioSession *self)
{
  if (self->socket != NULL)
    dais_socket_drop (self->socket);
  else
    dais_eio_session_finish (self, "transport close");
}

gboolean
dais_eio_session_handle (DaisEioSession *self, gchar type, gboolean is_text,
    const gchar *data, gsize length)
{
  g_autoptr (DaisEioPacket) pong = NULL;

  if (self->state != DAIS_EIO_STATE_OPEN)
    return TRUE;
  if (self->version == 3)
    dais_eio_session_start_heartbeat (self);
  switch (type) {
    case DAIS_EIO_MESSAGE:
      self->server->callbacks.message (
          self, is_text, data, length, self->server->user_data);
      return TRUE;
    case DAIS_EIO_PING:
      if (self->version != 3)
        return FALSE; /* invalid heartbeat direction */
      pong = dais_eio_packet_new_text (DAIS_EIO_PONG, data, (gssize) length);
      dais_eio_session_send (self, pong);
      return TRUE;
    case DAIS_EIO_PONG:
      if (self->version == 4)
        dais_eio_session_start_heartbeat (self);
      return TRUE;
    case DAIS_EIO_CLOSE:
      if (self->poll != NULL)
        dais_eio_polling_answer (self, DAIS_EIO_NOOP);
      dais_eio_session_finish (self, "transport close");
      return TRUE;
    default:
      return TRUE;
  }
}

static void
on_socket_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  g_autoptr (DaisEioSession) self = dais_eio_session_ref (user_data);
  gchar type = DAIS_EIO_MESSAGE;
  gboolean is_good = TRUE;

  if (is_text) {
    is_good = dais_eio_packet_parse (data, length, &type, &data, &length);
  } else if (self->version == 3) {
    is_good = length > 0 && data[0] >= 0 && data[0] <= 6;
    if (is_good) {
      type = (gchar) ('0' + data[0]);
      data++;
      length--;
    }
  }
  if (!is_good || !dais_eio_session_handle (self, type, is_text, data, length))
    dais_eio_session_finish (self, "parse error");
}

static void
on_socket_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  DaisEioSession *self = user_data;

  if (self->socket == socket) {
    g_clear_pointer (&self->socket, dais_socket_unref);
    dais_eio_session_finish (self, "transport close");
  }
  dais_eio_session_unref (self);
}

/* user_data is a reference to the session, given back in `closed`. */
const DaisSocketCallbacks dais_eio_socket_callbacks = {
  .message = on_socket_message,
  .closed = on_socket_closed,
};

/**
 * dais_eio_session_get_id:
 * @self: a session
 *
 * Returns: its sid; whoever knows it can speak for the client
 */
const gchar *
dais_eio_session_get_id (DaisEioSession *self)
{
  return self->id;
}

/**
 * dais_eio_session_get_version:
 * @self: a session
 *
 * Returns: of Engine.IO: 3 or 4
 */
guint
dais_eio_session_get_version (DaisEioSession *self)
{
  return self->version;
}

/**
 * dais_eio_session_is_open:
 * @self: a session
 *
 * Returns: whether what is sent now has a chance
 */
gboolean
dais_eio_session_is_open (DaisEioSession *self)
{
  return self->state == DAIS_EIO_STATE_OPEN;
}

/**
 * dais_eio_session_set_data:
 * @self: a session
 * @data: (nullable): the owner's
 */
void
dais_eio_session_set_data (DaisEioSession *self, gpointer data)
{
  self->data = data;
}

/**
 * dais_eio_session_get_data:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): what was set
 */
gpointer
dais_eio_session_get_data (DaisEioSession *self)
{
  return self->data;
}
