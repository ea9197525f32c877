/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/websocket-private.h"

#include <errno.h>
#include <sys/socket.h>

#define WRITE_VECTORS 64

static gssize
write_tls (DaisSocket *self, const struct iovec *vectors, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autofree GOutputVector *output = g_new (GOutputVector, n);
  gsize written = 0;
  GPollableReturn result;

  for (guint i = 0; i < n; i++) {
    output[i].buffer = vectors[i].iov_base;
    output[i].size = vectors[i].iov_len;
  }
  result = g_pollable_output_stream_writev_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->tls)),
      output, n, &written, NULL, &error);
  if (result == G_POLLABLE_RETURN_OK)
    return (gssize) written;
  return result == G_POLLABLE_RETURN_WOULD_BLOCK ? 0 : -1;
}

/* Bytes written, 0 when it would block, -1 when the connection is gone. */
static gssize
write_some (DaisSocket *self)
{
  struct iovec vectors[WRITE_VECTORS];
  guint n = dais_frame_queue_peek (&self->queue, vectors, WRITE_VECTORS);
  struct msghdr message = { .msg_iov = vectors, .msg_iovlen = n };
  gssize written;

  if (self->tls != NULL)
    return write_tls (self, vectors, n);
  written = sendmsg (
      self->connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written < 0)
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
  return written;
}

static gboolean
on_tls_writable (GObject *stream, gpointer user_data)
{
  DaisSocket *self = user_data;

  dais_socket_clear_source (&self->tls_output);
  self->is_blocked = FALSE;
  dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
  return G_SOURCE_REMOVE;
}

static void
wait_writable (DaisSocket *self)
{
  self->is_blocked = TRUE;
  self->was_blocked = TRUE;
  if (self->tls == NULL) {
    dais_reactor_modify (
        dais_socket_get_reactor (self), &self->watch, EPOLLIN | EPOLLOUT);
    return;
  }
  self->tls_output = g_pollable_output_stream_create_source (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->tls)),
      NULL);
  g_source_set_callback (
      self->tls_output, G_SOURCE_FUNC (on_tls_writable), self, NULL);
  g_source_attach (self->tls_output, g_main_context_get_thread_default ());
}

/* Writes until the queue is empty or the kernel's is full. */
void
dais_socket_write_queue (DaisSocket *self)
{
  while (self->queue.length > 0 && !self->is_blocked &&
      self->state < STATE_DROPPED) {
    gssize n = write_some (self);

    if (n < 0)
      dais_socket_drop (self);
    else if (n == 0)
      wait_writable (self);
    else
      dais_frame_queue_drop (&self->queue, (gsize) n);
  }
}

/* @frame: (transfer none); leaves at the end of this turn */
void
dais_socket_queue_frame (DaisSocket *self, GBytes *frame)
{
  dais_frame_queue_push (&self->queue, frame);
  if (!self->is_blocked)
    dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
}
