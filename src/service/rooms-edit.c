/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/json-reader.h"
#include "core/log.h"
#include "core/slug.h"
#include "service/change.h"
#include "service/engines.h"
#include "service/house-private.h"
#include "service/media-index.h"
#include "service/mix-private.h"
#include "service/room-list.h"
#include "service/stream-list.h"

#define MAX_ROOMS 256 /* with a mixer */

/* As it will be when what is under way is done: who changes one thing must not
 * take back another that was answered with success. */
static DaisRoomInfo *
get_head (DaisRoom *room)
{
  DaisRoomChange *change = dais_room_change_find (
      room, DAIS_TOPIC_ROOM, NULL, NULL);

  return change != NULL ? change->data : room->info;
}

typedef gboolean (*Has) (const DaisRoomInfo *info, const gchar *word);

static gboolean
has_name (const DaisRoomInfo *info, const gchar *name)
{
  return g_str_equal (info->name, name);
}

static gboolean
has_url_name (const DaisRoomInfo *info, const gchar *url_name)
{
  return g_ascii_strcasecmp (info->url_name, url_name) == 0;
}

/* By a room that is there, or will be when what is under way is done.
 * present: (nullable): not by this one */
static gboolean
is_taken (DaisRooms *self, Has has, const gchar *word, DaisRoom *present)
{
  GPtrArray *rooms = dais_rooms_get_list (self);
  GPtrArray *arriving = dais_rooms_get_arriving (self);

  for (guint i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);

    if (room != present &&
        (has (room->info, word) || has (get_head (room), word)))
      return TRUE;
  }
  for (guint i = 0; i < arriving->len; i++) {
    if (has (arriving->pdata[i], word))
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_url_name_taken (const gchar *url_name, gpointer user_data)
{
  return is_taken (user_data, has_url_name, url_name, NULL);
}

static gboolean
check_streams (DaisRooms *self, const DaisRoomInfo *info, GError **error)
{
  DaisStreams *streams = dais_house_get_streams (dais_rooms_get_house (self));
  guint i;

  for (i = 0; info->streams != NULL && info->streams[i] != NULL; i++) {
    if (!dais_streams_has_name (streams, info->streams[i])) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "'streams': there is no stream '%s'", info->streams[i]);
      return FALSE;
    }
  }

  return TRUE;
}

static gboolean
check_names (DaisRooms *self, const DaisRoomInfo *info, DaisRoom *present,
    GError **error)
{
  g_autofree gchar *output = dais_room_info_get_output_name (info);
  gboolean same_name = is_taken (self, has_name, info->name, present);

  if (same_name ||
      (info->url_name != NULL &&
          is_taken (self, has_url_name, info->url_name, present))) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "there is a room '%s' already; choose another name",
        same_name ? info->name : info->url_name);
    return FALSE;
  }
  if (dais_streams_has_name (
          dais_house_get_streams (dais_rooms_get_house (self)), output)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "its output would be called '%s', as a stream is already; choose "
        "another name",
        output);
    return FALSE;
  }

  return TRUE;
}

static DaisRoomInfo *
parse (DaisRooms *self, const gchar *json, gssize length, DaisRoom *present,
    GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, length, error);
  g_autoptr (DaisRoomInfo) info = NULL;

  if (object == NULL)
    return NULL;
  info = dais_room_info_from_json (
      object, present != NULL ? get_head (present) : NULL, error);
  if (info == NULL || !check_names (self, info, present, error) ||
      !check_streams (self, info, error))
    return NULL;
  if (info->url_name == NULL) {
    g_autofree gchar *stem = dais_slug_from_name (info->name, "room");

    info->url_name = dais_slug_unique (stem, is_url_name_taken, self);
  }

  return g_steal_pointer (&info);
}

static gboolean
write_insert (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_room_rows_insert (writer, data, error);
}

static void
forget_arriving (DaisRooms *self, const gchar *url_name)
{
  GPtrArray *arriving = dais_rooms_get_arriving (self);

  for (guint i = arriving->len; i > 0; i--) {
    if (has_url_name (arriving->pdata[i - 1], url_name))
      g_ptr_array_remove_index (arriving, i - 1);
  }
}

static void
on_inserted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisRooms *self = g_task_get_source_object (task);
  DaisRoomRow *row = g_task_get_task_data (task);
  DaisRoom *room = NULL;
  GError *error = NULL;

  forget_arriving (self, row->url_name);
  if (dais_store_submit_finish (DAIS_STORE (source), result, &error))
    room = dais_room_new (dais_rooms_get_house (self), row, &error);
  if (room == NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_rooms_put (self, room);
  dais_house_room_added (dais_rooms_get_house (self), room);
  dais_log_room (G_LOG_LEVEL_MESSAGE, room->info->url_name, "added");
  g_task_return_pointer (task, g_object_ref (room), g_object_unref);
}

/**
 * dais_rooms_add_async:
 * @self: the rooms
 * @caller: who wants it
 * @json: {"name","url_name"?,"streams"?,"public"?,"size"?,"fps"?}
 * @length: its bytes, -1 when it ends with NUL
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and its engine starts
 * @user_data: data for @callback
 *
 * Needs MANAGE. Errors: %DAIS_ERROR_INVALID, %DAIS_ERROR_CONFLICT,
 * %DAIS_ERROR_DENIED, %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_rooms_add_async (DaisRooms *self, DaisCaller *caller, const gchar *json,
    gssize length, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (DaisRoomInfo) info = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_ROOMS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_rooms_add_async);
  g_task_set_check_cancellable (task, FALSE);
  if (dais_caller_check (caller, DAIS_GRANT_MANAGE, NULL, &error))
    info = parse (self, json, length, NULL, &error);
  if (info == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (dais_rooms_get_list (self)->len + dais_rooms_get_arriving (self)->len >=
      MAX_ROOMS) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "there are %d rooms already; remove one first", MAX_ROOMS);
    return;
  }

  info->facets = (DaisFacet) (DAIS_FACET_MIXER | DAIS_FACET_CHAT |
      DAIS_FACET_PLAYER);
  info->creator_id = dais_caller_get_user_id (caller);
  info->created_us = g_get_real_time ();
  g_ptr_array_add (dais_rooms_get_arriving (self), dais_room_info_ref (info));
  g_task_set_task_data (task, dais_rooms_make_row (info, FALSE),
      (GDestroyNotify) dais_room_row_free);
  dais_store_submit_async (dais_house_get_store (dais_rooms_get_house (self)),
      write_insert, g_task_get_task_data (task), NULL, NULL, on_inserted,
      g_object_ref (task));
}

/**
 * dais_rooms_add_finish:
 * @self: the rooms
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the new room
 */
DaisRoom *
dais_rooms_add_finish (DaisRooms *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_rooms_add_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
check_editable (DaisRoom *room, DaisCaller *caller, GError **error)
{
  if (!dais_caller_check (caller, DAIS_GRANT_MANAGE, room, error))
    return FALSE;
  if (!room->configured)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
      "room '%s' stands in the configuration file; change it there",
      room->info->name);
  return FALSE;
}

static gboolean
write_info (DaisWriter *writer, DaisRoomChange *change, GError **error)
{
  g_autoptr (DaisRoomRow) row = dais_rooms_make_row (change->data, FALSE);

  return dais_room_rows_update (writer, row, error);
}

static void
publish_info (DaisRoomChange *change)
{
  DaisRoom *room = change->room;
  DaisHouse *house = room->house;
  g_autofree gchar *url_name = g_strdup (room->info->url_name);

  dais_room_set_info (room, change->data);
  if (house == NULL)
    return;
  if (g_strcmp0 (url_name, room->info->url_name) != 0)
    dais_house_room_renamed (house, room);
  dais_house_streams_changed (house);
  dais_mix_drop_unknown (room);
  dais_rooms_touch (dais_house_get_rooms (house));
  dais_streams_touch (dais_house_get_streams (house));
  dais_room_emit_config_changed (room);
}

static void
submit_info (
    DaisRoom *room, DaisCaller *caller, DaisRoomInfo *info, GTask *task)
{
  DaisRoomChange *change = dais_room_change_new (room, caller, DAIS_TOPIC_ROOM);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_room_info_write_json (info, writer, TRUE);
  change->payload = dais_json_writer_steal (writer);
  change->data = dais_room_info_ref (info);
  change->destroy = (GDestroyNotify) dais_room_info_unref;
  change->write = write_info;
  change->publish = publish_info;
  dais_room_change_submit (change, task);
}

/**
 * dais_rooms_rename_stream:
 * @room: the room
 * @name: a stream's name so far
 * @new_name: its new name
 *
 * A room that lists its streams follows, as a change by the house itself.
 */
void
dais_rooms_rename_stream (
    DaisRoom *room, const gchar *name, const gchar *new_name)
{
  g_autoptr (DaisRoomInfo) info = NULL;
  g_autoptr (GTask) task = NULL;
  DaisRoomInfo *head = get_head (room);
  guint i;

  if (room->configured || room->leaving || head->streams == NULL ||
      !g_strv_contains ((const gchar *const *) head->streams, name))
    return;

  info = dais_room_info_copy (head);
  for (i = 0; info->streams[i] != NULL; i++) {
    if (g_str_equal (info->streams[i], name)) {
      g_free (info->streams[i]);
      info->streams[i] = g_strdup (new_name);
    }
  }
  task = g_task_new (room, NULL, NULL, NULL);
  submit_info (room, NULL, info, task);
}

/**
 * dais_rooms_change_async:
 * @self: the rooms
 * @caller: who wants it
 * @room: which one
 * @json: the members of dais_rooms_add_async(); what is left out stays
 * @length: its bytes, -1 when it ends with NUL
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Errors as dais_rooms_add_async(), and %DAIS_ERROR_STALE.
 */
void
dais_rooms_change_async (DaisRooms *self, DaisCaller *caller, DaisRoom *room,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (DaisRoomInfo) info = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_rooms_change_async);
  if (!check_editable (room, caller, &error) ||
      !dais_room_check_rev (room, if_rev, &error) ||
      (info = parse (self, json, length, room, &error)) == NULL) {
    g_task_return_error (task, error);
    return;
  }

  submit_info (room, caller, info, task);
}

/**
 * dais_rooms_change_finish:
 * @self: the rooms
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_rooms_change_finish (
    DaisRooms *self, GAsyncResult *result, guint64 *rev, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_rooms_change_async), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (rev != NULL)
    *rev = ((DaisRoomChange *) g_task_get_task_data (G_TASK (result)))->rev;

  return TRUE;
}

static gboolean
write_remove (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_room_rows_remove (writer, *(gint64 *) data, error);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisRooms *self = g_task_get_source_object (task);
  DaisRoom *room = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    room->leaving = FALSE;
    g_task_return_error (task, error);
    return;
  }

  dais_house_room_removed (dais_rooms_get_house (self), room);
  dais_rooms_take_out (self, room);
  dais_log_room (G_LOG_LEVEL_MESSAGE, room->info->url_name, "removed");
  g_task_return_boolean (task, TRUE);
}

/**
 * dais_rooms_remove_async:
 * @self: the rooms
 * @caller: who wants it
 * @room: which one
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is gone
 * @user_data: data for @callback
 *
 * The room goes with its notes, talks and journal. Needs MANAGE; a room of the
 * configuration file stays: %DAIS_ERROR_DENIED.
 */
void
dais_rooms_remove_async (DaisRooms *self, DaisCaller *caller, DaisRoom *room,
    gint64 if_rev, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, dais_rooms_remove_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!check_editable (room, caller, &error) ||
      !dais_room_check_rev (room, if_rev, &error)) {
    g_task_return_error (task, error);
    return;
  }

  /* What came before is on disk before; what comes now finds no room. */
  room->leaving = TRUE;
  g_task_set_task_data (task, g_object_ref (room), g_object_unref);
  dais_store_submit_async (dais_house_get_store (room->house), write_remove,
      g_memdup2 (&room->info->id, sizeof (gint64)), g_free, NULL, on_removed,
      g_object_ref (task));
}

/**
 * dais_rooms_remove_finish:
 * @self: the rooms
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when it is gone
 */
gboolean
dais_rooms_remove_finish (DaisRooms *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_rooms_remove_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
