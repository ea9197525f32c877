/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/connection.h"

#include "net/acceptor.h"

#include <libsoup/soup.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS        2000
#define LINGER_MAX_BYTES (64 * 1024 * 1024)

static GQuark
connection_quark (void)
{
  static GQuark quark = 0;

  if (quark == 0)
    quark = g_quark_from_static_string ("dais-connection");
  return quark;
}

/**
 * dais_net_log_limited:
 * @format: as printf
 *
 * Logs a message about a misbehaving client: one a second, and how many were
 * left out, so that a flood of bad requests is no flood of log lines.
 */
void
dais_net_log_limited (const gchar *format, ...)
{
  static gint64 next_us = 0;
  static guint left_out = 0;
  gint64 now = g_get_monotonic_time ();
  g_autofree gchar *text = NULL;
  va_list args;

  if (now < next_us) {
    left_out++;
    return;
  }
  next_us = now + G_USEC_PER_SEC;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (left_out > 0)
    g_message ("%s (and %u more like it)", text, left_out);
  else
    g_message ("%s", text);
  left_out = 0;
}

/* Whether a part of a request is there. */
static gboolean
has_begun (DaisConnection *self)
{
  gchar byte;

  return recv (self->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void
on_deadline (DaisTimer *timer)
{
  DaisConnection *self = (DaisConnection *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisConnection, timer));

  g_debug ("%s: closed: %s", self->peer->address, self->why);
  if (self->link.data != NULL && !self->is_detached && has_begun (self))
    dais_connection_answer_raw (self, 408,
        "the head of the request did not come in time; send it at once");
  else if (self->link.data != NULL)
    dais_connection_close (self);
  else if (self->fd >= 0)
    shutdown (self->fd, SHUT_RDWR); /* whoever reads sees the end */
}

/**
 * dais_connection_new:
 * @acceptor: who accepted it
 * @reactor: whose epoll it uses
 * @peer: (transfer full): its address
 * @fd: (transfer full): the descriptor
 * @is_tls: whether TLS is spoken on it
 *
 * Returns: (transfer full): a connection
 */
DaisConnection *
dais_connection_new (DaisAcceptor *acceptor, DaisReactor *reactor,
    DaisPeer *peer, gint fd, gboolean is_tls)
{
  DaisConnection *self = g_new0 (DaisConnection, 1);

  self->refs = 1;
  self->acceptor = dais_acceptor_ref (acceptor);
  self->reactor = dais_reactor_ref (reactor);
  self->peer = peer;
  self->fd = fd;
  self->is_tls = is_tls;
  self->watch.fd = -1;
  self->timer.expired = on_deadline;
  self->link.data = NULL;
  return self;
}

/**
 * dais_connection_ref:
 * @self: the connection
 *
 * Returns: (transfer full): @self
 */
DaisConnection *
dais_connection_ref (DaisConnection *self)
{
  self->refs++;
  return self;
}

/**
 * dais_connection_unref:
 * @self: (transfer full): the connection
 */
void
dais_connection_unref (DaisConnection *self)
{
  if (--self->refs > 0)
    return;
  dais_reactor_stop_timer (self->reactor, &self->timer);
  dais_reactor_remove (self->reactor, &self->watch);
  if (self->fd >= 0)
    close (self->fd);
  dais_acceptor_connection_gone (self->acceptor, self);
  g_clear_pointer (&self->acceptor, dais_acceptor_unref);
  g_clear_pointer (&self->reactor, dais_reactor_unref);
  g_free (self);
}

/**
 * dais_connection_close:
 * @self: the connection
 *
 * Closes the descriptor, if it is still there, and leaves the waiting room.
 */
void
dais_connection_close (DaisConnection *self)
{
  dais_connection_ref (self);
  dais_reactor_remove (self->reactor, &self->watch);
  dais_connection_clear_deadline (self);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  dais_acceptor_release (self->acceptor, self);
  dais_connection_unref (self);
}

/**
 * dais_connection_steal_fd:
 * @self: the connection
 *
 * Returns: (transfer full): the descriptor, no longer watched; -1 when it was
 *   closed. The connection is an empty shell from then on.
 */
gint
dais_connection_steal_fd (DaisConnection *self)
{
  gint fd = self->fd;

  dais_reactor_remove (self->reactor, &self->watch);
  dais_connection_clear_deadline (self);
  self->fd = -1;
  return fd;
}

/**
 * dais_connection_set_address:
 * @self: the connection
 * @address: the peer's address, as libsoup will give it back
 *
 * Ties @self to @address, which is how a SoupServerMessage finds it. The
 * address object holds a reference.
 */
void
dais_connection_set_address (DaisConnection *self, GSocketAddress *address)
{
  g_object_set_qdata_full (G_OBJECT (address), connection_quark (),
      dais_connection_ref (self), (GDestroyNotify) dais_connection_unref);
}

/**
 * dais_connection_from_address:
 * @address: a message's remote address
 *
 * Returns: (transfer none) (nullable): its connection
 */
DaisConnection *
dais_connection_from_address (GSocketAddress *address)
{
  return g_object_get_qdata (G_OBJECT (address), connection_quark ());
}

/**
 * dais_connection_set_deadline:
 * @self: the connection
 * @delay_ms: from now
 * @why: static text for the log
 *
 * Closes the connection then, unless another deadline is set or this one
 * cleared before.
 */
void
dais_connection_set_deadline (
    DaisConnection *self, guint delay_ms, const gchar *why)
{
  self->why = why;
  dais_reactor_start_timer (self->reactor, &self->timer, delay_ms);
}

/**
 * dais_connection_clear_deadline:
 * @self: the connection
 */
void
dais_connection_clear_deadline (DaisConnection *self)
{
  dais_reactor_stop_timer (self->reactor, &self->timer);
}

static DaisConnection *
from_watch (DaisWatch *watch)
{
  return (DaisConnection *) ((gchar *) watch -
      G_STRUCT_OFFSET (DaisConnection, watch));
}

static void
on_hang_up (DaisWatch *watch, guint32 events)
{
  g_autoptr (DaisConnection) self = dais_connection_ref (from_watch (watch));

  dais_reactor_remove (self->reactor, watch);
  if (self->hung_up != NULL)
    self->hung_up (self, self->hung_up_data);
}

/**
 * dais_connection_watch_hang_up:
 * @self: a connection that libsoup has, and has paused
 * @hung_up: called once when the peer closes
 * @user_data: for @hung_up
 *
 * A paused SoupServerMessage does not notice that its client has gone
 * (libsoup 3.2: neither `disconnected` nor `finished` before it is unpaused).
 */
void
dais_connection_watch_hang_up (DaisConnection *self,
    void (*hung_up) (DaisConnection *self, gpointer user_data),
    gpointer user_data)
{
  if (self->fd < 0)
    return;
  self->hung_up = hung_up;
  self->hung_up_data = user_data;
  self->watch.ready = on_hang_up;
  dais_reactor_add (
      self->reactor, &self->watch, self->fd, EPOLLRDHUP | EPOLLET);
}

/**
 * dais_connection_unwatch_hang_up:
 * @self: the connection
 */
void
dais_connection_unwatch_hang_up (DaisConnection *self)
{
  if (self->hung_up == NULL)
    return;
  self->hung_up = NULL;
  dais_reactor_remove (self->reactor, &self->watch);
}

static void
on_linger_ready (DaisWatch *watch, guint32 events)
{
  DaisConnection *self = from_watch (watch);
  gchar buffer[65536];
  gssize n;

  /* one piece a turn: who floods must not keep the others waiting */
  n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  self->discarded += n > 0 ? (gsize) n : 0;
  if ((n > 0 && self->discarded < LINGER_MAX_BYTES) ||
      (n < 0 && errno == EAGAIN))
    return;
  dais_connection_close (self);
}

/**
 * dais_connection_linger:
 * @self: a connection that nobody reads from; the answer is written
 *
 * Says that nothing more comes, and throws away what the peer still sends for
 * a moment: closing at once would reset the connection and with it the answer.
 */
void
dais_connection_linger (DaisConnection *self)
{
  if (self->fd < 0)
    return;
  dais_reactor_remove (self->reactor, &self->watch);
  shutdown (self->fd, SHUT_WR);
  self->is_detached = TRUE;
  self->watch.ready = on_linger_ready;
  dais_acceptor_hold (self->acceptor, self);
  dais_connection_set_deadline (self, LINGER_MS, "lingered");
  if (!dais_reactor_add (
          self->reactor, &self->watch, self->fd, EPOLLIN | EPOLLRDHUP))
    dais_connection_close (self);
}

/**
 * dais_connection_answer_raw:
 * @self: a connection in the waiting room
 * @status: the HTTP status
 * @text: the plain text body, a sentence without a newline
 *
 * Answers a request that never gets as far as libsoup, and closes.
 */
void
dais_connection_answer_raw (
    DaisConnection *self, guint status, const gchar *text)
{
  g_autofree gchar *answer = NULL;
  gssize n;

  dais_net_log_limited (
      "%s: answered %u: %s", self->peer->address, status, text);
  if (self->is_tls) {
    dais_connection_close (self);
    return;
  }
  answer = g_strdup_printf ("HTTP/1.1 %u %s\r\n"
                            "Connection: close\r\n"
                            "Content-Type: text/plain; charset=utf-8\r\n"
                            "X-Content-Type-Options: nosniff\r\n"
                            "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                            "\r\n"
                            "%s\n",
      status, soup_status_get_phrase (status), strlen (text) + 1, text);
  n = send (self->fd, answer, strlen (answer), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0)
    g_debug ("%s: gone before its answer", self->peer->address);
  dais_connection_linger (self);
}
