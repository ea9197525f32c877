/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/stream.h"

#include <glib-unix.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/**
 * DaisStream:
 *
 * What libsoup sees of a connection. It differs from a GSocketConnection in
 * what it does at the end:
 *
 * - Closing closes the descriptor and waits for nobody. GTlsConnection's own
 *   close blocks the main loop while a client does not read.
 * - libsoup 3.2 forgets, and so leaks, a kept-alive connection that ends
 *   between two requests: it clears up only after a request that has begun
 *   (soup_server_message_io_http1_finished() without a completion callback).
 *   So an end there is read as one empty line before the end, which makes it a
 *   bad request; the answer to it is thrown away here.
 *
 * Everybody but a TLS handshake uses it without blocking.
 */
struct _DaisStream {
  GIOStream parent_instance;

  DaisConnection *connection; /* (owned) */
  GIOStream *tls;             /* (nullable) */
  GInputStream *input;
  GOutputStream *output;
  gboolean is_over; /* the empty line was read */
};

#define DAIS_TYPE_STREAM_INPUT (dais_stream_input_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisStreamInput, dais_stream_input, DAIS, STREAM_INPUT, GInputStream)
#define DAIS_TYPE_STREAM_OUTPUT (dais_stream_output_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisStreamOutput, dais_stream_output, DAIS, STREAM_OUTPUT, GOutputStream)

struct _DaisStreamInput {
  GInputStream parent_instance;
  DaisStream *stream; /* (nullable) unowned; NULL: the stream is gone */
};

struct _DaisStreamOutput {
  GOutputStream parent_instance;
  DaisStream *stream; /* as above */
};

static void input_iface_init (GPollableInputStreamInterface *iface);
static void output_iface_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE (DaisStream, dais_stream, G_TYPE_IO_STREAM)
G_DEFINE_FINAL_TYPE_WITH_CODE (DaisStreamInput, dais_stream_input,
    G_TYPE_INPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, input_iface_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (DaisStreamOutput, dais_stream_output,
    G_TYPE_OUTPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, output_iface_init))

static gssize
fail (gint code, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
      g_strerror (code));
  return -1;
}

static gint
fd_of (DaisStream *stream)
{
  return stream != NULL ? stream->connection->fd : -1;
}

static gssize
read_below (DaisStream *stream, void *buffer, gsize count, GError **error)
{
  gssize n;

  if (stream->tls != NULL)
    return g_pollable_input_stream_read_nonblocking (
        G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream->tls)),
        buffer, count, NULL, error);
  n = recv (stream->connection->fd, buffer, count, MSG_DONTWAIT);
  return n >= 0 ? n : fail (errno, error);
}

static gssize
dais_stream_input_read_nonblocking (
    GPollableInputStream *pollable, void *buffer, gsize count, GError **error)
{
  DaisStream *stream = DAIS_STREAM_INPUT (pollable)->stream;
  g_autoptr (GError) local = NULL;
  gssize n;

  if (fd_of (stream) < 0 || stream->is_over)
    return 0;
  /* below TLS there are no requests to be between */
  if (stream->connection->is_tls && stream->tls == NULL)
    return read_below (stream, buffer, count, error);
  n = read_below (stream, buffer, count, &local);
  if (n > 0) {
    if (stream->connection->is_idle)
      stream->connection->is_idle = FALSE;
    return n;
  }
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
      !stream->connection->is_idle || count == 0) {
    if (n < 0)
      g_propagate_error (error, g_steal_pointer (&local));
    return n;
  }
  stream->is_over = TRUE;
  *(gchar *) buffer = '\n';
  return 1;
}

/* For GTlsConnection, which shakes hands in a thread with calls that block; the
 * deadline of the connection ends them. Clears @error to try again. */
static gboolean
wait_ready (DaisStream *stream, gshort events, GError **error)
{
  struct pollfd entry = { .fd = fd_of (stream), .events = events };

  if (entry.fd < 0 || error == NULL ||
      !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return FALSE;
  g_clear_error (error);
  poll (&entry, 1, -1);
  return TRUE;
}

static gssize
dais_stream_input_read (GInputStream *input, void *buffer, gsize count,
    GCancellable *cancellable, GError **error)
{
  gssize n;

  while ((n = dais_stream_input_read_nonblocking (
              G_POLLABLE_INPUT_STREAM (input), buffer, count, error)) < 0 &&
      wait_ready (DAIS_STREAM_INPUT (input)->stream, POLLIN, error))
    continue;
  return n;
}

static gboolean
is_ready (gint fd, gshort events)
{
  struct pollfd entry = { .fd = fd, .events = events };

  return fd < 0 || poll (&entry, 1, 0) > 0;
}

static gboolean
dais_stream_input_is_readable (GPollableInputStream *pollable)
{
  DaisStream *stream = DAIS_STREAM_INPUT (pollable)->stream;

  if (fd_of (stream) >= 0 && stream->tls != NULL)
    return g_pollable_input_stream_is_readable (
        G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream->tls)));
  return is_ready (fd_of (stream), POLLIN);
}

/* A closed stream is always ready: with its end. */
static GSource *
wrap_source (gpointer pollable, gint fd, GIOCondition condition,
    GSource *tls_source, GCancellable *cancellable)
{
  g_autoptr (GSource) child = tls_source != NULL ? g_source_ref (tls_source)
      : fd >= 0 ? g_unix_fd_source_new (fd, condition)
                : g_timeout_source_new (0);

  return g_pollable_source_new_full (pollable, child, cancellable);
}

static GSource *
dais_stream_input_create_source (
    GPollableInputStream *pollable, GCancellable *cancellable)
{
  DaisStream *stream = DAIS_STREAM_INPUT (pollable)->stream;
  g_autoptr (GSource) below = NULL;

  if (fd_of (stream) >= 0 && stream->tls != NULL)
    below = g_pollable_input_stream_create_source (
        G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream->tls)),
        NULL);
  return wrap_source (pollable, fd_of (stream), G_IO_IN, below, cancellable);
}

static gssize
dais_stream_output_write_nonblocking (GPollableOutputStream *pollable,
    const void *buffer, gsize count, GError **error)
{
  DaisStream *stream = DAIS_STREAM_OUTPUT (pollable)->stream;
  gint flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  gssize n;

  if (fd_of (stream) < 0)
    return fail (EPIPE, error);
  if (stream->is_over)
    return (gssize) count;
  if (stream->tls != NULL)
    return g_pollable_output_stream_write_nonblocking (
        G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream->tls)),
        buffer, count, NULL, error);
  /* libsoup writes the head and then the body: one packet is enough */
  if (stream->connection->has_more && !stream->connection->is_tls)
    flags |= MSG_MORE;
  stream->connection->has_more = FALSE;
  n = send (stream->connection->fd, buffer, count, flags);
  return n >= 0 ? n : fail (errno, error);
}

static gssize
dais_stream_output_write (GOutputStream *output, const void *buffer,
    gsize count, GCancellable *cancellable, GError **error)
{
  gssize n;

  while ((n = dais_stream_output_write_nonblocking (
              G_POLLABLE_OUTPUT_STREAM (output), buffer, count, error)) < 0 &&
      wait_ready (DAIS_STREAM_OUTPUT (output)->stream, POLLOUT, error))
    continue;
  return n;
}

static gboolean
dais_stream_output_is_writable (GPollableOutputStream *pollable)
{
  DaisStream *stream = DAIS_STREAM_OUTPUT (pollable)->stream;

  if (fd_of (stream) >= 0 && stream->tls != NULL)
    return g_pollable_output_stream_is_writable (
        G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream->tls)));
  return is_ready (fd_of (stream), POLLOUT);
}

static GSource *
dais_stream_output_create_source (
    GPollableOutputStream *pollable, GCancellable *cancellable)
{
  DaisStream *stream = DAIS_STREAM_OUTPUT (pollable)->stream;
  g_autoptr (GSource) below = NULL;

  if (fd_of (stream) >= 0 && stream->tls != NULL)
    below = g_pollable_output_stream_create_source (
        G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream->tls)),
        NULL);
  return wrap_source (pollable, fd_of (stream), G_IO_OUT, below, cancellable);
}

static void
input_iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = dais_stream_input_is_readable;
  iface->create_source = dais_stream_input_create_source;
  iface->read_nonblocking = dais_stream_input_read_nonblocking;
}

static void
dais_stream_input_class_init (DaisStreamInputClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = dais_stream_input_read;
}

static void
dais_stream_input_init (DaisStreamInput *self)
{
}

static void
output_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = dais_stream_output_is_writable;
  iface->create_source = dais_stream_output_create_source;
  iface->write_nonblocking = dais_stream_output_write_nonblocking;
}

static void
dais_stream_output_class_init (DaisStreamOutputClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = dais_stream_output_write;
}

static void
dais_stream_output_init (DaisStreamOutput *self)
{
}

static GInputStream *
dais_stream_get_input_stream (GIOStream *stream)
{
  return DAIS_STREAM (stream)->input;
}

static GOutputStream *
dais_stream_get_output_stream (GIOStream *stream)
{
  return DAIS_STREAM (stream)->output;
}

static gboolean
dais_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  DaisStream *self = DAIS_STREAM (stream);

  if (!self->connection->is_detached)
    dais_connection_close (self->connection);
  return TRUE;
}

static void
dais_stream_finalize (GObject *object)
{
  DaisStream *self = DAIS_STREAM (object);

  DAIS_STREAM_INPUT (self->input)->stream = NULL;
  DAIS_STREAM_OUTPUT (self->output)->stream = NULL;
  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_object (&self->tls);
  g_clear_pointer (&self->connection, dais_connection_unref);
  G_OBJECT_CLASS (dais_stream_parent_class)->finalize (object);
}

static void
dais_stream_class_init (DaisStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_stream_finalize;
  G_IO_STREAM_CLASS (klass)->get_input_stream = dais_stream_get_input_stream;
  G_IO_STREAM_CLASS (klass)->get_output_stream = dais_stream_get_output_stream;
  G_IO_STREAM_CLASS (klass)->close_fn = dais_stream_close;
}

static void
dais_stream_init (DaisStream *self)
{
}

/**
 * dais_connection_open_stream:
 * @connection: whose descriptor it reads and writes; closed with the stream
 *   unless the connection is detached by then
 * @tls: (nullable): a GTlsConnection over another stream of @connection
 *
 * Returns: (transfer full): a pollable stream
 */
GIOStream *
dais_connection_open_stream (DaisConnection *connection, GIOStream *tls)
{
  DaisStream *self = g_object_new (DAIS_TYPE_STREAM, NULL);

  self->connection = dais_connection_ref (connection);
  g_set_object (&self->tls, tls);
  self->input = g_object_new (DAIS_TYPE_STREAM_INPUT, NULL);
  self->output = g_object_new (DAIS_TYPE_STREAM_OUTPUT, NULL);
  DAIS_STREAM_INPUT (self->input)->stream = self;
  DAIS_STREAM_OUTPUT (self->output)->stream = self;
  return G_IO_STREAM (self);
}
