/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/party-rest.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "doors/venue-private.h"
#include "service/parties.h"

#define MAX_PARTY_BODY (16 * 1024)

struct _DaisPartyRestDoor {
  DaisHouse *house;
  gchar **video_hosts;
};

/* The contract's errors are plain text. */
static void
write_error_body (DaisRequest *request, guint status, const GError *error)
{
  dais_request_respond_text (request, status, error->message);
}

/* A party needs no token; with one that holds it is somebody. (transfer full)
 */
static DaisCaller *
find_caller (DaisPartyRestDoor *self, DaisRequest *request)
{
  DaisCallers *callers = dais_house_get_callers (self->house);
  DaisCaller *caller = dais_callers_authenticate (
      callers, dais_venue_token (request), NULL);

  return caller != NULL
      ? caller
      : dais_caller_ref (dais_callers_get_anonymous (callers));
}

/* (transfer full) (nullable): NULL when there is none, or no object */
static JsonObject *
read_body (DaisRequest *request)
{
  GBytes *body = dais_request_get_body (request);

  return dais_json_parse_object (
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), NULL);
}

static void
respond_name (DaisRequest *request, const gchar *name)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "roomname", name);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/* ---- creating ---- */

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = dais_parties_create_finish (
      DAIS_PARTIES (source), result, &error);

  if (name != NULL)
    respond_name (request, name);
  else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_INVALID))
    dais_request_respond_text (request, 400, "Validation Error");
  else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_STORAGE))
    dais_request_respond_text (request, 500, "Database error");
  else
    dais_request_respond_text (
        request, dais_error_to_status (error), error->message);
}

/* FALSE: the answer is a validation error. video: (out): NULL = none */
static gboolean
read_video (DaisPartyRestDoor *self, DaisRequest *request, JsonObject *body,
    gchar **video)
{
  static const gchar *const known[] = { "roomPassword", "videoUrl", NULL };
  g_autoptr (DaisJsonWriter) writer = NULL;
  JsonNode *node = json_object_get_member (body, "videoUrl");

  *video = NULL;
  if (!dais_json_only_members (body, known, NULL))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING ||
      !dais_party_video_is_acceptable (json_node_get_string (node),
          dais_request_get_base_url (request),
          (const gchar *const *) self->video_hosts))
    return FALSE;

  writer = dais_json_writer_new ();
  dais_json_writer_string (writer, json_node_get_string (node));
  *video = dais_json_writer_steal (writer);

  return TRUE;
}

static void
on_create (DaisRequest *request, gpointer user_data)
{
  DaisPartyRestDoor *self = user_data;
  g_autoptr (JsonObject) body = read_body (request);
  g_autofree gchar *video = NULL;
  JsonNode *password = body != NULL
      ? json_object_get_member (body, "roomPassword")
      : NULL;

  if (password == NULL || JSON_NODE_HOLDS_NULL (password) ||
      g_strcmp0 (json_node_get_value_type (password) == G_TYPE_STRING
              ? json_node_get_string (password)
              : "something",
          "") == 0) {
    dais_request_respond_text (request, 400, "No Room Password Given");
    return;
  }
  if (json_node_get_value_type (password) != G_TYPE_STRING ||
      !read_video (self, request, body, &video)) {
    dais_request_respond_text (request, 400, "Validation Error");
    return;
  }

  dais_parties_create_async (dais_house_get_parties (self->house),
      dais_request_get_address (request), json_node_get_string (password),
      video, dais_request_get_cancellable (request), on_created,
      g_object_ref (request));
}

/* ---- looking ---- */

static void
on_exists (DaisRequest *request, gpointer user_data)
{
  DaisPartyRestDoor *self = user_data;
  g_autoptr (DaisCaller) caller = find_caller (self, request);

  if (dais_parties_find (dais_house_get_parties (self->house), caller,
          dais_request_get_param (request, "room")) != NULL)
    dais_request_respond_text (request, 200, "Room exists");
  else
    dais_request_respond_text (request, 404, "404 no such room");
}

typedef struct {
  DaisRequest *request;
  gchar *name;
} Session;

static void
session_free (Session *self)
{
  g_object_unref (self->request);
  g_free (self->name);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_free)

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Session) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisParty) party = dais_parties_open_finish (
      DAIS_PARTIES (source), result, &error);

  if (party != NULL)
    respond_name (self->request, self->name);
  else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_LIMITED))
    dais_request_respond_text (self->request, 429, error->message);
  else
    dais_request_respond_text (self->request, 401, "401 Unauthorized");
}

static void
on_session (DaisRequest *request, gpointer user_data)
{
  DaisPartyRestDoor *self = user_data;
  g_autoptr (JsonObject) body = read_body (request);
  g_autoptr (DaisCaller) caller = NULL;
  Session *session = NULL;
  const gchar *name = NULL;
  const gchar *password = NULL;

  if (body == NULL || !dais_json_get_string (body, "roomname", &name, NULL) ||
      !dais_json_get_string (body, "password", &password, NULL) ||
      name == NULL || password == NULL || *name == '\0' || *password == '\0') {
    dais_request_respond_text (
        request, 400, "400 No room name or room password");
    return;
  }

  caller = find_caller (self, request);
  session = g_new0 (Session, 1);
  session->request = g_object_ref (request);
  session->name = g_strdup (name);
  dais_parties_open_async (dais_house_get_parties (self->house), caller,
      dais_request_get_address (request), name, password,
      dais_request_get_cancellable (request), on_opened, session);
}

/**
 * dais_party_rest_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 * @video_hosts: (nullable): hosts whose videos may be watched too
 *
 * Opens the HTTP part of the party door.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisPartyRestDoor *
dais_party_rest_door_new (
    DaisServer *server, DaisHouse *house, const gchar *const *video_hosts)
{
  DaisPartyRestDoor *self = g_new0 (DaisPartyRestDoor, 1);

  self->house = g_object_ref (house);
  self->video_hosts = g_strdupv ((gchar **) video_hosts);
  dais_server_set_error_body (server, "/api/createroom", write_error_body);
  dais_server_set_error_body (server, "/api/session", write_error_body);
  dais_server_add_route (
      server, "PUT", "/api/createroom", MAX_PARTY_BODY, on_create, self);
  dais_server_add_route (
      server, "GET", "/api/session", MAX_PARTY_BODY, on_session, self);
  dais_server_add_route (server, "GET", "/room/<room>", 0, on_exists, self);
  dais_server_add_route (server, "GET", "/api/room/<room>", 0, on_exists, self);

  return self;
}

/**
 * dais_party_rest_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_party_rest_door_free (DaisPartyRestDoor *self)
{
  g_clear_object (&self->house);
  g_strfreev (self->video_hosts);
  g_free (self);
}
