/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/notes.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "service/change.h"
#include "service/house-private.h"
#include "service/room-private.h"
#include "service/talk-list.h"

#define MAX_NOTES     200000 /* in a room */
#define MAX_NOTES_MIB 64     /* every change sends them all to every watcher */

static DaisNoteList *
get_list (DaisRoom *room)
{
  g_autoptr (GError) error = NULL;

  if (room->notes == NULL && room->house != NULL) {
    room->notes = dais_note_list_load (
        dais_house_get_store (room->house), room->info->id, &error);
    if (room->notes == NULL)
      g_warning ("the notes of '%s' cannot be read: %s", room->info->url_name,
          error->message);
  }

  return room->notes;
}

typedef struct {
  DaisRoom *room;
  gint64 room_id;
  DaisNoteList *list; /* (nullable) */
} Preload;

static void
preload_free (gpointer data)
{
  Preload *preload = data;

  g_clear_pointer (&preload->list, dais_note_list_free);
  g_object_unref (preload->room);
  g_free (preload);
}

static gboolean
read_notes (DaisWriter *writer, gpointer data, GError **error)
{
  Preload *preload = data;
  g_autoptr (GPtrArray) notes = dais_note_rows_read (
      writer, preload->room_id, error);

  if (notes == NULL)
    return FALSE;
  g_clear_pointer (&preload->list, dais_note_list_free);
  preload->list = dais_note_list_new (notes);

  return TRUE;
}

/* A note that was written meanwhile is put into the list when it is told, after
 * this answer or once more. */
static void
on_notes_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Preload *preload = dais_store_submit_get_data (result);
  g_autoptr (GError) error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error))
    g_warning ("the notes of '%s' cannot be read: %s",
        preload->room->info->url_name, error->message);
  else if (preload->room->notes == NULL)
    preload->room->notes = g_steal_pointer (&preload->list);
}

/**
 * dais_notes_preload:
 * @room: the room
 *
 * Reads and encodes the room's notes on the store's thread, because many of
 * them would hold the main loop up when they are first wanted.
 */
void
dais_notes_preload (DaisRoom *room)
{
  Preload *preload = g_new0 (Preload, 1);

  preload->room = g_object_ref (room);
  preload->room_id = room->info->id;
  dais_store_submit_async (dais_house_get_store (room->house), read_notes,
      preload, preload_free, NULL, on_notes_read, NULL);
}

/**
 * dais_room_make_notes:
 * @self: the room
 *
 * Returns: (transfer full): the array of its notes
 */
GBytes *
dais_room_make_notes (DaisRoom *self)
{
  DaisNoteList *list = get_list (self);

  return list != NULL ? dais_note_list_make_json (list)
                      : g_bytes_new_static ("[]", 2);
}

/* What a write of notes does, and how each note came out of it. */
typedef struct {
  GPtrArray *changes; /* (element-type DaisNoteChange) */
  GPtrArray *results; /* (element-type DaisNote) (nullable items): removed */
  gchar *author;
} NotesWrite;

static void
clear_note (gpointer note)
{
  if (note != NULL)
    dais_note_unref (note);
}

static void
notes_write_free (gpointer data)
{
  NotesWrite *write = data;

  g_ptr_array_unref (write->changes);
  g_ptr_array_unref (write->results);
  g_free (write->author);
  g_free (write);
}

static gboolean
write_one (DaisWriter *writer, DaisRoomChange *change, DaisNoteChange *note,
    DaisNote **result, GError **error)
{
  NotesWrite *write = change->data;
  g_autoptr (DaisNote) before = NULL;
  gint64 id = note->id;

  if (note->action == DAIS_NOTE_REMOVE)
    return dais_note_rows_remove (writer, change->room_id, id, error);

  if (note->action == DAIS_NOTE_MODIFY) {
    before = dais_note_rows_get (writer, change->room_id, id, error);
    if (before == NULL)
      return FALSE;
    *result = dais_note_apply (before, note, id, write->author, change->utc);
    return dais_note_rows_update (writer, change->room_id, *result, error);
  }

  before = dais_note_apply (NULL, note, 0, write->author, change->utc);
  if (!dais_note_rows_insert (writer, change->room_id, before, &id, error))
    return FALSE;
  *result = dais_note_apply (NULL, note, id, write->author, change->utc);

  return TRUE;
}

static void
write_payload (DaisJsonWriter *json, DaisNoteChange *note, DaisNote *result)
{
  if (result != NULL) {
    dais_note_write_json (result, json);
    return;
  }

  dais_json_writer_begin_object (json);
  dais_json_writer_name_int (json, "id", note->id);
  dais_json_writer_name_boolean (json, "deleted", TRUE);
  dais_json_writer_end_object (json);
}

static gboolean
write_notes (DaisWriter *writer, DaisRoomChange *change, GError **error)
{
  g_autoptr (DaisJsonWriter) json = dais_json_writer_new ();
  NotesWrite *write = change->data;
  guint i;

  g_ptr_array_set_size (write->results, 0);
  dais_json_writer_begin_array (json);
  for (i = 0; i < write->changes->len; i++) {
    DaisNoteChange *note = g_ptr_array_index (write->changes, i);
    DaisNote *result = NULL;
    gboolean done = write_one (writer, change, note, &result, error);

    g_ptr_array_add (write->results, result);
    if (!done)
      return FALSE;
    write_payload (json, note, result);
  }
  dais_json_writer_end_array (json);

  g_free (change->payload);
  change->payload = dais_json_writer_steal (json);

  return TRUE;
}

static void
publish_notes (DaisRoomChange *change)
{
  DaisNoteList *list = change->room->notes;
  NotesWrite *write = change->data;
  guint i;

  /* not read yet: the next reader finds them in the store */
  for (i = 0; list != NULL && i < write->changes->len; i++) {
    DaisNoteChange *note = g_ptr_array_index (write->changes, i);
    DaisNote *result = g_ptr_array_index (write->results, i);

    if (result != NULL)
      dais_note_list_put (list, result->id, dais_note_to_text (result));
    else
      dais_note_list_remove (list, note->id);
  }
}

static gboolean
are_removing (GPtrArray *changes, guint n_changes, gint64 id)
{
  for (guint i = 0; i < n_changes; i++) {
    DaisNoteChange *note = g_ptr_array_index (changes, i);

    if (note->action == DAIS_NOTE_REMOVE && note->id == id)
      return TRUE;
  }

  return FALSE;
}

static gboolean
removes_note (DaisRoomChange *change, gconstpointer id)
{
  GPtrArray *changes = ((NotesWrite *) change->data)->changes;

  return are_removing (changes, changes->len, *(const gint64 *) id);
}

/* One that is on its way out counts as gone: found out on the disk only, it
 * would take the changes behind it down. */
static gboolean
has_note (DaisRoom *room, DaisNoteList *list, gint64 id)
{
  return dais_note_list_has (list, id) &&
      dais_room_change_find (room, DAIS_TOPIC_NOTES, removes_note, &id) == NULL;
}

static gboolean
check_notes (DaisRoom *room, GPtrArray *changes, GError **error)
{
  DaisNoteList *list = get_list (room);
  guint i;

  if (list == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "the room's notes cannot be read, see the log");
    return FALSE;
  }
  if (dais_note_list_get_length (list) + changes->len > MAX_NOTES) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "room '%s' has %d notes already; remove some first",
        room->info->url_name, MAX_NOTES);
    return FALSE;
  }
  for (i = 0; i < changes->len; i++) {
    DaisNoteChange *note = g_ptr_array_index (changes, i);

    if (note->action != DAIS_NOTE_REMOVE &&
        dais_note_list_get_size (list) > MAX_NOTES_MIB * 1024 * 1024) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
          "the notes of room '%s' are over %d MiB; remove some first",
          room->info->url_name, MAX_NOTES_MIB);
      return FALSE;
    }
    if (note->action != DAIS_NOTE_ADD &&
        (!has_note (room, list, note->id) ||
            are_removing (changes, i, note->id))) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
          "room '%s' has no note %" G_GINT64_FORMAT, room->info->url_name,
          note->id);
      return FALSE;
    }
  }

  return TRUE;
}

static void
submit_notes (
    DaisRoom *room, DaisCaller *caller, GPtrArray *changes, GTask *task)
{
  DaisRoomChange *change = dais_room_change_new (
      room, caller, DAIS_TOPIC_NOTES);
  NotesWrite *write = g_new0 (NotesWrite, 1);

  write->changes = g_ptr_array_ref (changes);
  write->results = g_ptr_array_new_with_free_func (clear_note);
  write->author = g_strdup (change->user);
  change->data = write;
  change->destroy = notes_write_free;
  change->write = write_notes;
  change->publish = publish_notes;
  dais_room_change_submit (change, task);
}

/* The older form sends all events of a talk again and again. */
static gboolean
drop_repeated (
    DaisRoom *room, DaisTalk *talk, GPtrArray *changes, GError **error)
{
  g_autoptr (GPtrArray) notes = dais_note_rows_list (
      dais_house_get_store (room->house), room->info->id,
      dais_talk_get_talk_id (talk), error);
  guint i;
  guint j;

  if (notes == NULL)
    return FALSE;

  for (i = changes->len; i > 0; i--) {
    for (j = 0; j < notes->len; j++) {
      if (dais_note_is_same (notes->pdata[j], changes->pdata[i - 1])) {
        g_ptr_array_remove_index (changes, i - 1);
        break;
      }
    }
  }

  return TRUE;
}

/* {"notes":{…}}: the talk first, then its events as notes. */
static gboolean
submit_older_form (DaisRoom *room, DaisCaller *caller, JsonObject *envelope,
    GTask *task, GError **error)
{
  static const gchar *const known[] = { "notes", NULL };
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (DaisTalk) talk = NULL;
  g_autoptr (GTask) talk_task = NULL;
  JsonObject *older = NULL;

  if (!dais_json_only_members (envelope, known, error) ||
      !dais_json_get_object (envelope, "notes", &older, error))
    return FALSE;
  talk = older != NULL ? dais_talks_parse_older (room, older, &changes, error)
                       : NULL;
  if (talk == NULL) {
    if (older == NULL)
      g_set_error (
          error, DAIS_ERROR, DAIS_ERROR_INVALID, "'notes' must be an object");
    return FALSE;
  }
  if (!drop_repeated (room, talk, changes, error) ||
      !check_notes (room, changes, error))
    return FALSE;

  if (changes->len == 0) {
    dais_talks_submit (room, caller, talk, task);
    return TRUE;
  }
  talk_task = g_task_new (room, NULL, NULL, NULL);
  dais_talks_submit (room, caller, talk, talk_task);
  submit_notes (room, caller, changes, task);

  return TRUE;
}

static gboolean
submit_write (DaisRoom *room, DaisCaller *caller, const gchar *json,
    gssize length, GTask *task, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, length, error);
  g_autoptr (GPtrArray) changes = NULL;

  if (node == NULL)
    return FALSE;

  if (JSON_NODE_HOLDS_OBJECT (node) &&
      json_object_has_member (json_node_get_object (node), "notes"))
    return submit_older_form (
        room, caller, json_node_get_object (node), task, error);

  changes = dais_note_changes_from_json (node, g_get_real_time (), error);
  if (changes == NULL || !check_notes (room, changes, error))
    return FALSE;
  submit_notes (room, caller, changes, task);

  return TRUE;
}

/**
 * dais_notes_write_async:
 * @room: the room
 * @caller: who wants it
 * @json: the client's text: a note, an array of notes, or the older form
 * @length: its bytes, -1 when it ends with NUL
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Contracts README §2, notes. Errors: %DAIS_ERROR_INVALID,
 * %DAIS_ERROR_TOO_LARGE, %DAIS_ERROR_DENIED, %DAIS_ERROR_NOT_FOUND,
 * %DAIS_ERROR_STALE, %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_notes_write_async (DaisRoom *room, DaisCaller *caller, const gchar *json,
    gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, dais_notes_write_async);
  if (!dais_caller_check (caller, DAIS_GRANT_NOTE, room, &error) ||
      !dais_room_check_rev (room, if_rev, &error) ||
      !submit_write (room, caller, json, length, task, &error))
    g_task_return_error (task, error);
}

/**
 * dais_notes_write_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @note: (out) (optional) (nullable) (transfer full): JSON of the last note
 *   that was written; %NULL when it was removed
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_notes_write_finish (DaisRoom *room, GAsyncResult *result, guint64 *rev,
    GBytes **note, GError **error)
{
  DaisRoomChange *change = NULL;

  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_notes_write_async), FALSE);

  if (note != NULL)
    *note = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;

  change = g_task_get_task_data (G_TASK (result));
  if (rev != NULL)
    *rev = change->rev;
  if (note != NULL && change->topic == DAIS_TOPIC_NOTES) {
    NotesWrite *write = change->data;
    DaisNote *last = g_ptr_array_index (
        write->results, write->results->len - 1);

    if (last != NULL) {
      gchar *text = dais_note_to_text (last);

      *note = g_bytes_new_take (text, strlen (text));
    }
  }

  return TRUE;
}

/**
 * dais_notes_remove_async:
 * @room: the room
 * @caller: who wants it
 * @id: the note's number
 * @if_rev: the revision that the caller saw, -1 for any
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and told
 * @user_data: data for @callback
 *
 * Errors as dais_notes_write_async().
 */
void
dais_notes_remove_async (DaisRoom *room, DaisCaller *caller, gint64 id,
    gint64 if_rev, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (room, cancellable, callback, user_data);
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_note_change_free);
  DaisNoteChange *change = g_new0 (DaisNoteChange, 1);
  GError *error = NULL;

  change->action = DAIS_NOTE_REMOVE;
  change->id = id;
  g_ptr_array_add (changes, change);

  g_task_set_source_tag (task, dais_notes_remove_async);
  if (!dais_caller_check (caller, DAIS_GRANT_NOTE, room, &error) ||
      !dais_room_check_rev (room, if_rev, &error) ||
      !check_notes (room, changes, &error)) {
    g_task_return_error (task, error);
    return;
  }

  submit_notes (room, caller, changes, task);
}

/**
 * dais_notes_remove_finish:
 * @room: the room
 * @result: the result handed to the callback
 * @rev: (out) (optional): the room's revision with it
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_notes_remove_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, room), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_notes_remove_async), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (rev != NULL)
    *rev = ((DaisRoomChange *) g_task_get_task_data (G_TASK (result)))->rev;

  return TRUE;
}
