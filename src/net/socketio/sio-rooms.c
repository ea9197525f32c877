/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/sio-private.h"

/* A client cannot join by itself, but a door may join it wherever it asks. */
#define MAX_ROOMS 1000

void
dais_sio_room_free (DaisSioRoom *room)
{
  g_free (room->name);
  g_ptr_array_unref (room->members);
  g_free (room);
}

static DaisSioRoom *
find_room (DaisSioNamespace *self, const gchar *name)
{
  return g_hash_table_lookup (self->rooms, name);
}

/**
 * dais_sio_socket_is_in:
 * @self: a socket
 * @room: a name
 *
 * Returns: whether it has joined
 */
gboolean
dais_sio_socket_is_in (DaisSioSocket *self, const gchar *room)
{
  DaisSioRoom *found = find_room (self->space, room);

  return found != NULL && self->rooms != NULL &&
      g_ptr_array_find (self->rooms, found, NULL);
}

/**
 * dais_sio_socket_join:
 * @self: a socket
 * @room: a name; a room is there while somebody is in it
 */
void
dais_sio_socket_join (DaisSioSocket *self, const gchar *room)
{
  DaisSioRoom *found = find_room (self->space, room);

  if (!self->is_connected || dais_sio_socket_is_in (self, room))
    return;
  if (self->rooms == NULL)
    self->rooms = g_ptr_array_new ();
  if (self->rooms->len >= MAX_ROOMS) {
    g_warning ("a socket is in %d rooms already and joins no more", MAX_ROOMS);
    return;
  }
  if (found == NULL) {
    found = g_new0 (DaisSioRoom, 1);
    found->name = g_strdup (room);
    found->members = g_ptr_array_new ();
    g_hash_table_insert (self->space->rooms, found->name, found);
  }
  g_ptr_array_add (found->members, self);
  g_ptr_array_add (self->rooms, found);
}

static void
leave (DaisSioSocket *self, DaisSioRoom *room)
{
  g_ptr_array_remove_fast (self->rooms, room);
  g_ptr_array_remove (room->members, self);
  if (room->members->len == 0)
    g_hash_table_remove (self->space->rooms, room->name);
}

/**
 * dais_sio_socket_leave:
 * @self: a socket
 * @room: a name
 */
void
dais_sio_socket_leave (DaisSioSocket *self, const gchar *room)
{
  DaisSioRoom *found = find_room (self->space, room);

  if (found != NULL && self->rooms != NULL &&
      g_ptr_array_find (self->rooms, found, NULL))
    leave (self, found);
}

/**
 * dais_sio_socket_leave_all:
 * @self: a socket
 */
void
dais_sio_socket_leave_all (DaisSioSocket *self)
{
  while (self->rooms != NULL && self->rooms->len > 0)
    leave (self, g_ptr_array_index (self->rooms, self->rooms->len - 1));
}

static inline void
deliver (DaisSioMessage *message, DaisSioSocket *socket, DaisSioSocket *except,
    gboolean is_volatile)
{
  if (socket == except || !socket->is_connected)
    return;
  if (is_volatile && !dais_eio_session_is_writable (socket->client->session))
    return;
  dais_sio_message_send (message, socket->client);
}

/* Nothing that is sent closes a socket before this turn is over, so that the
 * members do not change under our hands. */
static void
deliver_to_room (DaisSioNamespace *self, DaisSioMessage *message,
    const gchar *name, DaisSioSocket *except, gboolean is_volatile)
{
  DaisSioRoom *room = find_room (self, name);
  DaisSioSocket *socket;

  for (guint i = 0; room != NULL && i < room->members->len; i++)
    deliver (
        message, g_ptr_array_index (room->members, i), except, is_volatile);
  if (room != NULL)
    return;
  socket = g_hash_table_lookup (self->sockets, name);
  if (socket != NULL)
    deliver (message, socket, except, is_volatile);
}

static void
deliver_to_all (DaisSioNamespace *self, DaisSioMessage *message,
    DaisSioSocket *except, gboolean is_volatile)
{
  GHashTableIter iter;
  gpointer socket;

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, NULL, &socket))
    deliver (message, socket, except, is_volatile);
}

void
dais_sio_namespace_broadcast (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, gboolean is_volatile, const gchar *event,
    const gchar *args, GPtrArray *attachments)
{
  g_auto (DaisSioMessage) message = { 0 };
  g_autofree gchar *offset = self->recovery != NULL && !is_volatile
      ? dais_sio_recovery_next_offset (self->recovery)
      : NULL;
  g_autofree gchar *json = dais_sio_make_event_json (event, args, offset);

  dais_sio_message_init (&message, self, DAIS_SIO_EVENT, -1, json, attachments);
  if (offset != NULL) {
    g_autofree gchar *plain = dais_sio_make_event_json (event, args, NULL);

    dais_sio_message_set_plain (&message, self, plain);
    dais_sio_recovery_add_event (self->recovery, offset, room,
        except != NULL ? except->id : NULL, &message);
  }
  if (room != NULL)
    deliver_to_room (self, &message, room, except, is_volatile);
  else
    deliver_to_all (self, &message, except, is_volatile);
}

/**
 * dais_sio_namespace_emit:
 * @self: a namespace
 * @room: (nullable): a room, a socket's id, or NULL for everybody
 * @except: (nullable): who does not get it
 * @event: a name
 * @args: (nullable): JSON values, commas between them
 *
 * Encodes an event once and sends it to many.
 */
void
dais_sio_namespace_emit (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, const gchar *event, const gchar *args)
{
  dais_sio_namespace_broadcast (self, room, except, FALSE, event, args, NULL);
}

/**
 * dais_sio_namespace_emit_volatile:
 * @self: a namespace
 * @room: (nullable): a room, a socket's id, or NULL for everybody
 * @except: (nullable): who does not get it
 * @event: a name
 * @args: (nullable): JSON values, commas between them
 *
 * As dais_sio_namespace_emit(), but only to who can take it at once.
 */
void
dais_sio_namespace_emit_volatile (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, const gchar *event, const gchar *args)
{
  dais_sio_namespace_broadcast (self, room, except, TRUE, event, args, NULL);
}

/**
 * dais_sio_namespace_get_sockets:
 * @self: a namespace
 * @room: (nullable): NULL for everybody
 *
 * Returns: (transfer container) (element-type DaisSioSocket): who is there,
 * with references, so that it may change meanwhile
 */
GPtrArray *
dais_sio_namespace_get_sockets (DaisSioNamespace *self, const gchar *room)
{
  GPtrArray *sockets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_sio_socket_unref);
  DaisSioRoom *found = room != NULL ? find_room (self, room) : NULL;
  GHashTableIter iter;
  gpointer socket;

  for (guint i = 0; found != NULL && i < found->members->len; i++)
    g_ptr_array_add (
        sockets, dais_sio_socket_ref (g_ptr_array_index (found->members, i)));
  if (room != NULL)
    return sockets;
  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, NULL, &socket))
    g_ptr_array_add (sockets, dais_sio_socket_ref (socket));
  return sockets;
}

/**
 * dais_sio_namespace_count:
 * @self: a namespace
 * @room: (nullable): NULL for everybody
 *
 * Returns: how many sockets are there
 */
guint
dais_sio_namespace_count (DaisSioNamespace *self, const gchar *room)
{
  DaisSioRoom *found;

  if (room == NULL)
    return g_hash_table_size (self->sockets);
  found = find_room (self, room);
  return found != NULL ? found->members->len : 0;
}
