/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/acceptor.h"
#include "net/websocket-private.h"

#define DEFAULT_PING_MS 30000
#define DEFAULT_IDLE_MS 60000
#define HANDSHAKE_MS    5000 /* for the kernel to take the 101 */

/* Of the handshake: nothing of it comes back to us any more. */
void
dais_socket_forget_request (DaisSocket *self)
{
  if (self->request == NULL)
    return;
  self->request->lost = NULL;
  if (self->request->message != NULL)
    g_signal_handlers_disconnect_by_data (self->request->message, self);
  g_clear_object (&self->request);
}

/* The connection ended before the 101 was written. */
static void
on_lost (gpointer user_data)
{
  dais_socket_drop (user_data);
}

static void
on_upgraded (SoupServerMessage *message, gpointer user_data)
{
  DaisSocket *self = user_data;
  g_autoptr (DaisRequest) request = NULL;
  g_autoptr (GIOStream) stream = NULL;

  g_set_object (&request, self->request);
  dais_socket_forget_request (self);
  if (self->state != STATE_CONNECTING || request == NULL)
    return;
  dais_socket_ref (self);
  stream = dais_request_take_stream (request);
  if (stream == NULL || self->connection->fd < 0)
    dais_socket_drop (self);
  else
    dais_socket_become_open (self, stream);
  dais_socket_unref (self);
}

static gboolean
shake_hands (DaisRequest *request, const gchar *protocol)
{
  gchar *protocols[] = { (gchar *) protocol, NULL };

  if (soup_websocket_server_process_handshake (request->message, NULL,
          protocol != NULL ? protocols : NULL, NULL, NULL))
    return TRUE;
  /* its HTML becomes an error of the door's */
  soup_message_body_truncate (
      soup_server_message_get_response_body (request->message));
  return FALSE;
}

static gboolean
refuse (DaisRequest *request, DaisError code, const gchar *text)
{
  g_autoptr (GError) error = g_error_new_literal (
      DAIS_ERROR, (gint) code, text);

  dais_server_write_error (
      request->server, request, dais_error_to_status (error), error);
  return FALSE;
}

/**
 * dais_request_shake_hands:
 * @self: of a "WEBSOCKET" route, without an answer
 *
 * See request.h; dais_request_steal_fd() comes next.
 *
 * Returns: whether the handshake was good
 */
gboolean
dais_request_shake_hands (DaisRequest *self)
{
  if (self->message == NULL || self->is_responded)
    return FALSE;
  if (shake_hands (self, NULL))
    return TRUE;
  return refuse (
      self, DAIS_ERROR_INVALID, "this is no WebSocket handshake of version 13");
}

static gboolean
may_accept (DaisRequest *request, const DaisSocketOptions *options,
    const DaisPeer *peer)
{
  guint limit = dais_server_get_limits (request->server)
                    ->max_sockets_per_address;

  if (request->message == NULL || request->is_responded)
    return FALSE;
  if (options->is_anonymous && peer->n_anonymous >= limit)
    return refuse (request, DAIS_ERROR_LIMITED,
        "too many sockets are open from your address; sign in, or close some");
  if (!shake_hands (request, options->protocol))
    return refuse (request, DAIS_ERROR_INVALID,
        "this is no WebSocket handshake of version 13");
  return TRUE;
}

/* peer: (transfer full) */
static DaisSocket *
socket_new (
    DaisRequest *request, const DaisSocketOptions *options, DaisPeer *peer)
{
  const DaisServerLimits *limits = dais_server_get_limits (request->server);
  DaisSocket *self = g_new0 (DaisSocket, 1);

  self->refs = 1;
  self->connection = dais_connection_ref (request->connection);
  self->peer = peer;
  self->watch.fd = -1;
  dais_socket_init_callbacks (self);
  dais_frame_reader_init (&self->reader,
      options->max_message > 0 ? options->max_message : limits->max_message);
  self->max_queue = options->max_queue > 0 ? options->max_queue
                                           : limits->max_queue;
  self->ping_ms = options->ping_interval_ms > 0 ? options->ping_interval_ms
                                                : DEFAULT_PING_MS;
  self->idle_ms = options->idle_timeout_ms > 0 ? options->idle_timeout_ms
                                               : DEFAULT_IDLE_MS;
  self->is_anonymous = options->is_anonymous;
  if (self->is_anonymous)
    peer->n_anonymous++;
  self->link.data = self;
  dais_acceptor_add_socket (self->connection->acceptor, &self->link);
  return self;
}

/**
 * dais_socket_accept:
 * @request: of a "WEBSOCKET" route, without an answer
 * @options: copied
 * @callbacks: copied
 * @user_data: for @callbacks
 *
 * See websocket.h. Frames may be sent from now on; they wait for the 101.
 *
 * Returns: (transfer none) (nullable): the socket
 */
DaisSocket *
dais_socket_accept (DaisRequest *request, const DaisSocketOptions *options,
    const DaisSocketCallbacks *callbacks, gpointer user_data)
{
  DaisAcceptor *acceptor = request->connection->acceptor;
  DaisPeer *peer = dais_acceptor_take_peer (
      acceptor, dais_request_get_address (request));
  DaisSocket *self;

  if (!may_accept (request, options, peer)) {
    dais_acceptor_release_peer (acceptor, peer);
    return NULL;
  }
  self = socket_new (request, options, peer);
  self->callbacks = *callbacks;
  self->user_data = user_data;
  request->is_responded = TRUE;
  request->lost = on_lost;
  request->lost_data = self;
  self->request = g_object_ref (request);
  g_signal_connect (
      request->message, "wrote-informational", G_CALLBACK (on_upgraded), self);
  dais_connection_set_deadline (
      request->connection, HANDSHAKE_MS, "did not take the handshake");
  dais_request_resume (request);
  return self;
}
