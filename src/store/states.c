/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/states.h"

#include "store/connection.h"

/**
 * dais_state_row_free:
 * @row: (transfer full): a row
 */
void
dais_state_row_free (DaisStateRow *row)
{
  g_free (row->state);
  g_free (row->layout);
  g_free (row);
}

/**
 * dais_states_get:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what is kept; its texts are %NULL where
 *   nothing was written yet
 */
DaisStateRow *
dais_states_get (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT s.state, s.rev, s.utc, s.running_time, l.layout, l.rev"
      " FROM rooms r LEFT JOIN states s ON s.room = r.id"
      " LEFT JOIN layouts l ON l.room = r.id WHERE r.id = ?",
      "i", room);
  g_autoptr (DaisStateRow) state = g_new0 (DaisStateRow, 1);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return NULL;

  if (row) {
    state->state = dais_query_text (query, 0);
    state->rev = (guint64) dais_query_int (query, 1);
    state->utc = dais_query_int (query, 2);
    state->running_time = (guint64) dais_query_int (query, 3);
    state->layout = dais_query_text (query, 4);
    state->layout_rev = (guint64) dais_query_int (query, 5);
  }

  return g_steal_pointer (&state);
}

/**
 * dais_states_put:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @state: JSON text
 * @rev: the revision that wrote it
 * @utc: when, in µs
 * @running_time: when, in ns on the shared media clock
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_states_put (DaisWriter *writer, gint64 room, const gchar *state,
    guint64 rev, gint64 utc, guint64 running_time, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO states (room, state, rev, utc, running_time)"
      " VALUES (?, ?, ?, ?, ?) ON CONFLICT (room) DO UPDATE SET"
      " state = excluded.state, rev = excluded.rev, utc = excluded.utc,"
      " running_time = excluded.running_time",
      "isiii", room, state, (gint64) rev, utc, (gint64) running_time);
}

/**
 * dais_layouts_put:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @layout: JSON text
 * @rev: the revision that wrote it
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_layouts_put (DaisWriter *writer, gint64 room, const gchar *layout,
    guint64 rev, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO layouts (room, layout, rev) VALUES (?, ?, ?)"
      " ON CONFLICT (room) DO UPDATE SET layout = excluded.layout,"
      " rev = excluded.rev",
      "isi", room, layout, (gint64) rev);
}

/**
 * dais_states_set_running_time:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @rev: the revision that was applied
 * @running_time: of the first frame that shows it
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_states_set_running_time (DaisWriter *writer, gint64 room, guint64 rev,
    guint64 running_time, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE states SET running_time = ? WHERE room = ? AND rev = ?",
             "iii", (gint64) running_time, room, (gint64) rev) &&
      dais_connection_run (on, error,
          "UPDATE journal SET running_time = ? WHERE room = ? AND rev = ?",
          "iii", (gint64) running_time, room, (gint64) rev);
}
