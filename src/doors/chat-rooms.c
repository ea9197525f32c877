/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/chat-private.h"

#define DEFAULT_COUNT 50

static void
on_get_room (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_chat_caller (self, request, NULL);
  g_autoptr (DaisRoom) room = NULL;
  g_autoptr (GPtrArray) people = NULL;
  DaisJsonWriter *writer = NULL;

  if (caller == NULL)
    return;
  room = dais_chat_find (
      self->house, caller, dais_request_get_param (request, "room"), &error);
  if (room != NULL)
    people = dais_chat_get_people (room, &error);
  if (people == NULL) {
    dais_chat_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_chat_begin ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", dais_room_get_id (room));
  dais_json_writer_name_string (writer, "name", dais_room_get_url_name (room));
  dais_json_writer_name (writer, "members");
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < people->len; i++) {
    DaisPerson *person = g_ptr_array_index (people, i);

    dais_json_writer_begin_object (writer);
    dais_json_writer_name_int (writer, "id", person->id);
    dais_json_writer_name_string (writer, "username", person->username);
    dais_json_writer_end_object (writer);
  }
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_chat_respond (request, 200, writer);
}

/* A number is an id; a name is taken too, for clients that know the name only.
 */
static DaisRoom *
find_room (
    DaisChatDoor *self, DaisCaller *caller, const gchar *text, GError **error)
{
  guint64 id = 0;

  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &id, NULL)) {
    DaisRoom *room = dais_chat_find_id (self->house, caller, (gint64) id, NULL);

    if (room != NULL)
      return room;
  }

  return dais_chat_find (self->house, caller, text, error);
}

static gboolean
read_count (DaisRequest *request, guint64 *count)
{
  const gchar *text = dais_request_get_query (request, "count");

  *count = DEFAULT_COUNT;
  return text == NULL ||
      g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, count, NULL);
}

static void
on_list_messages (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_chat_caller (self, request, NULL);
  g_autoptr (DaisRoom) room = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  const gchar *name = dais_request_get_query (request, "room_id");
  DaisJsonWriter *writer = NULL;
  guint64 count = 0;

  if (caller == NULL)
    return;
  if (name == NULL || !read_count (request, &count)) {
    dais_chat_refuse (request, 400, "BAD_BINDING",
        "room_id is needed, and count must be a whole number from 0");
    return;
  }
  room = find_room (self, caller, name, &error);
  if (room != NULL)
    messages = dais_chat_get_history (room, (guint) count, &error);
  if (messages == NULL) {
    dais_chat_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_chat_begin ();
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < messages->len; i++)
    dais_chat_write_message (writer, g_ptr_array_index (messages, i));
  dais_json_writer_end_array (writer);
  dais_chat_respond (request, 200, writer);
}

/**
 * dais_chat_rooms_install:
 * @self: the door
 *
 * /api/v1/rooms/<room> and /api/v1/messages.
 */
void
dais_chat_rooms_install (DaisChatDoor *self)
{
  dais_server_add_route (
      self->server, "GET", "/api/v1/rooms/<room>", 0, on_get_room, self);
  dais_server_add_route (
      self->server, "GET", "/api/v1/messages", 0, on_list_messages, self);
}
