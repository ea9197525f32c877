/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/users.h"

#include "store/connection.h"

#define COLUMNS                                                             \
  "SELECT id, hex24, username, email, first_name, last_name, image, hash, " \
  "roles, valid_from, created FROM users "

/**
 * dais_user_row_free:
 * @row: (transfer full): a row
 */
void
dais_user_row_free (DaisUserRow *row)
{
  g_free (row->hex24);
  g_free (row->username);
  g_free (row->email);
  g_free (row->first_name);
  g_free (row->last_name);
  g_free (row->image);
  g_free (row->hash);
  g_free (row);
}

static DaisUserRow *
read_row (DaisQuery *query)
{
  DaisUserRow *row = g_new0 (DaisUserRow, 1);

  row->id = dais_query_int (query, 0);
  row->hex24 = dais_query_text (query, 1);
  row->username = dais_query_text (query, 2);
  row->email = dais_query_text (query, 3);
  row->first_name = dais_query_text (query, 4);
  row->last_name = dais_query_text (query, 5);
  row->image = dais_query_text (query, 6);
  row->hash = dais_query_text (query, 7);
  row->roles = (guint) dais_query_int (query, 8);
  row->valid_from = dais_query_int (query, 9);
  row->created = dais_query_int (query, 10);

  return row;
}

static DaisUserRow *
read_one (DaisQuery *running, GError **error)
{
  g_autoptr (DaisQuery) query = running;

  if (!dais_query_first (query, error))
    return NULL;

  return read_row (query);
}

/**
 * dais_users_by_id:
 * @store: the store
 * @id: the user's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the user; %NULL without an error when
 *   there is none
 */
DaisUserRow *
dais_users_by_id (DaisStore *store, gint64 id, GError **error)
{
  return read_one (dais_connection_query (dais_store_get_reader (store), error,
                       COLUMNS "WHERE id = ?", "i", id),
      error);
}

/**
 * dais_users_by_name:
 * @store: the store
 * @username: without regard to ASCII case
 * @error: return location
 *
 * Returns: (transfer full) (nullable): as dais_users_by_id()
 */
DaisUserRow *
dais_users_by_name (DaisStore *store, const gchar *username, GError **error)
{
  return read_one (dais_connection_query (dais_store_get_reader (store), error,
                       COLUMNS "WHERE username = ?", "s", username),
      error);
}

/**
 * dais_users_by_hex24:
 * @store: the store
 * @hex24: members' _id
 * @error: return location
 *
 * Returns: (transfer full) (nullable): as dais_users_by_id()
 */
DaisUserRow *
dais_users_by_hex24 (DaisStore *store, const gchar *hex24, GError **error)
{
  return read_one (dais_connection_query (dais_store_get_reader (store), error,
                       COLUMNS "WHERE hex24 = ?", "s", hex24),
      error);
}

/**
 * dais_users_list:
 * @store: the store
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisUserRow) (nullable): all users in
 *   the order of their numbers
 */
GPtrArray *
dais_users_list (DaisStore *store, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_user_row_free);
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error, COLUMNS "ORDER BY id", "");
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
 * dais_users_count_role:
 * @store: the store
 * @role: a bit
 * @error: return location
 *
 * Returns: how many users have the role; -1 on an error
 */
gint64
dais_users_count_role (DaisStore *store, guint role, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (
      dais_store_get_reader (store), error,
      "SELECT count(*) FROM users WHERE roles & ?", "i", (gint64) role);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return -1;

  return dais_query_int (query, 0);
}

/**
 * dais_users_insert:
 * @writer: the writer, inside a change
 * @row: the new user; its id is filled in
 * @error: return location; %DAIS_ERROR_CONFLICT for a taken name
 *
 * Returns: whether it went through
 */
gboolean
dais_users_insert (DaisWriter *writer, DaisUserRow *row, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (!dais_connection_run (on, error,
          "INSERT INTO users (hex24, username, email, first_name, last_name,"
          " image, hash, roles, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          "sssssssii", row->hex24, row->username, row->email,
          row->first_name != NULL ? row->first_name : "",
          row->last_name != NULL ? row->last_name : "",
          row->image != NULL ? row->image : "", row->hash, (gint64) row->roles,
          row->created))
    return FALSE;
  row->id = sqlite3_last_insert_rowid (dais_connection_get_db (on));

  return TRUE;
}

/* Names what is missing when the last statement met no row. */
static gboolean
must_have_changed (DaisConnection *on, gint64 id, GError **error)
{
  if (sqlite3_changes (dais_connection_get_db (on)) > 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
      "user %" G_GINT64_FORMAT " is no longer there", id);
  return FALSE;
}

/**
 * dais_users_set_hash:
 * @writer: the writer, inside a change
 * @id: the user's number
 * @hash: (nullable): argon2id; %NULL closes the account to passwords
 * @valid_from: Unix seconds; tokens that were issued before are void
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_users_set_hash (DaisWriter *writer, gint64 id, const gchar *hash,
    gint64 valid_from, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_run (on, error,
             "UPDATE users SET hash = ?, valid_from = max(valid_from, ?)"
             " WHERE id = ?",
             "sii", hash, valid_from, id) &&
      must_have_changed (on, id, error);
}

/* Whether somebody else has the role, or this user does not. */
static gboolean
others_have (DaisConnection *on, gint64 id, guint role, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (on, error,
      "SELECT (SELECT roles & ?1 FROM users WHERE id = ?2) AND NOT EXISTS "
      "(SELECT 1 FROM users WHERE roles & ?1 AND id <> ?2)",
      "ii", (gint64) role, id);
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  if (dais_query_int (query, 0) == 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
      "the last admin must stay one; make another one first");
  return FALSE;
}

/**
 * dais_users_change:
 * @writer: the writer, inside a change
 * @change: whom, by the id; its email, first_name and last_name where they are
 *   not %NULL ("" empties them)
 * @roles: bits, or less than 0 for those that are there
 * @keep: a role bit that @roles may not take from the last who has it
 * @error: return location; %DAIS_ERROR_CONFLICT when nobody else has @keep
 *
 * Returns: whether it went through
 */
gboolean
dais_users_change (DaisWriter *writer, const DaisUserRow *change, gint64 roles,
    guint keep, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (roles >= 0 && (roles & keep) != keep &&
      !others_have (on, change->id, keep, error))
    return FALSE;

  return dais_connection_run (on, error,
             "UPDATE users SET"
             " email = CASE WHEN ?1 IS NULL THEN email ELSE nullif(?1, '') END,"
             " first_name = coalesce(?2, first_name),"
             " last_name = coalesce(?3, last_name),"
             " roles = CASE WHEN ?4 < 0 THEN roles ELSE ?4 END WHERE id = ?5",
             "sssii", change->email, change->first_name, change->last_name,
             roles, change->id) &&
      must_have_changed (on, change->id, error);
}

/**
 * dais_users_remove:
 * @writer: the writer, inside a change
 * @id: the user's number
 * @keep: a role bit that somebody else must have, 0 for none
 * @error: return location; %DAIS_ERROR_CONFLICT when nobody else has @keep
 *
 * Returns: whether it went through
 */
gboolean
dais_users_remove (DaisWriter *writer, gint64 id, guint keep, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  if (keep != 0 && !others_have (on, id, keep, error))
    return FALSE;

  return dais_connection_run (
             on, error, "DELETE FROM users WHERE id = ?", "i", id) &&
      must_have_changed (on, id, error);
}
