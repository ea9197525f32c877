/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/fan-out.h"

#include "engine/fan-out-ring.h"
#include "engine/output-http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* One stream to many sockets, from one thread. The pieces of the last seconds
 * stand in a ring that all viewers share, so a viewer costs its place in it and
 * a reference on the piece that it is being sent: memory does not grow with
 * slow viewers. One epoll descriptor; a viewer that takes what it is given is
 * never polled. Why not multisocketsink: docs/decisions/010-fan-out.md.
 *
 * Everything but the inbox belongs to the thread. */

#define STUCK_US      (10 * G_USEC_PER_SEC) /* then dropped */
#define SEND_BUFFER   (128 * 1024)
#define MAX_EVENTS    64
#define MAX_SENT_TURN 16 /* pieces to one viewer before the next one's turn */

typedef enum {
  COMMAND_ADD,
  COMMAND_HEADER,
  COMMAND_PIECE,
  COMMAND_KEY_PIECE,
  COMMAND_FINISH,
  COMMAND_RESTART,
  COMMAND_QUIT,
} CommandKind;

typedef struct {
  CommandKind kind;
  GSocket *socket; /* (nullable) */
  GBytes *bytes;   /* (nullable) */
  gboolean last;   /* of an addition: nothing follows bytes */
  gboolean framed; /* of an addition */
} Command;

typedef enum {
  STAGE_HEAD,   /* our response head */
  STAGE_HEADER, /* the stream's header */
  STAGE_BODY,
  STAGE_LAST, /* closed when what is under way is sent */
} Stage;

typedef struct {
  GSocket *socket;
  gint fd;
  guint index; /* in viewers */
  Stage stage;
  gboolean framed; /* a WebSocket: each piece is one binary frame */
  GBytes *current; /* (nullable): what is being sent */
  guint8 frame[DAIS_OUTPUT_HTTP_MESSAGE_HEAD]; /* goes before current */
  gsize frame_size;                            /* 0 = current goes alone */
  gsize sent;                                  /* of both */
  DaisFanOutPlace place;
  gboolean blocked; /* the socket is full, epoll tells */
  gint64 progress_us;
} Viewer;

struct _DaisFanOut {
  GThread *thread;
  gint event_fd;
  gint viewers_count; /* atomic */
  gboolean with_header;
  DaisFanOutGone gone;
  gpointer user_data;

  GMutex lock;
  GArray *inbox; /* (element-type Command); protected by lock */

  gint epoll_fd;
  GPtrArray *viewers; /* (element-type Viewer) */
  GBytes *header;     /* (nullable) */
  DaisFanOutRing *ring;
};

static void
command_clear (Command *command)
{
  g_clear_object (&command->socket);
  g_clear_pointer (&command->bytes, g_bytes_unref);
}

static void
viewer_free (Viewer *viewer)
{
  g_clear_pointer (&viewer->current, g_bytes_unref);
  g_clear_object (&viewer->socket);
  g_free (viewer);
}

static void
viewer_drop (DaisFanOut *self, Viewer *viewer, const gchar *why)
{
  Viewer *moved = NULL;

  g_debug ("viewer on descriptor %d %s", viewer->fd, why);
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, viewer->fd, NULL);
  g_ptr_array_remove_index_fast (self->viewers, viewer->index);
  if (viewer->index < self->viewers->len) {
    moved = g_ptr_array_index (self->viewers, viewer->index);
    moved->index = viewer->index;
  }
  shutdown (viewer->fd, SHUT_WR);
  viewer_free (viewer);
  g_atomic_int_dec_and_test (&self->viewers_count);
  if (self->gone != NULL)
    self->gone (self->user_data);
}

static void
viewer_poll (DaisFanOut *self, Viewer *viewer, gint operation)
{
  struct epoll_event event = { 0 };

  event.events = EPOLLIN | EPOLLRDHUP |
      (viewer->blocked ? (guint32) EPOLLOUT : 0);
  event.data.ptr = viewer;
  epoll_ctl (self->epoll_fd, operation, viewer->fd, &event);
}

/* What is to be sent after that which is sent; TRUE when there is something. */
static gboolean
viewer_advance (DaisFanOut *self, Viewer *viewer)
{
  viewer->sent = 0;
  viewer->frame_size = 0;
  g_clear_pointer (&viewer->current, g_bytes_unref);
  if (viewer->stage == STAGE_HEAD)
    viewer->stage = self->with_header ? STAGE_HEADER : STAGE_BODY;
  if (viewer->stage == STAGE_HEADER && self->header != NULL) {
    viewer->stage = STAGE_BODY;
    viewer->current = g_bytes_ref (self->header);
  } else if (viewer->stage == STAGE_BODY) {
    viewer->current = dais_fan_out_ring_next (self->ring, &viewer->place);
  }
  if (viewer->framed && viewer->current != NULL)
    viewer->frame_size = dais_output_http_message_head (
        viewer->frame, g_bytes_get_size (viewer->current));
  return viewer->current != NULL;
}

/* Returns: as send() */
static gssize
viewer_write (Viewer *viewer)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (viewer->current, &size);
  gsize of_frame = MIN (viewer->sent, viewer->frame_size);
  gsize of_data = viewer->sent - of_frame;
  /* an empty head has no data to point into */
  const guint8 *rest = size > 0 ? data + of_data : data;
  struct iovec parts[2] = {
    { viewer->frame + of_frame, viewer->frame_size - of_frame },
    { (gpointer) rest, size - of_data },
  };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

  if (of_frame == viewer->frame_size)
    return send (viewer->fd, rest, size - of_data, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sendmsg (viewer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sends as much as the socket takes; FALSE when the viewer is to be dropped. */
static gboolean
viewer_send (DaisFanOut *self, Viewer *viewer)
{
  for (guint turns = 0; turns < MAX_SENT_TURN; turns++) {
    gsize size = 0;
    gssize n = 0;

    if (viewer->current == NULL && !viewer_advance (self, viewer))
      return viewer->stage != STAGE_LAST;
    size = viewer->frame_size + g_bytes_get_size (viewer->current);
    n = viewer_write (viewer);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return FALSE;
    if (n > 0) {
      viewer->sent += (gsize) n;
      viewer->progress_us = g_get_monotonic_time ();
    }
    if (viewer->sent < size) {
      if (!viewer->blocked)
        viewer->progress_us = g_get_monotonic_time ();
      viewer->blocked = TRUE;
      viewer_poll (self, viewer, EPOLL_CTL_MOD);
      return TRUE;
    }
    g_clear_pointer (&viewer->current, g_bytes_unref);
  }
  /* more to come: let epoll call again after the others had their turn */
  viewer->blocked = TRUE;
  viewer_poll (self, viewer, EPOLL_CTL_MOD);
  return TRUE;
}

static void
viewer_serve (DaisFanOut *self, Viewer *viewer)
{
  if (!viewer->blocked && !viewer_send (self, viewer))
    viewer_drop (
        self, viewer, viewer->stage == STAGE_LAST ? "is done" : "hung up");
}

static void
serve_all (DaisFanOut *self)
{
  /* backwards: a dropped viewer's place is taken by the last one */
  for (guint i = self->viewers->len; i > 0; i--)
    viewer_serve (self, g_ptr_array_index (self->viewers, i - 1));
}

/* A viewer has nothing to say: what it sends is read and forgotten, its end of
 * file means that it went. So does a WebSocket's close frame (opcode 8), after
 * which a browser waits for us. */
static gboolean
viewer_read (Viewer *viewer)
{
  gchar buffer[4096];
  gssize n = recv (viewer->fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (viewer->framed && n > 0 && (buffer[0] & 0x0f) == 8)
    return FALSE;
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
on_viewer_ready (DaisFanOut *self, Viewer *viewer, guint32 events)
{
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
      ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && !viewer_read (viewer))) {
    viewer_drop (self, viewer, "went");
    return;
  }
  if ((events & EPOLLOUT) == 0)
    return;
  viewer->blocked = FALSE;
  if (!viewer_send (self, viewer))
    viewer_drop (self, viewer, "is done");
  else if (!viewer->blocked)
    viewer_poll (self, viewer, EPOLL_CTL_MOD);
}

static void
drop_stuck (DaisFanOut *self)
{
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = self->viewers->len; i > 0; i--) {
    Viewer *viewer = g_ptr_array_index (self->viewers, i - 1);

    if (viewer->blocked && now_us - viewer->progress_us > STUCK_US)
      viewer_drop (self, viewer, "took nothing for ten seconds");
  }
}

static void
run_add (DaisFanOut *self, Command *command)
{
  Viewer *viewer = g_new0 (Viewer, 1);
  gint one = 1;
  gint send_buffer = SEND_BUFFER;

  viewer->socket = g_steal_pointer (&command->socket);
  viewer->fd = g_socket_get_fd (viewer->socket);
  viewer->current = g_steal_pointer (&command->bytes);
  viewer->stage = command->last ? STAGE_LAST : STAGE_HEAD;
  viewer->framed = command->framed;
  viewer->place.needs_key = TRUE;
  viewer->progress_us = g_get_monotonic_time ();
  viewer->index = self->viewers->len;
  /* fails on a local socket, which does not matter */
  setsockopt (viewer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt (
      viewer->fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  g_ptr_array_add (self->viewers, viewer);
  viewer_poll (self, viewer, EPOLL_CTL_ADD);
  viewer_serve (self, viewer);
}

/* Viewers that wait for the header stay, the others are ended, each with the
 * piece that it is being sent. */
static void
run_restart (DaisFanOut *self)
{
  dais_fan_out_ring_clear (self->ring);
  g_clear_pointer (&self->header, g_bytes_unref);
  for (guint i = self->viewers->len; i > 0; i--) {
    Viewer *viewer = g_ptr_array_index (self->viewers, i - 1);

    if (viewer->stage == STAGE_BODY && self->with_header)
      viewer->stage = STAGE_LAST;
    dais_fan_out_ring_enter (self->ring, &viewer->place);
    viewer_serve (self, viewer);
  }
}

static void
run_finish (DaisFanOut *self)
{
  for (guint i = self->viewers->len; i > 0; i--) {
    Viewer *viewer = g_ptr_array_index (self->viewers, i - 1);

    viewer->stage = STAGE_LAST;
    viewer_serve (self, viewer);
  }
}

static gboolean
run_command (DaisFanOut *self, Command *command)
{
  switch (command->kind) {
    case COMMAND_ADD:
      run_add (self, command);
      break;
    case COMMAND_HEADER:
      g_clear_pointer (&self->header, g_bytes_unref);
      self->header = g_steal_pointer (&command->bytes);
      break;
    case COMMAND_PIECE:
    case COMMAND_KEY_PIECE:
      dais_fan_out_ring_add (
          self->ring, command->bytes, command->kind == COMMAND_KEY_PIECE);
      serve_all (self);
      break;
    case COMMAND_FINISH:
      run_finish (self);
      break;
    case COMMAND_RESTART:
      run_restart (self);
      break;
    case COMMAND_QUIT:
    default:
      self->gone = NULL;
      return FALSE;
  }
  return TRUE;
}

static gboolean
run_inbox (DaisFanOut *self)
{
  g_autoptr (GArray) commands = NULL;
  guint64 ignored = 0;
  gboolean go_on = TRUE;

  if (read (self->event_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
    return FALSE;
  g_mutex_lock (&self->lock);
  commands = self->inbox;
  self->inbox = g_array_new (FALSE, FALSE, sizeof (Command));
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < commands->len; i++) {
    Command *command = &g_array_index (commands, Command, i);

    go_on = go_on && run_command (self, command);
    command_clear (command);
  }
  return go_on;
}

static gpointer
fan_out_thread (gpointer data)
{
  DaisFanOut *self = data;
  struct epoll_event events[MAX_EVENTS];
  gint64 checked_us = g_get_monotonic_time ();
  gboolean go_on = TRUE;

  while (go_on) {
    gint n = epoll_wait (
        self->epoll_fd, events, MAX_EVENTS, self->viewers->len > 0 ? 1000 : -1);
    gboolean inbox = FALSE;

    if (n < 0 && errno != EINTR)
      break;
    for (gint i = 0; i < n; i++) {
      if (events[i].data.ptr == NULL)
        inbox = TRUE;
      else
        on_viewer_ready (self, events[i].data.ptr, events[i].events);
    }
    /* after the others: a command may drop a viewer that has an event here */
    if (inbox)
      go_on = run_inbox (self);
    if (g_get_monotonic_time () - checked_us > G_USEC_PER_SEC) {
      checked_us = g_get_monotonic_time ();
      drop_stuck (self);
    }
  }
  while (self->viewers->len > 0)
    viewer_drop (self, g_ptr_array_index (self->viewers, 0), "is sent away");
  return NULL;
}

static void
fan_out_tell (DaisFanOut *self, Command command)
{
  const guint64 one = 1;

  if (command.socket != NULL)
    g_object_ref (command.socket);
  if (command.bytes != NULL)
    g_bytes_ref (command.bytes);
  g_mutex_lock (&self->lock);
  g_array_append_val (self->inbox, command);
  g_mutex_unlock (&self->lock);
  if (write (self->event_fd, &one, sizeof one) < 0)
    g_warning ("cannot wake a fan-out: %s", g_strerror (errno));
}

/**
 * dais_fan_out_new:
 * @name: for the thread
 * @with_header: whether a viewer first needs what dais_fan_out_set_header()
 *     gives
 * @gone: (nullable) (scope notified): called on the fan-out's thread when a
 *     viewer has gone, for whatever reason
 * @user_data: for @gone
 *
 * Starts the thread that sends; it sleeps while there is nothing to send.
 *
 * Returns: (transfer full): a fan-out without viewers
 */
DaisFanOut *
dais_fan_out_new (const gchar *name, gboolean with_header, DaisFanOutGone gone,
    gpointer user_data)
{
  DaisFanOut *self = g_new0 (DaisFanOut, 1);
  struct epoll_event event = { .events = EPOLLIN };

  self->with_header = with_header;
  self->gone = gone;
  self->user_data = user_data;
  self->ring = dais_fan_out_ring_new ();
  self->viewers = g_ptr_array_new ();
  self->inbox = g_array_new (FALSE, FALSE, sizeof (Command));
  g_mutex_init (&self->lock);
  self->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->event_fd, &event);
  self->thread = g_thread_new (name, fan_out_thread, self);
  return self;
}

/**
 * dais_fan_out_free:
 * @self: (transfer full): a fan-out
 *
 * Closes all viewers' sockets and waits for the thread, which never blocks.
 * After it @gone is not called any more.
 */
void
dais_fan_out_free (DaisFanOut *self)
{
  Command quit = { .kind = COMMAND_QUIT };

  fan_out_tell (self, quit);
  g_thread_join (self->thread);
  for (guint i = 0; i < self->inbox->len; i++)
    command_clear (&g_array_index (self->inbox, Command, i));
  g_array_unref (self->inbox);
  g_ptr_array_unref (self->viewers);
  g_clear_pointer (&self->header, g_bytes_unref);
  dais_fan_out_ring_free (self->ring);
  close (self->epoll_fd);
  close (self->event_fd);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * dais_fan_out_add:
 * @self: a fan-out
 * @socket: a connected stream socket; a reference is taken
 * @head: what is sent before anything else
 * @last: whether @head is also the last thing
 *
 * A viewer begins with @head, then the header, then the newest key piece. Any
 * thread.
 */
void
dais_fan_out_add (
    DaisFanOut *self, GSocket *socket, GBytes *head, gboolean last)
{
  Command command = { COMMAND_ADD, socket, head, last, FALSE };

  g_atomic_int_inc (&self->viewers_count);
  fan_out_tell (self, command);
}

/**
 * dais_fan_out_add_socket:
 * @self: a fan-out
 * @socket: a connected stream socket; a reference is taken
 * @head: the answer to the client's WebSocket handshake
 *
 * The same for a WebSocket: the header and each piece are one binary message.
 * What the client says is not listened to, apart from its good-bye. Any
 * thread.
 */
void
dais_fan_out_add_socket (DaisFanOut *self, GSocket *socket, GBytes *head)
{
  Command command = { COMMAND_ADD, socket, head, FALSE, TRUE };

  g_atomic_int_inc (&self->viewers_count);
  fan_out_tell (self, command);
}

/**
 * dais_fan_out_set_header:
 * @self: a fan-out
 * @header: what a viewer needs before the first piece
 *
 * For viewers that have had no header yet. Any thread.
 */
void
dais_fan_out_set_header (DaisFanOut *self, GBytes *header)
{
  Command command = { .kind = COMMAND_HEADER, .bytes = header };

  fan_out_tell (self, command);
}

/**
 * dais_fan_out_push:
 * @self: a fan-out
 * @piece: a piece of the stream; shared, not copied
 * @key: whether a viewer may begin with it
 *
 * Sends @piece to everybody who can take it. A viewer that is more than four
 * seconds behind goes on with the newest key piece; one that takes nothing for
 * ten seconds is dropped. Any thread; never blocks.
 */
void
dais_fan_out_push (DaisFanOut *self, GBytes *piece, gboolean key)
{
  Command command = { .bytes = piece };

  command.kind = key ? COMMAND_KEY_PIECE : COMMAND_PIECE;
  fan_out_tell (self, command);
}

/**
 * dais_fan_out_finish:
 * @self: a fan-out
 *
 * Ends all present viewers after what they are being sent. Any thread.
 */
void
dais_fan_out_finish (DaisFanOut *self)
{
  Command command = { .kind = COMMAND_FINISH };

  fan_out_tell (self, command);
}

/**
 * dais_fan_out_restart:
 * @self: a fan-out
 *
 * The stream begins anew: forgets header and pieces, and ends the viewers that
 * had the old header, as nothing that comes fits it. Any thread.
 */
void
dais_fan_out_restart (DaisFanOut *self)
{
  Command command = { .kind = COMMAND_RESTART };

  fan_out_tell (self, command);
}

/**
 * dais_fan_out_get_viewers:
 * @self: a fan-out
 *
 * Any thread.
 *
 * Returns: how many viewers there are, those just added too
 */
guint
dais_fan_out_get_viewers (DaisFanOut *self)
{
  return (guint) g_atomic_int_get (&self->viewers_count);
}
