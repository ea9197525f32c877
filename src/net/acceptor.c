/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/acceptor.h"

#include "core/error.h"
#include "net/listen-socket.h"
#include "net/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH      64
#define ACCEPT_RETRY_MS   250
#define SPARE_DESCRIPTORS 128 /* kept free of connections: files, engines */

typedef struct {
  DaisAcceptor *acceptor; /* unowned */
  DaisWatch watch;
  GSocket *socket;
  GSocketAddress *address;
  GTlsCertificate *certificate; /* (nullable) */
  gchar *host;
} Listener;

struct _DaisAcceptor {
  guint refs;
  DaisReactor *reactor;
  DaisAcceptorLimits limits;
  DaisAcceptedFunc accepted;
  gpointer user_data;
  GPtrArray *listeners; /* (element-type Listener) */
  GHashTable *peers;    /* (element-type utf8 DaisPeer) */
  GQueue waiting;       /* (element-type DaisConnection) oldest first; owned */
  guint n_connections;
  GQueue sockets;  /* (element-type DaisSocket) not owned */
  DaisTimer retry; /* accepting again after the descriptors ran out */
  guint8 *peek;    /* one buffer for every peek */
};

static void
listener_free (Listener *listener)
{
  dais_reactor_remove (listener->acceptor->reactor, &listener->watch);
  g_socket_close (listener->socket, NULL);
  g_object_unref (listener->socket);
  g_clear_object (&listener->address);
  g_clear_object (&listener->certificate);
  g_free (listener->host);
  g_free (listener);
}

static void
peer_free (DaisPeer *peer)
{
  g_free (peer->address);
  g_free (peer);
}

static void
on_retry (DaisTimer *timer)
{
  DaisAcceptor *self = (DaisAcceptor *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisAcceptor, retry));

  for (guint i = 0; i < self->listeners->len; i++) {
    Listener *listener = g_ptr_array_index (self->listeners, i);

    dais_reactor_modify (self->reactor, &listener->watch, EPOLLIN);
  }
}

/**
 * dais_acceptor_new:
 * @reactor: whose epoll and timers are used
 * @limits: copied; more connections than the process has descriptors for are
 *   not taken
 * @accepted: gets every connection that has a request to read
 * @user_data: for @accepted
 *
 * Returns: (transfer full): an acceptor that listens nowhere yet
 */
DaisAcceptor *
dais_acceptor_new (DaisReactor *reactor, const DaisAcceptorLimits *limits,
    DaisAcceptedFunc accepted, gpointer user_data)
{
  DaisAcceptor *self = g_new0 (DaisAcceptor, 1);
  struct rlimit files = { 0 };

  self->refs = 1;
  self->reactor = dais_reactor_ref (reactor);
  self->limits = *limits;
  if (getrlimit (RLIMIT_NOFILE, &files) == 0 &&
      files.rlim_cur > 2 * SPARE_DESCRIPTORS)
    self->limits.max_connections = (guint) MIN (
        self->limits.max_connections, files.rlim_cur - SPARE_DESCRIPTORS);
  self->accepted = accepted;
  self->user_data = user_data;
  self->listeners = g_ptr_array_new_with_free_func (
      (GDestroyNotify) listener_free);
  self->peers = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) peer_free);
  g_queue_init (&self->waiting);
  g_queue_init (&self->sockets);
  self->retry.expired = on_retry;
  self->peek = g_malloc (self->limits.max_head);
  return self;
}

/**
 * dais_acceptor_ref:
 * @self: the acceptor
 *
 * Returns: (transfer full): @self
 */
DaisAcceptor *
dais_acceptor_ref (DaisAcceptor *self)
{
  self->refs++;
  return self;
}

/**
 * dais_acceptor_unref:
 * @self: (transfer full): the acceptor; call dais_acceptor_stop() before
 */
void
dais_acceptor_unref (DaisAcceptor *self)
{
  if (--self->refs > 0)
    return;
  dais_reactor_stop_timer (self->reactor, &self->retry);
  g_ptr_array_unref (self->listeners);
  g_hash_table_unref (self->peers);
  g_clear_pointer (&self->reactor, dais_reactor_unref);
  g_free (self->peek);
  g_free (self);
}

/**
 * dais_acceptor_take_peer:
 * @self: the acceptor
 * @address: without a port
 *
 * Returns: (transfer full): who is known by that address
 */
DaisPeer *
dais_acceptor_take_peer (DaisAcceptor *self, const gchar *address)
{
  DaisPeer *peer = g_hash_table_lookup (self->peers, address);

  if (peer == NULL) {
    peer = g_new0 (DaisPeer, 1);
    peer->address = g_strdup (address);
    g_hash_table_insert (self->peers, peer->address, peer);
  }
  peer->refs++;
  return peer;
}

/**
 * dais_acceptor_release_peer:
 * @self: the acceptor
 * @peer: (transfer full): of dais_acceptor_take_peer()
 */
void
dais_acceptor_release_peer (DaisAcceptor *self, DaisPeer *peer)
{
  if (--peer->refs == 0)
    g_hash_table_remove (self->peers, peer->address);
}

static DaisPeer *
take_peer_of (DaisAcceptor *self, GSocketAddress *remote)
{
  g_autofree gchar *address = G_IS_INET_SOCKET_ADDRESS (remote)
      ? g_inet_address_to_string (
            g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)))
      : g_strdup ("local");

  return dais_acceptor_take_peer (self,
      g_str_has_prefix (address, "::ffff:") && strchr (address, '.') != NULL
          ? address + strlen ("::ffff:")
          : address);
}

/**
 * dais_acceptor_connection_gone:
 * @self: the acceptor
 * @connection: one that is being freed
 */
void
dais_acceptor_connection_gone (DaisAcceptor *self, DaisConnection *connection)
{
  self->n_connections--;
  dais_acceptor_release_peer (self, connection->peer);
}

/**
 * dais_acceptor_hold:
 * @self: the acceptor
 * @connection: one that nobody else keeps
 *
 * Keeps a reference in the waiting room until dais_acceptor_release().
 */
void
dais_acceptor_hold (DaisAcceptor *self, DaisConnection *connection)
{
  if (connection->link.data != NULL)
    return;
  connection->link.data = dais_connection_ref (connection);
  g_queue_push_tail_link (&self->waiting, &connection->link);
}

/**
 * dais_acceptor_release:
 * @self: the acceptor
 * @connection: in the waiting room or not
 *
 * Drops the reference of dais_acceptor_hold().
 */
void
dais_acceptor_release (DaisAcceptor *self, DaisConnection *connection)
{
  if (connection->link.data == NULL)
    return;
  connection->link.data = NULL;
  g_queue_unlink (&self->waiting, &connection->link);
  dais_connection_unref (connection);
}

typedef struct {
  DaisConnection *connection;
  GSocketAddress *remote;
  GSocketAddress *local;
} Handshake;

static void
handshake_free (Handshake *handshake)
{
  dais_connection_unref (handshake->connection);
  g_object_unref (handshake->remote);
  g_object_unref (handshake->local);
  g_free (handshake);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Handshake, handshake_free)

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Handshake) handshake = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) stream = NULL;
  DaisConnection *connection = handshake->connection;
  DaisAcceptor *self = connection->acceptor;

  if (!g_tls_connection_handshake_finish (
          G_TLS_CONNECTION (source), result, &error)) {
    dais_net_log_limited ("%s: TLS handshake failed: %s",
        connection->peer->address, error->message);
    dais_connection_close (connection);
    return;
  }
  stream = dais_connection_open_stream (connection, G_IO_STREAM (source));
  if (self->accepted != NULL)
    self->accepted (connection, stream, handshake->local, handshake->remote,
        self->user_data);
}

/* The header deadline runs on meanwhile. */
static void
start_handshake (DaisConnection *connection, GTlsCertificate *certificate,
    GSocketAddress *local, GSocketAddress *remote)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) base = dais_connection_open_stream (connection, NULL);
  g_autoptr (GIOStream) tls = g_tls_server_connection_new (
      base, certificate, &error);
  const gchar *protocols[] = { "http/1.1", NULL };
  Handshake *handshake;

  if (tls == NULL) {
    g_warning (
        "cannot speak TLS: %s; is glib-networking installed?", error->message);
    return;
  }
  g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (tls), protocols);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
  handshake = g_new0 (Handshake, 1);
  handshake->connection = dais_connection_ref (connection);
  handshake->remote = g_object_ref (remote);
  handshake->local = g_object_ref (local);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT,
      NULL, on_handshake, handshake);
}

/* What libsoup passes through to the message, where it leads back to the
 * connection; the port is of no use to anyone. */
static GSocketAddress *
make_address (DaisPeer *peer)
{
  GSocketAddress *address = g_inet_socket_address_new_from_string (
      peer->address, 0);

  return address != NULL ? address
                         : g_inet_socket_address_new_from_string ("::", 0);
}

/* The head is here: out of the waiting room. */
static void
hand_over (DaisAcceptor *self, DaisConnection *connection)
{
  Listener *listener = g_steal_pointer (&connection->hung_up_data);
  g_autoptr (GSocketAddress) remote = make_address (connection->peer);
  g_autoptr (GIOStream) stream = NULL;

  dais_reactor_remove (self->reactor, &connection->watch);
  dais_connection_set_address (connection, remote);
  if (listener->certificate != NULL) {
    start_handshake (
        connection, listener->certificate, listener->address, remote);
  } else {
    stream = dais_connection_open_stream (connection, NULL);
    self->accepted (
        connection, stream, listener->address, remote, self->user_data);
  }
  dais_acceptor_release (self, connection);
}

/* Whether a whole head lies in the first @length bytes: a line end with
 * nothing but another line end behind it. */
static gboolean
has_whole_head (const guint8 *data, gsize length)
{
  const guint8 *end = data + length;
  const guint8 *at = data;

  while (at < end && (*at == '\r' || *at == '\n'))
    at++; /* RFC 9112 §2.2: empty lines before the request are ignored */
  while ((at = memchr (at, '\n', (gsize) (end - at))) != NULL) {
    at++;
    if (at < end && *at == '\n')
      return TRUE;
    if (at + 1 < end && at[0] == '\r' && at[1] == '\n')
      return TRUE;
  }
  return FALSE;
}

/* Cheap sanity: a method is letters, then a blank. */
static gboolean
may_be_http (const guint8 *data, gsize length)
{
  gsize i = 0;
  gsize start;

  while (i < length && i < 4 && (data[i] == '\r' || data[i] == '\n'))
    i++;
  start = i;
  while (i < length && i - start < 20 &&
      (g_ascii_isalpha (data[i]) || data[i] == '-' || data[i] == '_'))
    i++;
  return i == length || (data[i] == ' ' && i > start);
}

static void
on_waiting_ready (DaisWatch *watch, guint32 events)
{
  DaisConnection *connection = (DaisConnection *) ((gchar *) watch -
      G_STRUCT_OFFSET (DaisConnection, watch));
  DaisAcceptor *self = connection->acceptor;
  gssize n = recv (connection->fd, self->peek, self->limits.max_head,
      MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0) {
    dais_connection_close (connection);
  } else if (connection->is_tls) {
    if (self->peek[0] == 0x16)
      hand_over (self, connection);
    else
      dais_connection_close (connection);
  } else if (!may_be_http (self->peek, (gsize) n)) {
    dais_connection_answer_raw (connection, 400,
        self->peek[0] == 0x16
            ? "this port speaks plain HTTP; write http:// and not https://"
            : "what you sent is no HTTP request");
  } else if (has_whole_head (self->peek, (gsize) n)) {
    hand_over (self, connection);
  } else if ((gsize) n >= self->limits.max_head) {
    dais_connection_answer_raw (
        connection, 431, "the head of the request is too large");
  } else if (events & EPOLLRDHUP) {
    dais_connection_close (connection);
  }
}

/* Makes room for a newcomer: clients that mean well send their head at once,
 * so the one that has waited longest is the least loss. */
static gboolean
make_room (DaisAcceptor *self)
{
  DaisConnection *oldest;

  if (self->n_connections < self->limits.max_connections)
    return TRUE;
  oldest = g_queue_peek_head (&self->waiting);
  if (oldest == NULL)
    return FALSE;
  dais_connection_close (oldest);
  return self->n_connections < self->limits.max_connections;
}

static void
take_connection (Listener *listener, gint fd, struct sockaddr_storage *name,
    socklen_t length)
{
  DaisAcceptor *self = listener->acceptor;
  g_autoptr (GSocketAddress) remote = g_socket_address_new_from_native (
      name, length);
  g_autoptr (DaisConnection) connection = NULL;
  const gint one = 1;

  if (remote == NULL || !make_room (self)) {
    dais_net_log_limited (
        "a connection was refused: %u are open (max-connections)",
        self->n_connections);
    close (fd);
    return;
  }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  self->n_connections++;
  connection = dais_connection_new (self, self->reactor,
      take_peer_of (self, remote), fd, listener->certificate != NULL);
  connection->watch.ready = on_waiting_ready;
  connection->hung_up_data = listener;
  dais_acceptor_hold (self, connection);
  dais_connection_set_deadline (connection, self->limits.header_timeout_ms,
      "sent no whole request in time");
  if (!dais_reactor_add (self->reactor, &connection->watch, fd,
          EPOLLIN | EPOLLRDHUP | EPOLLET))
    dais_connection_close (connection);
}

static void
on_listener_ready (DaisWatch *watch, guint32 events)
{
  Listener *listener = (Listener *) ((gchar *) watch -
      G_STRUCT_OFFSET (Listener, watch));
  DaisAcceptor *self = listener->acceptor;

  for (guint i = 0; i < ACCEPT_BATCH; i++) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    gint fd = accept4 (watch->fd, (struct sockaddr *) &name, &length,
        SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
      take_connection (listener, fd, &name, length);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
        errno == ENOBUFS) {
      dais_net_log_limited (
          "cannot accept connections: %s; raise the limit of open files",
          g_strerror (errno));
      dais_reactor_modify (self->reactor, watch, 0);
      dais_reactor_start_timer (self->reactor, &self->retry, ACCEPT_RETRY_MS);
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

/**
 * dais_acceptor_listen:
 * @self: the acceptor
 * @url: see dais_listen_url_parse()
 * @certificate: (nullable): for https
 * @error: as dais_listen_socket_new()
 *
 * Returns: whether it listens
 */
gboolean
dais_acceptor_listen (DaisAcceptor *self, const gchar *url,
    GTlsCertificate *certificate, GError **error)
{
  g_auto (DaisListenUrl) parts = { 0 };
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  Listener *listener;

  if (!dais_listen_url_parse (url, &parts, error))
    return FALSE;
  if (parts.is_tls && certificate == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "%s needs a certificate and its key", url);
    return FALSE;
  }
  socket = dais_listen_socket_new (&parts, error);
  if (socket == NULL)
    return FALSE;
  address = g_socket_get_local_address (socket, error);
  if (address == NULL)
    return FALSE;
  listener = g_new0 (Listener, 1);
  listener->acceptor = self;
  listener->socket = g_object_ref (socket);
  listener->address = g_object_ref (address);
  listener->host = g_strdup (parts.host);
  if (parts.is_tls)
    listener->certificate = g_object_ref (certificate);
  listener->watch.ready = on_listener_ready;
  g_ptr_array_add (self->listeners, listener);
  return dais_reactor_add (
      self->reactor, &listener->watch, g_socket_get_fd (socket), EPOLLIN);
}

/**
 * dais_acceptor_get_urls:
 * @self: the acceptor
 *
 * Returns: (transfer full): where it listens, with the ports that it got
 */
GStrv
dais_acceptor_get_urls (DaisAcceptor *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->listeners->len; i++) {
    Listener *listener = g_ptr_array_index (self->listeners, i);
    gboolean is_v6 = strchr (listener->host, ':') != NULL;
    g_autofree gchar *url = g_strdup_printf ("%s://%s%s%s:%u",
        listener->certificate != NULL ? "https" : "http", is_v6 ? "[" : "",
        listener->host, is_v6 ? "]" : "",
        g_inet_socket_address_get_port (
            G_INET_SOCKET_ADDRESS (listener->address)));

    g_strv_builder_add (builder, url);
  }
  return g_strv_builder_end (builder);
}

/**
 * dais_acceptor_get_n_connections:
 * @self: the acceptor
 *
 * Returns: connections that are open, sockets included
 */
guint
dais_acceptor_get_n_connections (DaisAcceptor *self)
{
  return self->n_connections;
}

/**
 * dais_acceptor_add_socket:
 * @self: the acceptor
 * @link: (transfer none): the socket's own, in no list
 */
void
dais_acceptor_add_socket (DaisAcceptor *self, GList *link)
{
  g_queue_push_tail_link (&self->sockets, link);
}

/**
 * dais_acceptor_remove_socket:
 * @self: the acceptor
 * @link: of dais_acceptor_add_socket()
 */
void
dais_acceptor_remove_socket (DaisAcceptor *self, GList *link)
{
  g_queue_unlink (&self->sockets, link);
}

/**
 * dais_acceptor_each_socket:
 * @self: the acceptor
 * @function: called with each open socket, which may end in it
 * @user_data: for @function
 */
void
dais_acceptor_each_socket (
    DaisAcceptor *self, GFunc function, gpointer user_data)
{
  for (GList *link = self->sockets.head, *next; link != NULL; link = next) {
    next = link->next;
    function (link->data, user_data);
  }
}

/**
 * dais_acceptor_get_n_sockets:
 * @self: the acceptor
 *
 * Returns: WebSockets that are open
 */
guint
dais_acceptor_get_n_sockets (DaisAcceptor *self)
{
  return self->sockets.length;
}

/**
 * dais_acceptor_stop:
 * @self: the acceptor
 *
 * Stops listening and closes what waits. Connections handed on live on.
 */
void
dais_acceptor_stop (DaisAcceptor *self)
{
  DaisConnection *connection;

  while ((connection = g_queue_peek_head (&self->waiting)) != NULL)
    dais_connection_close (connection);
  g_ptr_array_set_size (self->listeners, 0);
  self->accepted = NULL;
}
