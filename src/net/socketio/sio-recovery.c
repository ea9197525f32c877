/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/sio-private.h"

#define MAX_EVENTS   20000
#define MAX_BYTES    (32 * 1024 * 1024)
#define MAX_SESSIONS 20000
#define SWEEP_US     G_USEC_PER_SEC

/* An event that a lost client may have missed. */
typedef struct {
  gchar *offset;
  gchar *room;   /* (nullable) a room or a socket's id; NULL = everybody */
  gchar *except; /* (nullable) a socket's id */
  gint64 until_us;
  gsize size;
  DaisSioMessage message;
} Event;

/* Connection state recovery of one namespace (socketio.md §3.8). */
struct _DaisSioRecovery {
  gint64 max_us;
  guint64 counter;
  GQueue events;         /* (element-type Event) oldest first */
  GHashTable *by_offset; /* (element-type utf8 GList) their links */
  gsize bytes;           /* of the events */
  GHashTable *sessions;  /* (element-type utf8 DaisSioLost) by pid */
  gint64 swept_us;       /* when old sessions were last looked for */
};

static void
event_free (Event *event)
{
  g_free (event->offset);
  g_free (event->room);
  g_free (event->except);
  dais_sio_message_clear (&event->message);
  g_free (event);
}

void
dais_sio_lost_free (DaisSioLost *lost)
{
  g_free (lost->id);
  g_free (lost->pid);
  g_free (lost->kept);
  g_strfreev (lost->rooms);
  g_free (lost);
}

DaisSioRecovery *
dais_sio_recovery_new (guint max_ms)
{
  DaisSioRecovery *self = g_new0 (DaisSioRecovery, 1);

  self->max_us = (gint64) max_ms * 1000;
  g_queue_init (&self->events);
  self->by_offset = g_hash_table_new (g_str_hash, g_str_equal);
  self->sessions = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) dais_sio_lost_free);
  return self;
}

void
dais_sio_recovery_free (DaisSioRecovery *self)
{
  g_hash_table_unref (self->by_offset);
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  g_hash_table_unref (self->sessions);
  g_free (self);
}

/* As the reference: the client did not want to go. */
gboolean
dais_sio_recovery_is_recoverable (const gchar *reason)
{
  static const gchar *const reasons[] = { "transport error", "transport close",
    "forced close", "ping timeout", "server shutting down",
    "forced server close", NULL };

  return g_strv_contains (reasons, reason);
}

static gboolean
is_over (gpointer key, gpointer value, gpointer user_data)
{
  return ((DaisSioLost *) value)->until_us < *(gint64 *) user_data;
}

static void
forget_old (DaisSioRecovery *self)
{
  gint64 now = g_get_monotonic_time ();
  Event *event;

  while ((event = g_queue_peek_head (&self->events)) != NULL &&
      (event->until_us < now || self->events.length > MAX_EVENTS ||
          self->bytes > MAX_BYTES)) {
    self->bytes -= event->size;
    g_hash_table_remove (self->by_offset, event->offset);
    event_free (g_queue_pop_head (&self->events));
  }
  /* thousands may be lost at once */
  if (now - self->swept_us < SWEEP_US)
    return;
  self->swept_us = now;
  g_hash_table_foreach_remove (self->sessions, is_over, &now);
}

gchar *
dais_sio_recovery_next_offset (DaisSioRecovery *self)
{
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x", ++self->counter);
}

static gsize
message_size (const DaisSioMessage *message)
{
  gsize size = dais_eio_packet_get_size (message->text) + sizeof (Event);

  for (guint i = 0; message->binaries != NULL && i < message->binaries->len;
       i++)
    size += dais_eio_packet_get_size (g_ptr_array_index (message->binaries, i));
  return size;
}

void
dais_sio_recovery_add_event (DaisSioRecovery *self, const gchar *offset,
    const gchar *room, const gchar *except_id, DaisSioMessage *message)
{
  Event *event = g_new0 (Event, 1);

  event->offset = g_strdup (offset);
  event->room = g_strdup (room);
  event->except = g_strdup (except_id);
  event->until_us = g_get_monotonic_time () + self->max_us;
  event->message.text = dais_eio_packet_ref (message->text);
  if (message->binaries != NULL)
    event->message.binaries = g_ptr_array_ref (message->binaries);
  event->size = message_size (message);
  self->bytes += event->size;
  g_queue_push_tail (&self->events, event);
  g_hash_table_insert (self->by_offset, event->offset, self->events.tail);
  if (self->events.length % 64 == 0 || self->bytes > MAX_BYTES)
    forget_old (self);
}

void
dais_sio_recovery_add_session (DaisSioRecovery *self, DaisSioSocket *socket)
{
  g_autoptr (GStrvBuilder) rooms = g_strv_builder_new ();
  DaisSioLost *lost;

  forget_old (self);
  if (socket->pid == NULL || g_hash_table_size (self->sessions) >= MAX_SESSIONS)
    return;
  for (guint i = 0; socket->rooms != NULL && i < socket->rooms->len; i++)
    g_strv_builder_add (
        rooms, ((DaisSioRoom *) g_ptr_array_index (socket->rooms, i))->name);
  lost = g_new0 (DaisSioLost, 1);
  lost->id = g_strdup (socket->id);
  lost->pid = g_strdup (socket->pid);
  lost->kept = g_strdup (socket->kept);
  lost->rooms = g_strv_builder_end (rooms);
  lost->until_us = g_get_monotonic_time () + self->max_us;
  g_hash_table_replace (self->sessions, lost->pid, lost);
}

/* offset: (nullable) */
static GList *
find_event (DaisSioRecovery *self, const gchar *offset)
{
  return offset != NULL ? g_hash_table_lookup (self->by_offset, offset) : NULL;
}

/* A client that names no offset has seen no event, and there is nothing to tell
 * from when it missed one: as in the reference, it starts anew. */
DaisSioLost *
dais_sio_recovery_take (
    DaisSioRecovery *self, const gchar *pid, const gchar *offset)
{
  g_autoptr (DaisSioLost) lost = NULL;
  gpointer key = NULL;

  forget_old (self);
  if (find_event (self, offset) == NULL ||
      !g_hash_table_steal_extended (
          self->sessions, pid, &key, (gpointer *) &lost) ||
      lost->until_us < g_get_monotonic_time ())
    return NULL;
  return g_steal_pointer (&lost);
}

static gboolean
concerns (const Event *event, const DaisSioLost *lost)
{
  if (g_strcmp0 (event->except, lost->id) == 0)
    return FALSE;
  return event->room == NULL || g_str_equal (event->room, lost->id) ||
      g_strv_contains ((const gchar *const *) lost->rooms, event->room);
}

void
dais_sio_recovery_replay (DaisSioRecovery *self, const DaisSioLost *lost,
    const gchar *offset, DaisSioClient *client)
{
  GList *link = find_event (self, offset);

  for (link = link != NULL ? link->next : NULL; link != NULL;
       link = link->next) {
    Event *event = link->data;

    if (concerns (event, lost))
      dais_sio_message_send (&event->message, client);
  }
}
