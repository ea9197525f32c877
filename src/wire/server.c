/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/server.h"

#include "core/error.h"
#include "wire/bind.h"
#include "wire/memory.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO_TIMEOUT_MS 5000
#define RETRY_MS         200
/* Different slots that may be out at once before a consumer that sits on old
 * ones loses its connection, and with it its claim. */
#define MAX_SLOTS_OUT 12
#define STUCK_US      (1 * G_USEC_PER_SEC)

typedef struct {
  guint64 serial;
  guint32 slot;
  GstBuffer *buffer; /* (owned) */
  gint64 since_us;
} Held;

typedef struct {
  int socket;
  gboolean greeted; /* HELLO came: a client */
  gboolean hold;
  gboolean dead;
  gint64 since_us;
  GArray *held;      /* (element-type Held) */
  GHashTable *known; /* slots whose memfd was sent */
} Peer;

struct _DaisWireServer {
  DaisWireSocket listener;
  int wake;
  GThread *thread;
  GstAllocator *allocator;
  const DaisWireServerEvents *events;
  gpointer user_data;

  GMutex lock;
  /* protected by lock */
  gboolean closing;
  gboolean no_accept; /* out of descriptors: leave the queue alone a while */
  GPtrArray *peers;   /* (element-type Peer) */
  DaisWireCaps *caps;
  gboolean video;
  DaisWireFrame newest;
  int newest_fd;
  GstBuffer *newest_buffer; /* (nullable) */
  guint64 serial;
  guint64 sent;
  guint64 dropped;
  guint clients;
};

static void
held_clear (gpointer data)
{
  Held *held = data;

  gst_buffer_unref (held->buffer);
}

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  close (peer->socket);
  g_array_unref (peer->held);
  g_hash_table_unref (peer->known);
  g_free (peer);
}

static void
wake (DaisWireServer *self)
{
  guint64 one = 1;

  if (write (self->wake, &one, sizeof one) < 0)
    return; /* the counter is full: it is awake */
}

/* --- sending, with the lock held --- */

static void
peer_send (Peer *peer, gconstpointer message, gsize size)
{
  if (!peer->dead &&
      dais_wire_send (peer->socket, message, size, -1) != DAIS_WIRE_IO_OK)
    peer->dead = TRUE; /* its queue is full of what it never read */
}

static gchar *hear_peer (DaisWireServer *self, Peer *peer);

/* Whether the peer has room for one more frame. Frames that it has given back
 * may wait to be read by a thread that did not get its turn yet. */
static gboolean
has_room (DaisWireServer *self, Peer *peer)
{
  guint most = self->video ? DAIS_WIRE_HELD_VIDEO : DAIS_WIRE_HELD_AUDIO;

  if (peer->held->len >= most)
    g_free (hear_peer (self, peer));
  return peer->held->len < most && !peer->dead;
}

static void
peer_send_frame (DaisWireServer *self, Peer *peer, const DaisWireFrame *frame,
    int fd, GstBuffer *buffer)
{
  gboolean known = g_hash_table_contains (
      peer->known, GUINT_TO_POINTER (frame->slot));
  Held held = { frame->serial, frame->slot, NULL, g_get_monotonic_time () };
  DaisWireIo result;

  if (!has_room (self, peer)) {
    self->dropped++;
    return;
  }
  result = dais_wire_send (peer->socket, frame, sizeof *frame, known ? -1 : fd);
  if (result == DAIS_WIRE_IO_CLOSED) {
    peer->dead = TRUE;
    return;
  }
  if (result != DAIS_WIRE_IO_OK) {
    self->dropped++;
    return;
  }
  self->sent++;
  if (!known)
    g_hash_table_add (peer->known, GUINT_TO_POINTER (frame->slot));
  held.buffer = gst_buffer_ref (buffer);
  g_array_append_val (peer->held, held);
}

static void
tell_gone_slots (DaisWireServer *self)
{
  DaisWireForget forget = { .head = dais_wire_head (DAIS_WIRE_FORGET) };

  while (dais_wire_allocator_next_gone (self->allocator, &forget.slot)) {
    for (guint i = 0; i < self->peers->len; i++) {
      Peer *peer = self->peers->pdata[i];

      if (g_hash_table_remove (peer->known, GUINT_TO_POINTER (forget.slot)))
        peer_send (peer, &forget, sizeof forget);
    }
  }
}

static void
send_newest (DaisWireServer *self, Peer *peer)
{
  if (self->newest_buffer == NULL || !self->video || peer->hold)
    return;
  self->newest.serial = ++self->serial;
  peer_send_frame (
      self, peer, &self->newest, self->newest_fd, self->newest_buffer);
}

static void
send_caps (DaisWireServer *self, Peer *peer)
{
  if (self->caps != NULL)
    peer_send (peer, self->caps, dais_wire_caps_size (self->caps));
}

/* Bounds the memory that consumers can keep from coming back: whoever sits on
 * the oldest frame for long is let go. */
static void
let_stuck_go (DaisWireServer *self)
{
  g_autoptr (GHashTable) out = g_hash_table_new (NULL, NULL);
  gint64 oldest_us = g_get_monotonic_time () - STUCK_US;
  Peer *stuck = NULL;

  for (guint i = 0; i < self->peers->len; i++) {
    Peer *peer = self->peers->pdata[i];

    for (guint k = 0; k < peer->held->len; k++) {
      Held *held = &g_array_index (peer->held, Held, k);

      g_hash_table_add (out, GUINT_TO_POINTER (held->slot));
      if (held->since_us < oldest_us) {
        oldest_us = held->since_us;
        stuck = peer;
      }
    }
  }
  if (stuck != NULL && g_hash_table_size (out) > MAX_SLOTS_OUT)
    stuck->dead = TRUE;
}

/* --- receiving, with the lock held --- */

static void
on_release (Peer *peer, guint64 serial)
{
  for (guint i = 0; i < peer->held->len; i++)
    if (g_array_index (peer->held, Held, i).serial == serial) {
      g_array_remove_index (peer->held, i);
      return;
    }
}

static gboolean
on_peer_message (DaisWireServer *self, Peer *peer,
    const DaisWireMessage *message, GError **error)
{
  gboolean was_held = peer->hold;
  DaisWireType type = message->head.type;

  if (peer->greeted == (type == DAIS_WIRE_HELLO) || type >= DAIS_WIRE_CAPS) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "not a wire consumer: a message out of turn");
    return FALSE;
  }
  if (type == DAIS_WIRE_RELEASE) {
    on_release (peer, message->release.serial);
    return TRUE;
  }
  peer->hold = message->hold.hold != 0;
  if (type == DAIS_WIRE_HELLO) {
    peer->greeted = TRUE;
    send_caps (self, peer);
    send_newest (self, peer);
  } else if (was_held) {
    send_newest (self, peer);
  }
  return TRUE;
}

/* Returns: (transfer full) (nullable): what a bad peer did */
static gchar *
hear_peer (DaisWireServer *self, Peer *peer)
{
  DaisWireMessage message;
  DaisWireIo result;

  /* At most a queue's worth, so that one peer cannot keep the thread. */
  for (guint i = 0; i < 64 && !peer->dead; i++) {
    g_autoptr (GError) error = NULL;

    result = dais_wire_receive (peer->socket, &message, NULL, &error);
    if (result == DAIS_WIRE_IO_AGAIN)
      return NULL;
    if (result == DAIS_WIRE_IO_OK &&
        on_peer_message (self, peer, &message, &error))
      continue;
    peer->dead = TRUE;
    if (error != NULL)
      return g_strdup (error->message);
  }
  return NULL;
}

static gchar *
greet_peer (DaisWireServer *self)
{
  g_autoptr (GError) error = NULL;
  int fd = dais_wire_socket_accept (&self->listener, &error);
  Peer *peer;

  if (fd < 0) {
    self->no_accept = error == NULL && errno != EAGAIN;
    return error != NULL ? g_strdup (error->message) : NULL;
  }
  if (self->peers->len >= DAIS_WIRE_MAX_PEERS) {
    close (fd);
    return g_strdup_printf (
        "more than %d consumers, refused one", DAIS_WIRE_MAX_PEERS);
  }
  peer = g_new0 (Peer, 1);
  peer->socket = fd;
  peer->since_us = g_get_monotonic_time ();
  peer->held = g_array_new (FALSE, FALSE, sizeof (Held));
  g_array_set_clear_func (peer->held, held_clear);
  peer->known = g_hash_table_new (NULL, NULL);
  g_ptr_array_add (self->peers, peer);
  return NULL;
}

/* Returns: whether the number of clients changed */
static gboolean
sweep (DaisWireServer *self, gboolean *ungreeted)
{
  gint64 latest_us = g_get_monotonic_time () -
      HELLO_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  guint clients = 0;
  gboolean changed;

  *ungreeted = FALSE;
  for (guint i = self->peers->len; i > 0; i--) {
    Peer *peer = self->peers->pdata[i - 1];

    if (peer->dead || (!peer->greeted && peer->since_us < latest_us))
      g_ptr_array_remove_index_fast (self->peers, i - 1);
    else if (peer->greeted)
      clients++;
    else
      *ungreeted = TRUE;
  }
  changed = clients != self->clients;
  /* What is left over from before is not the newest for who comes next. */
  if (clients == 0 && changed)
    g_clear_pointer (&self->newest_buffer, gst_buffer_unref);
  self->clients = clients;
  return changed;
}

/* --- the thread --- */

static guint
fill_polls (DaisWireServer *self, struct pollfd *polls)
{
  polls[0] = (struct pollfd){ self->wake, POLLIN, 0 };
  polls[1] = (struct pollfd){ self->listener.fd, POLLIN, 0 };
  if (self->no_accept)
    polls[1].events = 0;
  for (guint i = 0; i < self->peers->len; i++)
    polls[2 + i] = (struct pollfd){
      ((Peer *) self->peers->pdata[i])->socket,
      POLLIN,
      0,
    };
  return 2 + self->peers->len;
}

static gchar *
hear_all (DaisWireServer *self, const struct pollfd *polls, guint n_polls)
{
  g_autofree gchar *trouble = NULL;
  guint64 count;

  if (polls[0].revents != 0 && read (self->wake, &count, sizeof count) < 0)
    count = 0;
  for (guint i = 2; i < n_polls && i - 2 < self->peers->len; i++)
    if (polls[i].revents != 0) {
      gchar *what = hear_peer (self, self->peers->pdata[i - 2]);

      if (what != NULL) {
        g_free (trouble);
        trouble = what;
      }
    }
  if (polls[1].revents != 0 && trouble == NULL)
    trouble = greet_peer (self);
  return g_steal_pointer (&trouble);
}

static gpointer
server_thread (gpointer user_data)
{
  DaisWireServer *self = user_data;
  struct pollfd polls[2 + DAIS_WIRE_MAX_PEERS];
  gboolean ungreeted = FALSE;

  g_mutex_lock (&self->lock);
  while (!self->closing) {
    int timeout_ms = self->no_accept ? RETRY_MS
        : ungreeted                  ? HELLO_TIMEOUT_MS
                                     : -1;
    /* Only this thread changes the list of peers, so it stays as it is. */
    guint n_polls = fill_polls (self, polls);
    g_autofree gchar *trouble = NULL;
    gboolean changed;
    int ready;

    g_mutex_unlock (&self->lock);
    ready = poll (polls, n_polls, timeout_ms);
    g_mutex_lock (&self->lock);
    self->no_accept = FALSE;
    if (self->closing)
      break;
    if (ready > 0)
      trouble = hear_all (self, polls, n_polls);
    changed = sweep (self, &ungreeted);
    g_mutex_unlock (&self->lock);
    if (trouble != NULL)
      self->events->trouble (trouble, self->user_data);
    if (changed)
      self->events->clients (self->user_data);
    g_mutex_lock (&self->lock);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- public --- */

/**
 * dais_wire_server_new:
 * @path: the socket's file name
 * @mode: its permissions; without any bit for others only this user and root
 *     are served
 * @allocator: a DaisWireAllocator, the only memory that is ever sent
 * @events: static
 * @error: DAIS_ERROR_CONFLICT when another sender is alive on @path
 *
 * Returns: (transfer full) (nullable)
 */
DaisWireServer *
dais_wire_server_new (const gchar *path, guint mode, GstAllocator *allocator,
    const DaisWireServerEvents *events, gpointer user_data, GError **error)
{
  DaisWireServer *self = g_new0 (DaisWireServer, 1);

  if (!dais_wire_socket_bind (&self->listener, path, mode, error)) {
    g_free (self);
    return NULL;
  }
  self->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->allocator = gst_object_ref (allocator);
  self->events = events;
  self->user_data = user_data;
  self->newest_fd = -1;
  self->peers = g_ptr_array_new_with_free_func (peer_free);
  g_mutex_init (&self->lock);
  self->thread = g_thread_new ("wire-server", server_thread, self);
  return self;
}

/**
 * dais_wire_server_free:
 *
 * Closes every connection and takes the socket's file away.
 */
void
dais_wire_server_free (DaisWireServer *self)
{
  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  g_mutex_unlock (&self->lock);
  wake (self);
  g_thread_join (self->thread);
  dais_wire_socket_close (&self->listener);
  g_ptr_array_unref (self->peers);
  g_clear_pointer (&self->newest_buffer, gst_buffer_unref);
  g_free (self->caps);
  close (self->wake);
  g_mutex_clear (&self->lock);
  gst_object_unref (self->allocator);
  g_free (self);
}

/**
 * dais_wire_server_set_caps:
 * @caps: shorter than DAIS_WIRE_MAX_CAPS
 * @video: whether the newest frame is worth giving to who comes late
 *
 * What the frames from now on are. Any thread.
 */
void
dais_wire_server_set_caps (
    DaisWireServer *self, const gchar *caps, gboolean video)
{
  g_mutex_lock (&self->lock);
  if (self->caps == NULL)
    self->caps = g_new0 (DaisWireCaps, 1);
  self->caps->head = dais_wire_head (DAIS_WIRE_CAPS);
  self->caps->length = (guint32) MIN (strlen (caps), DAIS_WIRE_MAX_CAPS);
  memcpy (self->caps->text, caps, self->caps->length);
  self->video = video;
  g_clear_pointer (&self->newest_buffer, gst_buffer_unref);
  for (guint i = 0; i < self->peers->len; i++)
    if (((Peer *) self->peers->pdata[i])->greeted)
      send_caps (self, self->peers->pdata[i]);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_wire_server_send:
 * @frame: all but head and serial filled
 * @fd: the slot's
 * @buffer: what keeps the slot from being written again
 *
 * Gives the frame to everybody who is ready for it. Never blocks. Streaming
 * thread.
 */
void
dais_wire_server_send (
    DaisWireServer *self, DaisWireFrame *frame, int fd, GstBuffer *buffer)
{
  gboolean dead = FALSE;

  frame->head = dais_wire_head (DAIS_WIRE_FRAME);
  g_mutex_lock (&self->lock);
  tell_gone_slots (self);
  for (guint i = 0; i < self->peers->len; i++) {
    Peer *peer = self->peers->pdata[i];

    if (peer->greeted && !peer->hold && !peer->dead) {
      frame->serial = ++self->serial;
      peer_send_frame (self, peer, frame, fd, buffer);
    }
    dead |= peer->dead;
  }
  gst_buffer_replace (&self->newest_buffer, buffer);
  self->newest = *frame;
  self->newest_fd = fd;
  if (self->video && self->peers->len > 1)
    let_stuck_go (self);
  g_mutex_unlock (&self->lock);
  if (dead)
    wake (self);
}

/**
 * dais_wire_server_get_clients:
 *
 * Returns: how many consumers are connected, those on hold included
 */
guint
dais_wire_server_get_clients (DaisWireServer *self)
{
  guint clients;

  g_mutex_lock (&self->lock);
  clients = self->clients;
  g_mutex_unlock (&self->lock);
  return clients;
}

/**
 * dais_wire_server_get_counts:
 * @sent: (out): frames given to a consumer, one per consumer
 * @dropped: (out): frames that a consumer was too slow for
 */
void
dais_wire_server_get_counts (
    DaisWireServer *self, guint64 *sent, guint64 *dropped)
{
  g_mutex_lock (&self->lock);
  *sent = self->sent;
  *dropped = self->dropped;
  g_mutex_unlock (&self->lock);
}
