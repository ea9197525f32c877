/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/members.h"

#include "store/connection.h"

#define ROOM_COLUMNS                                                         \
  "SELECT r.id, r.hex24, m.title, r.created, u.id, u.hex24, u.username,"     \
  " EXISTS (SELECT 1 FROM joined j WHERE j.room = r.id) FROM member_rooms m" \
  " JOIN rooms r ON r.id = m.room LEFT JOIN users u ON u.id = r.creator "
#define VISIBLE                                        \
  "(r.creator = ?1 OR EXISTS (SELECT 1 FROM invites i" \
  " WHERE i.room = r.id AND i.user = ?1)) "

static DaisPerson *
read_person (DaisQuery *query, gint first)
{
  DaisPerson *row = g_new0 (DaisPerson, 1);

  row->id = dais_query_int (query, first);
  row->hex24 = dais_query_text (query, first + 1);
  row->username = dais_query_text (query, first + 2);

  return row;
}

static DaisMemberRoom *
read_room (DaisQuery *query)
{
  DaisMemberRoom *row = g_new0 (DaisMemberRoom, 1);

  row->id = dais_query_int (query, 0);
  row->hex24 = dais_query_text (query, 1);
  row->title = dais_query_text (query, 2);
  row->created = dais_query_int (query, 3);
  if (dais_query_int (query, 4) != 0)
    row->creator = read_person (query, 4);
  row->is_active = dais_query_int (query, 7) != 0;

  return row;
}

/**
 * dais_member_rooms_of_user:
 * @store: the store
 * @user: the user's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMemberRoom) (nullable): the
 *   rooms that the user made or is invited to
 */
GPtrArray *
dais_member_rooms_of_user (DaisStore *store, gint64 user, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_member_room_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      ROOM_COLUMNS "WHERE r.id IN (SELECT id FROM rooms WHERE creator = ?1"
                   " UNION SELECT room FROM invites WHERE user = ?1)"
                   " ORDER BY r.id",
      "i", user);
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    if (!dais_query_next (query, &row, error))
      return NULL;
    if (row)
      g_ptr_array_add (rows, read_room (query));
  }

  return g_steal_pointer (&rows);
}

/**
 * dais_member_rooms_get:
 * @store: the store
 * @hex24: the room's _id
 * @user: who asks
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the room; %NULL without an error when
 *   the user may not see it, or there is none
 */
DaisMemberRoom *
dais_member_rooms_get (
    DaisStore *store, const gchar *hex24, gint64 user, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      ROOM_COLUMNS "WHERE r.hex24 = ?2 AND " VISIBLE, "is", user, hex24);

  if (!dais_query_first (query, error))
    return NULL;

  return read_room (query);
}

static GPtrArray *
read_people (DaisQuery *running, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_person_free);
  g_autoptr (DaisQuery) query = running;
  gboolean row = TRUE;

  if (query == NULL)
    return NULL;

  while (row) {
    if (!dais_query_next (query, &row, error))
      return NULL;
    if (row)
      g_ptr_array_add (rows, read_person (query, 0));
  }

  return g_steal_pointer (&rows);
}

/**
 * dais_invites_of_room:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPerson) (nullable): who is
 *   invited
 */
GPtrArray *
dais_invites_of_room (DaisStore *store, gint64 room, GError **error)
{
  return read_people (
      dais_connection_query (dais_store_get_reader (store), error,
          "SELECT u.id, u.hex24, u.username FROM invites i JOIN users u"
          " ON u.id = i.user WHERE i.room = ? ORDER BY u.username",
          "i", room),
      error);
}

/**
 * dais_joined_of_room:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPerson) (nullable): who has
 *   joined
 */
GPtrArray *
dais_joined_of_room (DaisStore *store, gint64 room, GError **error)
{
  return read_people (
      dais_connection_query (dais_store_get_reader (store), error,
          "SELECT u.id, u.hex24, u.username FROM joined j JOIN users u"
          " ON u.id = j.user WHERE j.room = ? ORDER BY u.username",
          "i", room),
      error);
}

/**
 * dais_joined_by_user:
 * @store: the store
 * @user: the user's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): hex24 of the room that the user is in
 */
gchar *
dais_joined_by_user (DaisStore *store, gint64 user, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT r.hex24 FROM joined j JOIN rooms r ON r.id = j.room"
      " WHERE j.user = ?",
      "i", user);

  if (!dais_query_first (query, error))
    return NULL;

  return dais_query_text (query, 0);
}

/**
 * dais_people_search:
 * @store: the store
 * @text: part of a name
 * @except: a user to leave out
 * @limit: at most so many
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPerson) (nullable): users whose
 *   name holds @text, without regard to ASCII case
 */
GPtrArray *
dais_people_search (DaisStore *store, const gchar *text, gint64 except,
    guint limit, GError **error)
{
  return read_people (
      dais_connection_query (dais_store_get_reader (store), error,
          "SELECT id, hex24, username FROM users"
          " WHERE instr(lower(username), lower(?)) > 0 AND id <> ?"
          " ORDER BY username LIMIT ?",
          "sii", text, except, (gint64) limit),
      error);
}

/**
 * dais_membership_get:
 * @writer: the writer, inside a change
 * @hex24: the room's _id
 * @user: the user's number
 * @membership: (out caller-allocates): what the user is to the room
 * @error: return location
 *
 * Returns: %FALSE on an error
 */
gboolean
dais_membership_get (DaisWriter *writer, const gchar *hex24, gint64 user,
    DaisMembership *membership, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_writer_get_connection (writer), error,
      "SELECT r.id, r.creator = ?1, EXISTS (SELECT 1 FROM invites i"
      " WHERE i.room = r.id AND i.user = ?1),"
      " (SELECT room FROM joined WHERE user = ?1) FROM rooms r"
      " JOIN member_rooms m ON m.room = r.id WHERE r.hex24 = ?2",
      "is", user, hex24);
  gboolean row = FALSE;

  *membership = (DaisMembership){ 0 };
  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  if (row) {
    membership->room = dais_query_int (query, 0);
    membership->is_creator = dais_query_int (query, 1) != 0;
    membership->is_invited = dais_query_int (query, 2) != 0;
    membership->joined = dais_query_int (query, 3);
  }

  return TRUE;
}

/**
 * dais_member_rooms_put_title:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @title: its name at the members' door
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_member_rooms_put_title (
    DaisWriter *writer, gint64 room, const gchar *title, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO member_rooms (room, title) VALUES (?1, ?2)"
      " ON CONFLICT (room) DO UPDATE SET title = ?2",
      "is", room, title);
}

/**
 * dais_invites_add:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @user_hex24: whom
 * @error: return location
 *
 * Returns: whether it went through; nothing happens for an unknown user
 */
gboolean
dais_invites_add (
    DaisWriter *writer, gint64 room, const gchar *user_hex24, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT OR IGNORE INTO invites (room, user)"
      " SELECT ?, id FROM users WHERE hex24 = ?",
      "is", room, user_hex24);
}

/**
 * dais_invites_remove:
 * @writer: the writer, inside a change
 * @room: the room's number
 * @user_hex24: whom
 * @error: return location
 *
 * Who is joined leaves, unless it is the creator, who needs no invitation.
 *
 * Returns: whether it went through
 */
gboolean
dais_invites_remove (
    DaisWriter *writer, gint64 room, const gchar *user_hex24, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "DELETE FROM invites WHERE room = ?"
             " AND user = (SELECT id FROM users WHERE hex24 = ?)",
             "is", room, user_hex24) &&
      dais_connection_run (on, error,
          "DELETE FROM joined WHERE room = ?1"
          " AND user = (SELECT id FROM users WHERE hex24 = ?2)"
          " AND user IS NOT (SELECT creator FROM rooms WHERE id = ?1)",
          "is", room, user_hex24);
}

/**
 * dais_joined_put:
 * @writer: the writer, inside a change
 * @user: who
 * @room: where
 * @since: UTC, µs
 * @error: return location; %DAIS_ERROR_CONFLICT when the user is in a room
 *
 * Returns: whether it went through
 */
gboolean
dais_joined_put (
    DaisWriter *writer, gint64 user, gint64 room, gint64 since, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "INSERT INTO joined (user, room, since) VALUES (?, ?, ?)", "iii", user,
      room, since);
}

/**
 * dais_joined_remove:
 * @writer: the writer, inside a change
 * @user: who
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_joined_remove (DaisWriter *writer, gint64 user, GError **error)
{
  return dais_connection_run (dais_writer_get_connection (writer), error,
      "DELETE FROM joined WHERE user = ?", "i", user);
}

/**
 * dais_member_rooms_count:
 * @writer: the writer, inside a change
 * @creator: a user's number
 * @error: return location
 *
 * Returns: how many members' rooms the user has made; -1 on an error
 */
gint64
dais_member_rooms_count (DaisWriter *writer, gint64 creator, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_writer_get_connection (writer), error,
      "SELECT count(*) FROM member_rooms m JOIN rooms r ON r.id = m.room"
      " WHERE r.creator = ?",
      "i", creator);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return -1;

  return dais_query_int (query, 0);
}
