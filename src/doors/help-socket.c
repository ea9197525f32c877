/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/socketio-private.h"
#include "service/help.h"

#include <stdlib.h>

/* Groups of sockets. Their names cannot be a socket's id: those have no ":". */
#define TEACHERS   "help:teachers"
#define ROOM_GROUP "help:room:%" G_GINT64_FORMAT
#define USER_GROUP "help:user:%" G_GINT64_FORMAT

/* How often it is looked whether everybody may still be here. */
#define ACCESS_INTERVAL_S 10

/* Django REST framework's words, as the rest of this contract uses them. */
#define NOBODY "Authentication credentials were not provided."

static gchar *
name_room (gint64 room)
{
  return g_strdup_printf (ROOM_GROUP, room);
}

static gchar *
name_user (gint64 user)
{
  return g_strdup_printf (USER_GROUP, user);
}

/* ---- what the help desk tells ---- */

/* Who is in the room hears it as one of them, once. */
static void
tell_teachers (DaisSocketioDoor *self, const gchar *except_group,
    const gchar *name, const gchar *args)
{
  g_autoptr (GPtrArray) sockets = NULL;

  if (except_group == NULL ||
      dais_sio_namespace_count (self->space, except_group) == 0) {
    dais_sio_namespace_emit (self->space, TEACHERS, NULL, name, args);
    return;
  }

  sockets = dais_sio_namespace_get_sockets (self->space, TEACHERS);
  for (guint i = 0; i < sockets->len; i++) {
    DaisSioSocket *socket = g_ptr_array_index (sockets, i);

    if (!dais_sio_socket_is_in (socket, except_group))
      dais_sio_socket_emit (socket, name, args);
  }
}

static void
on_help_event (DaisHelp *help, gint64 room, gboolean teachers,
    const gchar *name, GBytes *json, DaisSocketioDoor *self)
{
  g_autofree gchar *group = room != 0 ? name_room (room) : NULL;
  g_autofree gchar *args = g_strndup (
      g_bytes_get_data (json, NULL), g_bytes_get_size (json));

  if (group != NULL)
    dais_sio_namespace_emit (self->space, group, NULL, name, args);
  if (teachers)
    tell_teachers (self, group, name, args);
}

static void
on_help_entered (
    DaisHelp *help, gint64 room, gint64 user, DaisSocketioDoor *self)
{
  g_autofree gchar *users = name_user (user);
  g_autofree gchar *group = name_room (room);
  g_autoptr (GPtrArray) sockets = dais_sio_namespace_get_sockets (
      self->space, users);

  for (guint i = 0; i < sockets->len; i++)
    dais_sio_socket_join (g_ptr_array_index (sockets, i), group);
}

static void
on_help_emptied (DaisHelp *help, gint64 room, DaisSocketioDoor *self)
{
  g_autofree gchar *group = name_room (room);
  g_autoptr (GPtrArray) sockets = dais_sio_namespace_get_sockets (
      self->space, group);

  for (guint i = 0; i < sockets->len; i++)
    dais_sio_socket_leave (g_ptr_array_index (sockets, i), group);
}

/* ---- what clients want ---- */

/* The number of a room, or 0: contracts README §4, a number or digits. */
static gint64
read_room (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "room");
  const gchar *text = NULL;
  gchar *end = NULL;
  gint64 room = 0;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return 0;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return MAX (json_node_get_int (node), 0);

  text = json_node_get_string (node);
  if (text == NULL || !g_ascii_isdigit (*text))
    return 0;
  room = g_ascii_strtoll (text, &end, 10);

  return *end == '\0' ? room : 0;
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisSioSocket) socket = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_help_act_finish (DAIS_HELP (source), result, &error) &&
      dais_sio_socket_is_connected (socket))
    dais_socketio_emit_error (
        dais_sio_socket_get_data (socket), error->message, NULL);
}

static void
act (DaisVisitor *visitor, DaisHelpAction action, gint64 room,
    const gchar *text, const gchar *image)
{
  dais_help_act_async (dais_house_get_help (visitor->door->house),
      visitor->caller, action, room, text, image,
      dais_sio_socket_get_base_url (visitor->socket), NULL, on_done,
      dais_sio_socket_ref (visitor->socket));
}

static void
handle_join_room (DaisVisitor *visitor, JsonObject *object, gint64 room)
{
  act (visitor, DAIS_HELP_JOIN, room, NULL, NULL);
}

static void
handle_close_room (DaisVisitor *visitor, JsonObject *object, gint64 room)
{
  act (visitor, DAIS_HELP_CLOSE, room, NULL, NULL);
}

static void
handle_seen (DaisVisitor *visitor, JsonObject *object, gint64 room)
{
  act (visitor, DAIS_HELP_SEE, room, NULL, NULL);
}

static void
handle_message (DaisVisitor *visitor, JsonObject *object, gint64 room)
{
  const gchar *text = "";
  const gchar *image = "";
  g_autoptr (GError) error = NULL;

  if (!dais_json_get_string (object, "text", &text, &error) ||
      !dais_json_get_string (object, "image", &image, &error)) {
    dais_socketio_emit_error (visitor, error->message, NULL);
    return;
  }

  act (visitor, DAIS_HELP_SAY, room, text, image);
}

static void
handle_new_room (DaisVisitor *visitor, JsonObject *object, gint64 room)
{
  g_autoptr (GError) error = NULL;

  if (!dais_help_announce (dais_house_get_help (visitor->door->house),
          visitor->caller, room, dais_sio_socket_get_base_url (visitor->socket),
          &error))
    dais_socketio_emit_error (visitor, error->message, NULL);
}

static const struct {
  const gchar *name;
  void (*handle) (DaisVisitor *visitor, JsonObject *object, gint64 room);
} HANDLERS[] = {
  { "join_room", handle_join_room },
  { "close_room", handle_close_room },
  { "message", handle_message },
  { "seen", handle_seen },
  { "new_room", handle_new_room },
};

static void
handle_rooms (DaisVisitor *visitor)
{
  DaisHelp *help = dais_house_get_help (visitor->door->house);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rooms = dais_help_get_open_rooms (
      help, visitor->caller, &error);
  g_autofree gchar *json = NULL;

  if (rooms == NULL) {
    dais_socketio_emit_error (visitor, error->message, NULL);
    return;
  }

  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "rooms");
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < rooms->len; i++) {
    gint64 room = g_array_index (rooms, gint64, i);
    g_autofree gchar *group = name_room (room);

    if (dais_sio_socket_is_in (visitor->socket, group))
      dais_json_writer_int (writer, room);
  }
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  json = dais_json_writer_steal (writer);
  dais_sio_socket_emit (visitor->socket, "rooms", json);
}

static void
handle (DaisVisitor *visitor, guint index, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = NULL;
  gint64 room = 0;

  if (!visitor->helps) {
    dais_socketio_emit_error (visitor, NOBODY, "not_authenticated");
    return;
  }
  if (index == G_N_ELEMENTS (HANDLERS)) {
    handle_rooms (visitor);
    return;
  }

  object = dais_socketio_get_object (event);
  room = object != NULL ? read_room (object) : 0;
  if (room <= 0) {
    dais_socketio_emit_error (
        visitor, "room must be the number of a room", NULL);
    return;
  }
  HANDLERS[index].handle (visitor, object, room);
}

/**
 * dais_help_sockets_handle:
 * @visitor: who sent it
 * @event: an event
 *
 * Contracts README §4, Socket.IO.
 *
 * Returns: whether it is one of the help desk's
 */
gboolean
dais_help_sockets_handle (DaisVisitor *visitor, const DaisSioEvent *event)
{
  guint index = 0;

  while (index < G_N_ELEMENTS (HANDLERS) &&
      !g_str_equal (HANDLERS[index].name, event->name))
    index++;
  if (index == G_N_ELEMENTS (HANDLERS) && !g_str_equal (event->name, "rooms"))
    return FALSE;

  handle (visitor, index, event);
  return TRUE;
}

/* ---- a socket's life ---- */

/* Accounts go, and people become teachers or stop being it. */
static void
check_access (DaisVisitor *visitor)
{
  DaisHouse *house = visitor->door->house;
  g_autoptr (DaisPerson) person = dais_callers_get_person (
      dais_house_get_callers (house),
      dais_caller_get_user_id (visitor->caller));

  if (person == NULL) {
    dais_socketio_emit_error (
        visitor, "this account is no longer there", "token_not_valid");
    dais_sio_socket_disconnect (visitor->socket, FALSE);
  } else if (dais_help_is_teacher (
                 dais_house_get_help (house), visitor->caller)) {
    dais_sio_socket_join (visitor->socket, TEACHERS);
  } else {
    dais_sio_socket_leave (visitor->socket, TEACHERS);
  }
}

static gboolean
on_access_due (gpointer user_data)
{
  DaisSocketioDoor *self = user_data;
  guint n = 0;
  g_autofree gpointer *visitors = g_hash_table_get_keys_as_array (
      self->helpers, &n);

  for (guint i = 0; i < n; i++)
    if (g_hash_table_contains (self->helpers, visitors[i]))
      check_access (visitors[i]);
  if (g_hash_table_size (self->helpers) > 0)
    return G_SOURCE_CONTINUE;

  self->access_source = 0;
  return G_SOURCE_REMOVE;
}

/**
 * dais_help_sockets_connected:
 * @visitor: who has come
 *
 * Puts a user's socket into all of the user's rooms, and tells them.
 */
void
dais_help_sockets_connected (DaisVisitor *visitor)
{
  DaisHelp *help = dais_house_get_help (visitor->door->house);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rooms = NULL;
  g_autofree gchar *user = NULL;

  if (dais_caller_is_anonymous (visitor->caller))
    return;

  user = name_user (dais_caller_get_user_id (visitor->caller));
  dais_sio_socket_join (visitor->socket, user);
  if (dais_help_is_teacher (help, visitor->caller))
    dais_sio_socket_join (visitor->socket, TEACHERS);
  rooms = dais_help_get_open_rooms (help, visitor->caller, &error);
  if (rooms == NULL)
    g_warning ("a user's help rooms cannot be read: %s", error->message);
  for (guint i = 0; rooms != NULL && i < rooms->len; i++) {
    g_autofree gchar *group = name_room (g_array_index (rooms, gint64, i));

    dais_sio_socket_join (visitor->socket, group);
  }
  visitor->helps = TRUE;
  g_hash_table_add (visitor->door->helpers, visitor);
  if (visitor->door->access_source == 0)
    visitor->door->access_source = g_timeout_add_seconds (
        ACCESS_INTERVAL_S, on_access_due, visitor->door);
  dais_help_connect (help, visitor->caller);
}

/**
 * dais_help_sockets_disconnected:
 * @visitor: who has gone
 */
void
dais_help_sockets_disconnected (DaisVisitor *visitor)
{
  if (!visitor->helps)
    return;

  visitor->helps = FALSE;
  g_hash_table_remove (visitor->door->helpers, visitor);
  if (visitor->door->is_closing)
    return;
  dais_help_disconnect (
      dais_house_get_help (visitor->door->house), visitor->caller);
}

/**
 * dais_help_sockets_install:
 * @self: the door
 *
 * Begins to listen to the help desk.
 */
void
dais_help_sockets_install (DaisSocketioDoor *self)
{
  DaisHelp *help = dais_house_get_help (self->house);

  self->helpers = g_hash_table_new (NULL, NULL);
  g_signal_connect (help, "event", G_CALLBACK (on_help_event), self);
  g_signal_connect (help, "entered", G_CALLBACK (on_help_entered), self);
  g_signal_connect (help, "emptied", G_CALLBACK (on_help_emptied), self);
}

/**
 * dais_help_sockets_close:
 * @self: the door, without sockets
 */
void
dais_help_sockets_close (DaisSocketioDoor *self)
{
  g_signal_handlers_disconnect_by_data (
      dais_house_get_help (self->house), self);
  g_clear_handle_id (&self->access_source, g_source_remove);
  g_clear_pointer (&self->helpers, g_hash_table_unref);
}
