/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/parties.h"

#include "store/connection.h"

/**
 * dais_party_row_free:
 * @row: (transfer full): a row
 */
void
dais_party_row_free (DaisPartyRow *row)
{
  g_free (row->url_name);
  g_free (row->hash);
  g_free (row->video);
  g_free (row);
}

/**
 * dais_party_rows_list:
 * @store: the store
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPartyRow) (nullable): all parties
 *   that were made at their door
 */
GPtrArray *
dais_party_rows_list (DaisStore *store, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_party_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT p.room, r.url_name, p.hash, p.video FROM parties p"
      " JOIN rooms r ON r.id = p.room ORDER BY p.room",
      "");
  gboolean is_row = TRUE;

  if (query == NULL)
    return NULL;

  while (is_row) {
    DaisPartyRow *row = NULL;

    if (!dais_query_next (query, &is_row, error))
      return NULL;
    if (!is_row)
      break;
    row = g_new0 (DaisPartyRow, 1);
    row->room = dais_query_int (query, 0);
    row->url_name = dais_query_text (query, 1);
    row->hash = dais_query_text (query, 2);
    row->video = dais_query_text (query, 3);
    g_ptr_array_add (rows, row);
  }

  return g_steal_pointer (&rows);
}

/**
 * dais_party_rows_insert:
 * @writer: the writer, inside a change
 * @row: a party; its url_name is the room's to know
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_party_rows_insert (
    DaisWriter *writer, const DaisPartyRow *row, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO parties (room, hash, video) VALUES (?, ?, ?)", "iss",
      row->room, row->hash, row->video);
}

/**
 * dais_party_rows_put_video:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @video: JSON
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_party_rows_put_video (
    DaisWriter *writer, gint64 room, const gchar *video, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "UPDATE parties SET video = ? WHERE room = ?", "si", video, room);
}
