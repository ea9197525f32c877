/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/json-reader.h"
#include "core/log.h"
#include "core/slug.h"
#include "service/engines.h"
#include "service/house-private.h"
#include "service/mix-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "service/stream-list.h"
#include "service/streams.h"

#define MAX_STREAMS 256

/* One change of the list on its way to the disk; data of the caller's task. */
typedef struct {
  DaisStreamRow *row; /* (nullable) as it shall be; NULL to remove */
  gchar *slug;
  DaisStream *stream; /* (nullable) */
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_clear_pointer (&edit->row, dais_stream_row_free);
  g_clear_pointer (&edit->stream, dais_stream_unref);
  g_free (edit->slug);
  g_free (edit);
}

static gboolean
is_slug_taken (const gchar *slug, gpointer user_data)
{
  GPtrArray *arriving = dais_streams_get_arriving (user_data);

  for (guint i = 0; i < arriving->len; i++) {
    if (g_str_equal (dais_stream_get_slug (arriving->pdata[i]), slug))
      return TRUE;
  }

  return dais_streams_find_slug (user_data, slug) != NULL;
}

static gboolean
is_arriving (DaisStreams *self, const gchar *name)
{
  GPtrArray *arriving = dais_streams_get_arriving (self);

  for (guint i = 0; i < arriving->len; i++) {
    if (g_str_equal (dais_stream_get_name (arriving->pdata[i]), name))
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_output_name (DaisStreams *self, const gchar *name)
{
  GPtrArray *rooms = dais_rooms_get_list (
      dais_house_get_rooms (dais_streams_get_house (self)));
  guint i;

  for (i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);
    g_autofree gchar *output = dais_room_info_get_output_name (room->info);

    if (g_str_equal (output, name))
      return TRUE;
  }

  return FALSE;
}

static gboolean
check_name (DaisStreams *self, DaisStream *stream, DaisStreamEntry *present,
    GError **error)
{
  const gchar *name = dais_stream_get_name (stream);
  DaisStreamEntry *other = dais_streams_find_name (self, name);

  if ((other == NULL || other == present) && !is_arriving (self, name) &&
      !is_output_name (self, name))
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
      "there is a stream '%s' already; choose another name", name);
  return FALSE;
}

static DaisStream *
parse (DaisStreams *self, DaisCaller *caller, const gchar *json, gssize length,
    DaisStreamEntry *present, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, length, error);
  g_autoptr (DaisStream) stream = NULL;

  if (object == NULL)
    return NULL;
  stream = dais_stream_from_json (object,
      present != NULL ? present->stream : NULL,
      dais_caller_may (caller, DAIS_GRANT_ADMIN, NULL), error);
  if (stream == NULL || !check_name (self, stream, present, error))
    return NULL;

  return g_steal_pointer (&stream);
}

static DaisStreamRow *
make_row (DaisStream *stream, DaisCaller *caller)
{
  DaisStreamRow *row = g_new0 (DaisStreamRow, 1);

  row->slug = g_strdup (dais_stream_get_slug (stream));
  row->name = g_strdup (dais_stream_get_name (stream));
  row->uri = g_strdup (dais_stream_get_uri (stream));
  row->type = g_strdup (
      dais_media_type_to_string (dais_stream_get_media_type (stream)));
  row->options = dais_stream_options_to_json (dais_stream_get_options (stream));
  row->created = g_get_real_time ();
  row->creator = dais_caller_get_user_id (caller);

  return row;
}

static GTask *
make_task (DaisStreams *self, DaisStream *stream, DaisCaller *caller,
    const gchar *slug, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Edit *edit = g_new0 (Edit, 1);

  g_task_set_check_cancellable (task, FALSE);
  edit->slug = g_strdup (slug);
  if (stream != NULL) {
    edit->stream = dais_stream_ref (stream);
    edit->row = make_row (stream, caller);
    g_ptr_array_add (
        dais_streams_get_arriving (self), dais_stream_ref (stream));
  }
  g_task_set_task_data (task, edit, edit_free);

  return task;
}

static gboolean
write_insert (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_stream_rows_insert (writer, ((Edit *) data)->row, error);
}

static gboolean
write_update (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_stream_rows_update (writer, ((Edit *) data)->row, error);
}

static gboolean
write_remove (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_stream_rows_remove (writer, ((Edit *) data)->slug, error);
}

static void
on_inserted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisStreams *self = g_task_get_source_object (task);
  Edit *edit = g_task_get_task_data (task);
  GError *error = NULL;

  g_ptr_array_remove (dais_streams_get_arriving (self), edit->stream);
  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }

  dais_streams_put (self, edit->stream, FALSE, edit->row->created);
  dais_house_streams_changed (dais_streams_get_house (self));
  dais_log_stream (G_LOG_LEVEL_MESSAGE, edit->slug, "'%s' added",
      dais_stream_get_name (edit->stream));
  g_task_return_boolean (task, TRUE);
}

/**
 * dais_streams_add_async:
 * @self: the streams
 * @caller: who wants it
 * @json: {"name","uri","type"?,"options"?}
 * @length: its bytes, -1 when it ends with NUL
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk and its engine starts
 * @user_data: data for @callback
 *
 * Needs MANAGE; file: and pipeline: need ADMIN. Errors: %DAIS_ERROR_INVALID,
 * %DAIS_ERROR_CONFLICT, %DAIS_ERROR_DENIED, %DAIS_ERROR_LIMITED,
 * %DAIS_ERROR_STORAGE.
 */
void
dais_streams_add_async (DaisStreams *self, DaisCaller *caller,
    const gchar *json, gssize length, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (DaisStream) parsed = NULL;
  g_autoptr (DaisStream) stream = NULL;
  g_autofree gchar *stem = NULL;
  g_autofree gchar *slug = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_STREAMS (self));

  if (dais_caller_check (caller, DAIS_GRANT_MANAGE, NULL, &error))
    parsed = parse (self, caller, json, length, NULL, &error);
  if (parsed != NULL &&
      dais_streams_get_entries (self)->len +
              dais_streams_get_arriving (self)->len >=
          MAX_STREAMS) {
    g_clear_pointer (&parsed, dais_stream_unref);
    g_set_error (&error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "there are %d streams already; remove one first", MAX_STREAMS);
  }
  if (parsed == NULL) {
    g_task_report_error (
        self, callback, user_data, dais_streams_add_async, error);
    return;
  }

  stem = dais_slug_from_name (dais_stream_get_name (parsed), "stream");
  slug = dais_slug_unique (stem, is_slug_taken, self);
  stream = dais_stream_with_identity (parsed, 0, slug);
  task = make_task (
      self, stream, caller, slug, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_streams_add_async);
  dais_store_submit_async (dais_house_get_store (dais_streams_get_house (self)),
      write_insert, g_task_get_task_data (task), NULL, NULL, on_inserted,
      g_object_ref (task));
}

/**
 * dais_streams_add_finish:
 * @self: the streams
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the new stream's slug
 */
gchar *
dais_streams_add_finish (
    DaisStreams *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_streams_add_async), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;

  return g_strdup (((Edit *) g_task_get_task_data (G_TASK (result)))->slug);
}

static DaisStreamEntry *
find_editable (
    DaisStreams *self, DaisCaller *caller, const gchar *slug, GError **error)
{
  DaisStreamEntry *entry;

  if (!dais_caller_check (caller, DAIS_GRANT_MANAGE, NULL, error))
    return NULL;

  entry = dais_streams_find_slug (self, slug);
  if (entry == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no stream '%s'", slug);
    return NULL;
  }
  if (entry->configured) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "stream '%s' stands in the configuration file; change it there",
        dais_stream_get_name (entry->stream));
    return NULL;
  }
  if (entry->busy) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "stream '%s' is being changed just now, try again",
        dais_stream_get_name (entry->stream));
    return NULL;
  }

  return entry;
}

/* Every room's state and list of streams follows; each state is a change of its
 * room, with a revision and a journal row. */
static void
rename_in_rooms (DaisStreams *self, const gchar *name, const gchar *new_name)
{
  GPtrArray *rooms = dais_rooms_get_list (
      dais_house_get_rooms (dais_streams_get_house (self)));
  guint i;

  for (i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);

    if (new_name != NULL)
      dais_rooms_rename_stream (room, name, new_name);
    dais_mix_rename_stream (room, name, new_name);
  }
}

static void
on_updated (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisStreams *self = g_task_get_source_object (task);
  Edit *edit = g_task_get_task_data (task);
  DaisStreamEntry *entry = dais_streams_find_slug (self, edit->slug);
  g_autofree gchar *before = NULL;
  GError *error = NULL;

  g_ptr_array_remove (dais_streams_get_arriving (self), edit->stream);
  if (entry != NULL)
    entry->busy = FALSE;
  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }

  before = g_strdup (dais_stream_get_name (entry->stream));
  dais_stream_entry_set_stream (entry, edit->stream);
  if (!g_str_equal (before, edit->row->name))
    rename_in_rooms (self, before, edit->row->name);
  dais_house_streams_changed (dais_streams_get_house (self));
  g_task_return_boolean (task, TRUE);
}

/**
 * dais_streams_change_async:
 * @self: the streams
 * @caller: who wants it
 * @slug: which one
 * @json: {"name"?,"uri"?,"type"?,"options"?}; what is left out stays
 * @length: its bytes, -1 when it ends with NUL
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * Errors as dais_streams_add_async(), and %DAIS_ERROR_NOT_FOUND.
 */
void
dais_streams_change_async (DaisStreams *self, DaisCaller *caller,
    const gchar *slug, const gchar *json, gssize length,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (DaisStream) stream = NULL;
  DaisStreamEntry *entry;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_STREAMS (self));

  entry = find_editable (self, caller, slug, &error);
  if (entry != NULL)
    stream = parse (self, caller, json, length, entry, &error);
  if (stream == NULL) {
    g_task_report_error (
        self, callback, user_data, dais_streams_change_async, error);
    return;
  }

  entry->busy = TRUE;
  task = make_task (
      self, stream, caller, slug, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_streams_change_async);
  dais_store_submit_async (dais_house_get_store (dais_streams_get_house (self)),
      write_update, g_task_get_task_data (task), NULL, NULL, on_updated,
      g_object_ref (task));
}

/**
 * dais_streams_change_finish:
 * @self: the streams
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_streams_change_finish (
    DaisStreams *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_streams_change_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisStreams *self = g_task_get_source_object (task);
  Edit *edit = g_task_get_task_data (task);
  DaisStreamEntry *entry = dais_streams_find_slug (self, edit->slug);
  g_autofree gchar *name = NULL;
  GError *error = NULL;

  if (entry != NULL)
    entry->busy = FALSE;
  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }

  name = g_strdup (dais_stream_get_name (entry->stream));
  dais_house_stop_source (dais_streams_get_house (self), entry);
  rename_in_rooms (self, name, NULL);
  dais_streams_take_out (self, entry);
  dais_house_streams_changed (dais_streams_get_house (self));
  dais_log_stream (G_LOG_LEVEL_MESSAGE, edit->slug, "'%s' removed", name);
  g_task_return_boolean (task, TRUE);
}

/**
 * dais_streams_remove_async:
 * @self: the streams
 * @caller: who wants it
 * @slug: which one
 * @cancellable: (nullable): not heeded once the change is under way
 * @callback: (scope async): called when it is gone
 * @user_data: data for @callback
 *
 * Rooms that show the stream switch it off. Errors: %DAIS_ERROR_NOT_FOUND,
 * %DAIS_ERROR_DENIED, %DAIS_ERROR_CONFLICT, %DAIS_ERROR_STORAGE.
 */
void
dais_streams_remove_async (DaisStreams *self, DaisCaller *caller,
    const gchar *slug, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  DaisStreamEntry *entry;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_STREAMS (self));

  entry = find_editable (self, caller, slug, &error);
  if (entry == NULL) {
    g_task_report_error (
        self, callback, user_data, dais_streams_remove_async, error);
    return;
  }

  entry->busy = TRUE;
  task = make_task (self, NULL, caller, slug, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_streams_remove_async);
  dais_store_submit_async (dais_house_get_store (dais_streams_get_house (self)),
      write_remove, g_task_get_task_data (task), NULL, NULL, on_removed,
      g_object_ref (task));
}

/**
 * dais_streams_remove_finish:
 * @self: the streams
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when it is gone
 */
gboolean
dais_streams_remove_finish (
    DaisStreams *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_streams_remove_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
