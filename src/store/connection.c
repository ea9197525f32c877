/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/connection.h"

#define BUSY_TIMEOUT_MS 5000

struct _DaisConnection {
  sqlite3 *db;
  GHashTable *statements; /* (element-type gchar sqlite3_stmt), by address */
};

/* "SQLite says: disk full" helps nobody; say what to do about it. */
static DaisError
explain (gint code, const gchar **what)
{
  switch (code & 0xff) {
    case SQLITE_FULL:
      *what = "the disk is full, free some room on it";
      return DAIS_ERROR_STORAGE;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      *what = "the disk refuses, look at its health and at who may write";
      return DAIS_ERROR_STORAGE;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      *what = "it may not be written, check its owner and mode";
      return DAIS_ERROR_STORAGE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      *what = "the file is damaged or no database, put a backup in its place";
      return DAIS_ERROR_STORAGE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      *what = "another program holds it";
      return DAIS_ERROR_UNAVAILABLE;
    case SQLITE_NOMEM:
      *what = "out of memory";
      return DAIS_ERROR_STORAGE;
    case SQLITE_CONSTRAINT:
      *what = "it is taken already, or something that it names is gone";
      return DAIS_ERROR_CONFLICT;
    default:
      *what = "an unexpected failure";
      return DAIS_ERROR_FAILED;
  }
}

/**
 * dais_connection_fail:
 * @self: the connection
 * @error: return location
 *
 * Turns the connection's last failure into the house's own error.
 *
 * Returns: %FALSE, always
 */
gboolean
dais_connection_fail (DaisConnection *self, GError **error)
{
  const gchar *what = NULL;
  DaisError code = explain (sqlite3_extended_errcode (self->db), &what);

  g_set_error (error, DAIS_ERROR, (gint) code, "the database: %s (%s)", what,
      sqlite3_errmsg (self->db));
  return FALSE;
}

static void
statement_free (gpointer statement)
{
  sqlite3_finalize (statement);
}

/**
 * dais_connection_open:
 * @path: the database file, made when it is missing
 * @writes: whether this is the writer's connection
 * @error: return location
 *
 * synchronous=FULL: what a commit answered is on the disk. The journal mode is
 * set by dais_migrate(), which first looks whether the file is ours.
 *
 * Returns: (transfer full): a connection, for one thread
 */
DaisConnection *
dais_connection_open (const gchar *path, gboolean writes, GError **error)
{
  g_autoptr (DaisConnection) self = g_new0 (DaisConnection, 1);
  gint flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

  self->statements = g_hash_table_new_full (
      g_direct_hash, g_direct_equal, NULL, statement_free);
  if (sqlite3_open_v2 (path, &self->db, flags, NULL) != SQLITE_OK) {
    dais_connection_fail (self, error);
    return NULL;
  }

  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  if (!dais_connection_exec (self,
          writes ? "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                   "PRAGMA synchronous = FULL;"
                 : "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;",
          error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * dais_connection_free:
 * @self: (transfer full): the connection
 *
 * Closes it; its statements must have been reset.
 */
void
dais_connection_free (DaisConnection *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close_v2 (self->db);
  g_free (self);
}

/**
 * dais_connection_get_db:
 * @self: the connection
 *
 * Returns: (transfer none): SQLite's own handle
 */
sqlite3 *
dais_connection_get_db (DaisConnection *self)
{
  return self->db;
}

/**
 * dais_connection_exec:
 * @self: the connection
 * @sql: any number of statements, fixed text
 * @error: return location
 *
 * Returns: whether all of them went through
 */
gboolean
dais_connection_exec (DaisConnection *self, const gchar *sql, GError **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return dais_connection_fail (self, error);

  return TRUE;
}

static sqlite3_stmt *
prepare (DaisConnection *self, const gchar *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);

  if (statement != NULL)
    return statement;

  if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
          &statement, NULL) != SQLITE_OK) {
    dais_connection_fail (self, error);
    return NULL;
  }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);

  return statement;
}

static DaisQuery *
query_valist (DaisConnection *self, GError **error, const gchar *sql,
    const gchar *types, va_list values)
{
  sqlite3_stmt *statement = prepare (self, sql, error);
  gint code = SQLITE_OK;
  gint i;

  if (statement == NULL)
    return NULL;

  for (i = 0; types[i] != '\0' && code == SQLITE_OK; i++) {
    switch (types[i]) {
      case 'i':
        code = sqlite3_bind_int64 (statement, i + 1, va_arg (values, gint64));
        break;
      case 'd':
        code = sqlite3_bind_double (statement, i + 1, va_arg (values, gdouble));
        break;
      default:
        code = sqlite3_bind_text (statement, i + 1,
            va_arg (values, const gchar *), -1, SQLITE_TRANSIENT);
        break;
    }
  }
  if (code != SQLITE_OK) {
    dais_connection_fail (self, error);
    dais_query_reset (statement);
    return NULL;
  }

  return statement;
}

/**
 * dais_connection_query:
 * @self: the connection
 * @error: return location
 * @sql: a string literal
 * @types: a letter a parameter (i, d, s)
 * @...: the parameters
 *
 * Prepares (once) and binds. Integers must be passed as #gint64.
 *
 * Returns: (transfer full) (nullable): the statement, before its first row
 */
DaisQuery *
dais_connection_query (DaisConnection *self, GError **error, const gchar *sql,
    const gchar *types, ...)
{
  DaisQuery *query;
  va_list values;

  va_start (values, types);
  query = query_valist (self, error, sql, types, values);
  va_end (values);

  return query;
}

/**
 * dais_connection_run:
 * @self: the connection
 * @error: return location
 * @sql: a string literal that gives no rows
 * @types: a letter a parameter (i, d, s)
 * @...: the parameters
 *
 * Returns: whether it went through
 */
gboolean
dais_connection_run (DaisConnection *self, GError **error, const gchar *sql,
    const gchar *types, ...)
{
  g_autoptr (DaisQuery) query = NULL;
  gboolean row;
  va_list values;

  va_start (values, types);
  query = query_valist (self, error, sql, types, values);
  va_end (values);

  return query != NULL && dais_query_next (query, &row, error);
}

/**
 * dais_query_next:
 * @self: a statement
 * @row: (out): whether there is a row to read
 * @error: return location
 *
 * Returns: %FALSE on an error
 */
gboolean
dais_query_next (DaisQuery *self, gboolean *row, GError **error)
{
  DaisConnection on = { .db = sqlite3_db_handle (self) };
  gint code = sqlite3_step (self);

  *row = code == SQLITE_ROW;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return dais_connection_fail (&on, error);

  return TRUE;
}

/**
 * dais_query_first:
 * @self: (nullable): a statement that has not been stepped yet; %NULL where
 *   it could not be prepared and @error says why
 * @error: return location
 *
 * Returns: %TRUE when there is a row to read; %FALSE without an error when
 *   there is none
 */
gboolean
dais_query_first (DaisQuery *self, GError **error)
{
  gboolean row = FALSE;

  return self != NULL && dais_query_next (self, &row, error) && row;
}

/**
 * dais_query_reset:
 * @self: (transfer full): the statement
 *
 * Ends its read of the database and forgets what was bound.
 */
void
dais_query_reset (DaisQuery *self)
{
  sqlite3_reset (self);
  sqlite3_clear_bindings (self);
}

/**
 * dais_query_int:
 * @self: a statement on a row
 * @column: from 0
 *
 * Returns: the column; 0 for NULL
 */
gint64
dais_query_int (DaisQuery *self, gint column)
{
  return sqlite3_column_int64 (self, column);
}

/**
 * dais_query_double:
 * @self: a statement on a row
 * @column: from 0
 *
 * Returns: the column; 0 for NULL
 */
gdouble
dais_query_double (DaisQuery *self, gint column)
{
  return sqlite3_column_double (self, column);
}

/**
 * dais_query_text:
 * @self: a statement on a row
 * @column: from 0
 *
 * Returns: (transfer full) (nullable): the column
 */
gchar *
dais_query_text (DaisQuery *self, gint column)
{
  return g_strdup ((const gchar *) sqlite3_column_text (self, column));
}
