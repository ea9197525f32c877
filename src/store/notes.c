/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/notes.h"

#include "store/connection.h"

/**
 * dais_note_row_free:
 * @row: (transfer full): a row
 */
void
dais_note_row_free (DaisNoteRow *row)
{
  g_free (row->date);
  g_free (row->talk_id);
  g_free (row->text);
  g_free (row->author);
  g_free (row);
}

/**
 * dais_note_row_copy:
 * @row: a row
 *
 * Returns: (transfer full): a deep copy
 */
DaisNoteRow *
dais_note_row_copy (const DaisNoteRow *row)
{
  DaisNoteRow *copy = g_memdup2 (row, sizeof (*row));

  copy->date = g_strdup (row->date);
  copy->talk_id = g_strdup (row->talk_id);
  copy->text = g_strdup (row->text);
  copy->author = g_strdup (row->author);

  return copy;
}

static DaisNoteRow *
read_row (DaisQuery *query)
{
  DaisNoteRow *row = g_new0 (DaisNoteRow, 1);

  row->id = dais_query_int (query, 0);
  row->room = dais_query_int (query, 1);
  row->time = dais_query_double (query, 2);
  row->date = dais_query_text (query, 3);
  row->utc = dais_query_int (query, 4);
  row->talk_id = dais_query_text (query, 5);
  row->text = dais_query_text (query, 6);
  row->author = dais_query_text (query, 7);
  row->created = dais_query_int (query, 8);

  return row;
}

/**
 * dais_note_rows_list:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisNoteRow) (nullable): the room's
 *   notes in the order of their numbers
 */
GPtrArray *
dais_note_rows_list (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_note_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT id, room, time, date, utc, talk_id, text, author, created"
      " FROM notes WHERE room = ? ORDER BY id",
      "i", room);
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
 * @row: the new note; its id is filled in
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_note_rows_insert (DaisWriter *writer, DaisNoteRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "INSERT INTO notes (room, time, date, utc, talk_id, text, author,"
          " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          "idsisssi", row->room, row->time, row->date, row->utc, row->talk_id,
          row->text, row->author, row->created))
    return FALSE;
  row->id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

  return TRUE;
}

/**
 * dais_note_rows_update:
 * @writer: the writer, inside a change
 * @row: the note as it shall be
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: whether it went through
 */
gboolean
dais_note_rows_update (
    DaisWriter *writer, const DaisNoteRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE notes SET time = ?, date = ?, utc = ?, talk_id = ?,"
             " text = ? WHERE id = ? AND room = ?",
             "dsissii", row->time, row->date, row->utc, row->talk_id, row->text,
             row->id, row->room) &&
      must_have_changed (on, row->id, error);
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
