/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "doors/venue-private.h"

/* A user's form has no business with more. */
#define MAX_USER_BODY (16 * 1024)

static DaisCallers *
get_callers (DaisVenueDoor *self)
{
  return dais_house_get_callers (self->house);
}

/* The body as an object with no other members than these; answers 400 by
 * itself. (transfer full) (nullable) */
static JsonObject *
read_body (DaisRequest *request, const gchar *const *members)
{
  GBytes *body = dais_request_get_body (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = dais_json_parse_object (
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), &error);

  if (object != NULL && dais_json_only_members (object, members, &error))
    return g_steal_pointer (&object);

  dais_venue_fail (request, g_steal_pointer (&error));
  return NULL;
}

static void
on_list (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json = NULL;

  if (caller == NULL)
    return;

  json = dais_callers_list_users (get_callers (self), caller, &error);
  if (json == NULL)
    dais_venue_fail (request, g_steal_pointer (&error));
  else
    dais_venue_respond (request, 200, json, -1);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (DaisCaller) user = dais_callers_add_user_finish (
      DAIS_CALLERS (source), result, &error);

  if (user == NULL) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", dais_caller_get_user_id (user));
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (user));
  dais_json_writer_end_object (writer);
  dais_request_respond_json (
      write->request, 201, dais_json_writer_steal (writer));
}

/* *roles stays NULL where the object names none. */
static gboolean
read_roles (JsonObject *object, GStrv *roles, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *list = NULL;

  if (!dais_json_get_array (object, "roles", &list, error))
    return FALSE;
  if (list == NULL)
    return TRUE;
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *item = json_array_get_element (list, i);

    if (json_node_get_value_type (item) != G_TYPE_STRING) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "'roles' must be a list of words, like [\"operator\"]");
      return FALSE;
    }
    g_strv_builder_add (builder, json_node_get_string (item));
  }
  *roles = g_strv_builder_end (builder);

  return TRUE;
}

/* What /users takes about somebody. The texts stay the object's, and *roles
 * holds those of the user. FALSE: answered already. */
static gboolean
read_user (
    DaisRequest *request, JsonObject *object, DaisNewUser *user, GStrv *roles)
{
  g_autoptr (GError) error = NULL;

  if (read_roles (object, roles, &error) &&
      dais_json_get_string (object, "username", &user->username, &error) &&
      dais_json_get_string (object, "password", &user->password, &error) &&
      dais_json_get_string (object, "email", &user->email, &error) &&
      dais_json_get_string (object, "first_name", &user->first_name, &error) &&
      dais_json_get_string (object, "last_name", &user->last_name, &error)) {
    user->roles = (const gchar *const *) *roles;
    return TRUE;
  }

  dais_venue_fail (request, g_steal_pointer (&error));
  return FALSE;
}

static void
on_add (DaisRequest *request, gpointer user_data)
{
  static const gchar *const MEMBERS[] = { "username", "password", "email",
    "first_name", "last_name", "roles", NULL };
  static const gchar *const NONE[] = { NULL };
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (JsonObject) object = NULL;
  g_auto (GStrv) roles = NULL;
  DaisNewUser user = { 0 };

  object = caller != NULL ? read_body (request, MEMBERS) : NULL;
  if (object == NULL)
    return;

  if (!read_user (request, object, &user, &roles))
    return;
  if (user.username == NULL) {
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID, "'username' is missing"));
    return;
  }

  /* Signing up without an admin has doors of its own, which count. */
  if (user.roles == NULL)
    user.roles = NONE;
  dais_callers_add_user_async (get_callers (self), caller, &user,
      dais_request_get_cancellable (request), on_added,
      dais_venue_write_new (self, request, caller, NULL));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_callers_change_user_finish (DAIS_CALLERS (source), result, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_change (DaisRequest *request, gpointer user_data)
{
  static const gchar *const MEMBERS[] = { "password", "email", "first_name",
    "last_name", "roles", NULL };
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (JsonObject) object = NULL;
  g_auto (GStrv) roles = NULL;
  DaisNewUser change = { 0 };

  object = caller != NULL ? read_body (request, MEMBERS) : NULL;
  if (object == NULL || !read_user (request, object, &change, &roles))
    return;
  if (json_object_get_size (object) == 0) {
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID,
            "nothing to change; one of 'password', 'email', 'first_name', "
            "'last_name', 'roles' is needed"));
    return;
  }

  dais_callers_change_user_async (get_callers (self), caller,
      dais_request_get_param (request, "username"), &change,
      dais_request_get_cancellable (request), on_changed,
      dais_venue_write_new (self, request, caller, NULL));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_callers_remove_user_finish (DAIS_CALLERS (source), result, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_remove (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);

  if (caller == NULL)
    return;

  dais_callers_remove_user_async (get_callers (self), caller,
      dais_request_get_param (request, "username"),
      dais_request_get_cancellable (request), on_removed,
      dais_venue_write_new (self, request, caller, NULL));
}

/**
 * dais_venue_users_install:
 * @self: the door
 *
 * /users, for admins: what `dais user` does, over HTTP. Everyone may set their
 * own password.
 */
void
dais_venue_users_install (DaisVenueDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/users", 0, on_list, self);
  dais_server_add_route (server, "POST", "/users", MAX_USER_BODY, on_add, self);
  dais_server_add_route (
      server, "PUT", "/users/<username>", MAX_USER_BODY, on_change, self);
  dais_server_add_route (
      server, "DELETE", "/users/<username>", 0, on_remove, self);
}
