/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/rooms.h"

#include "model/room.h"
#include "store/connection.h"

#define COLUMNS                                                         \
  "SELECT id, hex24, url_name, name, created, creator, facets, public," \
  " width, height, fps_n, fps_d, streams, origin, rev FROM rooms "

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

static GPtrArray *
read_rows (DaisQuery *running, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_room_row_free);
  g_autoptr (DaisQuery) query = running;
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

static DaisRoomRow *
read_one (DaisQuery *running, GError **error)
{
  g_autoptr (DaisQuery) query = running;

  if (!dais_query_first (query, error))
    return NULL;

  return read_row (query);
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
  return read_rows (dais_connection_query (dais_store_get_reader (store), error,
                        COLUMNS "ORDER BY id", ""),
      error);
}

/**
 * dais_room_rows_list_named:
 * @store: the store
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisRoomRow) (nullable): the rooms
 *   with a mixer, and those that are only chatted in
 */
GPtrArray *
dais_room_rows_list_named (DaisStore *store, GError **error)
{
  return read_rows (
      dais_connection_query (dais_store_get_reader (store), error,
          COLUMNS "WHERE facets & ?1 OR facets = ?2 ORDER BY id", "ii",
          (gint64) DAIS_FACET_MIXER, (gint64) DAIS_FACET_CHAT),
      error);
}

/**
 * dais_room_rows_by_id:
 * @store: the store
 * @id: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the room; %NULL without an error when
 *   there is none
 */
DaisRoomRow *
dais_room_rows_by_id (DaisStore *store, gint64 id, GError **error)
{
  return read_one (dais_connection_query (dais_store_get_reader (store), error,
                       COLUMNS "WHERE id = ?", "i", id),
      error);
}

/**
 * dais_room_rows_by_url_name:
 * @store: the store
 * @url_name: without regard to ASCII case
 * @error: return location
 *
 * Returns: (transfer full) (nullable): as dais_room_rows_by_id()
 */
DaisRoomRow *
dais_room_rows_by_url_name (
    DaisStore *store, const gchar *url_name, GError **error)
{
  return read_one (dais_connection_query (dais_store_get_reader (store), error,
                       COLUMNS "WHERE url_name = ?", "s", url_name),
      error);
}

/**
 * dais_room_rows_get_admitted:
 * @store: the store
 * @row: a room
 * @error: return location
 *
 * Returns: (transfer full) (element-type gint64) (nullable): users who belong
 *   to a room that is not open to everybody
 */
GArray *
dais_room_rows_get_admitted (
    DaisStore *store, const DaisRoomRow *row, GError **error)
{
  g_autoptr (GArray) users = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT user FROM invites WHERE room = ?1"
      " UNION SELECT creator FROM rooms WHERE id = ?1 AND creator IS NOT NULL"
      " UNION SELECT student FROM help_rooms WHERE room = ?1"
      " UNION SELECT teacher FROM help_rooms"
      " WHERE room = ?1 AND teacher IS NOT NULL",
      "i", row->id);
  gboolean more = TRUE;

  if (query == NULL)
    return NULL;

  while (more) {
    gint64 user;

    if (!dais_query_next (query, &more, error))
      return NULL;
    user = more ? dais_query_int (query, 0) : 0;
    if (more)
      g_array_append_val (users, user);
  }

  return g_steal_pointer (&users);
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

/* After an insert that may have been an update. */
static gboolean
find_id (DaisConnection *on, const gchar *hex24, gint64 *id, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      on, error, "SELECT id FROM rooms WHERE hex24 = ?", "s", hex24);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  if (!row) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "there is a room of that name already; choose another one");
    return FALSE;
  }
  *id = dais_query_int (query, 0);

  return TRUE;
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
          " VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)"
          " ON CONFLICT (url_name) DO UPDATE SET hex24 = excluded.hex24,"
          " name = excluded.name, creator = excluded.creator,"
          " facets = excluded.facets, public = excluded.public,"
          " width = excluded.width, height = excluded.height,"
          " fps_n = excluded.fps_n, fps_d = excluded.fps_d,"
          " streams = excluded.streams, origin = excluded.origin"
          " WHERE facets = ?",
          "sssiiiiiiiisii", row->hex24, row->url_name, row->name, row->created,
          row->creator, (gint64) row->facets, (gint64) row->is_public,
          (gint64) row->width, (gint64) row->height, (gint64) row->fps_n,
          (gint64) row->fps_d, row->streams, (gint64) row->configured,
          (gint64) DAIS_FACET_CHAT))
    return FALSE;

  return find_id (on, row->hex24, &row->id, error);
}

/**
 * dais_room_rows_ensure_chat:
 * @writer: the writer, inside a change
 * @url_name: the name, without regard to ASCII case
 * @hex24: for a new room
 * @created: UTC, µs
 * @most: so many chat rooms may be kept
 * @id: (out): the room's number
 * @error: return location; %DAIS_ERROR_LIMITED
 *
 * Returns: whether there is a room of that name now
 */
gboolean
dais_room_rows_ensure_chat (DaisWriter *writer, const gchar *url_name,
    const gchar *hex24, gint64 created, gint64 most, gint64 *id, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);
  g_autoptr (DaisQuery) query = dais_connection_query (on, error,
      "SELECT (SELECT id FROM rooms WHERE url_name = ?),"
      " (SELECT count(*) FROM rooms WHERE facets = ?)",
      "si", url_name, (gint64) DAIS_FACET_CHAT);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  *id = dais_query_int (query, 0);
  if (*id != 0)
    return TRUE;
  if (dais_query_int (query, 1) >= most) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "there are %" G_GINT64_FORMAT " chat rooms already; use one of them",
        most);
    return FALSE;
  }

  /* the display name is the hex24: it must not take one from a venue room */
  if (!dais_connection_run (on, error,
          "INSERT INTO rooms (hex24, url_name, name, created, facets, public)"
          " VALUES (?1, ?2, ?1, ?3, ?4, 1)",
          "ssii", hex24, url_name, created, (gint64) DAIS_FACET_CHAT))
    return FALSE;
  *id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

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
