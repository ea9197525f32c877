/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/notes.h"

#include "store/connection.h"

#define COLUMNS "SELECT id, utc, talk_id, text, author, created FROM notes "

static DaisNote *
read_row (DaisQuery *query)
{
  g_autofree gchar *talk_id = dais_query_text (query, 2);
  g_autofree gchar *text = dais_query_text (query, 3);
  g_autofree gchar *author = dais_query_text (query, 4);

  return dais_note_new (dais_query_int (query, 0), dais_query_int (query, 1),
      talk_id, text, author, dais_query_int (query, 5));
}

static GPtrArray *
read_all (DaisQuery *running, GError **error)
{
  g_autoptr (DaisQuery) query = running;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_note_unref);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    if (!dais_query_next (query, &row, error))
      return NULL;
    if (row)
      g_ptr_array_add (rows, read_row (query));
  }

  return g_steal_pointer (&rows);
}

/**
 * dais_note_rows_list:
 * @store: the store
 * @room: the room's number
 * @talk_id: (nullable): only the notes of this talk
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisNote) (nullable): the room's notes
 *   in the order of their numbers
 */
GPtrArray *
dais_note_rows_list (
    DaisStore *store, gint64 room, const gchar *talk_id, GError **error)
{
  DaisConnection *on = dais_store_get_reader (store);

  if (talk_id == NULL)
    return read_all (dais_connection_query (on, error,
                         COLUMNS "WHERE room = ? ORDER BY id", "i", room),
        error);

  return read_all (dais_connection_query (on, error,
                       COLUMNS "WHERE room = ? AND talk_id = ? ORDER BY id",
                       "is", room, talk_id),
      error);
}

/**
 * dais_note_rows_read:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @error: return location
 *
 * dais_note_rows_list() for a thread that may take its time.
 *
 * Returns: (transfer full) (element-type DaisNote) (nullable): the room's notes
 *   in the order of their numbers
 */
GPtrArray *
dais_note_rows_read (DaisWriter *writer, gint64 room, GError **error)
{
  return read_all (dais_connection_query (dais_writer_get_connection (writer),
                       error, COLUMNS "WHERE room = ? ORDER BY id", "i", room),
      error);
}

/**
 * dais_note_rows_get:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @id: the note's number
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the note
 */
DaisNote *
dais_note_rows_get (DaisWriter *writer, gint64 room, gint64 id, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_writer_get_connection (writer), error,
      COLUMNS "WHERE id = ? AND room = ?", "ii", id, room);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return NULL;
  if (row)
    return read_row (query);

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
      "note %" G_GINT64_FORMAT " is not there", id);
  return NULL;
}

static gboolean
must_have_changed (DaisConnection *on, gint64 id, GError **error)
{
  if (sqlite3_changes (dais_connection_get_db (on)) > 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
      "note %" G_GINT64_FORMAT " is not there", id);
  return FALSE;
}

/**
 * dais_note_rows_insert:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @note: the new note
 * @id: (out): the number that it got
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_note_rows_insert (
    DaisWriter *writer, gint64 room, DaisNote *note, gint64 *id, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "INSERT INTO notes (room, utc, talk_id, text, author, created)"
          " VALUES (?, ?, ?, ?, ?, ?)",
          "iisssi", room, note->utc_us, note->talk_id, note->text, note->author,
          note->created_us))
    return FALSE;
  *id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

  return TRUE;
}

/**
 * dais_note_rows_update:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @note: the note as it shall be; found by its id
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: whether it went through
 */
gboolean
dais_note_rows_update (
    DaisWriter *writer, gint64 room, DaisNote *note, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE notes SET utc = ?, talk_id = ?, text = ?, author = ?"
             " WHERE id = ? AND room = ?",
             "isssii", note->utc_us, note->talk_id, note->text, note->author,
             note->id, room) &&
      must_have_changed (on, note->id, error);
}

/**
 * dais_note_rows_remove:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @id: the note's number
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: whether it went through
 */
gboolean
dais_note_rows_remove (
    DaisWriter *writer, gint64 room, gint64 id, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "DELETE FROM notes WHERE id = ? AND room = ?", "ii", id, room) &&
      must_have_changed (on, id, error);
}
