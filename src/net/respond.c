/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/request-private.h"
#include "net/server-private.h"

#include <string.h>

/* A client that does not take its answer is given so long, and longer for a
 * long answer. */
#define WRITE_MS           60000
#define WRITE_BYTES_PER_MS 16
#define MAX_LOGGED         300 /* bytes of an error that go into the log */

/**
 * dais_error_to_status:
 * @error: any error
 *
 * Returns: the HTTP status of a DaisError; 500 for anything else
 */
guint
dais_error_to_status (const GError *error)
{
  static const guint statuses[] = {
    [DAIS_ERROR_FAILED] = 500,
    [DAIS_ERROR_INVALID] = 400,
    [DAIS_ERROR_UNAUTHENTICATED] = 401,
    [DAIS_ERROR_DENIED] = 403,
    [DAIS_ERROR_NOT_FOUND] = 404,
    [DAIS_ERROR_CONFLICT] = 409,
    [DAIS_ERROR_STALE] = 412,
    [DAIS_ERROR_TOO_LARGE] = 413,
    [DAIS_ERROR_LIMITED] = 429,
    [DAIS_ERROR_UNAVAILABLE] = 503,
    [DAIS_ERROR_STORAGE] = 507,
  };

  if (error == NULL || error->domain != DAIS_ERROR || error->code < 0 ||
      (gsize) error->code >= G_N_ELEMENTS (statuses))
    return 500;
  return statuses[error->code];
}

/* (nullable): the client may be gone */
SoupMessageHeaders *
dais_request_get_response_headers (DaisRequest *self)
{
  return self->message != NULL
      ? soup_server_message_get_response_headers (self->message)
      : NULL;
}

/* What every answer carries: CORS (contracts README §1) and what keeps a
 * browser from guessing. */
void
dais_request_add_common_headers (DaisRequest *self)
{
  SoupMessageHeaders *headers = dais_request_get_response_headers (self);
  SoupMessageHeaders *request = soup_server_message_get_request_headers (
      self->message);
  const gchar *origin = soup_message_headers_get_one (request, "Origin");

  soup_message_headers_append (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_append (headers, "Referrer-Policy", "same-origin");
  soup_message_headers_append (
      headers, "Content-Security-Policy", "frame-ancestors 'none'");
  soup_message_headers_append (headers, "Vary", "Origin");
  if (origin == NULL || !dais_server_is_open_to (self->server, origin))
    return;
  soup_message_headers_append (headers, "Access-Control-Allow-Origin", origin);
  soup_message_headers_append (
      headers, "Access-Control-Allow-Credentials", "true");
  soup_message_headers_append (
      headers, "Access-Control-Expose-Headers", "ETag");
}

/**
 * dais_request_add_header:
 * @self: a request without an answer
 * @name: of a response header
 * @value: without line ends
 *
 * Adds a header to the answer. `Set-Cookie` may come several times, every other
 * header replaces what it said before.
 */
void
dais_request_add_header (
    DaisRequest *self, const gchar *name, const gchar *value)
{
  SoupMessageHeaders *headers = dais_request_get_response_headers (self);

  if (headers == NULL)
    return;
  if (strpbrk (value, "\r\n") != NULL) {
    g_critical ("a line end in the header %s", name);
    return;
  }
  if (g_ascii_strcasecmp (name, "Cache-Control") == 0)
    self->has_cache_rule = TRUE;
  if (g_ascii_strcasecmp (name, "Set-Cookie") == 0)
    soup_message_headers_append (headers, name, value);
  else
    soup_message_headers_replace (headers, name, value);
}

/* Bad input, and what is our own fault: somebody will ask what it was. */
static void
log_refusal (DaisRequest *self, guint status, GBytes *body)
{
  gsize size = 0;
  const gchar *text = body != NULL ? g_bytes_get_data (body, &size) : "";

  if (status != 400 && status < 500)
    return;
  dais_net_log_limited ("%s: %s %s answered %u: %.*s",
      dais_request_get_address (self), dais_request_get_method (self),
      dais_request_get_path (self), status, (gint) MIN (size, MAX_LOGGED),
      text);
}

/**
 * dais_request_respond:
 * @self: a request
 * @status: the HTTP status
 * @content_type: (nullable): with a charset where it is text
 * @body: (nullable) (transfer none): may be shared by many answers
 *
 * Answers. Only the first answer counts; one for a client that has gone is
 * dropped.
 */
void
dais_request_respond (
    DaisRequest *self, guint status, const gchar *content_type, GBytes *body)
{
  SoupMessageHeaders *headers = dais_request_get_response_headers (self);
  gsize size = body != NULL ? g_bytes_get_size (body) : 0;

  if (self->is_responded || headers == NULL)
    return;
  self->is_responded = TRUE;
  log_refusal (self, status, body);
  soup_server_message_set_status (self->message, status, NULL);
  if (content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", content_type);
  if (!self->has_cache_rule)
    soup_message_headers_append (headers, "Cache-Control", "no-store");
  if (size > 0) {
    soup_message_body_append_bytes (
        soup_server_message_get_response_body (self->message), body);
    self->connection->has_more = !dais_request_is_head (self) &&
        status != SOUP_STATUS_NO_CONTENT && status != SOUP_STATUS_NOT_MODIFIED;
  }
  dais_connection_set_deadline (self->connection,
      WRITE_MS + (guint) MIN (size / WRITE_BYTES_PER_MS, G_MAXINT32),
      "did not take its answer");
  dais_request_resume (self);
}

/**
 * dais_request_respond_json:
 * @self: a request
 * @status: the HTTP status
 * @json: (transfer full): JSON text
 */
void
dais_request_respond_json (DaisRequest *self, guint status, gchar *json)
{
  g_autoptr (GBytes) body = g_bytes_new_take (json, strlen (json));

  dais_request_respond (self, status, "application/json; charset=utf-8", body);
}

/**
 * dais_request_respond_text:
 * @self: a request
 * @status: the HTTP status
 * @text: plain text
 */
void
dais_request_respond_text (DaisRequest *self, guint status, const gchar *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  dais_request_respond (self, status, "text/plain; charset=utf-8", body);
}

static gboolean
is_etag_listed (const gchar *list, const gchar *quoted)
{
  g_auto (GStrv) tags = NULL;

  if (list == NULL)
    return FALSE;
  tags = g_strsplit (list, ",", 64);
  for (guint i = 0; tags[i] != NULL; i++) {
    const gchar *tag = g_strstrip (tags[i]);

    if (g_str_has_prefix (tag, "W/"))
      tag += 2;
    if (g_str_equal (tag, "*") || g_str_equal (tag, quoted))
      return TRUE;
  }
  return FALSE;
}

/**
 * dais_request_respond_cached:
 * @self: a request
 * @content_type: with a charset where it is text
 * @body: (transfer none): made once per change, shared by all answers
 * @etag: names this state of the thing; unquoted
 *
 * Answers 200, or 304 when the client has this state already
 * (RFC 9110 §13.1.2).
 */
void
dais_request_respond_cached (DaisRequest *self, const gchar *content_type,
    GBytes *body, const gchar *etag)
{
  g_autofree gchar *quoted = g_strconcat ("\"", etag, "\"", NULL);

  if (self->message == NULL)
    return;
  dais_request_add_header (self, "ETag", quoted);
  if (!self->has_cache_rule)
    dais_request_add_header (self, "Cache-Control", "no-cache");
  if (is_etag_listed (dais_request_get_header (self, "If-None-Match"), quoted))
    dais_request_respond (self, 304, NULL, NULL);
  else
    dais_request_respond (self, 200, content_type, body);
}

/**
 * dais_request_get_response_head:
 * @self: a request, stolen or not
 *
 * Returns: (transfer full): the header lines that an answer of ours would
 *   carry, for whoever writes a stolen one
 */
gchar *
dais_request_get_response_head (DaisRequest *self)
{
  SoupMessageHeaders *headers = dais_request_get_response_headers (self);
  GString *head = g_string_new (NULL);
  SoupMessageHeadersIter iter;
  const gchar *name;
  const gchar *value;

  if (headers == NULL)
    return g_string_free (head, FALSE);
  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    if (g_ascii_strcasecmp (name, "Content-Length") != 0)
      g_string_append_printf (head, "%s: %s\r\n", name, value);
  return g_string_free (head, FALSE);
}
