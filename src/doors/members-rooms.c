/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "core/time-format.h"
#include "doors/members-private.h"
#include "service/members.h"

static void
write_people (DaisJsonWriter *writer, const gchar *name, GPtrArray *people)
{
  dais_json_writer_name (writer, name);
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < people->len; i++) {
    DaisPerson *person = g_ptr_array_index (people, i);

    dais_members_write_person (writer, person->hex24, person->username);
  }
  dais_json_writer_end_array (writer);
}

static void
write_room (DaisJsonWriter *writer, const DaisMemberRoom *room, gboolean full)
{
  g_autofree gchar *created = dais_time_iso_ms (room->created);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "_id", room->hex24);
  dais_json_writer_name_boolean (writer, "isActive", room->is_active);
  if (full) {
    write_people (writer, "invitedMembers", room->invited);
    write_people (writer, "currentMembers", room->joined);
  }
  dais_json_writer_name_string (writer, "name", room->title);
  dais_json_writer_name (writer, "creator");
  if (room->creator != NULL)
    dais_members_write_person (
        writer, room->creator->hex24, room->creator->username);
  else
    dais_json_writer_null (writer);
  dais_json_writer_name_string (writer, "created", created);
  dais_json_writer_end_object (writer);
}

static void
respond_room (DaisRequest *request, const DaisMemberRoom *room, gboolean full)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "room");
  write_room (writer, room, full);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
refuse_unknown (DaisRequest *request)
{
  g_autofree gchar *message = g_strdup_printf (
      "Room id: %s not found", dais_request_get_param (request, "id"));

  dais_members_refuse (request, 404, message);
}

/* ---- reading ---- */

static void
on_list (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (GPtrArray) rooms = NULL;

  if (caller == NULL)
    return;
  rooms = dais_members_list (self->house, caller, &error);
  if (rooms == NULL) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "rooms");
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < rooms->len; i++)
    write_room (writer, g_ptr_array_index (rooms, i), FALSE);
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
on_get (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (DaisMemberRoom) room = NULL;

  if (caller == NULL)
    return;
  room = dais_members_get (
      self->house, caller, dais_request_get_param (request, "id"), &error);
  if (room != NULL)
    respond_room (request, room, TRUE);
  else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND))
    refuse_unknown (request);
  else
    dais_members_fail (request, g_steal_pointer (&error));
}

/* ---- changing ---- */

typedef struct {
  DaisRequest *request;
  DaisMembersAction action;
  gchar *users; /* (nullable) as the contract's error names them */
} Write;

static void
write_free (Write *write)
{
  g_object_unref (write->request);
  g_free (write->users);
  g_free (write);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Write, write_free)

static void
refuse_users (Write *write)
{
  g_autofree gchar *message = g_strdup_printf (
      "Room id %s or User in %s not found",
      dais_request_get_param (write->request, "id"), write->users);

  dais_members_refuse (write->request, 404, message);
}

/* The contract's words, by what was wanted. */
static void
refuse_change (Write *write, GError *failure) /* failure: (transfer full) */
{
  g_autoptr (GError) error = failure;
  gboolean is_unknown = g_error_matches (
      error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  gboolean is_join = write->action == DAIS_MEMBERS_JOIN;

  if (is_join || write->action == DAIS_MEMBERS_LEAVE) {
    if (is_unknown)
      dais_members_refuse (write->request, 400, "Room not found");
    else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_CONFLICT))
      dais_members_refuse (write->request, 400,
          is_join ? "Already joined" : "Not already joined");
    else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_STALE))
      dais_members_refuse (
          write->request, 400, "User is already joined to a room");
    else
      dais_members_fail (write->request, g_steal_pointer (&error));
    return;
  }

  if (is_unknown && write->users != NULL)
    refuse_users (write);
  else if (is_unknown)
    refuse_unknown (write->request);
  else
    dais_members_fail (write->request, g_steal_pointer (&error));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Write) write = user_data;
  GError *error = NULL;
  g_autoptr (DaisMemberRoom) room = dais_members_change_finish (
      DAIS_HOUSE (source), result, &error);

  if (room == NULL)
    refuse_change (write, error);
  else
    respond_room (write->request, room,
        write->action != DAIS_MEMBERS_CREATE &&
            write->action != DAIS_MEMBERS_RENAME);
}

static void
change (DaisMembersDoor *self, DaisRequest *request, DaisCaller *caller,
    DaisMembersAction action, const gchar *title, const gchar *const *users)
{
  Write *write = g_new0 (Write, 1);

  write->request = g_object_ref (request);
  write->action = action;
  write->users = users != NULL ? g_strjoinv (",", (gchar **) users) : NULL;
  dais_members_change_async (self->house, caller, action,
      action == DAIS_MEMBERS_CREATE ? NULL
                                    : dais_request_get_param (request, "id"),
      title, users, dais_request_get_cancellable (request), on_changed, write);
}

static void
change_name (
    DaisMembersDoor *self, DaisRequest *request, DaisMembersAction action)
{
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (JsonObject) body = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *name = NULL;

  if (caller == NULL || (body = dais_members_body (request)) == NULL)
    return;
  if (!dais_json_get_string (body, "name", &name, &error)) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }
  if (name == NULL || *name == '\0') {
    dais_members_refuse (request, 400, "Field name is required");
    return;
  }

  change (self, request, caller, action, name, NULL);
}

static void
on_create (DaisRequest *request, gpointer user_data)
{
  change_name (user_data, request, DAIS_MEMBERS_CREATE);
}

static void
on_rename (DaisRequest *request, gpointer user_data)
{
  change_name (user_data, request, DAIS_MEMBERS_RENAME);
}

/* "users" as a list of strings. (transfer full) (nullable) */
static GStrv
read_users (JsonObject *body)
{
  g_autoptr (GStrvBuilder) users = g_strv_builder_new ();
  JsonArray *array = NULL;

  if (!dais_json_get_array (body, "users", &array, NULL) || array == NULL)
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (json_node_get_value_type (node) != G_TYPE_STRING)
      return NULL;
    g_strv_builder_add (users, json_node_get_string (node));
  }

  return g_strv_builder_end (users);
}

static void
change_users (
    DaisMembersDoor *self, DaisRequest *request, DaisMembersAction action)
{
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (JsonObject) body = NULL;
  g_auto (GStrv) users = NULL;

  if (caller == NULL || (body = dais_members_body (request)) == NULL)
    return;
  users = read_users (body);
  if (users == NULL) {
    dais_members_refuse (request, 400, "Field users is required");
    return;
  }

  change (self, request, caller, action, NULL, (const gchar *const *) users);
}

static void
on_invite (DaisRequest *request, gpointer user_data)
{
  change_users (user_data, request, DAIS_MEMBERS_INVITE);
}

static void
on_uninvite (DaisRequest *request, gpointer user_data)
{
  change_users (user_data, request, DAIS_MEMBERS_UNINVITE);
}

static void
move (DaisMembersDoor *self, DaisRequest *request, DaisMembersAction action)
{
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);

  if (caller != NULL)
    change (self, request, caller, action, NULL, NULL);
}

static void
on_join (DaisRequest *request, gpointer user_data)
{
  move (user_data, request, DAIS_MEMBERS_JOIN);
}

static void
on_leave (DaisRequest *request, gpointer user_data)
{
  move (user_data, request, DAIS_MEMBERS_LEAVE);
}

static void
on_delete (DaisRequest *request, gpointer user_data)
{
  g_autoptr (DaisCaller) caller = dais_members_caller (user_data, request);

  if (caller != NULL)
    dais_members_refuse (request, 501, "Not implemented");
}

/**
 * dais_members_rooms_install:
 * @self: the door
 *
 * /api/rooms and below.
 */
void
dais_members_rooms_install (DaisMembersDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/api/rooms", 0, on_list, self);
  dais_server_add_route (server, "POST", "/api/rooms", 0, on_create, self);
  dais_server_add_route (server, "GET", "/api/rooms/<id>", 0, on_get, self);
  dais_server_add_route (server, "PUT", "/api/rooms/<id>", 0, on_rename, self);
  dais_server_add_route (
      server, "DELETE", "/api/rooms/<id>", 0, on_delete, self);
  dais_server_add_route (
      server, "PUT", "/api/rooms/<id>/inviteMembers", 0, on_invite, self);
  dais_server_add_route (
      server, "PUT", "/api/rooms/<id>/uninviteMembers", 0, on_uninvite, self);
  dais_server_add_route (
      server, "POST", "/api/rooms/<id>/join", 0, on_join, self);
  dais_server_add_route (
      server, "POST", "/api/rooms/<id>/leave", 0, on_leave, self);
}
