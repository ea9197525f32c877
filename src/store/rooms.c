/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/rooms.h"

#include "store/connection.h"

/**
 * dais_room_row_free:
 * @row: (transfer full): a row
 */
void
dais_room_row_free (DaisRoomRow *row)
{
  g_free (row->hex24);
  g_free (row->url_name);
  g_free (row->name);
  g_free (row->streams);
  g_free (row);
}

/**
 * dais_room_row_copy:
 * @row: a row
 *
 * Returns: (transfer full): a deep copy
 */
DaisRoomRow *
dais_room_row_copy (const DaisRoomRow *row)
{
  DaisRoomRow *copy = g_memdup2 (row, sizeof (*row));

  copy->hex24 = g_strdup (row->hex24);
  copy->url_name = g_strdup (row->url_name);
  copy->name = g_strdup (row->name);
  copy->streams = g_strdup (row->streams);

  return copy;
}

static DaisRoomRow *
read_row (DaisQuery *query)
{
  DaisRoomRow *row = g_new0 (DaisRoomRow, 1);

  row->id = dais_query_int (query, 0);
  row->hex24 = dais_query_text (query, 1);
  row->url_name = dais_query_text (query, 2);
  row->name = dais_query_text (query, 3);
  row->created = dais_query_int (query, 4);
  row->creator = dais_query_int (query, 5);
  row->facets = (guint) dais_query_int (query, 6);
  row->is_public = dais_query_int (query, 7) != 0;
  row->width = (guint) dais_query_int (query, 8);
  row->height = (guint) dais_query_int (query, 9);
  row->fps_n = (guint) dais_query_int (query, 10);
  row->fps_d = (guint) dais_query_int (query, 11);
  row->streams = dais_query_text (query, 12);
  row->configured = dais_query_int (query, 13) != 0;
  row->rev = (guint64) dais_query_int (query, 14);

  return row;
}

/**
 * dais_room_rows_list:
 * @store: the store
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisRoomRow) (nullable): all rooms
 */
GPtrArray *
dais_room_rows_list (DaisStore *store, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_room_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT id, hex24, url_name, name, created, creator, facets, public,"
      " width, height, fps_n, fps_d, streams, origin, rev FROM rooms ORDER BY id",
      "");
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
      "room %" G_GINT64_FORMAT " is no longer there", id);
  return FALSE;
}

/**
 * dais_room_rows_insert:
 * @writer: the writer, inside a change
 * @row: the new room; its id is filled in
 * @error: return location; %DAIS_ERROR_CONFLICT for a taken name
 *
 * Returns: whether it went through
 */
gboolean
dais_room_rows_insert (DaisWriter *writer, DaisRoomRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "INSERT INTO rooms (hex24, url_name, name, created, creator, facets,"
          " public, width, height, fps_n, fps_d, streams, origin)"
          " VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)",
          "sssiiiiiiiisi", row->hex24, row->url_name, row->name, row->created,
          row->creator, (gint64) row->facets, (gint64) row->is_public,
          (gint64) row->width, (gint64) row->height, (gint64) row->fps_n,
          (gint64) row->fps_d, row->streams, (gint64) row->configured))
    return FALSE;
  row->id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

  return TRUE;
}

/**
 * dais_room_rows_update:
 * @writer: the writer, inside a change
 * @row: the room as it shall be
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_room_rows_update (
    DaisWriter *writer, const DaisRoomRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE rooms SET url_name = ?, name = ?, facets = ?, public = ?,"
             " width = ?, height = ?, fps_n = ?, fps_d = ?, streams = ?,"
             " origin = ? WHERE id = ?",
             "ssiiiiiisii", row->url_name, row->name, (gint64) row->facets,
             (gint64) row->is_public, (gint64) row->width, (gint64) row->height,
             (gint64) row->fps_n, (gint64) row->fps_d, row->streams,
             (gint64) row->configured, row->id) &&
      must_have_changed (on, row->id, error);
}

/**
 * dais_room_rows_remove:
 * @writer: the writer, inside a change
 * @id: the room's number
 * @error: return location
 *
 * Removes the room with everything that belongs to it.
 *
 * Returns: whether it went through
 */
gboolean
dais_room_rows_remove (DaisWriter *writer, gint64 id, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (
             on, error, "DELETE FROM rooms WHERE id = ?", "i", id) &&
      must_have_changed (on, id, error);
}

/**
 * dais_room_rows_step:
 * @writer: the writer, inside a change
 * @id: the room's number
 * @rev: the revision that the change makes
 * @error: return location; %DAIS_ERROR_STALE
 *
 * Takes the room from revision @rev - 1 to @rev. A change that was prepared on
 * top of one that failed fails here, so no revision is ever left out.
 *
 * Returns: whether it went through
 */
gboolean
dais_room_rows_step (DaisWriter *writer, gint64 id, guint64 rev, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "UPDATE rooms SET rev = ?1 WHERE id = ?2 AND rev = ?1 - 1", "ii",
          (gint64) rev, id))
    return FALSE;
  if (sqlite3_changes (dais_connection_get_db (on)) > 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STALE,
      "the room changed meanwhile, or an earlier change failed; read it again");
  return FALSE;
}
