/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/chat-private.h"
#include "net/websocket.h"

/* contracts README §6 */
#define PING_MS 54000
#define IDLE_MS 60000
/* How often it is looked whether everybody may still be where they are. */
#define ACCESS_INTERVAL_S 15
/* Messages of one client that are on their way to the disk. */
#define MAX_PENDING 1024

/* RFC 6455 §7.4.1 */
#define CLOSE_GOING_AWAY 1001
#define CLOSE_POLICY     1008
#define CLOSE_INTERNAL   1011

/* All sockets of one room. A broadcast may lose sockets on its way, so a slot
 * is only emptied while one runs, and the list is closed up afterwards. */
typedef struct {
  DaisChatDoor *door;
  DaisRoom *room;
  GPtrArray *talkers; /* (element-type Talker) (nullable items) */
  guint depth;
  gboolean has_holes;
} ChatGroup;

/* One socket. */
typedef struct {
  ChatGroup *group; /* (nullable) NULL once closed */
  DaisSocket *socket;
  DaisCaller *caller;
  guint64 presence;
  guint index;
  guint n_pending;
  guint references;
} Talker;

static void
talker_unref (Talker *self)
{
  if (--self->references > 0)
    return;

  dais_caller_unref (self->caller);
  g_free (self);
}

/* ---- groups ---- */

static void
close_up (ChatGroup *group)
{
  guint kept = 0;

  for (guint i = 0; i < group->talkers->len; i++) {
    Talker *talker = g_ptr_array_index (group->talkers, i);

    if (talker == NULL)
      continue;
    talker->index = kept;
    group->talkers->pdata[kept++] = talker;
  }
  g_ptr_array_set_size (group->talkers, (gint) kept);
  group->has_holes = FALSE;
}

static void
take_out (ChatGroup *group, guint index)
{
  if (group->depth > 0) {
    group->talkers->pdata[index] = NULL;
    group->has_holes = TRUE;
    return;
  }

  g_ptr_array_remove_index_fast (group->talkers, index);
  if (index < group->talkers->len)
    ((Talker *) g_ptr_array_index (group->talkers, index))->index = index;
}

typedef void (*Visit) (Talker *talker, gpointer data);

static void
visit_all (ChatGroup *group, Visit visit, gpointer data)
{
  guint n = group->talkers->len;

  group->depth++;
  for (guint i = 0; i < n; i++) {
    Talker *talker = g_ptr_array_index (group->talkers, i);

    if (talker != NULL)
      visit (talker, data);
  }
  group->depth--;
  if (group->depth == 0 && group->has_holes)
    close_up (group);
}

static void
send_frame (Talker *talker, gpointer frame)
{
  dais_socket_send (talker->socket, frame);
}

/* One array of one message, encoded once for everybody. */
static void
on_said (DaisRoom *room, const DaisMessage *message, ChatGroup *group)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GBytes) frame = NULL;
  g_autofree gchar *text = NULL;

  if (group->talkers->len == 0)
    return;

  dais_json_writer_begin_array (writer);
  dais_chat_write_message (writer, message);
  dais_json_writer_end_array (writer);
  text = dais_json_writer_steal (writer);
  frame = dais_frame_new_text (text, -1);
  visit_all (group, send_frame, frame);
}

static void
check_access (Talker *talker, gpointer data)
{
  if (!dais_caller_may (talker->caller, DAIS_GRANT_VIEW, talker->group->room))
    dais_socket_close (
        talker->socket, CLOSE_POLICY, "you may not be in this room any more");
}

static void
on_access_changed (DaisRoom *room, ChatGroup *group)
{
  visit_all (group, check_access, NULL);
}

static void
close_removed (Talker *talker, gpointer data)
{
  dais_socket_close (talker->socket, CLOSE_GOING_AWAY, "the room has gone");
}

static void
on_removed (DaisRoom *room, ChatGroup *group)
{
  visit_all (group, close_removed, NULL);
}

static ChatGroup *
group_new (DaisChatDoor *door, DaisRoom *room)
{
  ChatGroup *group = g_new0 (ChatGroup, 1);

  group->door = door;
  group->room = g_object_ref (room);
  group->talkers = g_ptr_array_new ();
  g_signal_connect (room, "said", G_CALLBACK (on_said), group);
  g_signal_connect (
      room, "access-changed", G_CALLBACK (on_access_changed), group);
  g_signal_connect (room, "removed", G_CALLBACK (on_removed), group);

  return group;
}

static void
group_free (ChatGroup *group)
{
  g_signal_handlers_disconnect_by_data (group->room, group);
  g_ptr_array_unref (group->talkers);
  g_object_unref (group->room);
  g_free (group);
}

/* Also lets go of rooms that nobody is in any more. */
static gboolean
on_access_due (gpointer user_data)
{
  DaisChatDoor *self = user_data;
  GHashTableIter iter;
  ChatGroup *group;

  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &group)) {
    if (group->talkers->len == 0)
      g_hash_table_iter_remove (&iter);
    else
      visit_all (group, check_access, NULL);
  }

  if (g_hash_table_size (self->groups) > 0)
    return G_SOURCE_CONTINUE;

  self->access_source = 0;
  return G_SOURCE_REMOVE;
}

static ChatGroup *
get_group (DaisChatDoor *self, DaisRoom *room)
{
  ChatGroup *group = g_hash_table_lookup (self->groups, room);

  if (group == NULL) {
    group = group_new (self, room);
    g_hash_table_insert (self->groups, room, group);
  }
  if (self->access_source == 0)
    self->access_source = g_timeout_add_seconds (
        ACCESS_INTERVAL_S, on_access_due, self);

  return group;
}

/* ---- a socket's life ---- */

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Talker *self = user_data;
  g_autoptr (GError) error = NULL;

  self->n_pending--;
  if (!dais_chat_say_finish (DAIS_ROOM (source), result, &error) &&
      self->group != NULL) {
    /* what was not kept is not shown: the client must know */
    dais_socket_close (self->socket,
        g_error_matches (error, DAIS_ERROR, DAIS_ERROR_STORAGE) ? CLOSE_INTERNAL
                                                                : CLOSE_POLICY,
        error->message);
  }
  talker_unref (self);
}

static void
on_socket_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  Talker *self = user_data;
  g_autoptr (JsonObject) object = NULL;
  const gchar *text = NULL;

  if (dais_caller_is_anonymous (self->caller)) {
    dais_socket_close (socket, CLOSE_POLICY, "log in to write here");
    return;
  }
  if (is_text)
    object = dais_json_parse_object (data, (gssize) length, NULL);
  if (object == NULL || !dais_json_get_string (object, "text", &text, NULL) ||
      text == NULL) {
    dais_socket_close (
        socket, CLOSE_POLICY, "a message is an object with a string \"text\"");
    return;
  }
  if (self->n_pending >= MAX_PENDING) {
    dais_socket_close (socket, CLOSE_POLICY, "too many messages at once");
    return;
  }

  self->n_pending++;
  self->references++;
  dais_chat_say_async (
      self->group->room, self->caller, text, NULL, NULL, on_written, self);
}

static void
on_socket_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  Talker *self = user_data;
  ChatGroup *group = g_steal_pointer (&self->group);

  dais_room_leave (group->room, self->presence);
  take_out (group, self->index);
  talker_unref (self);
}

static const DaisSocketCallbacks CALLBACKS = { on_socket_message,
  on_socket_closed, NULL };

/* The first of the offered subprotocols is the token itself. (nullable) */
static gchar *
get_protocol (DaisRequest *request)
{
  const gchar *header = dais_request_get_header (
      request, "Sec-WebSocket-Protocol");
  gchar *protocol = NULL;

  if (header == NULL)
    return NULL;
  protocol = g_strstrip (g_strndup (header, strcspn (header, ",")));
  if (*protocol == '\0')
    g_clear_pointer (&protocol, g_free);

  return protocol;
}

/* "null" is what a page sends that has no token: nobody. */
static DaisCaller *
find_caller (DaisChatDoor *self, DaisRequest *request, const gchar *protocol)
{
  if (g_strcmp0 (protocol, "null") == 0)
    return dais_caller_ref (
        dais_callers_get_anonymous (dais_house_get_callers (self->house)));

  return dais_chat_caller (self, request, protocol);
}

static void
on_socket (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  g_autofree gchar *protocol = get_protocol (request);
  g_autoptr (DaisCaller) caller = find_caller (self, request, protocol);
  g_autoptr (DaisRoom) room = NULL;
  g_autoptr (GError) error = NULL;
  DaisSocketOptions options = { 0 };
  Talker *talker = NULL;

  if (caller == NULL)
    return;
  room = dais_chat_open (
      self->house, caller, dais_request_get_param (request, "room"), &error);
  if (room == NULL) {
    dais_chat_fail (request, g_steal_pointer (&error));
    return;
  }

  options.protocol = protocol;
  options.max_message = self->max_message;
  options.ping_interval_ms = PING_MS;
  options.idle_timeout_ms = IDLE_MS;
  options.is_anonymous = dais_caller_is_anonymous (caller);
  talker = g_new0 (Talker, 1);
  talker->references = 1;
  talker->caller = dais_caller_ref (caller);
  talker->socket = dais_socket_accept (request, &options, &CALLBACKS, talker);
  if (talker->socket == NULL) {
    talker_unref (talker);
    return;
  }

  talker->group = get_group (self, room);
  talker->index = talker->group->talkers->len;
  g_ptr_array_add (talker->group->talkers, talker);
  talker->presence = dais_room_enter (room, caller, "chat", NULL);
}

/**
 * dais_chat_sockets_install:
 * @self: the door
 *
 * The sockets at /api/v1/rooms/<room>/messages/ws and /api/v1/rooms/<room>/ws.
 */
void
dais_chat_sockets_install (DaisChatDoor *self)
{
  self->groups = g_hash_table_new_full (
      NULL, NULL, NULL, (GDestroyNotify) group_free);
  dais_server_add_route (self->server, "WEBSOCKET",
      "/api/v1/rooms/<room>/messages/ws", 0, on_socket, self);
  dais_server_add_route (
      self->server, "WEBSOCKET", "/api/v1/rooms/<room>/ws", 0, on_socket, self);
}

/**
 * dais_chat_sockets_close:
 * @self: the door, whose server has been stopped and has closed the sockets
 */
void
dais_chat_sockets_close (DaisChatDoor *self)
{
  g_clear_handle_id (&self->access_source, g_source_remove);
  g_clear_pointer (&self->groups, g_hash_table_unref);
}
