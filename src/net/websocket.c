/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/websocket.h"

#include "net/acceptor.h"
#include "net/frame.h"
#include "net/websocket-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define CLOSE_MS   5000 /* for the peer's half of the close handshake */
#define READ_BYTES 65536
/* read so much from one socket before the others get their turn */
#define READ_TURN_BYTES (256 * 1024)

#define SOCKET_OF(member, pointer) \
  ((DaisSocket *) ((gchar *) (pointer) -G_STRUCT_OFFSET (DaisSocket, member)))

/**
 * dais_socket_ref:
 * @self: a socket
 *
 * Returns: (transfer full): @self
 */
DaisSocket *
dais_socket_ref (DaisSocket *self)
{
  self->refs++;
  return self;
}

/**
 * dais_socket_unref:
 * @self: (transfer full): a socket
 */
void
dais_socket_unref (DaisSocket *self)
{
  if (--self->refs > 0)
    return;
  if (self->destroy != NULL)
    self->destroy (self->data);
  dais_acceptor_release_peer (self->connection->acceptor, self->peer);
  dais_connection_unref (self->connection);
  g_free (self);
}

/* The one end of every socket, never from inside a call of its owner's. */
static void
finish (DaisSocket *self)
{
  if (self->state == STATE_CLOSED)
    return;
  if (self->state == STATE_ENDING)
    dais_connection_linger (self->connection);
  else
    dais_connection_close (self->connection);
  self->state = STATE_CLOSED;
  dais_socket_forget_request (self);
  dais_reactor_undefer (dais_socket_get_reactor (self), &self->flush);
  dais_reactor_stop_timer (dais_socket_get_reactor (self), &self->timer);
  dais_socket_clear_source (&self->tls_input);
  dais_socket_clear_source (&self->tls_output);
  g_clear_object (&self->tls);
  dais_frame_reader_clear (&self->reader);
  dais_frame_queue_clear (&self->queue);
  dais_acceptor_remove_socket (self->connection->acceptor, &self->link);
  if (self->is_anonymous)
    self->peer->n_anonymous--;
  self->callbacks.closed (self, self->close_code, self->user_data);
  dais_socket_unref (self);
}

/* Takes the descriptor out of the reactor, so that the connection may lend it
 * to its own watch while it lingers. */
static void
end_now (DaisSocket *self)
{
  dais_reactor_remove (dais_socket_get_reactor (self), &self->watch);
  finish (self);
}

/**
 * dais_socket_drop:
 * @self: a socket
 *
 * See websocket.h.
 */
void
dais_socket_drop (DaisSocket *self)
{
  if (self->state >= STATE_DROPPED)
    return;
  if (self->state < STATE_ENDING)
    self->close_code = 1006;
  self->state = STATE_DROPPED;
  dais_reactor_remove (dais_socket_get_reactor (self), &self->watch);
  dais_frame_queue_clear (&self->queue);
  dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
}

/* Nothing more is read; the queue, with our close frame in it, still goes. */
static void
end_after_queue (DaisSocket *self)
{
  if (self->state >= STATE_ENDING)
    return;
  self->state = STATE_ENDING;
  self->reader.is_failed = TRUE;
  dais_reactor_start_timer (
      dais_socket_get_reactor (self), &self->timer, CLOSE_MS);
  dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
}

static void
on_flush (DaisDeferred *deferred)
{
  DaisSocket *self = SOCKET_OF (flush, deferred);

  if (self->state == STATE_CONNECTING)
    return;
  if (self->state < STATE_DROPPED)
    dais_socket_write_queue (self);
  if (self->state == STATE_DROPPED)
    end_now (self);
  else if (self->state == STATE_ENDING && self->queue.length == 0)
    end_now (self);
  else if (self->was_blocked && self->queue.length == 0) {
    self->was_blocked = FALSE;
    if (self->callbacks.drained != NULL && self->state == STATE_OPEN)
      self->callbacks.drained (self, self->user_data);
  }
}

/**
 * dais_socket_send:
 * @self: a socket
 * @frame: (transfer none): from dais_frame_new_text() or _binary()
 *
 * Queues a frame; frames of one turn of the main loop leave in one write. A
 * socket that is not open swallows it, and one whose queue would pass its limit
 * although the kernel takes what it can is dropped. A frame that is longer than
 * the limit by itself, as all notes of a long day are, may wait all the same,
 * and once more behind itself: its reader is not slow, only not done.
 */
void
dais_socket_send (DaisSocket *self, GBytes *frame)
{
  gsize size = g_bytes_get_size (frame);

  if (!dais_socket_is_open (self))
    return;
  if (self->queue.bytes + size > self->max_queue && self->state == STATE_OPEN)
    dais_socket_write_queue (self);
  if (self->queue.bytes == 0)
    self->spare = 0;
  if (size > self->max_queue)
    self->spare = MAX (self->spare, 2 * size);
  if (self->queue.bytes + size > self->max_queue + self->spare &&
      self->queue.bytes > 0) {
    dais_net_log_limited ("%s: dropped: it reads too slowly, "
                          "%" G_GSIZE_FORMAT " bytes wait for it",
        self->peer->address, self->queue.bytes);
    dais_socket_drop (self);
    return;
  }
  dais_socket_queue_frame (self, frame);
}

/**
 * dais_socket_send_volatile:
 * @self: a socket
 * @frame: (transfer none): a frame
 *
 * Sends a frame that is worth nothing later: only when nothing waits before it.
 *
 * Returns: whether it was sent
 */
gboolean
dais_socket_send_volatile (DaisSocket *self, GBytes *frame)
{
  if (!dais_socket_is_writable (self))
    return FALSE;
  dais_socket_queue_frame (self, frame);
  return TRUE;
}

/**
 * dais_socket_is_writable:
 * @self: a socket
 *
 * Returns: whether nothing waits any more, after an attempt to write it
 */
gboolean
dais_socket_is_writable (DaisSocket *self)
{
  if (self->state != STATE_OPEN)
    return FALSE;
  if (self->queue.length > 0)
    dais_socket_write_queue (self);
  return self->queue.length == 0 && self->state == STATE_OPEN;
}

/**
 * dais_socket_send_text:
 * @self: a socket
 * @text: valid UTF-8
 *
 * Encodes and sends a text frame for this one socket.
 */
void
dais_socket_send_text (DaisSocket *self, const gchar *text)
{
  g_autoptr (GBytes) frame = dais_frame_new_text (text, -1);

  dais_socket_send (self, frame);
}

/**
 * dais_socket_close:
 * @self: a socket
 * @code: RFC 6455 §7.4
 * @reason: (nullable): for people, at most 123 bytes
 *
 * Sends what is queued, then a close frame, and waits a moment for the peer's.
 */
void
dais_socket_close (DaisSocket *self, guint code, const gchar *reason)
{
  g_autoptr (GBytes) frame = NULL;

  if (!dais_socket_is_open (self))
    return;
  frame = dais_frame_new_close (code, reason);
  dais_socket_queue_frame (self, frame);
  self->close_code = (guint16) code;
  if (self->state == STATE_OPEN)
    dais_reactor_start_timer (
        dais_socket_get_reactor (self), &self->timer, CLOSE_MS);
  self->state = self->state == STATE_OPEN ? STATE_CLOSING : self->state;
}

/**
 * dais_socket_end:
 * @self: a socket
 * @code: RFC 6455 §7.4
 * @reason: (nullable): for people
 *
 * As dais_socket_close(), but what the kernel takes leaves at once and nobody
 * waits for the peer: `closed` follows in the next turn.
 */
void
dais_socket_end (DaisSocket *self, guint code, const gchar *reason)
{
  if (self->state == STATE_CONNECTING) {
    dais_socket_drop (self);
    return;
  }
  if (self->state == STATE_OPEN) {
    g_autoptr (GBytes) frame = dais_frame_new_close (code, reason);

    self->close_code = (guint16) code;
    dais_socket_queue_frame (self, frame);
  }
  end_after_queue (self);
  dais_socket_write_queue (self);
}

static void
on_message (
    gpointer user_data, gboolean is_text, const gchar *data, gsize length)
{
  DaisSocket *self = user_data;

  if (self->state == STATE_OPEN)
    self->callbacks.message (self, is_text, data, length, self->user_data);
}

static void
on_ping (gpointer user_data, const guint8 *data, gsize length)
{
  DaisSocket *self = user_data;
  g_autoptr (GBytes) frame = NULL;

  /* who floods with pings and reads no pongs gets none */
  if (self->state != STATE_OPEN || self->is_blocked)
    return;
  frame = dais_frame_new (DAIS_FRAME_PONG, data, length);
  dais_socket_queue_frame (self, frame);
}

static void
on_pong (gpointer user_data)
{
}

static void
on_close (gpointer user_data, guint code)
{
  DaisSocket *self = user_data;

  if (self->state == STATE_OPEN) {
    g_autoptr (GBytes) frame = dais_frame_new_close (code, NULL);

    self->close_code = (guint16) code;
    dais_socket_queue_frame (self, frame);
  }
  end_after_queue (self);
}

static void
on_fail (gpointer user_data, guint code, const gchar *reason)
{
  DaisSocket *self = user_data;

  dais_net_log_limited (
      "%s: socket closed with %u: %s", self->peer->address, code, reason);
  if (self->state == STATE_OPEN) {
    g_autoptr (GBytes) frame = dais_frame_new_close (code, reason);

    self->close_code = (guint16) code;
    dais_socket_queue_frame (self, frame);
  }
  end_after_queue (self);
}

static const DaisFrameCallbacks frame_callbacks = {
  .message = on_message,
  .ping = on_ping,
  .pong = on_pong,
  .close = on_close,
  .fail = on_fail,
};

static void
feed (DaisSocket *self, const guint8 *data, gsize length)
{
  self->heard_us = dais_reactor_get_now (dais_socket_get_reactor (self));
  dais_frame_reader_feed (&self->reader, data, length, &frame_callbacks, self);
}

static void
on_ready (DaisWatch *watch, guint32 events)
{
  DaisSocket *self = SOCKET_OF (watch, watch);
  static guint8 buffer[READ_BYTES];
  gsize turn = 0;
  gssize n = 0;

  dais_socket_ref (self);
  if (events & EPOLLOUT) {
    self->is_blocked = FALSE;
    dais_reactor_modify (dais_socket_get_reactor (self), watch, EPOLLIN);
    dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
  }
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    do {
      n = recv (self->connection->fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        feed (self, buffer, (gsize) n);
      turn += n > 0 ? (gsize) n : 0;
    } while (n == sizeof buffer && turn < READ_TURN_BYTES &&
        self->state < STATE_ENDING);
  if ((self->state < STATE_ENDING &&
          ((n == 0 && (events & (EPOLLIN | EPOLLHUP))) ||
              (n < 0 && errno != EAGAIN && errno != EINTR))) ||
      ((events & (EPOLLHUP | EPOLLERR)) &&
          (n <= 0 || self->state == STATE_ENDING)))
    dais_socket_drop (self);
  else if (self->state == STATE_ENDING && !self->is_blocked)
    dais_reactor_modify (
        dais_socket_get_reactor (self), watch, 0); /* reads no more */
  dais_socket_unref (self);
}

static gboolean on_tls_readable (GObject *stream, gpointer user_data);

/* Reads the pollable stream dry; FALSE when the connection has ended. */
static gboolean
read_stream (DaisSocket *self, GIOStream *stream)
{
  static guint8 buffer[READ_BYTES];
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (
      g_io_stream_get_input_stream (stream));
  gsize turn = 0;

  while (self->state < STATE_ENDING && turn < READ_TURN_BYTES) {
    g_autoptr (GError) error = NULL;
    gssize n = g_pollable_input_stream_read_nonblocking (
        input, buffer, sizeof buffer, NULL, &error);

    if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      return TRUE;
    if (n <= 0)
      return FALSE;
    turn += (gsize) n;
    feed (self, buffer, (gsize) n);
  }
  return TRUE;
}

static void
wait_tls_readable (DaisSocket *self)
{
  self->tls_input = g_pollable_input_stream_create_source (
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->tls)), NULL);
  g_source_set_callback (
      self->tls_input, G_SOURCE_FUNC (on_tls_readable), self, NULL);
  g_source_attach (self->tls_input, g_main_context_get_thread_default ());
}

static gboolean
on_tls_readable (GObject *stream, gpointer user_data)
{
  DaisSocket *self = user_data;

  dais_socket_ref (self);
  dais_socket_clear_source (&self->tls_input);
  if (!read_stream (self, self->tls))
    dais_socket_drop (self);
  else if (self->state < STATE_ENDING)
    wait_tls_readable (self);
  dais_socket_unref (self);
  return G_SOURCE_REMOVE;
}

static guint
next_check_ms (DaisSocket *self, gint64 now_us)
{
  guint idle_ms = self->idle_ms;

  if (idle_ms != DAIS_SOCKET_NEVER) {
    gint64 left_ms = idle_ms - (now_us - self->heard_us) / 1000;

    idle_ms = (guint) MAX (left_ms, 1);
  }
  return MIN (idle_ms, self->ping_ms);
}

static void
start_check (DaisSocket *self)
{
  guint delay_ms = next_check_ms (
      self, dais_reactor_get_now (dais_socket_get_reactor (self)));

  if (delay_ms != DAIS_SOCKET_NEVER)
    dais_reactor_start_timer (
        dais_socket_get_reactor (self), &self->timer, delay_ms);
}

static void
send_ping (DaisSocket *self)
{
  static GBytes *frame = NULL;

  if (frame == NULL)
    frame = dais_frame_new (DAIS_FRAME_PING, NULL, 0);
  if (!self->is_blocked)
    dais_socket_queue_frame (self, frame);
}

static void
on_timer (DaisTimer *timer)
{
  DaisSocket *self = SOCKET_OF (timer, timer);
  gint64 now = dais_reactor_get_now (dais_socket_get_reactor (self));

  if (self->state != STATE_OPEN) {
    dais_socket_drop (self);
    return;
  }
  if (self->idle_ms != DAIS_SOCKET_NEVER &&
      now - self->heard_us >= (gint64) self->idle_ms * 1000) {
    g_debug ("%s: socket dropped: silent for %u ms", self->peer->address,
        self->idle_ms);
    dais_socket_drop (self);
    return;
  }
  if (self->ping_ms != DAIS_SOCKET_NEVER)
    send_ping (self);
  start_check (self);
}

void
dais_socket_init_callbacks (DaisSocket *self)
{
  self->watch.ready = on_ready;
  self->timer.expired = on_timer;
  self->flush.run = on_flush;
}

/* The 101 is written; @stream may hold bytes that came with the handshake. */
void
dais_socket_become_open (DaisSocket *self, GIOStream *stream)
{
  gboolean is_closing = self->close_code != 0;

  self->state = is_closing ? STATE_CLOSING : STATE_OPEN;
  self->heard_us = dais_reactor_get_now (dais_socket_get_reactor (self));
  dais_reactor_defer (dais_socket_get_reactor (self), &self->flush);
  if (self->connection->is_tls)
    self->tls = g_object_ref (stream);
  else if (!dais_reactor_add (dais_socket_get_reactor (self), &self->watch,
               self->connection->fd, EPOLLIN)) {
    dais_socket_drop (self);
    return;
  }
  if (is_closing)
    dais_reactor_start_timer (
        dais_socket_get_reactor (self), &self->timer, CLOSE_MS);
  else
    start_check (self);
  /* what came in one piece with the handshake lies in libsoup's buffer */
  if (!read_stream (self, stream))
    dais_socket_drop (self);
  else if (self->tls != NULL && self->state < STATE_ENDING)
    wait_tls_readable (self);
}

/**
 * dais_socket_is_open:
 * @self: a socket
 *
 * Returns: whether a frame sent now has a chance
 */
gboolean
dais_socket_is_open (DaisSocket *self)
{
  return self->state <= STATE_OPEN && self->close_code == 0;
}

/**
 * dais_socket_get_queued:
 * @self: a socket
 *
 * Returns: bytes that wait for the peer to read
 */
gsize
dais_socket_get_queued (DaisSocket *self)
{
  return self->queue.bytes;
}

/**
 * dais_socket_get_address:
 * @self: a socket
 *
 * Returns: the client's address, without a port
 */
const gchar *
dais_socket_get_address (DaisSocket *self)
{
  return self->peer->address;
}

/**
 * dais_socket_set_data:
 * @self: a socket
 * @data: (nullable): anything
 * @destroy: (nullable): for @data, with the last reference
 */
void
dais_socket_set_data (DaisSocket *self, gpointer data, GDestroyNotify destroy)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  self->data = data;
  self->destroy = destroy;
}

/**
 * dais_socket_get_data:
 * @self: a socket
 *
 * Returns: (transfer none) (nullable): what was set
 */
gpointer
dais_socket_get_data (DaisSocket *self)
{
  return self->data;
}
