/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/eio-private.h"

#define ALL_METHODS "GET POST PUT DELETE PATCH OPTIONS WEBSOCKET"

/* engine.io's codes of refusal */
enum {
  TRANSPORT_UNKNOWN = 0,
  SESSION_UNKNOWN = 1,
  BAD_HANDSHAKE_METHOD = 2,
  BAD_REQUEST = 3,
  BAD_VERSION = 5,
};

/**
 * dais_eio_options_init:
 * @options: (out caller-allocates): engine.io's own defaults
 */
void
dais_eio_options_init (DaisEioOptions *options)
{
  options->ping_interval_ms = 25000;
  options->ping_timeout_ms = 20000;
  options->upgrade_timeout_ms = 10000;
  options->max_payload = 1000000;
  options->max_sessions = 20000;
}

static gint
check_session (
    DaisEioSession *session, DaisRequest *request, gboolean is_websocket)
{
  if (session == NULL)
    return SESSION_UNKNOWN;
  if (request->is_upgrade)
    return is_websocket ? -1 : BAD_REQUEST;
  /* the answer to a HEAD would lose what waits for the client */
  if (is_websocket || session->socket != NULL || dais_request_is_head (request))
    return BAD_REQUEST;
  return -1;
}

/* In engine.io's own order (socketio.md §3.1); -1: nothing is wrong. */
static gint
check (DaisEioServer *self, DaisRequest *request, DaisEioSession **session)
{
  const gchar *transport = dais_request_get_query (request, "transport");
  const gchar *sid = dais_request_get_query (request, "sid");
  const gchar *version = dais_request_get_query (request, "EIO");
  gboolean is_websocket = g_strcmp0 (transport, "websocket") == 0;

  if (!is_websocket && g_strcmp0 (transport, "polling") != 0)
    return TRANSPORT_UNKNOWN;
  if (sid != NULL) {
    *session = g_hash_table_lookup (self->sessions, sid);
    return check_session (*session, request, is_websocket);
  }
  if (request->method != DAIS_METHOD_GET || dais_request_is_head (request))
    return BAD_HANDSHAKE_METHOD;
  if (is_websocket != request->is_upgrade)
    return BAD_REQUEST;
  if (g_strcmp0 (version, "4") != 0 && g_strcmp0 (version, "3") != 0)
    return BAD_VERSION;
  return -1;
}

static void
shake_hands (DaisEioServer *self, DaisRequest *request)
{
  const gchar *version = dais_request_get_query (request, "EIO");
  gboolean is_base64 = dais_request_get_query (request, "b64") != NULL;
  g_autoptr (DaisEioSession) session = NULL;
  DaisSocket *socket = NULL;

  if (g_hash_table_size (self->sessions) >= self->options.max_sessions) {
    dais_net_log_limited (
        "a Socket.IO client was refused: %u sessions are open",
        g_hash_table_size (self->sessions));
    dais_request_respond_text (request, 503, "too many sessions");
    return;
  }
  session = dais_eio_session_ref (
      dais_eio_session_new (self, version[0] == '3' ? 3 : 4, is_base64));
  if (request->is_upgrade) {
    const DaisSocketOptions options = dais_eio_socket_options (self);

    socket = dais_socket_accept (
        request, &options, &dais_eio_socket_callbacks, session);
    if (socket == NULL) {
      session->state = DAIS_EIO_STATE_CLOSED;
      g_hash_table_remove (self->sessions, session->id);
      return;
    }
    dais_eio_session_ref (session); /* given back in `closed` */
  }
  dais_eio_session_open (session, request, socket);
}

static void
answer_preflight (DaisRequest *request)
{
  const gchar *wanted = dais_request_get_header (
      request, "Access-Control-Request-Headers");

  dais_request_add_header (request, "Access-Control-Allow-Methods",
      "GET,HEAD,PUT,PATCH,POST,DELETE");
  if (wanted != NULL)
    dais_request_add_header (request, "Access-Control-Allow-Headers", wanted);
  dais_request_respond (request, 204, NULL, NULL);
}

static void
on_request (DaisRequest *request, gpointer user_data)
{
  DaisEioServer *self = user_data;
  DaisEioSession *session = NULL;
  gint code;

  if (request->method == DAIS_METHOD_OPTIONS) {
    answer_preflight (request);
    return;
  }
  code = check (self, request, &session);
  if (code >= 0)
    dais_eio_respond_error (request, 0, code);
  else if (session == NULL)
    shake_hands (self, request);
  else if (request->is_upgrade)
    dais_eio_upgrade_begin (session, request);
  else if (request->method == DAIS_METHOD_GET)
    dais_eio_polling_get (session, request);
  else if (request->method == DAIS_METHOD_POST)
    dais_eio_polling_post (session, request);
  else
    dais_eio_respond_error (request, 400, BAD_REQUEST);
}

/* Before the body: two POSTs at once, or one that breaks off, end a session. */
static void
on_begun (DaisRequest *request, gpointer user_data)
{
  DaisEioServer *self = user_data;
  DaisEioSession *session = NULL;

  if (request->method == DAIS_METHOD_POST &&
      check (self, request, &session) < 0 && session != NULL)
    dais_eio_polling_begin_post (session, request);
}

/**
 * dais_eio_server_new:
 * @server: the HTTP server
 * @path: "/socket.io"; works with and without a trailing slash
 * @options: copied
 * @callbacks: copied
 * @user_data: for @callbacks
 *
 * Returns: (transfer full): serves @path from now on
 */
DaisEioServer *
dais_eio_server_new (DaisServer *server, const gchar *path,
    const DaisEioOptions *options, const DaisEioCallbacks *callbacks,
    gpointer user_data)
{
  DaisEioServer *self = g_new0 (DaisEioServer, 1);

  self->server = g_object_ref (server);
  self->reactor = dais_reactor_ref (dais_server_get_reactor (server));
  self->options = *options;
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->sessions = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) dais_eio_session_unref);
  dais_server_add_route_with_begin (server, ALL_METHODS, path,
      options->max_payload, on_begun, on_request, self);
  return self;
}

/**
 * dais_eio_server_free:
 * @self: (transfer full): the server; dais_server_stop() comes first
 */
void
dais_eio_server_free (DaisEioServer *self)
{
  g_autoptr (GList) sessions = g_hash_table_get_values (self->sessions);

  for (GList *link = sessions; link != NULL; link = link->next) {
    g_autoptr (DaisEioSession) session = dais_eio_session_ref (link->data);

    dais_eio_session_finish (session, "server shutting down");
  }
  g_hash_table_unref (self->sessions);
  g_clear_pointer (&self->reactor, dais_reactor_unref);
  g_clear_object (&self->server);
  g_free (self);
}

/**
 * dais_eio_server_get_n_sessions:
 * @self: the server
 *
 * Returns: sessions that are open
 */
guint
dais_eio_server_get_n_sessions (DaisEioServer *self)
{
  return g_hash_table_size (self->sessions);
}
