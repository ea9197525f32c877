/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/mix.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "model/layout.h"
#include "service/change.h"
#include "service/house-private.h"
#include "service/media-index.h"
#include "service/mix-private.h"
#include "service/room-private.h"
#include "service/stream-list.h"
#include "store/states.h"

/**
 * dais_room_make_state:
 * @self: the room
 *
 * Returns: (transfer full): the served state
 */
GBytes *
dais_room_make_state (DaisRoom *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  DaisRevision stamp = { self->scene_rev, self->scene_utc,
    self->scene_running_time };

  dais_scene_write_json (self->scene, writer, &stamp);

  return dais_json_writer_steal_bytes (writer);
}

static gboolean
has_stream (const gchar *name, gpointer user_data)
{
  DaisRoom *room = user_data;

  return dais_room_info_uses_stream (room->info, name) &&
      dais_streams_has_name (dais_house_get_streams (room->house), name);
}

static const gchar *
name_at (guint index, gpointer user_data)
{
  return dais_media_index_get_name (user_data, index);
}

static gboolean
check_grants (DaisRoom *room, DaisCaller *caller, DaisSceneChanges changes,
    GError **error)
{
  return ((changes & DAIS_SCENE_CHANGES_PICTURE) == 0 ||
             dais_caller_check (caller, DAIS_GRANT_CUT, room, error)) &&
      ((changes & DAIS_SCENE_CHANGES_SOUND) == 0 ||
          dais_caller_check (caller, DAIS_GRANT_AUDIO, room, error)) &&
      ((changes & DAIS_SCENE_CHANGES_BLANK) == 0 ||
          dais_caller_check (caller, DAIS_GRANT_BLANK, room, error));
}

/* Even a write that changes nothing is for those who could. */
static gboolean
may_write_something (DaisRoom *room, DaisCaller *caller, GError **error)
{
  DaisGrant any = DAIS_GRANT_CUT | DAIS_GRANT_AUDIO | DAIS_GRANT_BLANK;

  return (dais_caller_get_grants (caller, room) & any) != 0 ||
      dais_caller_check (caller, DAIS_GRANT_CUT, room, error);
}

static gboolean
write_state (DaisWriter *writer, DaisRoomChange *change, GError **error)
{
  return dais_states_put (writer, change->room_id, change->payload, change->rev,
      change->utc, change->running_time, error);
}

static void
publish_state (DaisRoomChange *change)
{
  DaisRoom *room = change->room;

  g_clear_pointer (&room->scene, dais_scene_unref);
  room->scene = dais_scene_ref (change->scene);
  room->scene_rev = change->rev;
  room->scene_utc = change->utc;
  room->scene_running_time = change->running_time;
}

/**
 * dais_mix_set_scene:
 * @room: the room
 * @caller: (nullable): who wants it, %NULL for the house
 * @scene: what shall be on air
 * @transition: how to get there
 * @task: returned when it was told
 *
 * The way of every change of the mixer, checked before.
 */
void
dais_mix_set_scene (DaisRoom *room, DaisCaller *caller, DaisScene *scene,
    const DaisTransition *transition, GTask *task)
{
  DaisRoomChange *change = dais_room_change_new (
      room, caller, DAIS_TOPIC_STATE);

  change->scene = dais_scene_ref (scene);
  change->transition = *transition;
  change->payload = dais_scene_to_text (scene);
  change->write = write_state;
  change->publish = publish_state;
  dais_room_change_submit (change, task);
}

/**
 * dais_mix_rename_stream:
 * @room: the room
 * @name: a stream's name so far
 * @new_name: (nullable): its new name; %NULL when it is gone
 *
 * Nothing happens where the state does not name the stream.
 */
void
dais_mix_rename_stream (
    DaisRoom *room, const gchar *name, const gchar *new_name)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (DaisScene) scene = NULL;
  DaisTransition cut = { FALSE, 0 };

  if (room->removed || room->leaving ||
      !dais_scene_names (room->head_scene, name))
    return;

  task = g_task_new (room, NULL, NULL, NULL);
  scene = dais_scene_with_stream_renamed (room->head_scene, name, new_name);
  dais_mix_set_scene (room, NULL, scene, &cut, task);
}

static void
add_names (GPtrArray *names, const gchar *const *more)
{
  guint i;

  for (i = 0; more[i] != NULL; i++)
    g_ptr_array_add (names, (gpointer) more[i]);
}

/**
 * dais_mix_drop_unknown:
 * @room: the room
 *
 * To be called after the start: a stream may have gone from the configuration.
 */
void
dais_mix_drop_unknown (DaisRoom *room)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (DaisScene) scene = dais_scene_ref (room->head_scene);
  const gchar *single[] = { dais_scene_get_video (scene),
    dais_scene_get_audio (scene), dais_scene_get_pip (scene) };
  const gchar *name;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (single); i++) {
    if (single[i] != NULL)
      g_ptr_array_add (names, (gpointer) single[i]);
  }
  add_names (names, dais_scene_get_grid (scene));
  add_names (names, dais_scene_get_mutes (scene));
  for (i = 0; (name = dais_scene_get_volume (scene, i, NULL)) != NULL; i++)
    g_ptr_array_add (names, (gpointer) name);

  for (i = 0; i < names->len; i++) {
    if (!has_stream (names->pdata[i], room))
      dais_mix_rename_stream (room, names->pdata[i], NULL);
  }
}

/**
 * dais_mix_write_async:
 * @room: the room
 * @caller: who wants it
 * @json: the client's text of the state object
 * @length: its bytes, -1 when it ends with NUL
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk, with the engine, told
 * @user_data: data for @callback
 *
 * Contracts README §2, state. Errors: %DAIS_ERROR_INVALID (form, unknown
 * stream), %DAIS_ERROR_DENIED, %DAIS_ERROR_STALE, %DAIS_ERROR_LIMITED,
 * %DAIS_ERROR_STORAGE.
 */
void
dais_mix_write_async (DaisRoom *room, DaisCaller *caller, const gchar *json,
    gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  g_autoptr (JsonNode) write = NULL;
  g_autoptr (DaisScene) scene = NULL;
  DaisSceneLookup lookup = { has_stream, name_at, room };
  DaisTransition transition = { FALSE, 0 };
  DaisSceneChanges changes;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_mix_write_async);
  if (!may_write_something (room, caller, &error) ||
      !dais_room_check_rev (room, if_rev, &error)) {
    g_task_return_error (task, error);
    return;
  }

  write = dais_json_parse (json, length, &error);
  if (write != NULL)
    scene = dais_scene_apply_json (
        room->head_scene, write, &lookup, &transition, &error);
  if (scene == NULL) {
    g_task_return_error (task, error);
    return;
  }

  changes = dais_scene_compare (room->head_scene, scene);
  if (!check_grants (room, caller, changes, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (changes == 0 && room->changes.length == 0) {
    g_task_return_boolean (task, TRUE);
    return;
  }

  dais_mix_set_scene (room, caller, scene, &transition, task);
}

static guint64
get_rev (DaisRoom *room, GAsyncResult *result)
{
  DaisRoomChange *change = g_task_get_task_data (G_TASK (result));

  return change != NULL ? change->rev : room->rev;
}

/**
 * dais_mix_write_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @error: return location
 *
 * Returns: %TRUE when the state is as wanted, on disk
 */
gboolean
dais_mix_write_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_mix_write_async), FALSE);

  if (rev != NULL)
    *rev = get_rev (room, result);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * dais_room_make_layout:
 * @self: the room
 *
 * Returns: (transfer full): the layout; all of its streams while nobody has
 *   written one
 */
GBytes *
dais_room_make_layout (DaisRoom *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GPtrArray *entries;
  gchar *text;
  guint i;

  if (self->layout != NULL)
    return g_bytes_ref (self->layout);

  entries = dais_streams_get_entries (dais_house_get_streams (self->house));
  for (i = 0; i < entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (entries, i);
    const gchar *name = dais_stream_get_name (entry->stream);

    if (dais_room_info_uses_stream (self->info, name))
      g_ptr_array_add (names, (gpointer) name);
  }
  g_ptr_array_add (names, NULL);
  text = dais_layout_default ((const gchar *const *) names->pdata);

  return g_bytes_new_take (text, strlen (text));
}

static gboolean
write_layout (DaisWriter *writer, DaisRoomChange *change, GError **error)
{
  return dais_layouts_put (
      writer, change->room_id, change->payload, change->rev, error);
}

static void
publish_layout (DaisRoomChange *change)
{
  DaisRoom *room = change->room;

  g_clear_pointer (&room->layout, g_bytes_unref);
  room->layout = g_bytes_new (change->payload, strlen (change->payload));
}

/**
 * dais_layout_write_async:
 * @room: the room
 * @caller: who wants it
 * @json: any JSON, the client's text
 * @length: its bytes, -1 when it ends with NUL
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Contracts README §2, layout. Errors as dais_mix_write_async().
 */
void
dais_layout_write_async (DaisRoom *room, DaisCaller *caller, const gchar *json,
    gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  g_autofree gchar *text = NULL;
  DaisRoomChange *change = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_layout_write_async);
  if (!dais_caller_check (caller, DAIS_GRANT_CUT, room, &error) ||
      !dais_room_check_rev (room, if_rev, &error) ||
      (text = dais_layout_parse (json, length, &error)) == NULL) {
    g_task_return_error (task, error);
    return;
  }

  change = dais_room_change_new (room, caller, DAIS_TOPIC_LAYOUT);
  change->payload = g_steal_pointer (&text);
  change->write = write_layout;
  change->publish = publish_layout;
  dais_room_change_submit (change, task);
}

/**
 * dais_layout_write_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_layout_write_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_layout_write_async), FALSE);

  if (rev != NULL)
    *rev = get_rev (room, result);

  return g_task_propagate_boolean (G_TASK (result), error);
}
