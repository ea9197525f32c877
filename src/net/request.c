/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/request.h"

#include "net/request-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (DaisRequest, dais_request, G_TYPE_OBJECT)

static void
dais_request_finalize (GObject *object)
{
  DaisRequest *self = DAIS_REQUEST (object);

  g_clear_object (&self->message);
  g_clear_pointer (&self->connection, dais_connection_unref);
  g_clear_object (&self->cancellable);
  g_strfreev (self->values);
  g_free (self->path);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_pointer (&self->cookies, g_hash_table_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->base_url);
  g_free (self->address);
  g_free (self->token);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (dais_request_parent_class)->finalize (object);
}

static void
dais_request_class_init (DaisRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_request_finalize;
}

static void
dais_request_init (DaisRequest *self)
{
}

/**
 * dais_request_new: (skip)
 * @server: whose request it is
 * @message: libsoup's side of it
 * @connection: the connection it came on
 *
 * Returns: (transfer full): a request; the server keeps it until its answer is
 *   written
 */
DaisRequest *
dais_request_new (
    DaisServer *server, SoupServerMessage *message, DaisConnection *connection)
{
  DaisRequest *self = g_object_new (DAIS_TYPE_REQUEST, NULL);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (
      message);
  const gchar *method = soup_server_message_get_method (message);
  GUri *uri = soup_server_message_get_uri (message);

  self->server = g_object_ref (server);
  self->message = g_object_ref (message);
  self->connection = dais_connection_ref (connection);
  self->path = g_uri_unescape_string (g_uri_get_path (uri), NULL);
  if (self->path == NULL)
    self->path = g_strdup (g_uri_get_path (uri));
  if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD"))
    self->method = DAIS_METHOD_GET;
  else if (g_str_equal (method, "POST"))
    self->method = DAIS_METHOD_POST;
  else if (g_str_equal (method, "PUT"))
    self->method = DAIS_METHOD_PUT;
  else if (g_str_equal (method, "DELETE"))
    self->method = DAIS_METHOD_DELETE;
  else if (g_str_equal (method, "PATCH"))
    self->method = DAIS_METHOD_PATCH;
  else if (g_str_equal (method, "OPTIONS"))
    self->method = DAIS_METHOD_OPTIONS;
  if (self->method == DAIS_METHOD_GET)
    self->is_upgrade = soup_message_headers_header_equals (
        headers, "Upgrade", "websocket");
  return self;
}

/**
 * dais_request_finish: (skip)
 * @self: a request
 *
 * Its answer is written, or nobody waits for one any more.
 */
void
dais_request_finish (DaisRequest *self)
{
  if (self->is_paused)
    dais_connection_unwatch_hang_up (self->connection);
  self->is_paused = FALSE;
  if (!self->is_responded && !self->is_stolen && self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  self->is_responded = TRUE;
  g_clear_object (&self->message);
  if (self->lost != NULL)
    self->lost (self->lost_data);
  self->lost = NULL;
}

static void
on_hung_up (DaisConnection *connection, gpointer user_data)
{
  g_autoptr (DaisRequest) self = g_object_ref (user_data);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->is_responded || self->message == NULL)
    return;
  /* libsoup writes this into the void, sees the end and cleans up */
  self->is_responded = TRUE;
  soup_server_message_set_status (self->message, 499, "Client Closed Request");
  dais_request_resume (self);
}

/**
 * dais_request_pause: (skip)
 * @self: a request without an answer
 *
 * Lets libsoup wait, and notices when the client goes.
 */
void
dais_request_pause (DaisRequest *self)
{
  self->is_paused = TRUE;
  soup_server_message_pause (self->message);
  dais_connection_clear_deadline (self->connection);
  dais_connection_watch_hang_up (self->connection, on_hung_up, self);
}

/**
 * dais_request_resume: (skip)
 * @self: a paused request
 */
void
dais_request_resume (DaisRequest *self)
{
  if (!self->is_paused)
    return;
  self->is_paused = FALSE;
  dais_connection_unwatch_hang_up (self->connection);
  soup_server_message_unpause (self->message);
}

static SoupMessageHeaders *
get_headers (DaisRequest *self)
{
  return self->message != NULL
      ? soup_server_message_get_request_headers (self->message)
      : NULL;
}

/**
 * dais_request_get_method:
 * @self: a request
 *
 * Returns: "GET" (also for HEAD), "POST"…
 */
const gchar *
dais_request_get_method (DaisRequest *self)
{
  const gchar *method = self->message != NULL
      ? soup_server_message_get_method (self->message)
      : "GET";

  return g_str_equal (method, "HEAD") ? "GET" : method;
}

/**
 * dais_request_is_head:
 * @self: a request
 *
 * Returns: whether no body will go out, so that a stream need not begin
 */
gboolean
dais_request_is_head (DaisRequest *self)
{
  return self->message != NULL &&
      g_str_equal (soup_server_message_get_method (self->message), "HEAD");
}

/**
 * dais_request_get_path:
 * @self: a request
 *
 * Returns: the path, percent-decoded, without the query
 */
const gchar *
dais_request_get_path (DaisRequest *self)
{
  return self->path;
}

/**
 * dais_request_get_param:
 * @self: a request
 * @name: a "<name>" of its route's pattern
 *
 * Returns: what stood there, decoded
 */
const gchar *
dais_request_get_param (DaisRequest *self, const gchar *name)
{
  if (self->route != NULL && self->values != NULL)
    for (guint i = 0; self->route->names[i] != NULL; i++)
      if (g_str_equal (self->route->names[i], name))
        return self->values[i];
  g_critical ("no parameter \"%s\" in the route of %s", name, self->path);
  return "";
}

/**
 * dais_request_get_query:
 * @self: a request
 * @name: of a field
 *
 * Returns: (nullable): its value, decoded; the last one when it came twice
 */
const gchar *
dais_request_get_query (DaisRequest *self, const gchar *name)
{
  if (self->query == NULL) {
    const gchar *query = self->message != NULL
        ? g_uri_get_query (soup_server_message_get_uri (self->message))
        : NULL;

    self->query = soup_form_decode (query != NULL ? query : "");
  }
  return g_hash_table_lookup (self->query, name);
}

/**
 * dais_request_get_header:
 * @self: a request that is not yet over
 * @name: of a header
 *
 * Returns: (nullable): its value; several are joined by ", "
 */
const gchar *
dais_request_get_header (DaisRequest *self, const gchar *name)
{
  SoupMessageHeaders *headers = get_headers (self);

  return headers != NULL ? soup_message_headers_get_list (headers, name) : NULL;
}

GHashTable *
dais_request_parse_cookies (const gchar *header)
{
  GHashTable *cookies = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) pairs = g_strsplit_set (header, ";,", 64);

  for (guint i = 0; pairs[i] != NULL; i++) {
    gchar *equals = strchr (pairs[i], '=');

    if (equals == NULL)
      continue;
    *equals = '\0';
    g_strstrip (pairs[i]);
    if (!g_hash_table_contains (cookies, pairs[i]))
      g_hash_table_insert (
          cookies, g_strdup (pairs[i]), g_strstrip (g_strdup (equals + 1)));
  }
  return cookies;
}

/**
 * dais_request_get_cookie:
 * @self: a request
 * @name: of a cookie
 *
 * Returns: (nullable): its value as it was sent; the first one when it came
 *   twice, which is the one with the longest path (RFC 6265 §5.4)
 */
const gchar *
dais_request_get_cookie (DaisRequest *self, const gchar *name)
{
  if (self->cookies == NULL) {
    const gchar *header = dais_request_get_header (self, "Cookie");

    self->cookies = dais_request_parse_cookies (header != NULL ? header : "");
  }
  return g_hash_table_lookup (self->cookies, name);
}

/**
 * dais_request_get_body:
 * @self: a request
 *
 * Returns: (transfer none): the whole body, empty when there was none; its data
 *   pointer is never %NULL
 */
GBytes *
dais_request_get_body (DaisRequest *self)
{
  if (self->body == NULL)
    self->body = self->message != NULL
        ? soup_message_body_flatten (
              soup_server_message_get_request_body (self->message))
        : g_bytes_new_static ("", 0);
  if (g_bytes_get_size (self->body) == 0) {
    /* with a data pointer, which an empty one of libsoup's has not */
    g_bytes_unref (self->body);
    self->body = g_bytes_new_static ("", 0);
  }
  return self->body;
}

/**
 * dais_request_get_address:
 * @self: a request
 *
 * Returns: the client's address without a port; behind a trusted proxy, the one
 *   that the proxy saw
 */
const gchar *
dais_request_get_address (DaisRequest *self)
{
  const gchar *peer = self->connection->peer->address;
  const gchar *forwarded;
  g_auto (GStrv) hops = NULL;

  if (self->address != NULL)
    return self->address;
  if (!dais_server_is_trusted_proxy (self->server, peer))
    return peer;
  forwarded = dais_request_get_header (self, "X-Forwarded-For");
  if (forwarded == NULL)
    return peer;
  /* from the right: everything left of the last unknown address was written
   * by that address itself */
  hops = g_strsplit (forwarded, ",", -1);
  for (guint i = g_strv_length (hops); i > 0; i--) {
    const gchar *hop = g_strstrip (hops[i - 1]);

    if (!g_hostname_is_ip_address (hop))
      break;
    g_free (self->address);
    self->address = g_strdup (hop);
    if (!dais_server_is_trusted_proxy (self->server, hop))
      break;
  }
  return self->address != NULL ? self->address : peer;
}

static gboolean
is_behind_proxy (DaisRequest *self)
{
  return dais_server_is_trusted_proxy (
      self->server, self->connection->peer->address);
}

/**
 * dais_request_is_tls:
 * @self: a request
 *
 * Returns: whether the client speaks TLS, to us or to a trusted proxy
 */
gboolean
dais_request_is_tls (DaisRequest *self)
{
  const gchar *proto = is_behind_proxy (self)
      ? dais_request_get_header (self, "X-Forwarded-Proto")
      : NULL;

  return proto != NULL ? g_ascii_strcasecmp (proto, "https") == 0
                       : self->connection->is_tls;
}

/* Letters, digits, ".-:[]_" only: it is put into answers. */
static gboolean
is_good_host (const gchar *host)
{
  if (host == NULL || host[0] == '\0' || strlen (host) > 260)
    return FALSE;
  for (; *host != '\0'; host++)
    if (!g_ascii_isalnum (*host) && strchr (".-:[]_", *host) == NULL)
      return FALSE;
  return TRUE;
}

/**
 * dais_request_get_base_url:
 * @self: a request
 *
 * Returns: the public URL where one is set, else scheme, host and port as the
 *   client wrote them; for absolute URLs
 */
const gchar *
dais_request_get_base_url (DaisRequest *self)
{
  const gchar *host = NULL;

  if (dais_server_get_public_url (self->server) != NULL)
    return dais_server_get_public_url (self->server);
  if (self->base_url != NULL)
    return self->base_url;
  if (is_behind_proxy (self))
    host = dais_request_get_header (self, "X-Forwarded-Host");
  if (!is_good_host (host))
    host = dais_request_get_header (self, "Host");
  if (is_good_host (host)) {
    self->base_url = g_strdup_printf (
        "%s://%s", dais_request_is_tls (self) ? "https" : "http", host);
  } else {
    g_auto (GStrv) urls = dais_server_get_urls (self->server);

    self->base_url = g_strdup (urls[0] != NULL ? urls[0] : "http://localhost");
  }
  return self->base_url;
}

/**
 * dais_request_get_cancellable:
 * @self: a request
 *
 * Returns: (transfer none): cancelled when the client goes before the answer
 */
GCancellable *
dais_request_get_cancellable (DaisRequest *self)
{
  if (self->cancellable == NULL)
    self->cancellable = g_cancellable_new ();
  return self->cancellable;
}

/**
 * dais_request_get_token:
 * @self: a request
 *
 * Returns: (nullable): the Bearer of the Authorization header, else the
 *   `access_token` of the query
 */
const gchar *
dais_request_get_token (DaisRequest *self)
{
  const gchar *header;

  if (self->token != NULL)
    return self->token;
  header = dais_request_get_header (self, "Authorization");
  if (header != NULL && g_ascii_strncasecmp (header, "Bearer ", 7) == 0) {
    self->token = g_strstrip (g_strdup (header + 7));
    return self->token;
  }
  return dais_request_get_query (self, "access_token");
}

/**
 * dais_request_is_own_page:
 * @request: a request
 *
 * A cookie comes along with requests that another site's page made, so it
 * counts only for our own pages: browsers name the page's origin with every
 * request that could do harm. The scheme is left to a reverse proxy.
 *
 * Returns: whether the session cookie may be believed
 */
gboolean
dais_request_is_own_page (DaisRequest *request)
{
  const gchar *origin = dais_request_get_header (request, "Origin");
  const gchar *host = dais_request_get_header (request, "Host");
  const gchar *method = dais_request_get_method (request);
  const gchar *site = dais_request_get_header (request, "Sec-Fetch-Site");
  const gchar *authority = NULL;

  /* no page can write this one; it is right behind any proxy */
  if (g_strcmp0 (site, "same-origin") == 0)
    return TRUE;
  if (origin == NULL)
    return g_str_equal (method, "GET");

  if (g_str_equal (origin, dais_request_get_base_url (request)))
    return TRUE;

  authority = strstr (origin, "://");
  return authority != NULL && host != NULL &&
      g_ascii_strcasecmp (authority + 3, host) == 0;
}

/**
 * dais_request_is_foreign_page:
 * @request: a request
 *
 * A page of elsewhere can send a browser here, to sign it in as somebody else
 * or out. What is no browser says nothing of where it comes from.
 *
 * Returns: whether the request shows that another site's page made it
 */
gboolean
dais_request_is_foreign_page (DaisRequest *request)
{
  const gchar *site = dais_request_get_header (request, "Sec-Fetch-Site");

  if (g_strcmp0 (site, "cross-site") == 0 || g_strcmp0 (site, "same-site") == 0)
    return TRUE;

  return dais_request_get_header (request, "Origin") != NULL &&
      !dais_request_is_own_page (request);
}
