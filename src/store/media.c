/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/media.h"

#include "store/connection.h"

/**
 * dais_media_row_new:
 * @index: the stream's place in config.media
 * @slug: the stream
 * @gone: (nullable): the local day on which it went
 *
 * Returns: (transfer full): a row
 */
DaisMediaRow *
dais_media_row_new (guint index, const gchar *slug, const gchar *gone)
{
  DaisMediaRow *row = g_new0 (DaisMediaRow, 1);

  row->index = index;
  row->slug = g_strdup (slug);
  row->gone = g_strdup (gone);

  return row;
}

/**
 * dais_media_row_free:
 * @row: (transfer full): a row
 */
void
dais_media_row_free (DaisMediaRow *row)
{
  g_free (row->slug);
  g_free (row->gone);
  g_free (row);
}

/**
 * dais_media_rows_list:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMediaRow) (nullable): the indices
 *   in use and those that are not free again yet
 */
GPtrArray *
dais_media_rows_list (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_media_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT idx, slug, gone FROM media WHERE room = ? ORDER BY idx", "i",
      room);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    DaisMediaRow *media;

    if (!dais_query_next (query, &row, error))
      return NULL;
    if (!row)
      break;
    media = g_new0 (DaisMediaRow, 1);
    media->index = (guint) dais_query_int (query, 0);
    media->slug = dais_query_text (query, 1);
    media->gone = dais_query_text (query, 2);
    g_ptr_array_add (rows, media);
  }

  return g_steal_pointer (&rows);
}

/**
 * dais_media_rows_replace:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @rows: (element-type DaisMediaRow): all of the room's rows
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_media_rows_replace (
    DaisWriter *writer, gint64 room, GPtrArray *rows, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);
  guint i;

  if (!dais_connection_run (
          on, error, "DELETE FROM media WHERE room = ?", "i", room))
    return FALSE;

  for (i = 0; i < rows->len; i++) {
    DaisMediaRow *row = g_ptr_array_index (rows, i);

    if (!dais_connection_run (on, error,
            "INSERT INTO media (room, idx, slug, gone) VALUES (?, ?, ?, ?)",
            "iiss", room, (gint64) row->index, row->slug, row->gone))
      return FALSE;
  }

  return TRUE;
}
