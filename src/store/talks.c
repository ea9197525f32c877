/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/talks.h"

#include "store/connection.h"

/**
 * dais_talk_rows_list:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type utf8 utf8) (nullable): JSON text of
 *   each talk by its key
 */
GHashTable *
dais_talk_rows_list (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (GHashTable) talks = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT key, talk FROM talks WHERE room = ? ORDER BY key", "i", room);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    if (!dais_query_next (query, &row, error))
      return NULL;
    if (row)
      g_hash_table_replace (
          talks, dais_query_text (query, 0), dais_query_text (query, 1));
  }

  return g_steal_pointer (&talks);
}

/**
 * dais_talk_rows_put:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @key: the talk's key
 * @talk: JSON text
 * @error: return location
 *
 * Adds the talk or replaces the one with this key.
 *
 * Returns: whether it went through
 */
gboolean
dais_talk_rows_put (DaisWriter *writer, gint64 room, const gchar *key,
    const gchar *talk, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO talks (room, key, talk) VALUES (?, ?, ?)"
      " ON CONFLICT (room, key) DO UPDATE SET talk = excluded.talk",
      "iss", room, key, talk);
}

/**
 * dais_talk_rows_remove:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @key: the talk's key
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: whether it went through
 */
gboolean
dais_talk_rows_remove (
    DaisWriter *writer, gint64 room, const gchar *key, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "DELETE FROM talks WHERE room = ? AND key = ?", "is", room, key))
    return FALSE;
  if (sqlite3_changes (dais_connection_get_db (on)) > 0)
    return TRUE;

  g_set_error (
      error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "talk '%s' is not there", key);
  return FALSE;
}
