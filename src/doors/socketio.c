/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/socketio.h"

#include "core/json-reader.h"
#include "doors/socketio-private.h"
#include "doors/venue-private.h"
#include "service/help.h"
#include "service/images.h"

#define PATH "/socket.io"

/* Names that clients give to the token; the first is the document's. */
static const gchar *const TOKEN_NAMES[] = { "access_token", "access", "token" };

/* ---- what clients send ---- */

/**
 * dais_socketio_get_object:
 * @event: an event
 *
 * Returns: (transfer full) (nullable): its first argument, when that is an
 *   object
 */
JsonObject *
dais_socketio_get_object (const DaisSioEvent *event)
{
  if (event->args->len == 0)
    return NULL;

  return dais_json_parse_object (g_ptr_array_index (event->args, 0), -1, NULL);
}

/**
 * dais_socketio_get_slice:
 * @event: an event whose first argument is an object
 * @member: a name
 *
 * Returns: (transfer full) (nullable): the member's value as it was written
 */
gchar *
dais_socketio_get_slice (const DaisSioEvent *event, const gchar *member)
{
  return dais_json_member_slice (
      g_ptr_array_index (event->args, 0), -1, member);
}

/**
 * dais_socketio_get_text:
 * @object: (nullable): an object
 * @member: a name
 *
 * Returns: (nullable): the member, when it is a string
 */
const gchar *
dais_socketio_get_text (JsonObject *object, const gchar *member)
{
  const gchar *text = NULL;

  if (object == NULL || !dais_json_get_string (object, member, &text, NULL))
    return NULL;

  return text;
}

/**
 * dais_socketio_emit_error:
 * @visitor: who is told, alone
 * @message: what is wrong
 * @code: (nullable): the contract's word for it
 */
void
dais_socketio_emit_error (
    DaisVisitor *visitor, const gchar *message, const gchar *code)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *json = NULL;

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "message", message);
  if (code != NULL)
    dais_json_writer_name_string (writer, "code", code);
  dais_json_writer_end_object (writer);
  json = dais_json_writer_steal (writer);
  dais_sio_socket_emit (visitor->socket, "error", json);
}

/* ---- who comes ---- */

/* A string, or a number as text. (transfer full) (nullable): also for "" */
static gchar *
take_text (JsonObject *object, const gchar *member)
{
  JsonNode *node = json_object_get_member (object, member);
  const gchar *text = NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return json_node_get_int (node) != 0
        ? g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node))
        : NULL;

  text = json_node_get_string (node);
  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

/* A token and nothing else. (transfer full) (nullable): also for "" */
static gchar *
take_string (const gchar *json)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, NULL);
  const gchar *text = node != NULL && JSON_NODE_HOLDS_VALUE (node)
      ? json_node_get_string (node)
      : NULL;

  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

/* From the CONNECT's object, or with EIO 3, which has none, from the query. */
static gchar *
find_field (DaisSioSocket *socket, JsonObject *auth, const gchar *name)
{
  gchar *value = NULL;

  if (auth != NULL)
    return take_text (auth, name);
  if (dais_sio_socket_get_eio_version (socket) != 3)
    return NULL;

  value = dais_sio_socket_get_query (socket, name);
  if (value != NULL && *value == '\0')
    g_clear_pointer (&value, g_free);

  return value;
}

static gchar *
find_token (DaisSioSocket *socket, JsonObject *auth)
{
  gchar *token = NULL;

  for (guint i = 0; token == NULL && i < G_N_ELEMENTS (TOKEN_NAMES); i++)
    token = find_field (socket, auth, TOKEN_NAMES[i]);

  return token;
}

/* The console's pages, which know no token. A session that has run out means
 * nobody, for its cookie comes along unasked. (transfer full) (nullable) */
static DaisCaller *
find_session (DaisVisitor *self)
{
  g_autofree gchar *cookie = dais_sio_socket_get_cookie (
      self->socket, DAIS_SESSION_COOKIE);

  if (cookie == NULL || *cookie == '\0')
    return NULL;

  return dais_callers_authenticate (
      dais_house_get_callers (self->door->house), cookie, NULL);
}

/* No token at all means nobody, which a party needs; a bad one is told. */
static void
identify (DaisVisitor *self, const gchar *auth)
{
  DaisCallers *callers = dais_house_get_callers (self->door->house);
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *token = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *own_id = NULL;

  if (auth != NULL)
    object = dais_json_parse_object (auth, -1, NULL);
  token = auth != NULL && object == NULL ? take_string (auth)
                                         : find_token (self->socket, object);
  if (token != NULL) {
    self->caller = dais_callers_authenticate (callers, token, &error);
    if (self->caller == NULL)
      self->refusal = g_strdup (error->message);
  } else {
    self->caller = find_session (self);
  }
  if (self->caller == NULL) {
    self->caller = dais_caller_ref (dais_callers_get_anonymous (callers));
    return;
  }

  id = find_field (self->socket, object, "id");
  own_id = g_strdup_printf (
      "%" G_GINT64_FORMAT, dais_caller_get_user_id (self->caller));
  if (id != NULL && !g_str_equal (id, own_id))
    self->refusal = g_strdup ("the token is not that of the user named by id");
}

/* ---- who comes back ---- */

/* Whoever shows another token, or is another thing to the help desk by now,
 * must not hear what was said to the one before. */
static gchar *
make_identity (DaisVisitor *self)
{
  DaisHelp *help = dais_house_get_help (self->door->house);

  return g_strdup_printf ("%" G_GINT64_FORMAT "%s",
      dais_caller_get_user_id (self->caller),
      dais_help_is_teacher (help, self->caller) ? "t" : "");
}

/**
 * dais_socketio_keep:
 * @visitor: a visitor who has come, or is in another place
 *
 * Lines of text: who, and in a party its name, 1 for a later client, and the
 * name there.
 */
void
dais_socketio_keep (DaisVisitor *visitor)
{
  const gchar *username = NULL;
  const gchar *party = dais_party_sockets_get_place (visitor, &username);
  g_autofree gchar *identity = NULL;
  g_autofree gchar *text = NULL;

  if (visitor->door->is_closing)
    return;
  identity = make_identity (visitor);
  text = g_strdup_printf ("%s\n%s\n%d\n%s", identity,
      party != NULL ? party : "", visitor->is_later,
      party != NULL ? username : "");
  dais_sio_socket_keep (visitor->socket, text);
}

static gboolean
may_recover (DaisVisitor *self)
{
  const gchar *kept = dais_sio_socket_get_kept (self->socket);
  g_autofree gchar *identity = make_identity (self);
  gsize length = strlen (identity);

  return self->refusal == NULL && kept != NULL &&
      g_str_has_prefix (kept, identity) && kept[length] == '\n';
}

/* The groups are joined afresh, as far as the visitor still belongs to them. */
static void
take_back (DaisVisitor *self)
{
  g_auto (GStrv) lines = g_strsplit (
      dais_sio_socket_get_kept (self->socket), "\n", 4);

  dais_sio_socket_leave_all (self->socket);
  if (g_strv_length (lines) < 4 || *lines[1] == '\0')
    return;
  self->is_later = g_str_equal (lines[2], "1");
  dais_party_sockets_recovered (self, lines[1], lines[3]);
}

/* ---- a socket's life ---- */

static void
visitor_free (gpointer data)
{
  DaisVisitor *self = data;

  dais_caller_unref (self->caller);
  g_free (self->refusal);
  g_free (self);
}

static gboolean
on_connecting (DaisSioSocket *socket, const gchar *auth, gchar **message,
    gchar **data, gpointer user_data)
{
  DaisVisitor *visitor = g_new0 (DaisVisitor, 1);

  visitor->door = user_data;
  visitor->socket = socket;
  g_queue_init (&visitor->waiting);
  dais_sio_socket_set_data (socket, visitor, visitor_free);
  identify (visitor, auth);
  if (dais_sio_socket_is_recovered (socket) && !may_recover (visitor))
    dais_sio_socket_refuse_recovery (socket);

  return TRUE;
}

/* Contracts README §4: who is refused hears why on the open connection. */
static void
on_connected (DaisSioSocket *socket, gpointer user_data)
{
  DaisVisitor *visitor = dais_sio_socket_get_data (socket);

  if (visitor->refusal != NULL) {
    dais_socketio_emit_error (visitor, visitor->refusal, "token_not_valid");
    dais_sio_socket_disconnect (socket, FALSE);
    return;
  }

  if (dais_sio_socket_is_recovered (socket))
    take_back (visitor);
  dais_help_sockets_connected (visitor);
  dais_socketio_keep (visitor);
}

static void
on_event (DaisSioSocket *socket, const DaisSioEvent *event, gpointer user_data)
{
  DaisVisitor *visitor = dais_sio_socket_get_data (socket);

  if (!dais_party_sockets_handle (visitor, event))
    dais_help_sockets_handle (visitor, event);
  dais_sio_socket_ack (socket, event->ack_id, NULL, NULL);
}

static void
on_disconnected (DaisSioSocket *socket, const gchar *reason, gpointer user_data)
{
  DaisVisitor *visitor = dais_sio_socket_get_data (socket);

  dais_party_sockets_disconnected (visitor);
  dais_help_sockets_disconnected (visitor);
}

static const DaisSioCallbacks CALLBACKS = {
  .connecting = on_connecting,
  .connected = on_connected,
  .event = on_event,
  .disconnected = on_disconnected,
};

/**
 * dais_socketio_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 * @recovery_s: how long a lost connection may come back; 0 = not at all
 *
 * Opens the door for the clients of parties and of the help desk.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisSocketioDoor *
dais_socketio_door_new (DaisServer *server, DaisHouse *house, guint recovery_s)
{
  DaisSocketioDoor *self = g_new0 (DaisSocketioDoor, 1);
  DaisSioOptions options;

  self->server = g_object_ref (server);
  self->house = g_object_ref (house);
  dais_sio_options_init (&options);
  options.takes_text_auth = TRUE;
  options.recovery_ms = recovery_s * 1000;
  /* a message may carry a picture */
  options.max_payload = MAX (
      options.max_payload, dais_images_get_max_text (house));
  self->sio = dais_sio_server_new (server, PATH, &options);
  self->space = dais_sio_server_add_namespace (
      self->sio, "/", &CALLBACKS, self);
  dais_help_sockets_install (self);
  dais_party_sockets_install (self);

  return self;
}

/**
 * dais_socketio_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_socketio_door_free (DaisSocketioDoor *self)
{
  self->is_closing = TRUE;
  g_clear_pointer (&self->sio, dais_sio_server_free);
  dais_party_sockets_close (self);
  dais_help_sockets_close (self);
  g_clear_object (&self->house);
  g_clear_object (&self->server);
  g_free (self);
}
