/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/chat.h"

#include "doors/chat-private.h"
#include "doors/venue-private.h"

/* The contract's words for what may go wrong; the codes are our own errors'. */
static const struct {
  DaisError code;
  guint status;
  const gchar *type;
} ERRORS[] = {
  { DAIS_ERROR_INVALID, 400, "BAD_BINDING" },
  { DAIS_ERROR_UNAUTHENTICATED, 403, "NOT_AUTHORIZED" },
  { DAIS_ERROR_DENIED, 403, "NOT_AUTHORIZED" },
  { DAIS_ERROR_NOT_FOUND, 404, "ROOM_DNE" },
  { DAIS_ERROR_CONFLICT, 400, "USER_EXISTS" },
  { DAIS_ERROR_TOO_LARGE, 413, "TOO_LARGE" },
  { DAIS_ERROR_LIMITED, 429, "TOO_MANY_REQUESTS" },
};

/**
 * dais_chat_refuse:
 * @request: the request to answer
 * @status: the HTTP status
 * @type: the contract's word
 * @message: what is wrong, in plain words
 *
 * The document shows "Type", its first server wrote "type": both are there.
 */
void
dais_chat_refuse (
    DaisRequest *request, guint status, const gchar *type, const gchar *message)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "error");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "type", type);
  dais_json_writer_name_string (writer, "Type", type);
  dais_json_writer_name_string (writer, "message", message);
  dais_json_writer_end_object (writer);
  dais_json_writer_name (writer, "data");
  dais_json_writer_null (writer);
  dais_json_writer_end_object (writer);
  if (status == 429)
    dais_request_add_header (request, "Retry-After", "10");
  dais_request_respond_json (request, status, dais_json_writer_steal (writer));
}

/**
 * dais_chat_fail:
 * @request: the request to answer
 * @error: (transfer full): why
 */
void
dais_chat_fail (DaisRequest *request, GError *error)
{
  g_autoptr (GError) owned = error;

  for (guint i = 0; i < G_N_ELEMENTS (ERRORS); i++) {
    if (g_error_matches (owned, DAIS_ERROR, (gint) ERRORS[i].code)) {
      dais_chat_refuse (
          request, ERRORS[i].status, ERRORS[i].type, owned->message);
      return;
    }
  }
  dais_chat_refuse (
      request, dais_error_to_status (owned), "SERVER_ERROR", owned->message);
}

static void
write_error_body (DaisRequest *request, guint status, const GError *error)
{
  const gchar *type = "BAD_REQUEST";

  if (status == 404)
    type = "NOT_FOUND";
  else if (status == 405)
    type = "METHOD_NOT_ALLOWED";
  else if (status == 413)
    type = "TOO_LARGE";
  else if (status == 429)
    type = "TOO_MANY_REQUESTS";
  dais_chat_refuse (request, status, type, error->message);
}

/**
 * dais_chat_begin:
 *
 * Returns: (transfer full): a writer whose next value is the answer's "data"
 */
DaisJsonWriter *
dais_chat_begin (void)
{
  DaisJsonWriter *writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name (writer, "error");
  dais_json_writer_null (writer);
  dais_json_writer_name (writer, "data");

  return writer;
}

/**
 * dais_chat_respond:
 * @request: the request to answer
 * @status: the HTTP status
 * @writer: (transfer full): of dais_chat_begin(), "data" written
 */
void
dais_chat_respond (DaisRequest *request, guint status, DaisJsonWriter *writer)
{
  g_autoptr (DaisJsonWriter) owned = writer;

  dais_json_writer_end_object (owned);
  dais_request_respond_json (request, status, dais_json_writer_steal (owned));
}

/**
 * dais_chat_caller:
 * @self: the door
 * @request: the request, answered 400 when its token is bad
 * @token: (nullable): a token that the client named itself
 *
 * A session cookie that has run out means nobody, for it comes along unasked.
 *
 * Returns: (transfer full) (nullable): who asks
 */
DaisCaller *
dais_chat_caller (DaisChatDoor *self, DaisRequest *request, const gchar *token)
{
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (GError) error = NULL;
  DaisCaller *caller = NULL;

  if (token == NULL)
    token = dais_request_get_token (request);
  if (token != NULL) {
    caller = dais_callers_authenticate (callers, token, &error);
    if (caller == NULL)
      dais_chat_refuse (request, 400, "INVALID_AUTH_TOKEN", error->message);
    return caller;
  }

  caller = dais_callers_authenticate (
      callers, dais_venue_token (request), NULL);
  return caller != NULL
      ? caller
      : dais_caller_ref (dais_callers_get_anonymous (callers));
}

/**
 * dais_chat_write_message:
 * @writer: where to
 * @message: what was said
 *
 * The contract's form of a message.
 */
void
dais_chat_write_message (DaisJsonWriter *writer, const DaisMessage *message)
{
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", message->id);
  dais_json_writer_name (writer, "sender");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", message->user_id);
  dais_json_writer_name_string (writer, "username", message->user);
  dais_json_writer_end_object (writer);
  dais_json_writer_name_string (writer, "text", message->text);
  dais_json_writer_name_int (
      writer, "createTime", message->created / G_USEC_PER_SEC);
  dais_json_writer_end_object (writer);
}

/**
 * dais_chat_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 * @max_message: bytes of one message of a client
 *
 * Opens the chat door.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisChatDoor *
dais_chat_door_new (DaisServer *server, DaisHouse *house, gsize max_message)
{
  DaisChatDoor *self = g_new0 (DaisChatDoor, 1);

  self->server = g_object_ref (server);
  self->house = g_object_ref (house);
  self->max_message = max_message;
  dais_server_set_error_body (server, "/api/v1", write_error_body);
  dais_chat_accounts_install (self);
  dais_chat_rooms_install (self);
  dais_chat_sockets_install (self);

  return self;
}

/**
 * dais_chat_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_chat_door_free (DaisChatDoor *self)
{
  dais_chat_sockets_close (self);
  g_clear_object (&self->house);
  g_clear_object (&self->server);
  g_free (self);
}
