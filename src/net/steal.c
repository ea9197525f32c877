/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/relay.h"
#include "net/request-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * dais_request_take_stream: (skip)
 * @self: a request whose message is paused
 *
 * Takes the connection from libsoup. Not from inside a callback of libsoup's:
 * its I/O structures go with the message.
 *
 * Returns: (transfer full) (nullable): the stream, with what libsoup had read
 *   beyond the request still in it; NULL when the client went away before
 */
GIOStream *
dais_request_take_stream (DaisRequest *self)
{
  g_autoptr (SoupServerMessage) message = g_steal_pointer (&self->message);
  GIOStream *stream = NULL;

  if (self->is_paused)
    dais_connection_unwatch_hang_up (self->connection);
  self->is_paused = FALSE;
  self->is_stolen = TRUE;
  self->connection->is_detached = TRUE;
  dais_connection_clear_deadline (self->connection);
  if (message != NULL)
    stream = soup_server_message_steal_connection (message);
  /* what was due belonged to HTTP */
  dais_connection_clear_deadline (self->connection);
  dais_server_forget_request (self->server, self);
  return stream;
}

static void
hold_still (DaisRequest *self)
{
  self->is_stolen = TRUE;
  self->is_responded = TRUE;
  dais_connection_clear_deadline (self->connection);
  if (self->is_paused)
    dais_connection_unwatch_hang_up (self->connection);
  self->is_paused = FALSE;
  soup_server_message_pause (self->message);
}

/* Out of libsoup's callbacks, before anything else is read or written. */
static void
later (DaisRequest *self, GSourceFunc func, gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static gboolean
on_drop_stream (gpointer user_data)
{
  g_autoptr (DaisRequest) self = user_data;
  g_autoptr (GIOStream) stream = dais_request_take_stream (self);

  return G_SOURCE_REMOVE;
}

typedef struct {
  DaisRequest *request;
  gint fd;
} Relay;

static gboolean
on_start_relay (gpointer user_data)
{
  g_autofree Relay *relay = user_data;
  g_autoptr (DaisRequest) self = relay->request;
  g_autoptr (GIOStream) stream = dais_request_take_stream (self);

  if (stream == NULL || self->connection->fd < 0)
    close (relay->fd);
  else
    dais_relay_start (stream, relay->fd, self->connection);
  return G_SOURCE_REMOVE;
}

static gboolean
steal_tls (DaisRequest *self, gint *fd, GError **error)
{
  gint pair[2];
  Relay *relay;

  if (socketpair (
          AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "cannot hand the connection over: %s", g_strerror (errno));
    return FALSE;
  }
  hold_still (self);
  relay = g_new0 (Relay, 1);
  relay->request = g_object_ref (self);
  relay->fd = pair[0];
  later (self, on_start_relay, relay);
  *fd = pair[1];
  return TRUE;
}

/**
 * dais_request_steal_fd:
 * @self: a request without an answer
 * @fd: (out) (transfer full): a non-blocking descriptor to write the answer to
 * @error: DAIS_ERROR_UNAVAILABLE when the client has gone or there are no
 *   descriptors left
 *
 * Takes the connection out of HTTP; see request.h. The request counts as
 * answered from then on, and the connection no longer counts here.
 *
 * Returns: whether @fd is set
 */
gboolean
dais_request_steal_fd (DaisRequest *self, gint *fd, GError **error)
{
  if (self->is_responded || self->message == NULL || self->connection->fd < 0) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE, "the client is gone");
    return FALSE;
  }
  if (self->connection->is_tls)
    return steal_tls (self, fd, error);
  hold_still (self);
  *fd = dais_connection_steal_fd (self->connection);
  later (self, on_drop_stream, g_object_ref (self));
  return TRUE;
}

static GBytes *
serialise_response (DaisRequest *self)
{
  g_autofree gchar *head = dais_request_get_response_head (self);
  g_autoptr (GBytes) body = soup_message_body_flatten (
      soup_server_message_get_response_body (self->message));
  GString *text = g_string_new (NULL);

  g_string_append_printf (text,
      "HTTP/1.1 %u %s\r\n%sConnection: close\r\nContent-Length: "
      "%" G_GSIZE_FORMAT "\r\n\r\n",
      soup_server_message_get_status (self->message),
      soup_server_message_get_reason_phrase (self->message), head,
      g_bytes_get_size (body));
  g_string_append_len (
      text, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  return g_string_free_to_bytes (text);
}

static gboolean
on_cut_short (gpointer user_data)
{
  g_autoptr (DaisRequest) self = user_data;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GIOStream) stream = NULL;

  if (self->message == NULL)
    return G_SOURCE_REMOVE;
  answer = serialise_response (self);
  stream = dais_request_take_stream (self);
  if (stream == NULL)
    return G_SOURCE_REMOVE;
  g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)),
      g_bytes_get_data (answer, NULL), g_bytes_get_size (answer), NULL, NULL);
  dais_connection_linger (self->connection);
  return G_SOURCE_REMOVE;
}

/**
 * dais_request_cut_short: (skip)
 * @self: a request that was responded to before its body was read
 *
 * libsoup reads a body to its end before it writes the answer; a client that
 * announces 10 GB would hold us to that.
 */
void
dais_request_cut_short (DaisRequest *self)
{
  hold_still (self);
  later (self, on_cut_short, g_object_ref (self));
}
