/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/talks.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "core/time-format.h"
#include "service/change.h"
#include "service/house-private.h"
#include "service/room-private.h"
#include "service/talk-list.h"
#include "store/talks.h"

#define MAX_TALKS     10000 /* in a room */
#define MAX_TALKS_MIB 16    /* every change sends them all to every watcher */

/**
 * dais_talks_get_table:
 * @room: the room
 *
 * Returns: (transfer none) (element-type utf8 utf8) (nullable): the talks' JSON
 *   by key; %NULL when the store refuses
 */
GHashTable *
dais_talks_get_table (DaisRoom *room)
{
  g_autoptr (GError) error = NULL;

  if (room->talks == NULL && room->house != NULL) {
    room->talks = dais_talk_rows_list (
        dais_house_get_store (room->house), room->info->id, &error);
    if (room->talks == NULL)
      g_warning ("the talks of '%s' cannot be read: %s", room->info->url_name,
          error->message);
  }

  return room->talks;
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/**
 * dais_room_make_talks:
 * @self: the room
 *
 * Returns: (transfer full): the map of its talks, sorted by key
 */
GBytes *
dais_room_make_talks (DaisRoom *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  GHashTable *talks = dais_talks_get_table (self);
  g_autofree const gchar **keys = NULL;
  guint n = 0;
  guint i;

  dais_json_writer_begin_object (writer);
  if (talks != NULL) {
    keys = (const gchar **) g_hash_table_get_keys_as_array (talks, &n);
    qsort (keys, n, sizeof (gchar *), compare_keys);
  }
  for (i = 0; i < n; i++)
    dais_json_writer_name_raw (
        writer, keys[i], g_hash_table_lookup (talks, keys[i]));
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal_bytes (writer);
}

typedef struct {
  gchar *key;
  gchar *talk; /* (nullable) NULL = remove */
} TalkWrite;

static void
talk_write_free (gpointer data)
{
  TalkWrite *write = data;

  g_free (write->key);
  g_free (write->talk);
  g_free (write);
}

static gboolean
write_talk (DaisWriter *writer, DaisRoomChange *change, GError **error)
{
  TalkWrite *write = change->data;

  return write->talk != NULL
      ? dais_talk_rows_put (
            writer, change->room_id, write->key, write->talk, error)
      : dais_talk_rows_remove (writer, change->room_id, write->key, error);
}

static void
publish_talk (DaisRoomChange *change)
{
  TalkWrite *write = change->data;
  GHashTable *talks = change->room->talks;

  if (talks != NULL && write->talk != NULL)
    g_hash_table_replace (talks, g_strdup (write->key), g_strdup (write->talk));
  else if (talks != NULL)
    g_hash_table_remove (talks, write->key);
}

static void
submit (DaisRoom *room, DaisCaller *caller, const gchar *key, const gchar *talk,
    GTask *task)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  DaisRoomChange *change = dais_room_change_new (
      room, caller, DAIS_TOPIC_TALKS);
  TalkWrite *write = g_new0 (TalkWrite, 1);

  write->key = g_strdup (key);
  write->talk = g_strdup (talk);
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_raw (writer, key, talk != NULL ? talk : "null");
  dais_json_writer_end_object (writer);
  change->payload = dais_json_writer_steal (writer);
  change->data = write;
  change->destroy = talk_write_free;
  change->write = write_talk;
  change->publish = publish_talk;
  dais_room_change_submit (change, task);
}

/**
 * dais_talks_submit:
 * @room: the room
 * @caller: (nullable): who wants it
 * @talk: checked
 * @task: returned when it was told
 */
void
dais_talks_submit (
    DaisRoom *room, DaisCaller *caller, DaisTalk *talk, GTask *task)
{
  submit (
      room, caller, dais_talk_get_key (talk), dais_talk_get_text (talk), task);
}

static gboolean
is_of_key (DaisRoomChange *change, gconstpointer key)
{
  return g_str_equal (((TalkWrite *) change->data)->key, key);
}

/* As it will be when what is under way is done. (nullable): there is none */
static const gchar *
find_head (DaisRoom *room, GHashTable *talks, const gchar *key)
{
  DaisRoomChange *change = dais_room_change_find (
      room, DAIS_TOPIC_TALKS, is_of_key, key);

  return change != NULL ? ((TalkWrite *) change->data)->talk
                        : g_hash_table_lookup (talks, key);
}

static gboolean
check_size (DaisRoom *room, GHashTable *talks, GError **error)
{
  GHashTableIter iter;
  gpointer text;
  gsize size = 0;

  g_hash_table_iter_init (&iter, talks);
  while (g_hash_table_iter_next (&iter, NULL, &text))
    size += strlen (text);
  if (size <= MAX_TALKS_MIB * 1024 * 1024)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
      "the talks of room '%s' are over %d MiB; remove some first",
      room->info->url_name, MAX_TALKS_MIB);
  return FALSE;
}

/* The talk as it is, and whether there is room for one more. */
static gboolean
find_present (DaisRoom *room, JsonObject *object, const gchar *today,
    DaisTalk **present, GError **error)
{
  g_autofree gchar *key = dais_talk_key_from_json (
      object, room->info->url_name, today, error);
  GHashTable *talks = dais_talks_get_table (room);
  const gchar *text;

  if (key == NULL)
    return FALSE;
  if (talks == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "the room's talks cannot be read, see the log");
    return FALSE;
  }

  if (!check_size (room, talks, error))
    return FALSE;

  text = find_head (room, talks, key);
  if (text != NULL) {
    *present = dais_talk_from_text (text, error);
    return *present != NULL;
  }
  if (g_hash_table_size (talks) < MAX_TALKS)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
      "room '%s' has %d talks already; remove some first", room->info->url_name,
      MAX_TALKS);
  return FALSE;
}

/**
 * dais_talks_parse_older:
 * @room: the room
 * @older: the object in `{"notes":{…}}`
 * @changes: (out) (transfer full) (element-type DaisNoteChange): its events
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the talk to keep
 */
DaisTalk *
dais_talks_parse_older (
    DaisRoom *room, JsonObject *older, GPtrArray **changes, GError **error)
{
  gint64 now = g_get_real_time ();
  g_autofree gchar *today = dais_time_local_date (now);
  g_autoptr (DaisTalk) present = NULL;

  if (!find_present (room, older, today, &present, error))
    return NULL;

  return dais_talk_from_older_notes (
      older, room->info->url_name, now, present, changes, error);
}

static DaisTalk *
parse (DaisRoom *room, const gchar *json, gssize length, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, length, error);
  g_autofree gchar *today = dais_time_local_date (g_get_real_time ());
  g_autoptr (DaisTalk) present = NULL;

  if (object == NULL || !find_present (room, object, today, &present, error))
    return NULL;

  return dais_talk_from_json (
      object, room->info->url_name, today, present, error);
}

/**
 * dais_talks_write_async:
 * @room: the room
 * @caller: who wants it
 * @json: the client's talk object
 * @length: its bytes, -1 when it ends with NUL
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Contracts README §2, talks. Errors: %DAIS_ERROR_INVALID,
 * %DAIS_ERROR_TOO_LARGE, %DAIS_ERROR_DENIED, %DAIS_ERROR_STALE,
 * %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_talks_write_async (DaisRoom *room, DaisCaller *caller, const gchar *json,
    gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  g_autoptr (DaisTalk) talk = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_talks_write_async);
  if (!dais_caller_check (caller, DAIS_GRANT_NOTE, room, &error) ||
      !dais_room_check_rev (room, if_rev, &error) ||
      (talk = parse (room, json, length, &error)) == NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_talks_submit (room, caller, talk, task);
}

/**
 * dais_talks_write_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @key: (out) (optional) (transfer full): the key that the talk has
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_talks_write_finish (DaisRoom *room, GAsyncResult *result, guint64 *rev,
    gchar **key, GError **error)
{
  DaisRoomChange *change = NULL;

  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_talks_write_async), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  change = g_task_get_task_data (G_TASK (result));
  if (rev != NULL)
    *rev = change->rev;
  if (key != NULL)
    *key = g_strdup (((TalkWrite *) change->data)->key);

  return TRUE;
}

/**
 * dais_talks_remove_async:
 * @room: the room
 * @caller: who wants it
 * @key: the talk's key
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_NOT_FOUND, and as dais_talks_write_async().
 */
void
dais_talks_remove_async (DaisRoom *room, DaisCaller *caller, const gchar *key,
    gint64 if_rev, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  GHashTable *talks = dais_talks_get_table (room);
  GError *error = NULL;

  g_task_set_source_tag (task, dais_talks_remove_async);
  if (!dais_caller_check (caller, DAIS_GRANT_NOTE, room, &error) ||
      !dais_room_check_rev (room, if_rev, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (talks == NULL || find_head (room, talks, key) == NULL) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "room '%s' has no talk '%s'", room->info->url_name, key);
    return;
  }

  submit (room, caller, key, NULL, task);
}

/**
 * dais_talks_remove_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_talks_remove_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_talks_remove_async), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (rev != NULL)
    *rev = ((DaisRoomChange *) g_task_get_task_data (G_TASK (result)))->rev;

  return TRUE;
}
