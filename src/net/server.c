/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/server.h"

#include "net/acceptor.h"
#include "net/request-private.h"
#include "net/websocket.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include <string.h>

#define BODY_MS           30000
#define BODY_BYTES_PER_MS 16 /* 128 kbit/s: slower is no upload */
/* what libsoup may throw away itself when a request is refused early */
#define MAX_IGNORED_BODY 65536

#define CLOSE_GOING_AWAY 1001 /* RFC 6455 §7.4.1 */

#define ALLOW_HEADERS "authorization, content-type, if-match"
#define ALLOW_METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

typedef struct {
  gchar *prefix;
  DaisErrorBody write;
} ErrorBody;

struct _DaisServer {
  GObject parent_instance;

  DaisServerLimits limits;
  DaisReactor *reactor;
  DaisAcceptor *acceptor;
  SoupServer *soup;
  DaisRouter *router;
  GArray *error_bodies; /* (element-type ErrorBody) */
  GHashTable *requests; /* (element-type DaisRequest) owned, a set */
  GPtrArray *trusted;   /* (element-type GInetAddressMask) */
  gchar **origins;      /* (nullable): NULL = all */
  gchar *public_url;    /* (nullable): as the clients see it */
  DaisRoute missing;    /* its handler is NULL where there is no page */
};

G_DEFINE_FINAL_TYPE (DaisServer, dais_server, G_TYPE_OBJECT)

static GQuark
request_quark (void)
{
  static GQuark quark = 0;

  if (quark == 0)
    quark = g_quark_from_static_string ("dais-request");
  return quark;
}

/**
 * dais_server_limits_init:
 * @limits: (out caller-allocates): the defaults of design §5
 */
void
dais_server_limits_init (DaisServerLimits *limits)
{
  memset (limits, 0, sizeof *limits);
  limits->max_body = 1024 * 1024;
  limits->max_head = 64 * 1024;
  limits->max_message = 64 * 1024;
  limits->max_queue = 1024 * 1024;
  limits->max_sockets_per_address = 16;
  limits->header_timeout_ms = 10000;
  limits->keep_alive_ms = 60000;
  limits->max_connections = 10000;
}

static void
error_body_clear (gpointer data)
{
  g_free (((ErrorBody *) data)->prefix);
}

static void
dais_server_finalize (GObject *object)
{
  DaisServer *self = DAIS_SERVER (object);

  dais_server_stop (self);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->acceptor, dais_acceptor_unref);
  g_clear_pointer (&self->reactor, dais_reactor_unref);
  g_clear_pointer (&self->router, dais_router_free);
  g_clear_pointer (&self->error_bodies, g_array_unref);
  g_clear_pointer (&self->requests, g_hash_table_unref);
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  g_clear_pointer (&self->origins, g_strfreev);
  g_clear_pointer (&self->public_url, g_free);
  G_OBJECT_CLASS (dais_server_parent_class)->finalize (object);
}

static void
dais_server_class_init (DaisServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_server_finalize;
}

static void
dais_server_init (DaisServer *self)
{
  self->router = dais_router_new ();
  self->error_bodies = g_array_new (FALSE, FALSE, sizeof (ErrorBody));
  g_array_set_clear_func (self->error_bodies, error_body_clear);
  self->requests = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->trusted = g_ptr_array_new_with_free_func (g_object_unref);
}

DaisReactor *
dais_server_get_reactor (DaisServer *self)
{
  return self->reactor;
}

const DaisServerLimits *
dais_server_get_limits (DaisServer *self)
{
  return &self->limits;
}

gboolean
dais_server_is_trusted_proxy (DaisServer *self, const gchar *text)
{
  g_autoptr (GInetAddress) address = self->trusted->len > 0
      ? g_inet_address_new_from_string (text)
      : NULL;

  for (guint i = 0; address != NULL && i < self->trusted->len; i++) {
    if (g_inet_address_mask_matches (
            g_ptr_array_index (self->trusted, i), address))
      return TRUE;
  }
  return FALSE;
}

gboolean
dais_server_is_open_to (DaisServer *self, const gchar *origin)
{
  return self->origins == NULL ||
      g_strv_contains ((const gchar *const *) self->origins, origin);
}

const gchar *
dais_server_get_public_url (DaisServer *self)
{
  return self->public_url;
}

/**
 * dais_server_set_trusted_proxies:
 * @self: the server
 * @networks: (nullable): "10.0.0.1" or "10.0.0.0/8": reverse proxies whose
 *   X-Forwarded-For, -Proto and -Host are believed
 */
void
dais_server_set_trusted_proxies (DaisServer *self, const gchar *const *networks)
{
  g_ptr_array_set_size (self->trusted, 0);
  for (guint i = 0; networks != NULL && networks[i] != NULL; i++) {
    GInetAddressMask *mask = g_inet_address_mask_new_from_string (
        networks[i], NULL);

    if (mask != NULL)
      g_ptr_array_add (self->trusted, mask);
  }
}

/**
 * dais_server_set_origins:
 * @self: the server
 * @origins: (nullable): "https://pages.example"; %NULL or a "*" among them:
 *   pages of every origin
 *
 * Which web pages a browser lets use the server (CORS).
 */
void
dais_server_set_origins (DaisServer *self, const gchar *const *origins)
{
  g_clear_pointer (&self->origins, g_strfreev);
  if (origins != NULL && !g_strv_contains (origins, "*"))
    self->origins = g_strdupv ((gchar **) origins);
}

/**
 * dais_server_set_public_url:
 * @self: the server
 * @url: (nullable): "https://hall.example", no slash at its end
 *
 * What absolute addresses begin with, whatever a client asked for.
 */
void
dais_server_set_public_url (DaisServer *self, const gchar *url)
{
  g_free (self->public_url);
  self->public_url = g_strdup (url);
}

void
dais_server_write_error (
    DaisServer *self, DaisRequest *request, guint status, const GError *error)
{
  const gchar *path = dais_request_get_path (request);
  const ErrorBody *best = NULL;

  for (guint i = 0; i < self->error_bodies->len; i++) {
    const ErrorBody *body = &g_array_index (self->error_bodies, ErrorBody, i);

    if (g_str_has_prefix (path, body->prefix) &&
        (best == NULL || strlen (body->prefix) > strlen (best->prefix)))
      best = body;
  }
  if (best != NULL)
    best->write (request, status, error);
  if (!request->is_responded)
    dais_request_respond_text (request, status, error->message);
}

void
dais_server_forget_request (DaisServer *self, DaisRequest *request)
{
  g_hash_table_remove (self->requests, request);
}

static void
on_finished (SoupServerMessage *message, gpointer user_data)
{
  g_autoptr (DaisRequest) request = g_object_ref (user_data);

  dais_request_finish (request);
  if (request->connection->fd >= 0) {
    request->connection->is_idle = TRUE;
    dais_connection_set_deadline (
        request->connection, request->server->limits.keep_alive_ms, "was idle");
  }
  dais_server_forget_request (request->server, request);
}

/* Whatever was refused, the body that may follow is of no use. */
static void refuse (DaisServer *self, DaisRequest *request, guint status,
    gint code, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

static void
refuse (DaisServer *self, DaisRequest *request, guint status, gint code,
    const gchar *format, ...)
{
  g_autoptr (GError) error = NULL;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (
      request->message);
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (DAIS_ERROR, code, format, args);
  va_end (args);
  request->is_refused = TRUE;
  dais_server_write_error (self, request, status, error);
  if (request->message == NULL)
    return;
  soup_message_body_set_accumulate (
      soup_server_message_get_request_body (request->message), FALSE);
  if (encoding == SOUP_ENCODING_CHUNKED || status == 413 ||
      soup_message_headers_get_content_length (headers) > MAX_IGNORED_BODY)
    dais_request_cut_short (request);
  else
    dais_connection_set_deadline (
        request->connection, BODY_MS, "sent no whole body in time");
}

static void
refuse_size (DaisServer *self, DaisRequest *request)
{
  dais_net_log_limited ("%s: body of %s %s is larger than %" G_GSIZE_FORMAT
                        " bytes: refused",
      dais_request_get_address (request), dais_request_get_method (request),
      dais_request_get_path (request), request->max_body);
  refuse (self, request, 413, DAIS_ERROR_TOO_LARGE,
      "the body is larger than %" G_GSIZE_FORMAT " bytes", request->max_body);
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  DaisRequest *request = user_data;

  request->received += g_bytes_get_size (chunk);
  if (request->received > request->max_body && !request->is_responded)
    refuse_size (request->server, request);
}

static void
answer_options (DaisRequest *request, DaisMethods allowed)
{
  g_autofree gchar *allow = dais_methods_to_allow (allowed);

  dais_request_add_header (request, "Allow", allow);
  dais_request_add_header (
      request, "Access-Control-Allow-Methods", ALLOW_METHODS);
  dais_request_add_header (
      request, "Access-Control-Allow-Headers", ALLOW_HEADERS);
  dais_request_add_header (request, "Access-Control-Max-Age", "600");
  dais_request_respond (request, 204, NULL, NULL);
}

/* Whether a person's browser asks, who had better read a page. */
static gboolean
wants_page (DaisServer *self, DaisRequest *request)
{
  const gchar *accept = dais_request_get_header (request, "Accept");

  return self->missing.handler != NULL && !request->is_upgrade &&
      request->method == DAIS_METHOD_GET && accept != NULL &&
      strstr (accept, "text/html") != NULL;
}

/* Sets the route, or refuses. */
static void
find_route (DaisServer *self, DaisRequest *request)
{
  g_auto (DaisMatch) match = { 0 };
  g_autoptr (GError) error = NULL;
  const gchar *path = g_uri_get_path (
      soup_server_message_get_uri (request->message));
  DaisMethods method = request->is_upgrade ? DAIS_METHOD_WEBSOCKET
                                           : request->method;

  if (!dais_router_match (self->router, method, path, &match, &error)) {
    refuse (self, request, 400, error->code, "%s", error->message);
    return;
  }
  if (match.route == NULL && request->is_upgrade &&
      (match.allowed & DAIS_METHOD_GET)) {
    dais_match_clear (&match);
    dais_router_match (self->router, DAIS_METHOD_GET, path, &match, NULL);
  }
  request->route = match.route;
  request->values = g_steal_pointer (&match.values);
  if (match.route != NULL)
    return;
  if (match.allowed == 0 && wants_page (self, request)) {
    request->route = &self->missing;
  } else if (match.allowed == 0) {
    refuse (self, request, 404, DAIS_ERROR_NOT_FOUND, "there is nothing at %s",
        request->path);
  } else if (request->method == DAIS_METHOD_OPTIONS) {
    answer_options (request, match.allowed);
  } else if (request->method == DAIS_METHOD_GET &&
      (match.allowed & DAIS_METHOD_WEBSOCKET)) {
    dais_request_add_header (request, "Upgrade", "websocket");
    refuse (self, request, 426, DAIS_ERROR_INVALID,
        "%s is a WebSocket; open it with ws:// or wss://", request->path);
  } else {
    g_autofree gchar *allow = dais_methods_to_allow (match.allowed);

    dais_request_add_header (request, "Allow", allow);
    refuse (self, request, 405, DAIS_ERROR_INVALID,
        "method %s is not for %s; it takes %s",
        soup_server_message_get_method (request->message), request->path,
        allow);
  }
}

/* The head is read, the body is not. */
static void
on_head (SoupServer *soup, SoupServerMessage *message, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  DaisServer *self = user_data;
  DaisConnection *connection = dais_connection_from_address (
      soup_server_message_get_remote_address (message));
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (
      message);
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);
  goffset length = encoding == SOUP_ENCODING_CONTENT_LENGTH
      ? soup_message_headers_get_content_length (headers)
      : 0;
  DaisRequest *request;

  g_return_if_fail (connection != NULL);
  dais_connection_clear_deadline (connection);
  request = dais_request_new (self, message, connection);
  g_hash_table_add (self->requests, request);
  g_object_set_qdata (G_OBJECT (message), request_quark (), request);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), request);
  dais_request_add_common_headers (request);
  find_route (self, request);
  if (request->is_responded)
    return;
  request->max_body = request->route->max_body > 0 ? request->route->max_body
                                                   : self->limits.max_body;
  if (length > 0 && (guint64) length > request->max_body) {
    refuse_size (self, request);
    return;
  }
  if (request->route->begun != NULL)
    ((DaisHandler) request->route->begun) (request, request->route->user_data);
  if (length == 0 && encoding != SOUP_ENCODING_CHUNKED)
    return;
  if (encoding == SOUP_ENCODING_CHUNKED)
    length = (goffset) request->max_body;
  dais_connection_set_deadline (connection,
      BODY_MS + (guint) MIN (length / BODY_BYTES_PER_MS, G_MAXINT32),
      "sent no whole body in time");
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk), request);
}

/* The whole request is here. */
static void
on_request (SoupServer *soup, SoupServerMessage *message, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  g_autoptr (DaisRequest) request = NULL;

  g_set_object (
      &request, g_object_get_qdata (G_OBJECT (message), request_quark ()));
  if (request == NULL || request->is_responded || request->route == NULL)
    return;
  dais_connection_clear_deadline (request->connection);
  ((DaisHandler) request->route->handler) (request, request->route->user_data);
  if (!request->is_responded)
    dais_request_pause (request);
}

static void
on_accepted (DaisConnection *connection, GIOStream *stream,
    GSocketAddress *local, GSocketAddress *remote, gpointer user_data)
{
  DaisServer *self = user_data;

  soup_server_accept_iostream (self->soup, stream, local, remote, NULL);
}

/* SoupServer keeps a connection alive only while it has a listener of its own,
 * but we accept ourselves. So it gets one that nobody can reach: a unix socket
 * whose name is gone. */
static void
add_silent_listener (DaisServer *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("dais-XXXXXX", &error);
  g_autofree gchar *path = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (folder != NULL) {
    path = g_build_filename (folder, "s", NULL);
    address = g_unix_socket_address_new (path);
    socket = g_socket_new (
        G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, &error);
  }
  if (socket == NULL || !g_socket_bind (socket, address, FALSE, &error) ||
      !g_socket_listen (socket, &error) ||
      !soup_server_listen_socket (self->soup, socket, 0, &error))
    g_warning ("connections will not be kept alive: %s", error->message);
  if (path != NULL) {
    g_unlink (path);
    g_rmdir (folder);
  }
}

/**
 * dais_server_new:
 * @limits: copied; start from dais_server_limits_init()
 *
 * Returns: (transfer full): a server in the thread-default main context, with
 *   no routes, listening nowhere
 */
DaisServer *
dais_server_new (const DaisServerLimits *limits)
{
  DaisServer *self = g_object_new (DAIS_TYPE_SERVER, NULL);
  DaisAcceptorLimits acceptor_limits = {
    .header_timeout_ms = limits->header_timeout_ms,
    .max_connections = limits->max_connections,
    .max_head = limits->max_head,
  };

  self->limits = *limits;
  self->reactor = dais_reactor_new ();
  self->acceptor = dais_acceptor_new (
      self->reactor, &acceptor_limits, on_accepted, self);
  self->soup = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_remove_websocket_extension (
      self->soup, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_early_handler (self->soup, NULL, on_head, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  add_silent_listener (self);
  return self;
}

/**
 * dais_server_listen:
 * @self: the server
 * @url: "http://HOST:PORT" or "https://HOST:PORT"; HOST an address,
 *   "localhost" or "*"; port 0 = any
 * @certificate: (nullable): for https, see dais_certificate_load()
 * @error: DAIS_ERROR_CONFLICT when the port is taken, DAIS_ERROR_DENIED,
 *   DAIS_ERROR_INVALID, DAIS_ERROR_FAILED; says how to mend it
 *
 * May be called several times.
 *
 * Returns: whether it listens there
 */
gboolean
dais_server_listen (DaisServer *self, const gchar *url,
    GTlsCertificate *certificate, GError **error)
{
  return dais_acceptor_listen (self->acceptor, url, certificate, error);
}

/**
 * dais_server_get_urls:
 * @self: the server
 *
 * Returns: (transfer full): where it listens, with the ports that it got
 */
GStrv
dais_server_get_urls (DaisServer *self)
{
  return dais_acceptor_get_urls (self->acceptor);
}

/**
 * dais_server_get_n_connections:
 * @self: the server
 *
 * Returns: open connections, sockets included, stolen descriptors not
 */
guint
dais_server_get_n_connections (DaisServer *self)
{
  return dais_acceptor_get_n_connections (self->acceptor);
}

/**
 * dais_server_get_n_sockets:
 * @self: the server
 *
 * Returns: open WebSockets
 */
guint
dais_server_get_n_sockets (DaisServer *self)
{
  return dais_acceptor_get_n_sockets (self->acceptor);
}

/**
 * dais_server_add_route:
 * @self: the server
 * @methods: "GET", "GET POST"…; "WEBSOCKET" for an upgrade
 * @pattern: see server.h
 * @max_body: bytes; 0 = the server's limit
 * @handler: (scope notified): called with the whole request
 * @user_data: for @handler; must outlive the server's last request
 */
void
dais_server_add_route (DaisServer *self, const gchar *methods,
    const gchar *pattern, gsize max_body, DaisHandler handler,
    gpointer user_data)
{
  dais_router_add (self->router, dais_methods_parse (methods), pattern,
      max_body, G_CALLBACK (handler), user_data);
}

void
dais_server_add_route_with_begin (DaisServer *self, const gchar *methods,
    const gchar *pattern, gsize max_body, DaisHandler begun,
    DaisHandler handler, gpointer user_data)
{
  DaisRoute *route = dais_router_add (self->router,
      dais_methods_parse (methods), pattern, max_body, G_CALLBACK (handler),
      user_data);

  route->begun = G_CALLBACK (begun);
}

/**
 * dais_server_set_error_body:
 * @self: the server
 * @path_prefix: of the decoded path; the longest that fits wins
 * @write: (scope forever): responds to the request with the error
 */
void
dais_server_set_error_body (
    DaisServer *self, const gchar *path_prefix, DaisErrorBody write)
{
  ErrorBody body = { g_strdup (path_prefix), write };

  g_array_append_val (self->error_bodies, body);
}

static void
end_socket (gpointer socket, gpointer user_data)
{
  dais_socket_end (socket, CLOSE_GOING_AWAY, "the server is going down");
}

/**
 * dais_server_set_missing_page:
 * @self: the server
 * @handler: (scope forever): answers a person who asked for what is not there
 * @user_data: for @handler; must outlive the server's last request
 */
void
dais_server_set_missing_page (
    DaisServer *self, DaisHandler handler, gpointer user_data)
{
  self->missing = (DaisRoute){ .methods = DAIS_METHOD_GET,
    .handler = G_CALLBACK (handler),
    .user_data = user_data };
}

/**
 * dais_server_stop:
 * @self: the server
 *
 * Stops listening, closes every HTTP connection and ends every WebSocket; the
 * cancellables of unanswered requests are cancelled, and the sockets' `closed`
 * follows.
 */
void
dais_server_stop (DaisServer *self)
{
  g_autoptr (GList) requests = NULL;

  dais_acceptor_stop (self->acceptor);
  dais_acceptor_each_socket (self->acceptor, end_socket, NULL);
  requests = g_hash_table_get_keys (self->requests);
  for (GList *link = requests; link != NULL; link = link->next) {
    g_autoptr (DaisRequest) request = g_object_ref (link->data);

    if (request->message != NULL)
      g_signal_handlers_disconnect_by_data (request->message, request);
    dais_request_finish (request);
    dais_server_forget_request (self, request);
  }
  soup_server_disconnect (self->soup);
}
