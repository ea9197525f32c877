/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/help-private.h"
#include "doors/members-private.h"
#include "doors/venue-private.h"
#include "service/members.h"

#define MAX_LOGIN_BODY (16 * 1024)

static void
write_user (DaisJsonWriter *writer, DaisCaller *caller, const gchar *email)
{
  dais_json_writer_name (writer, "user");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (caller));
  if (email != NULL)
    dais_json_writer_name_string (writer, "email", email);
  else
    dais_json_writer_name_boolean (writer, "isActive", TRUE);
  dais_json_writer_name_string (writer, "id", dais_caller_get_hex24 (caller));
  dais_json_writer_end_object (writer);
}

/* A string member that must be there; answers 400 by itself. */
static const gchar *
need (DaisRequest *request, JsonObject *body, const gchar *name)
{
  g_autofree gchar *message = NULL;
  const gchar *value = NULL;

  if (dais_json_get_string (body, name, &value, NULL) && value != NULL)
    return value;

  message = g_strdup_printf ("Field %s is required", name);
  dais_members_refuse (request, 400, message);
  return NULL;
}

static void
on_login (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) body = dais_members_body (request);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (DaisCaller) caller = NULL;
  const gchar *username = NULL;
  const gchar *email = NULL;

  if (body == NULL || (username = need (request, body, "username")) == NULL)
    return;
  if (json_object_has_member (body, "password")) {
    dais_help_answer_login (self->house, request, body);
    return;
  }
  email = need (request, body, "email");
  if (email == NULL)
    return;
  caller = dais_callers_send_code (
      callers, dais_request_get_address (request), username, email, &error);
  if (caller == NULL) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  write_user (writer, caller, email);
  dais_json_writer_name_string (
      writer, "message", "A code was sent to you; it is good for 5 minutes");
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/* A code is text, but a client may send its digits as a number. */
static gchar *
read_code (JsonObject *body)
{
  JsonNode *node = json_object_get_member (body, "mfaToken");

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%06" G_GINT64_FORMAT, json_node_get_int (node));
  return json_node_get_value_type (node) == G_TYPE_STRING
      ? g_strdup (json_node_get_string (node))
      : NULL;
}

static void
on_mfa (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) body = dais_members_body (request);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (DaisCaller) caller = NULL;
  g_autofree gchar *code = NULL;
  g_autofree gchar *token = NULL;
  const gchar *username = NULL;

  if (body == NULL || (username = need (request, body, "username")) == NULL)
    return;
  code = read_code (body);
  if (code == NULL) {
    dais_members_refuse (request, 400, "Field mfaToken is required");
    return;
  }
  caller = dais_callers_use_code (
      callers, dais_request_get_address (request), username, code, &error);
  if (caller == NULL) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }

  token = dais_callers_issue_token (callers, caller, DAIS_LIFE_MEMBERS);
  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  write_user (writer, caller, NULL);
  dais_json_writer_name_string (writer, "token", token);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
on_search (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (GPtrArray) people = NULL;
  const gchar *text = dais_request_get_query (request, "username");

  if (caller == NULL)
    return;
  people = text != NULL && *text != '\0'
      ? dais_callers_search (
            dais_house_get_callers (self->house), caller, text, &error)
      : g_ptr_array_new ();
  if (people == NULL) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "users");
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < people->len; i++) {
    DaisPerson *person = g_ptr_array_index (people, i);

    dais_members_write_person (writer, person->hex24, person->username);
  }
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
on_current (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autofree gchar *room = NULL;

  if (caller == NULL)
    return;
  room = dais_members_get_current (self->house, caller, &error);
  if (error != NULL) {
    dais_members_fail (request, g_steal_pointer (&error));
    return;
  }

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "user");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "_id", dais_caller_get_hex24 (caller));
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (caller));
  dais_json_writer_name_string (writer, "currentRoom", room);
  dais_json_writer_end_object (writer);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
on_logout (DaisRequest *request, gpointer user_data)
{
  DaisMembersDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_members_caller (self, request);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  if (caller == NULL)
    return;

  dais_venue_set_cookie (request, "");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "message", "Logged out");
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/**
 * dais_members_accounts_install:
 * @self: the door
 *
 * /api/login, /api/mfa, /api/logout and /api/users.
 */
void
dais_members_accounts_install (DaisMembersDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (
      server, "POST", "/api/login", MAX_LOGIN_BODY, on_login, self);
  dais_server_add_route (
      server, "POST", "/api/mfa", MAX_LOGIN_BODY, on_mfa, self);
  dais_server_add_route (server, "POST", "/api/logout", 0, on_logout, self);
  dais_server_add_route (server, "GET", "/api/users", 0, on_search, self);
  dais_server_add_route (
      server, "GET", "/api/users/currentUser", 0, on_current, self);
}
