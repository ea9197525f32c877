/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/help.h"

#include "store/connection.h"

#define COLUMNS                                                          \
  "SELECT h.room, r.created, h.status, h.text, h.image,"                 \
  " s.id, s.first_name, s.last_name, s.email, s.image,"                  \
  " t.id, t.first_name, t.last_name, t.email, t.image FROM help_rooms h" \
  " JOIN rooms r ON r.id = h.room JOIN users s ON s.id = h.student"      \
  " LEFT JOIN users t ON t.id = h.teacher "

static DaisHelpPerson *
read_person (DaisQuery *query, gint first)
{
  DaisHelpPerson *person = NULL;

  if (dais_query_int (query, first) == 0)
    return NULL;

  person = g_new0 (DaisHelpPerson, 1);
  person->id = dais_query_int (query, first);
  person->first_name = dais_query_text (query, first + 1);
  person->last_name = dais_query_text (query, first + 2);
  person->email = dais_query_text (query, first + 3);
  person->image = dais_query_text (query, first + 4);

  return person;
}

static DaisHelpRoom *
read_room (DaisQuery *query)
{
  DaisHelpRoom *room = g_new0 (DaisHelpRoom, 1);

  room->id = dais_query_int (query, 0);
  room->created = dais_query_int (query, 1);
  room->status = (DaisHelpStatus) dais_query_int (query, 2);
  room->text = dais_query_text (query, 3);
  room->image = dais_query_text (query, 4);
  room->student = read_person (query, 5);
  room->teacher = read_person (query, 10);

  return room;
}

/**
 * dais_help_rooms_of_user:
 * @store: the store
 * @user: a student or teacher
 * @waiting: also those that wait for a teacher
 * @limit: at most so many
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisHelpRoom) (nullable): the newest
 *   ones, in the order of their numbers
 */
GPtrArray *
dais_help_rooms_of_user (DaisStore *store, gint64 user, gboolean waiting,
    guint limit, GError **error)
{
  g_autoptr (GPtrArray) rooms = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_help_room_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      COLUMNS "WHERE h.room IN (SELECT room FROM help_rooms"
              " WHERE student = ?1 OR teacher = ?1 OR (?2 AND status = 0)"
              " ORDER BY room DESC LIMIT ?3) ORDER BY h.room",
      "iii", user, (gint64) waiting, (gint64) limit);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    if (!dais_query_next (query, &row, error))
      return NULL;
    if (row)
      g_ptr_array_add (rooms, read_room (query));
  }

  return g_steal_pointer (&rooms);
}

/**
 * dais_help_rooms_get:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the room; %NULL without an error when
 *   there is none
 */
DaisHelpRoom *
dais_help_rooms_get (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error, COLUMNS "WHERE h.room = ?", "i",
      room);

  if (!dais_query_first (query, error))
    return NULL;

  return read_room (query);
}

/**
 * dais_help_rooms_open_of_user:
 * @store: the store
 * @user: a student or teacher
 * @error: return location
 *
 * Returns: (transfer full) (element-type gint64) (nullable): the user's rooms
 *   that are not closed
 */
GArray *
dais_help_rooms_open_of_user (DaisStore *store, gint64 user, GError **error)
{
  g_autoptr (GArray) rooms = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT room FROM help_rooms WHERE (student = ?1 OR teacher = ?1)"
      " AND status < 2 ORDER BY room",
      "i", user);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    gint64 room;

    if (!dais_query_next (query, &row, error))
      return NULL;
    room = row ? dais_query_int (query, 0) : 0;
    if (row)
      g_array_append_val (rooms, room);
  }

  return g_steal_pointer (&rooms);
}

/**
 * dais_help_state_get:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @state: (out caller-allocates): its people and status; room 0 = unknown
 * @error: return location
 *
 * Returns: %FALSE on an error
 */
gboolean
dais_help_state_get (
    DaisWriter *writer, gint64 room, DaisHelpState *state, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_writer_get_connection (writer), error,
      "SELECT room, student, teacher, status FROM help_rooms WHERE room = ?",
      "i", room);
  gboolean row = FALSE;

  *state = (DaisHelpState){ 0 };
  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  if (row) {
    state->room = dais_query_int (query, 0);
    state->student = dais_query_int (query, 1);
    state->teacher = dais_query_int (query, 2);
    state->status = (DaisHelpStatus) dais_query_int (query, 3);
  }

  return TRUE;
}

/**
 * dais_help_state_put:
 * @writer: the writer, inside a change
 * @state: the teacher and status from now on
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_help_state_put (
    DaisWriter *writer, const DaisHelpState *state, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "UPDATE help_rooms SET teacher = nullif(?, 0), status = ? WHERE room = ?",
      "iii", state->teacher, (gint64) state->status, state->room);
}

/**
 * dais_help_rooms_insert:
 * @writer: the writer, inside a change
 * @room: a room that was inserted before
 * @student: who asks
 * @text: what
 * @image: a picture's address, "" for none
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_help_rooms_insert (DaisWriter *writer, gint64 room, gint64 student,
    const gchar *text, const gchar *image, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO help_rooms (room, student, text, image) VALUES (?, ?, ?, ?)",
      "iiss", room, student, text, image);
}

/**
 * dais_help_rooms_count_open:
 * @writer: the writer, inside a change
 * @student: a user's number
 * @error: return location
 *
 * Returns: how many of the student's rooms are not closed; -1 on an error
 */
gint64
dais_help_rooms_count_open (DaisWriter *writer, gint64 student, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_writer_get_connection (writer), error,
      "SELECT count(*) FROM help_rooms WHERE student = ? AND status < 2", "i",
      student);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return -1;

  return dais_query_int (query, 0);
}
