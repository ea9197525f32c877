/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/members.h"

#include "core/json-reader.h"
#include "doors/members-private.h"
#include "doors/venue-private.h"

/* Paths whose errors this door words, though the server answers them. */
static const gchar *const OWN_PATHS[] = { "/api/rooms", "/api/users",
  "/api/login", "/api/mfa", "/api/logout" };

/**
 * dais_members_refuse:
 * @request: the request to answer
 * @status: the HTTP status
 * @message: the contract's words
 */
void
dais_members_refuse (DaisRequest *request, guint status, const gchar *message)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "err", message);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, status, dais_json_writer_steal (writer));
}

/**
 * dais_members_fail:
 * @request: the request to answer
 * @error: (transfer full): why
 */
void
dais_members_fail (DaisRequest *request, GError *error)
{
  g_autoptr (GError) owned = error;
  guint status = dais_error_to_status (owned);

  if (status == 503 || status == 429)
    dais_request_add_header (request, "Retry-After", "10");
  dais_members_refuse (request, status, owned->message);
}

static void
write_error_body (DaisRequest *request, guint status, const GError *error)
{
  dais_members_refuse (request, status, error->message);
}

/**
 * dais_members_caller:
 * @self: the door
 * @request: the request, answered 401 when nobody is logged in
 *
 * Returns: (transfer full) (nullable): who asks
 */
DaisCaller *
dais_members_caller (DaisMembersDoor *self, DaisRequest *request)
{
  DaisCaller *caller = dais_callers_authenticate (
      dais_house_get_callers (self->house), dais_venue_token (request), NULL);

  if (caller == NULL) {
    dais_request_add_header (request, "WWW-Authenticate", "Bearer");
    dais_request_respond_text (request, 401, "Unauthorized");
  }

  return caller;
}

/**
 * dais_members_body:
 * @request: the request, answered 400 when its body is no object
 *
 * Returns: (transfer full) (nullable): the body
 */
JsonObject *
dais_members_body (DaisRequest *request)
{
  GBytes *body = dais_request_get_body (request);
  g_autoptr (GError) error = NULL;
  JsonObject *object = NULL;

  if (g_bytes_get_size (body) == 0)
    return json_object_new ();

  object = dais_json_parse_object (
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), &error);
  if (object == NULL)
    dais_members_fail (request, g_steal_pointer (&error));

  return object;
}

/**
 * dais_members_write_person:
 * @writer: where to
 * @hex24: the user's _id
 * @username: the name
 *
 * Nothing private.
 */
void
dais_members_write_person (
    DaisJsonWriter *writer, const gchar *hex24, const gchar *username)
{
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "_id", hex24);
  dais_json_writer_name_string (writer, "username", username);
  dais_json_writer_end_object (writer);
}

/**
 * dais_members_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 *
 * Opens the members' door.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisMembersDoor *
dais_members_door_new (DaisServer *server, DaisHouse *house)
{
  DaisMembersDoor *self = g_new0 (DaisMembersDoor, 1);

  self->server = g_object_ref (server);
  self->house = g_object_ref (house);
  for (guint i = 0; i < G_N_ELEMENTS (OWN_PATHS); i++)
    dais_server_set_error_body (server, OWN_PATHS[i], write_error_body);
  dais_members_accounts_install (self);
  dais_members_rooms_install (self);

  return self;
}

/**
 * dais_members_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_members_door_free (DaisMembersDoor *self)
{
  g_clear_object (&self->house);
  g_clear_object (&self->server);
  g_free (self);
}
