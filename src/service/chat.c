/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/chat.h"

#include "core/error.h"
#include "core/slug.h"
#include "service/chat-private.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "store/members.h"
#include "store/messages.h"

#define MAX_ROOMS 100000 /* that are kept and only chatted in */

static DaisRoomCache *
get_cache (DaisHouse *house)
{
  return dais_rooms_get_cache (dais_house_get_rooms (house));
}

static DaisRoom *
check_visible (DaisRoom *room, DaisCaller *caller) /* room: (transfer full) */
{
  if ((room->info->facets & DAIS_FACET_CHAT) != 0 &&
      dais_caller_may (caller, DAIS_GRANT_VIEW, room))
    return room;

  g_object_unref (room);
  return NULL;
}

static DaisRoom *
fail_unknown (const gchar *name, GError **error)
{
  if (error != NULL && *error == NULL)
    g_set_error (
        error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no room '%s'", name);

  return NULL;
}

/**
 * dais_chat_open:
 * @house: the house
 * @caller: who wants to be in it
 * @name: any name
 * @error: return location; %DAIS_ERROR_DENIED, %DAIS_ERROR_UNAUTHENTICATED,
 *   %DAIS_ERROR_INVALID
 *
 * Contracts README §6: any name is accepted, an unknown one is a new room.
 *
 * Returns: (transfer full) (nullable): the room
 */
DaisRoom *
dais_chat_open (
    DaisHouse *house, DaisCaller *caller, const gchar *name, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (DaisRoom) room = NULL;

  if (!dais_name_check (name, "room name", error))
    return NULL;

  room = dais_room_cache_get_url_name (get_cache (house), name, &failure);
  if (room == NULL && failure == NULL)
    room = dais_room_cache_make (get_cache (house), name, &failure);
  if (room == NULL) {
    if (failure == NULL)
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
          "the room '%s' is not open", name);
    else
      g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
  }
  if (!dais_caller_check (caller, DAIS_GRANT_VIEW, room, error))
    return NULL;
  if ((room->info->facets & DAIS_FACET_CHAT) == 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "the room '%s' has no chat", name);
    return NULL;
  }

  return g_steal_pointer (&room);
}

/**
 * dais_chat_find:
 * @house: the house
 * @caller: who asks
 * @name: of a room
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the room, when the caller may see it
 */
DaisRoom *
dais_chat_find (
    DaisHouse *house, DaisCaller *caller, const gchar *name, GError **error)
{
  GError *failure = NULL;
  DaisRoom *room = dais_room_cache_get_url_name (
      get_cache (house), name, &failure);

  if (failure != NULL)
    g_propagate_error (error, failure);
  if (room != NULL)
    room = check_visible (room, caller);

  return room != NULL ? room : fail_unknown (name, error);
}

/**
 * dais_chat_find_id:
 * @house: the house
 * @caller: who asks
 * @id: of a room
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the room, when the caller may see it
 */
DaisRoom *
dais_chat_find_id (
    DaisHouse *house, DaisCaller *caller, gint64 id, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  GError *failure = NULL;
  DaisRoom *room = dais_room_cache_get_id (get_cache (house), id, &failure);

  if (failure != NULL)
    g_propagate_error (error, failure);
  if (room != NULL)
    room = check_visible (room, caller);

  return room != NULL ? room : fail_unknown (name, error);
}

/* A message on its way to the disk. */
typedef struct {
  DaisMessage *message;
  gchar *url_name;
  gchar *hex24;
} Saying;

static void
saying_free (gpointer data)
{
  Saying *saying = data;

  dais_message_free (saying->message);
  g_free (saying->url_name);
  g_free (saying->hex24);
  g_free (saying);
}

static gboolean
write_message (DaisWriter *writer, gpointer data, GError **error)
{
  Saying *saying = data;
  DaisMessage *message = saying->message;

  if (!dais_writer_check_space (writer, error))
    return FALSE;
  if (saying->url_name != NULL &&
      !dais_room_rows_ensure_chat (writer, saying->url_name, saying->hex24,
          message->created, MAX_ROOMS, &message->room, error))
    return FALSE;

  return dais_messages_insert (writer, message, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisRoom *room = g_task_get_source_object (task);
  Saying *saying = g_task_get_task_data (task);
  GError *error = NULL;

  room->n_saying--;
  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }

  if (room->house != NULL)
    dais_room_cache_keep (get_cache (room->house), room, saying->message->room);
  dais_room_emit_said (room, saying->message);
  g_task_return_boolean (task, TRUE);
}

static gboolean
check_text (DaisRoom *room, const gchar *text, GError **error)
{
  if (strlen (text) > DAIS_CHAT_MAX_TEXT) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "a message may have %d bytes", DAIS_CHAT_MAX_TEXT);
    return FALSE;
  }
  if (room->removed || room->house == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "room '%s' is no longer there", room->info->url_name);
    return FALSE;
  }
  if (room->n_saying >= DAIS_CHAT_MAX_UNDER_WAY) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "room '%s' has too many messages on their way to the disk; wait",
        room->info->url_name);
    return FALSE;
  }

  return TRUE;
}

/**
 * dais_chat_submit:
 * @room: the room
 * @message: (transfer full): all but id and room filled in, checked
 * @task: whose source is @room; returned with %TRUE when it is on disk and told
 */
void
dais_chat_submit (DaisRoom *room, DaisMessage *message, GTask *task)
{
  Saying *saying = g_new0 (Saying, 1);

  saying->message = message;
  message->room = room->info->id;
  if (room->info->id == 0) {
    saying->url_name = g_strdup (room->info->url_name);
    saying->hex24 = g_strdup (room->info->hex24);
  }
  room->n_saying++;
  g_task_set_task_data (task, saying, saying_free);
  g_task_set_check_cancellable (task, FALSE);
  dais_store_submit_async (dais_house_get_store (room->house), write_message,
      saying, NULL, NULL, on_written, g_object_ref (task));
}

/**
 * dais_chat_say_async:
 * @room: the room
 * @caller: who says it; needs CHAT
 * @text: what
 * @extra: (nullable): JSON that goes with it
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_TOO_LARGE, %DAIS_ERROR_DENIED,
 * %DAIS_ERROR_UNAUTHENTICATED, %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_chat_say_async (DaisRoom *room, DaisCaller *caller, const gchar *text,
    const gchar *extra, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  DaisMessage *message = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_chat_say_async);
  if (!dais_caller_check (caller, DAIS_GRANT_CHAT, room, &error) ||
      !check_text (room, text, &error)) {
    g_task_return_error (task, error);
    return;
  }

  message = g_new0 (DaisMessage, 1);
  message->user_id = dais_caller_get_user_id (caller);
  message->user = g_strdup (dais_caller_get_username (caller));
  message->text = g_strdup (text);
  message->image = g_strdup ("");
  message->extra = g_strdup (extra);
  message->created = g_get_real_time ();
  dais_chat_submit (room, message, task);
}

/**
 * dais_chat_say_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: whether everybody has been told
 */
gboolean
dais_chat_say_finish (DaisRoom *room, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_chat_say_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * dais_chat_get_history:
 * @room: one that the caller may see
 * @count: at most so many
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMessage) (nullable): the newest
 *   messages, the oldest of them first
 */
GPtrArray *
dais_chat_get_history (DaisRoom *room, guint count, GError **error)
{
  if (room->house == NULL || room->info->id == 0)
    return g_ptr_array_new ();

  return dais_messages_newest (dais_house_get_store (room->house),
      room->info->id, MIN (count, DAIS_CHAT_MAX_HISTORY), error);
}

static gboolean
has_person (GPtrArray *people, gint64 id)
{
  for (guint i = 0; i < people->len; i++)
    if (((DaisPerson *) g_ptr_array_index (people, i))->id == id)
      return TRUE;

  return FALSE;
}

/**
 * dais_chat_get_people:
 * @room: one that the caller may see
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPerson) (nullable): who is in it
 */
GPtrArray *
dais_chat_get_people (DaisRoom *room, GError **error)
{
  g_autoptr (GPtrArray) people = dais_room_get_people (room);
  g_autoptr (GPtrArray) joined = NULL;

  if (room->house == NULL || (room->info->facets & DAIS_FACET_MEMBERS) == 0)
    return g_steal_pointer (&people);

  joined = dais_joined_of_room (
      dais_house_get_store (room->house), room->info->id, error);
  if (joined == NULL)
    return NULL;
  while (joined->len > 0) {
    g_autoptr (DaisPerson) person = g_ptr_array_steal_index (joined, 0);

    if (!has_person (people, person->id))
      g_ptr_array_add (people, g_steal_pointer (&person));
  }

  return g_steal_pointer (&people);
}
