/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/journal.h"

#include "store/connection.h"

/* A layout or a talk is long, and hardly anybody wants to read it here. */
#define SELECT(condition)                                     \
  "SELECT room, rev, utc, running_time, user_id, user, kind," \
  " CASE WHEN " condition " THEN payload ELSE '' END FROM journal "

/**
 * dais_journal_row_free:
 * @row: (transfer full): a row
 */
void
dais_journal_row_free (DaisJournalRow *row)
{
  g_free (row->user);
  g_free (row->kind);
  g_free (row->payload);
  g_free (row);
}

static DaisJournalRow *
read_row (DaisQuery *query)
{
  DaisJournalRow *row = g_new0 (DaisJournalRow, 1);

  row->room = dais_query_int (query, 0);
  row->rev = (guint64) dais_query_int (query, 1);
  row->utc = dais_query_int (query, 2);
  row->running_time = (guint64) dais_query_int (query, 3);
  row->user_id = dais_query_int (query, 4);
  row->user = dais_query_text (query, 5);
  row->kind = dais_query_text (query, 6);
  row->payload = dais_query_text (query, 7);

  return row;
}

static GPtrArray *
read_all (DaisQuery *running, GError **error)
{
  g_autoptr (DaisQuery) query = running;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_journal_row_free);
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
 * dais_journal_after:
 * @store: the store
 * @room: the room's number
 * @rev: the last revision that is known already
 * @limit: how many rows at most
 * @kind: of which rows the payload is wanted
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisJournalRow) (nullable): the rows
 *   that follow, the oldest first
 */
GPtrArray *
dais_journal_after (DaisStore *store, gint64 room, guint64 rev, guint limit,
    const gchar *kind, GError **error)
{
  return read_all (
      dais_connection_query (dais_store_get_reader (store), error,
          SELECT ("kind = ?") "WHERE room = ? AND rev > ? ORDER BY rev LIMIT ?",
          "siii", kind, room, (gint64) rev, (gint64) limit),
      error);
}

/**
 * dais_journal_newest:
 * @store: the store
 * @room: the room's number
 * @limit: how many rows at most
 * @max_payload: characters of the longest payload that is wanted
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisJournalRow) (nullable): the last
 *   changes, the newest first
 */
GPtrArray *
dais_journal_newest (DaisStore *store, gint64 room, guint limit,
    guint max_payload, GError **error)
{
  return read_all (
      dais_connection_query (dais_store_get_reader (store), error,
          SELECT (
              "length(payload) <= ?") "WHERE room = ? ORDER BY rev DESC LIMIT ?",
          "iii", (gint64) max_payload, room, (gint64) limit),
      error);
}

/**
 * dais_journal_append:
 * @writer: the writer, inside a change
 * @row: what happened
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_journal_append (
    DaisWriter *writer, const DaisJournalRow *row, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO journal (room, rev, utc, running_time, user_id, user, kind,"
      " payload) VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?)",
      "iiiiisss", row->room, (gint64) row->rev, row->utc,
      (gint64) row->running_time, row->user_id, row->user, row->kind,
      row->payload);
}

/**
 * dais_journal_trim:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @keep: of how many of the newest revisions all rows stay
 * @kind: the kind of rows that stay longer
 * @keep_kind: of how many revisions
 * @error: return location
 *
 * To be called at least once in @keep revisions: it looks no further back than
 * twice that, lest a long journal hold up the writer.
 *
 * Returns: whether it went through
 */
gboolean
dais_journal_trim (DaisWriter *writer, gint64 room, guint64 keep,
    const gchar *kind, guint64 keep_kind, GError **error)
{
  DaisConnection *connection = dais_writer_get_connection (writer);

  return dais_connection_run (connection, error,
             "DELETE FROM journal WHERE room = ?1"
             " AND rev <= (SELECT rev FROM rooms WHERE id = ?1) - ?2",
             "ii", room, (gint64) keep_kind) &&
      dais_connection_run (connection, error,
          "DELETE FROM journal WHERE room = ?1 AND kind <> ?3"
          " AND rev <= (SELECT rev FROM rooms WHERE id = ?1) - ?2"
          " AND rev > (SELECT rev FROM rooms WHERE id = ?1) - 2 * ?2",
          "iis", room, (gint64) keep, kind);
}
