/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/error.h"
#include "core/random-id.h"
#include "model/room.h"
#include "service/help-private.h"
#include "service/house-private.h"
#include "service/images.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "store/help.h"
#include "store/messages.h"
#include "store/rooms.h"

#define MAX_OPEN_ROOMS 100 /* of one student */

/* One use of the help desk on its way: first the picture, then the disk. */
typedef struct {
  DaisCaller *caller;
  gint64 user;
  gboolean is_teacher;
  gboolean is_asking;
  DaisHelpAction action;
  DaisHelpState state; /* as it is after it */
  gboolean is_silent;  /* nothing has changed */
  gboolean has_upload; /* its picture was stored for it */
  DaisMessage *message;
  gchar *base_url;
} Act;

static void
act_free (gpointer data)
{
  Act *act = data;

  dais_caller_unref (act->caller);
  dais_message_free (act->message);
  g_free (act->base_url);
  g_free (act);
}

static gboolean
fail (GError **error, DaisError code, const gchar *message)
{
  g_set_error_literal (error, DAIS_ERROR, (gint) code, message);
  return FALSE;
}

/* ---- writer thread ---- */

static gboolean
write_question (DaisWriter *writer, Act *act, GError **error)
{
  g_autofree gchar *hex24 = dais_random_hex (12);
  DaisRoomRow row = {
    .hex24 = hex24,
    .url_name = hex24,
    .name = hex24,
    .created = act->message->created,
    .creator = act->user,
    .facets = DAIS_FACET_HELP,
  };
  gint64 n = dais_help_rooms_count_open (writer, act->user, error);

  if (n < 0)
    return FALSE;
  if (n >= MAX_OPEN_ROOMS)
    return fail (error, DAIS_ERROR_LIMITED,
        "you have asked too many questions that wait still");
  if (!dais_room_rows_insert (writer, &row, error))
    return FALSE;
  act->message->room = row.id;

  return dais_help_rooms_insert (writer, row.id, act->user, act->message->text,
      act->message->image, error);
}

static gboolean
write_join (DaisWriter *writer, Act *act, GError **error)
{
  DaisHelpState *state = &act->state;

  if (!act->is_teacher)
    return fail (error, DAIS_ERROR_DENIED, "only a teacher may join a room");
  act->is_silent = state->status == DAIS_HELP_ENGAGED &&
      state->teacher == act->user;
  if (act->is_silent)
    return TRUE;
  if (state->status == DAIS_HELP_ENGAGED)
    return fail (
        error, DAIS_ERROR_CONFLICT, "another teacher is in the room already");
  if (state->status == DAIS_HELP_CLOSED)
    return fail (error, DAIS_ERROR_CONFLICT, "the room is closed");
  if (state->student == act->user)
    return fail (
        error, DAIS_ERROR_DENIED, "nobody may answer their own question");

  state->status = DAIS_HELP_ENGAGED;
  state->teacher = act->user;
  return dais_help_state_put (writer, state, error);
}

static gboolean
write_close (DaisWriter *writer, Act *act, GError **error)
{
  if (act->state.teacher != act->user)
    return fail (
        error, DAIS_ERROR_DENIED, "only the room's teacher may close it");
  if (act->state.status == DAIS_HELP_CLOSED)
    return fail (error, DAIS_ERROR_CONFLICT, "the room is closed already");

  act->state.status = DAIS_HELP_CLOSED;
  return dais_help_state_put (writer, &act->state, error);
}

static gboolean
write_inside (DaisWriter *writer, Act *act, GError **error)
{
  gint n = 0;

  if (act->state.student != act->user && act->state.teacher != act->user)
    return fail (error, DAIS_ERROR_DENIED, "you are not in this room");
  if (act->action == DAIS_HELP_SEE)
    return dais_messages_mark_seen (
        writer, act->state.room, act->user, &n, error);
  if (act->state.status == DAIS_HELP_CLOSED)
    return fail (error, DAIS_ERROR_CONFLICT, "the room is closed");

  return dais_messages_insert (writer, act->message, error);
}

static gboolean
write_act (DaisWriter *writer, gpointer data, GError **error)
{
  Act *act = data;

  if (act->action == DAIS_HELP_SAY && !dais_writer_check_space (writer, error))
    return FALSE;
  if (act->is_asking)
    return write_question (writer, act, error);

  if (!dais_help_state_get (writer, act->message->room, &act->state, error))
    return FALSE;
  if (act->state.room == 0)
    return fail (error, DAIS_ERROR_NOT_FOUND, "there is no such room");

  switch (act->action) {
    case DAIS_HELP_JOIN:
      return write_join (writer, act, error);
    case DAIS_HELP_CLOSE:
      return write_close (writer, act, error);
    case DAIS_HELP_SAY:
    case DAIS_HELP_SEE:
    default:
      return write_inside (writer, act, error);
  }
}

/* ---- what is told ---- */

static void
tell_joined (DaisHelp *self, Act *act)
{
  gint64 id = act->state.room;
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (DaisHelpRoom) room = NULL;

  dais_help_emit_entered (self, id, act->user);
  if (act->is_silent)
    return;

  dais_room_cache_admit_anew (
      dais_rooms_get_cache (dais_house_get_rooms (dais_help_get_house (self))),
      id);
  room = dais_help_rooms_get (
      dais_house_get_store (dais_help_get_house (self)), id, NULL);
  if (room == NULL)
    return;
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "room", id);
  dais_json_writer_name (writer, "teacher");
  dais_help_write_teacher (writer, room->teacher, act->base_url);
  dais_json_writer_name_string (writer, "status", "engaged");
  dais_json_writer_end_object (writer);
  dais_help_emit_event (self, id, TRUE, "room_joined", writer);
}

static void
tell_seen (DaisHelp *self, Act *act)
{
  gint64 author = act->user == act->state.student ? act->state.teacher
                                                  : act->state.student;
  g_autoptr (DaisJsonWriter) writer = NULL;

  /* nobody else is there yet */
  if (author == 0)
    return;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "room", act->state.room);
  dais_json_writer_name_int (writer, "user", author);
  dais_json_writer_name_int (writer, "by", act->user);
  dais_json_writer_end_object (writer);
  dais_help_emit_event (self, act->state.room, FALSE, "seen", writer);
}

static void
tell_closed (DaisHelp *self, Act *act)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "status", "closed");
  dais_json_writer_name_int (writer, "room", act->state.room);
  dais_json_writer_end_object (writer);
  dais_help_emit_event (self, act->state.room, FALSE, "room_closed", writer);
  dais_help_emit_emptied (self, act->state.room);
}

static void
tell_said (DaisHelp *self, Act *act)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_help_write_message (writer, act->message, act->base_url);
  dais_help_emit_event (self, act->state.room, FALSE, "message", writer);
}

static void
tell (DaisHelp *self, Act *act)
{
  switch (act->action) {
    case DAIS_HELP_JOIN:
      tell_joined (self, act);
      break;
    case DAIS_HELP_SEE:
      tell_seen (self, act);
      break;
    case DAIS_HELP_CLOSE:
      tell_closed (self, act);
      break;
    case DAIS_HELP_SAY:
    default:
      tell_said (self, act);
      break;
  }
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisHelp *self = g_task_get_source_object (task);
  Act *act = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    if (act->has_upload)
      dais_images_drop (dais_help_get_house (self), act->message->image);
    g_task_return_error (task, error);
    return;
  }

  if (!act->is_asking)
    tell (self, act);
  g_task_return_boolean (task, TRUE);
}

static void
on_image (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Act *act = g_task_get_task_data (task);
  GError *error = NULL;

  act->message->image = dais_images_take_finish (
      DAIS_HOUSE (source), result, &error);
  if (act->message->image == NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_store_submit_async (dais_house_get_store (DAIS_HOUSE (source)),
      write_act, act, NULL, NULL, on_written, g_object_ref (task));
}

/* Before a picture is stored; the writer decides, for others may be quicker. */
static gboolean
check_room (DaisHelp *self, Act *act, GError **error)
{
  GError *failure = NULL;
  g_autoptr (DaisHelpRoom) room = dais_help_rooms_get (
      dais_house_get_store (dais_help_get_house (self)), act->message->room,
      &failure);

  if (failure != NULL) {
    g_propagate_error (error, failure);
    return FALSE;
  }
  if (room == NULL)
    return fail (error, DAIS_ERROR_NOT_FOUND, "there is no such room");
  if (room->student->id != act->user &&
      (room->teacher == NULL || room->teacher->id != act->user))
    return fail (error, DAIS_ERROR_DENIED, "you are not in this room");
  if (room->status == DAIS_HELP_CLOSED)
    return fail (error, DAIS_ERROR_CONFLICT, "the room is closed");

  return TRUE;
}

static gboolean
check_text (const gchar *text, GError **error)
{
  if (text == NULL || g_utf8_strlen (text, -1) <= DAIS_HELP_MAX_TEXT)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
      "a text may have %d characters", DAIS_HELP_MAX_TEXT);
  return FALSE;
}

static void
start (GTask *task, DaisCaller *caller, gboolean is_asking,
    DaisHelpAction action, gint64 room, const gchar *text, const gchar *image,
    const gchar *base_url)
{
  DaisHelp *self = g_task_get_source_object (task);
  Act *act = g_new0 (Act, 1);
  DaisMessage *message = g_new0 (DaisMessage, 1);
  GError *error = NULL;

  act->caller = dais_caller_ref (caller);
  act->user = dais_caller_get_user_id (caller);
  act->is_teacher = dais_help_is_teacher (self, caller);
  act->is_asking = is_asking;
  act->action = action;
  act->base_url = g_strdup (base_url);
  act->message = message;
  message->room = room;
  message->user_id = act->user;
  message->user = g_strdup (dais_caller_get_username (caller));
  message->text = g_strdup (text != NULL ? text : "");
  message->created = g_get_real_time ();
  act->has_upload = dais_images_is_upload (image);
  g_task_set_task_data (task, act, act_free);
  g_task_set_check_cancellable (task, FALSE);

  if (act->user == 0)
    fail (&error, DAIS_ERROR_UNAUTHENTICATED, "log in first");
  else if (is_asking && act->is_teacher)
    fail (&error, DAIS_ERROR_DENIED, "teachers answer questions here");
  if (error != NULL || !check_text (text, &error) ||
      (act->has_upload && !is_asking && !check_room (self, act, &error))) {
    g_task_return_error (task, error);
    return;
  }

  dais_images_take_async (
      dais_help_get_house (self), image, NULL, on_image, g_object_ref (task));
}

/**
 * dais_help_ask_async:
 * @self: the help desk
 * @caller: a student
 * @text: the question
 * @image: (nullable): see images.h
 * @base_url: how the client reaches this server
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_INVALID, %DAIS_ERROR_TOO_LARGE, %DAIS_ERROR_DENIED,
 * %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_help_ask_async (DaisHelp *self, DaisCaller *caller, const gchar *text,
    const gchar *image, const gchar *base_url, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dais_help_ask_async);
  start (task, caller, TRUE, DAIS_HELP_SAY, 0, text, image, base_url);
}

/**
 * dais_help_ask_finish:
 * @self: the help desk
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): JSON of the new room
 */
GBytes *
dais_help_ask_finish (DaisHelp *self, GAsyncResult *result, GError **error)
{
  Act *act = g_task_get_task_data (G_TASK (result));
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (DaisHelpRoom) room = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_help_ask_async), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  room = dais_help_rooms_get (dais_house_get_store (dais_help_get_house (self)),
      act->message->room, error);
  if (room == NULL) {
    if (error != NULL && *error == NULL)
      fail (error, DAIS_ERROR_NOT_FOUND, "the room has gone");
    return NULL;
  }

  writer = dais_json_writer_new ();
  dais_help_write_room (writer, room, act->base_url);

  return dais_json_writer_steal_bytes (writer);
}

/**
 * dais_help_act_async:
 * @self: the help desk
 * @caller: who wants it
 * @action: what
 * @room: the room's number
 * @text: (nullable): of a message
 * @image: (nullable): of a message; see images.h
 * @base_url: how the client reaches this server
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Contracts README §4. Errors: %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_DENIED,
 * %DAIS_ERROR_CONFLICT, %DAIS_ERROR_INVALID, %DAIS_ERROR_TOO_LARGE,
 * %DAIS_ERROR_STORAGE.
 */
void
dais_help_act_async (DaisHelp *self, DaisCaller *caller, DaisHelpAction action,
    gint64 room, const gchar *text, const gchar *image, const gchar *base_url,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dais_help_act_async);
  start (task, caller, FALSE, action, room, text, image, base_url);
}

/**
 * dais_help_act_finish:
 * @self: the help desk
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: whether it is on disk and everybody was told
 */
gboolean
dais_help_act_finish (DaisHelp *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_help_act_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
