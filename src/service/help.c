/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/help.h"

#include "core/error.h"
#include "core/time-format.h"
#include "model/role.h"
#include "service/caller-private.h"
#include "service/help-private.h"
#include "service/house-private.h"
#include "service/images.h"
#include "store/help.h"
#include "store/messages.h"

#define MAX_ROOMS    1000 /* in one list */
#define MAX_MESSAGES 1000

struct _DaisHelp {
  GObject parent_instance;

  DaisHouse *house;          /* not owned, outlives it */
  GHashTable *n_connections; /* (element-type gint64 guint) by user */
};

enum {
  SIGNAL_EVENT,
  SIGNAL_ENTERED,
  SIGNAL_EMPTIED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisHelp, dais_help, G_TYPE_OBJECT)

static void
dais_help_finalize (GObject *object)
{
  DaisHelp *self = DAIS_HELP (object);

  g_hash_table_unref (self->n_connections);

  G_OBJECT_CLASS (dais_help_parent_class)->finalize (object);
}

static void
dais_help_class_init (DaisHelpClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dais_help_finalize;

  /**
   * DaisHelp::event:
   * @self: the help desk
   * @room: to whom, 0 = to no room
   * @teachers: whether to all teachers too
   * @name: the contract's event
   * @json: its payload
   */
  signals[SIGNAL_EVENT] = g_signal_new ("event", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_INT64, G_TYPE_BOOLEAN,
      G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
      G_TYPE_BYTES | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * DaisHelp::entered:
   * @self: the help desk
   * @room: where
   * @user: all connections of whom
   */
  signals[SIGNAL_ENTERED] = g_signal_new ("entered", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  /**
   * DaisHelp::emptied:
   * @self: the help desk
   * @room: that everybody must leave
   */
  signals[SIGNAL_EMPTIED] = g_signal_new ("emptied", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
dais_help_init (DaisHelp *self)
{
  self->n_connections = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, NULL);
}

/**
 * dais_help_new:
 * @house: the house, not owned
 *
 * Returns: (transfer full): its help desk
 */
DaisHelp *
dais_help_new (DaisHouse *house)
{
  DaisHelp *self = g_object_new (DAIS_TYPE_HELP, NULL);

  self->house = house;

  return self;
}

/**
 * dais_help_get_house:
 * @self: the help desk
 *
 * Returns: (transfer none): the house
 */
DaisHouse *
dais_help_get_house (DaisHelp *self)
{
  return self->house;
}

/**
 * dais_help_is_teacher:
 * @self: the help desk
 * @caller: who
 *
 * Returns: whether the caller may answer questions
 */
gboolean
dais_help_is_teacher (DaisHelp *self, DaisCaller *caller)
{
  DaisUserRow *user = dais_callers_get_user (
      dais_house_get_callers (self->house), dais_caller_get_user_id (caller));

  return user != NULL && (user->roles & DAIS_ROLE_TEACHER) != 0;
}

/* ---- what is told ---- */

/**
 * dais_help_emit_event:
 * @self: the help desk
 * @room: to whom, 0 = to no room
 * @teachers: whether to all teachers too
 * @name: the contract's event
 * @writer: holds the payload, which is taken
 */
void
dais_help_emit_event (DaisHelp *self, gint64 room, gboolean teachers,
    const gchar *name, DaisJsonWriter *writer)
{
  g_autoptr (GBytes) json = dais_json_writer_steal_bytes (writer);

  g_signal_emit (self, signals[SIGNAL_EVENT], 0, room, teachers, name, json);
}

/**
 * dais_help_emit_entered:
 * @self: the help desk
 * @room: where
 * @user: who
 */
void
dais_help_emit_entered (DaisHelp *self, gint64 room, gint64 user)
{
  g_signal_emit (self, signals[SIGNAL_ENTERED], 0, room, user);
}

/**
 * dais_help_emit_emptied:
 * @self: the help desk
 * @room: which is closed
 */
void
dais_help_emit_emptied (DaisHelp *self, gint64 room)
{
  g_signal_emit (self, signals[SIGNAL_EMPTIED], 0, room);
}

static void
write_image (DaisJsonWriter *writer, const gchar *image, const gchar *base_url)
{
  g_autofree gchar *url = dais_images_make_url (image, base_url);

  dais_json_writer_name_string (writer, "image", url);
}

static void
write_person (DaisJsonWriter *writer, const DaisHelpPerson *person,
    const gchar *base_url, gboolean with_email)
{
  if (person == NULL) {
    dais_json_writer_null (writer);
    return;
  }

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", person->id);
  dais_json_writer_name_string (writer, "first_name", person->first_name);
  dais_json_writer_name_string (writer, "last_name", person->last_name);
  if (with_email)
    dais_json_writer_name_string (
        writer, "email", person->email != NULL ? person->email : "");
  write_image (writer, person->image, base_url);
  dais_json_writer_end_object (writer);
}

/**
 * dais_help_write_teacher:
 * @writer: where to
 * @person: a teacher
 * @base_url: how the client reaches this server
 */
void
dais_help_write_teacher (
    DaisJsonWriter *writer, const DaisHelpPerson *person, const gchar *base_url)
{
  write_person (writer, person, base_url, FALSE);
}

/**
 * dais_help_write_room:
 * @writer: where to
 * @room: the room
 * @base_url: how the client reaches this server
 *
 * The contract's room object.
 */
void
dais_help_write_room (
    DaisJsonWriter *writer, const DaisHelpRoom *room, const gchar *base_url)
{
  g_autofree gchar *timestamp = dais_time_iso_us (room->created);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", room->id);
  dais_json_writer_name (writer, "student");
  write_person (writer, room->student, base_url, TRUE);
  dais_json_writer_name (writer, "teacher");
  write_person (writer, room->teacher, base_url, TRUE);
  dais_json_writer_name_string (
      writer, "status", dais_help_status_to_string (room->status));
  dais_json_writer_name_string (writer, "timestamp", timestamp);
  dais_json_writer_name_string (writer, "text", room->text);
  write_image (writer, room->image, base_url);
  dais_json_writer_end_object (writer);
}

/**
 * dais_help_write_message:
 * @writer: where to
 * @message: what was said
 * @base_url: how the client reaches this server
 *
 * The contract's message object.
 */
void
dais_help_write_message (
    DaisJsonWriter *writer, const DaisMessage *message, const gchar *base_url)
{
  g_autofree gchar *timestamp = dais_time_iso_us (message->created);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", message->id);
  dais_json_writer_name_string (writer, "text", message->text);
  write_image (writer, message->image, base_url);
  dais_json_writer_name_boolean (writer, "seen", message->seen);
  dais_json_writer_name_string (writer, "timestamp", timestamp);
  dais_json_writer_name_int (writer, "room", message->room);
  dais_json_writer_name_int (writer, "user", message->user_id);
  dais_json_writer_end_object (writer);
}

/* ---- reading ---- */

static DaisStore *
get_store (DaisHelp *self)
{
  return dais_house_get_store (self->house);
}

/**
 * dais_help_list_rooms:
 * @self: the help desk
 * @caller: a user
 * @base_url: how the client reaches this server
 * @error: return location
 *
 * Returns: (transfer full) (nullable): JSON array of the caller's rooms; for a
 *   teacher also those that wait
 */
GBytes *
dais_help_list_rooms (
    DaisHelp *self, DaisCaller *caller, const gchar *base_url, GError **error)
{
  g_autoptr (GPtrArray) rooms = dais_help_rooms_of_user (get_store (self),
      dais_caller_get_user_id (caller), dais_help_is_teacher (self, caller),
      MAX_ROOMS, error);
  g_autoptr (DaisJsonWriter) writer = NULL;

  if (rooms == NULL)
    return NULL;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < rooms->len; i++)
    dais_help_write_room (writer, g_ptr_array_index (rooms, i), base_url);
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal_bytes (writer);
}

/* The room, for one of its two people. (transfer full) (nullable) */
static DaisHelpRoom *
get_own (DaisHelp *self, DaisCaller *caller, gint64 id, GError **error)
{
  gint64 user = dais_caller_get_user_id (caller);
  GError *failure = NULL;
  g_autoptr (DaisHelpRoom) room = dais_help_rooms_get (
      get_store (self), id, &failure);

  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (room == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no room %" G_GINT64_FORMAT, id);
    return NULL;
  }
  if (room->student->id == user ||
      (room->teacher != NULL && room->teacher->id == user))
    return g_steal_pointer (&room);

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
      "room %" G_GINT64_FORMAT " is of two other people", id);
  return NULL;
}

/**
 * dais_help_list_messages:
 * @self: the help desk
 * @caller: one of the room's two people
 * @room: the room's number
 * @base_url: how the client reaches this server
 * @error: return location; %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_DENIED
 *
 * Returns: (transfer full) (nullable): JSON array of the room's messages
 */
GBytes *
dais_help_list_messages (DaisHelp *self, DaisCaller *caller, gint64 room,
    const gchar *base_url, GError **error)
{
  g_autoptr (DaisHelpRoom) own = get_own (self, caller, room, error);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (DaisJsonWriter) writer = NULL;

  if (own != NULL)
    messages = dais_messages_newest (
        get_store (self), room, MAX_MESSAGES, error);
  if (messages == NULL)
    return NULL;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < messages->len; i++)
    dais_help_write_message (writer, g_ptr_array_index (messages, i), base_url);
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal_bytes (writer);
}

/**
 * dais_help_get_open_rooms:
 * @self: the help desk
 * @caller: a user
 * @error: return location
 *
 * Returns: (transfer full) (element-type gint64) (nullable): the caller's rooms
 *   that are not closed
 */
GArray *
dais_help_get_open_rooms (DaisHelp *self, DaisCaller *caller, GError **error)
{
  return dais_help_rooms_open_of_user (
      get_store (self), dais_caller_get_user_id (caller), error);
}

/**
 * dais_help_announce:
 * @self: the help desk
 * @caller: the room's student
 * @room: the room's number
 * @base_url: how the client reaches this server
 * @error: return location; %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_DENIED,
 *   %DAIS_ERROR_CONFLICT
 *
 * The contract's new_room.
 *
 * Returns: whether the teachers were told
 */
gboolean
dais_help_announce (DaisHelp *self, DaisCaller *caller, gint64 room,
    const gchar *base_url, GError **error)
{
  g_autoptr (DaisHelpRoom) own = get_own (self, caller, room, error);
  g_autoptr (DaisJsonWriter) writer = NULL;

  if (own == NULL)
    return FALSE;
  if (own->student->id != dais_caller_get_user_id (caller) ||
      own->status != DAIS_HELP_ACTIVE) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "room %" G_GINT64_FORMAT " is not a new one of yours", room);
    return FALSE;
  }

  dais_help_emit_entered (self, room, own->student->id);
  writer = dais_json_writer_new ();
  dais_help_write_room (writer, own, base_url);
  dais_help_emit_event (self, 0, TRUE, "new_room", writer);

  return TRUE;
}

/* ---- connections ---- */

static void
tell_presence (DaisHelp *self, DaisCaller *caller, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rooms = dais_help_get_open_rooms (self, caller, &error);

  for (guint i = 0; rooms != NULL && i < rooms->len; i++) {
    g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

    dais_json_writer_begin_object (writer);
    dais_json_writer_name_int (
        writer, "user", dais_caller_get_user_id (caller));
    dais_json_writer_end_object (writer);
    dais_help_emit_event (
        self, g_array_index (rooms, gint64, i), FALSE, name, writer);
  }
  if (rooms == NULL)
    g_warning ("the rooms of a user cannot be read: %s", error->message);
}

/**
 * dais_help_connect:
 * @self: the help desk
 * @caller: a user who has connected, and has entered the open rooms already
 *
 * The user's first connection is told as online.
 */
void
dais_help_connect (DaisHelp *self, DaisCaller *caller)
{
  gint64 user = dais_caller_get_user_id (caller);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->n_connections, &user));

  g_hash_table_replace (self->n_connections, g_memdup2 (&user, sizeof user),
      GUINT_TO_POINTER (n + 1));
  if (n == 0)
    tell_presence (self, caller, "online");
}

/**
 * dais_help_disconnect:
 * @self: the help desk
 * @caller: a user one of whose connections has gone
 *
 * The last one is told as offline.
 */
void
dais_help_disconnect (DaisHelp *self, DaisCaller *caller)
{
  gint64 user = dais_caller_get_user_id (caller);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->n_connections, &user));

  g_return_if_fail (n > 0);

  if (n > 1) {
    g_hash_table_replace (self->n_connections, g_memdup2 (&user, sizeof user),
        GUINT_TO_POINTER (n - 1));
    return;
  }
  g_hash_table_remove (self->n_connections, &user);
  tell_presence (self, caller, "offline");
}
