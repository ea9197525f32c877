/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/messages.h"

#include "store/connection.h"

static DaisMessage *
read_row (DaisQuery *query)
{
  DaisMessage *row = g_new0 (DaisMessage, 1);

  row->id = dais_query_int (query, 0);
  row->room = dais_query_int (query, 1);
  row->user_id = dais_query_int (query, 2);
  row->user = dais_query_text (query, 3);
  row->text = dais_query_text (query, 4);
  row->image = dais_query_text (query, 5);
  row->extra = dais_query_text (query, 6);
  row->seen = dais_query_int (query, 7) != 0;
  row->created = dais_query_int (query, 8);

  return row;
}

/**
 * dais_messages_newest:
 * @store: the store
 * @room: the room's number
 * @limit: at most so many
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMessage) (nullable): the newest
 *   ones, the oldest of them first
 */
GPtrArray *
dais_messages_newest (
    DaisStore *store, gint64 room, guint limit, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_message_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT * FROM (SELECT id, room, user_id, user, text, image, extra, seen,"
      " created FROM messages WHERE room = ? ORDER BY id DESC LIMIT ?)"
      " ORDER BY id",
      "ii", room, (gint64) limit);
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
 * dais_messages_insert:
 * @writer: the writer, inside a change
 * @row: the new message; its id is filled in
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_messages_insert (DaisWriter *writer, DaisMessage *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "INSERT INTO messages (room, user_id, user, text, image, extra,"
          " created) VALUES (?, ?, ?, ?, ?, ?, ?)",
          "iissssi", row->room, row->user_id, row->user, row->text,
          row->image != NULL ? row->image : "", row->extra, row->created))
    return FALSE;
  row->id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

  return TRUE;
}

/**
 * dais_messages_mark_seen:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @viewer: the user who has seen what others wrote
 * @n: (out): how many had not been seen before
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_messages_mark_seen (
    DaisWriter *writer, gint64 room, gint64 viewer, gint *n, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "UPDATE messages SET seen = 1"
          " WHERE room = ? AND user_id <> ? AND seen = 0",
          "ii", room, viewer))
    return FALSE;
  *n = sqlite3_changes (dais_connection_get_db (on));

  return TRUE;
}
