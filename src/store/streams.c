/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/streams.h"

#include "store/connection.h"

/**
 * dais_stream_row_free:
 * @row: (transfer full): a row
 */
void
dais_stream_row_free (DaisStreamRow *row)
{
  g_free (row->slug);
  g_free (row->name);
  g_free (row->uri);
  g_free (row->type);
  g_free (row->options);
  g_free (row);
}

static DaisStreamRow *
read_row (DaisQuery *query)
{
  DaisStreamRow *row = g_new0 (DaisStreamRow, 1);

  row->slug = dais_query_text (query, 0);
  row->name = dais_query_text (query, 1);
  row->uri = dais_query_text (query, 2);
  row->type = dais_query_text (query, 3);
  row->options = dais_query_text (query, 4);
  row->created = dais_query_int (query, 5);
  row->creator = dais_query_int (query, 6);

  return row;
}

/**
 * dais_stream_rows_list:
 * @store: the store
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisStreamRow) (nullable): the streams
 *   that were added at run time, the oldest first
 */
GPtrArray *
dais_stream_rows_list (DaisStore *store, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_stream_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT slug, name, uri, type, options, created, creator"
      " FROM streams ORDER BY created, slug",
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
must_have_changed (DaisConnection *on, const gchar *slug, GError **error)
{
  if (sqlite3_changes (dais_connection_get_db (on)) > 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
      "stream '%s' is no longer there", slug);
  return FALSE;
}

/**
 * dais_stream_rows_insert:
 * @writer: the writer, inside a change
 * @row: the new stream
 * @error: return location; %DAIS_ERROR_CONFLICT for a taken name
 *
 * Returns: whether it went through
 */
gboolean
dais_stream_rows_insert (
    DaisWriter *writer, const DaisStreamRow *row, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO streams (slug, name, uri, type, options, created, creator)"
      " VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0))",
      "sssssii", row->slug, row->name, row->uri, row->type, row->options,
      row->created, row->creator);
}

/**
 * dais_stream_rows_update:
 * @writer: the writer, inside a change
 * @row: the stream as it shall be; found by its slug
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_stream_rows_update (
    DaisWriter *writer, const DaisStreamRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE streams SET name = ?, uri = ?, type = ?, options = ?"
             " WHERE slug = ?",
             "sssss", row->name, row->uri, row->type, row->options,
             row->slug) &&
      must_have_changed (on, row->slug, error);
}

/**
 * dais_stream_rows_remove:
 * @writer: the writer, inside a change
 * @slug: which one
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_stream_rows_remove (DaisWriter *writer, const gchar *slug, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (
             on, error, "DELETE FROM streams WHERE slug = ?", "s", slug) &&
      must_have_changed (on, slug, error);
}
