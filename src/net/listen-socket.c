/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/listen-socket.h"

#include "core/error.h"

#define BACKLOG 1024

/**
 * dais_listen_url_clear:
 * @url: a result of dais_listen_url_parse()
 */
void
dais_listen_url_clear (DaisListenUrl *url)
{
  g_clear_pointer (&url->host, g_free);
}

/**
 * dais_listen_url_parse:
 * @text: "http://HOST:PORT" or "https://HOST:PORT"; HOST is an address,
 *   "localhost" or "*"; no port means 8080, or 8443 for https
 * @url: (out caller-allocates): the parts
 * @error: DAIS_ERROR_INVALID in plain words
 *
 * Returns: whether it is one
 */
gboolean
dais_listen_url_parse (const gchar *text, DaisListenUrl *url, GError **error)
{
  g_autofree gchar *scheme = NULL;
  g_autofree gchar *host = NULL;
  g_autofree gchar *path = NULL;
  gint port = -1;

  if (!g_uri_split_network (
          text, G_URI_FLAGS_PARSE_RELAXED, &scheme, &host, &port, NULL) ||
      (g_strcmp0 (scheme, "http") != 0 && g_strcmp0 (scheme, "https") != 0)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "\"%s\" is no address to listen on; write http://0.0.0.0:8080 or "
        "https://127.0.0.1:8443",
        text);
    return FALSE;
  }
  if (!g_uri_split (text, G_URI_FLAGS_PARSE_RELAXED, NULL, NULL, NULL, NULL,
          &path, NULL, NULL, NULL) ||
      (path[0] != '\0' && !g_str_equal (path, "/"))) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "\"%s\" has a path; an address to listen on ends after the port", text);
    return FALSE;
  }
  url->is_tls = g_str_equal (scheme, "https");
  url->host = g_steal_pointer (&host);
  url->port = (guint16) (port >= 0 ? port : url->is_tls ? 8443 : 8080);
  return TRUE;
}

static GInetAddress *
address_of_host (const gchar *host, GError **error)
{
  GInetAddress *address;

  if (g_str_equal (host, "*"))
    return g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  address = g_inet_address_new_from_string (host);
  if (address == NULL)
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "cannot listen on \"%s\": give the address of a network interface "
        "(0.0.0.0 or [::] for all of them), not a name",
        host);
  return address;
}

static void
explain (const DaisListenUrl *url, const GError *cause, GError **error)
{
  const gchar *host = url->host;
  guint port = url->port;

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "port %u of %s is in use by another program; stop that program "
        "(\"ss -ltnp\" shows it) or listen on another port",
        port, host);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "may not listen on port %u of %s; ports below 1024 need the "
        "capability CAP_NET_BIND_SERVICE, or use a higher port",
        port, host);
  else
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "cannot listen on port %u of %s: %s; the address must belong to this "
        "machine (\"ip address\" lists them)",
        port, host, cause->message);
}

static GSocket *
listen_on (GInetAddress *inet, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (inet, port);
  g_autoptr (GSocket) socket = g_socket_new (g_inet_address_get_family (inet),
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;
  /* allow_reuse: a restart must not wait for old connections to time out */
  g_socket_set_listen_backlog (socket, BACKLOG);
  g_socket_set_blocking (socket, FALSE);
  if (!g_socket_bind (socket, address, TRUE, error) ||
      !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/**
 * dais_listen_socket_new:
 * @url: where
 * @error: DAIS_ERROR_CONFLICT when the port is taken, DAIS_ERROR_DENIED,
 *   DAIS_ERROR_INVALID, DAIS_ERROR_FAILED; says how to mend it
 *
 * Returns: (transfer full): a listening, non-blocking socket
 */
GSocket *
dais_listen_socket_new (const DaisListenUrl *url, GError **error)
{
  g_autoptr (GInetAddress) inet = address_of_host (url->host, error);
  g_autoptr (GError) cause = NULL;
  GSocket *socket;

  if (inet == NULL)
    return NULL;
  socket = listen_on (inet, url->port, &cause);
  if (socket == NULL && g_str_equal (url->host, "*")) {
    /* a machine without IPv6 */
    g_autoptr (GInetAddress) any = g_inet_address_new_any (
        G_SOCKET_FAMILY_IPV4);

    g_clear_error (&cause);
    socket = listen_on (any, url->port, &cause);
  }
  if (socket == NULL)
    explain (url, cause, error);
  return socket;
}
