/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/help.h"

#include "core/json-reader.h"
#include "doors/help-private.h"
#include "doors/venue-private.h"

#define REALM "Bearer realm=\"api\""

/**
 * dais_help_refuse:
 * @request: the request to answer
 * @status: the HTTP status
 * @detail: the contract's words
 * @code: (nullable): the contract's code
 */
void
dais_help_refuse (
    DaisRequest *request, guint status, const gchar *detail, const gchar *code)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "detail", detail);
  if (code != NULL)
    dais_json_writer_name_string (writer, "code", code);
  dais_json_writer_end_object (writer);
  if (status == 401)
    dais_request_add_header (request, "WWW-Authenticate", REALM);
  if (status == 429)
    dais_request_add_header (request, "Retry-After", "10");
  dais_request_respond_json (request, status, dais_json_writer_steal (writer));
}

/**
 * dais_help_refuse_field:
 * @request: the request to answer, 400
 * @field: of the body
 * @message: what is wrong with it
 */
void
dais_help_refuse_field (
    DaisRequest *request, const gchar *field, const gchar *message)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, field);
  dais_json_writer_begin_array (writer);
  dais_json_writer_string (writer, message);
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 400, dais_json_writer_steal (writer));
}

/**
 * dais_help_fail:
 * @request: the request to answer
 * @error: (transfer full): why
 */
void
dais_help_fail (DaisRequest *request, GError *error)
{
  g_autoptr (GError) owned = error;

  dais_help_refuse (
      request, dais_error_to_status (owned), owned->message, NULL);
}

static void
write_error_body (DaisRequest *request, guint status, const GError *error)
{
  g_autofree gchar *message = NULL;

  if (status == 404)
    message = g_strdup ("Not found.");
  else if (status == 405)
    message = g_strdup_printf (
        "Method \"%s\" not allowed.", dais_request_get_method (request));
  dais_help_refuse (
      request, status, message != NULL ? message : error->message, NULL);
}

static void
refuse_token (DaisRequest *request)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (
      writer, "detail", "Given token not valid for any token type");
  dais_json_writer_name_string (writer, "code", "token_not_valid");
  dais_json_writer_name (writer, "messages");
  dais_json_writer_begin_array (writer);
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "token_class", "AccessToken");
  dais_json_writer_name_string (writer, "token_type", "access");
  dais_json_writer_name_string (
      writer, "message", "Token is invalid or expired");
  dais_json_writer_end_object (writer);
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_request_add_header (request, "WWW-Authenticate", REALM);
  dais_request_respond_json (request, 401, dais_json_writer_steal (writer));
}

/**
 * dais_help_caller:
 * @self: the door
 * @request: the request, answered 401 when nobody is logged in
 *
 * Returns: (transfer full) (nullable): who asks
 */
DaisCaller *
dais_help_caller (DaisHelpDoor *self, DaisRequest *request)
{
  const gchar *token = dais_venue_token (request);
  DaisCaller *caller = NULL;

  if (token == NULL) {
    dais_help_refuse (
        request, 401, "Authentication credentials were not provided.", NULL);
    return NULL;
  }
  caller = dais_callers_authenticate (
      dais_house_get_callers (self->house), token, NULL);
  if (caller == NULL)
    refuse_token (request);

  return caller;
}

static JsonObject *
form_to_object (GHashTable *form)
{
  JsonObject *object = json_object_new ();
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_hash_table_iter_init (&iter, form);
  while (g_hash_table_iter_next (&iter, &name, &value))
    json_object_set_string_member (object, name, value);

  return object;
}

/**
 * dais_help_body:
 * @request: the request, answered 400 when its body cannot be read
 *
 * Returns: (transfer full) (nullable): the body's fields
 */
JsonObject *
dais_help_body (DaisRequest *request)
{
  GBytes *body = dais_request_get_body (request);
  const gchar *type = dais_request_get_header (request, "Content-Type");
  const gchar *text = g_bytes_get_data (body, NULL);
  gssize length = (gssize) g_bytes_get_size (body);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree gchar *message = NULL;

  if (length == 0)
    return json_object_new ();
  if (type != NULL &&
      (g_str_has_prefix (type, "application/x-www-form-urlencoded") ||
          g_str_has_prefix (type, "multipart/form-data"))) {
    g_autoptr (GHashTable) form = dais_request_get_form (request, &error);

    if (form != NULL)
      return form_to_object (form);
  } else {
    node = dais_json_parse (text, length, &error);
  }
  if (node == NULL) {
    message = g_strdup_printf ("JSON parse error - %s", error->message);
    dais_help_refuse (request, 400, message, NULL);
    return NULL;
  }
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    dais_help_refuse_field (
        request, "non_field_errors", "Invalid data. Expected a dictionary.");
    return NULL;
  }

  return json_object_ref (json_node_get_object (node));
}

/**
 * dais_help_need:
 * @body: of a request
 * @name: a member that must be text and not empty
 * @errors: inside an object: gets the field's errors
 *
 * Returns: (nullable): the text
 */
const gchar *
dais_help_need (JsonObject *body, const gchar *name, DaisJsonWriter *errors)
{
  JsonNode *node = json_object_get_member (body, name);
  const gchar *message = NULL;

  if (node == NULL)
    message = "This field is required.";
  else if (JSON_NODE_HOLDS_NULL (node))
    message = "This field may not be null.";
  else if (json_node_get_value_type (node) != G_TYPE_STRING)
    message = "Not a valid string.";
  else if (*json_node_get_string (node) == '\0')
    message = "This field may not be blank.";
  else
    return json_node_get_string (node);

  dais_json_writer_name (errors, name);
  dais_json_writer_begin_array (errors);
  dais_json_writer_string (errors, message);
  dais_json_writer_end_array (errors);
  return NULL;
}

/**
 * dais_help_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 *
 * Opens the help desk's door.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisHelpDoor *
dais_help_door_new (DaisServer *server, DaisHouse *house)
{
  DaisHelpDoor *self = g_new0 (DaisHelpDoor, 1);

  self->server = g_object_ref (server);
  self->house = g_object_ref (house);
  dais_server_set_error_body (server, "/api/", write_error_body);
  dais_help_tokens_install (self);
  dais_help_rooms_install (self);
  dais_help_pages_install (self);

  return self;
}

/**
 * dais_help_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_help_door_free (DaisHelpDoor *self)
{
  g_clear_object (&self->house);
  g_clear_object (&self->server);
  g_free (self);
}
