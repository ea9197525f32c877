/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "sql-resource.h"
#include "store/connection.h"

#define APPLICATION_ID 0x44414953 /* "DAIS" */
#define SQL_FOLDER     "/org/dais/sql"
/* a damaged file is told from its first bytes; reading all of a larger one
 * would cost the start too much */
#define CHECK_MAX_PAGES 1024

static gboolean
read_number (
    DaisConnection *on, const gchar *pragma, gint64 *value, GError **error)
{
  g_autoptr (DaisQuery) query = dais_connection_query (on, error, pragma, "");
  gboolean row = FALSE;

  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  *value = row ? dais_query_int (query, 0) : 0;

  return TRUE;
}

static gboolean
check_whole (DaisConnection *on, GError **error)
{
  g_autoptr (DaisQuery) query = NULL;
  g_autofree gchar *verdict = NULL;
  gboolean row = FALSE;
  gint64 pages = 0;

  if (!read_number (on, "PRAGMA page_count", &pages, error))
    return FALSE;
  if (pages > CHECK_MAX_PAGES)
    return TRUE;

  query = dais_connection_query (on, error, "PRAGMA quick_check(1)", "");
  if (query == NULL || !dais_query_next (query, &row, error))
    return FALSE;
  verdict = row ? dais_query_text (query, 0) : NULL;
  if (g_strcmp0 (verdict, "ok") == 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "the database: the file is damaged (%s), put a backup in its place",
      verdict != NULL ? verdict : "unreadable");
  return FALSE;
}

/* the database: is it ours, whole, and not from the future? */
static gboolean
check (DaisConnection *on, gint64 version, gint64 newest, GError **error)
{
  gint64 application = 0;
  gint64 objects = 0;

  if (!read_number (on, "PRAGMA application_id", &application, error) ||
      !read_number (on, "SELECT count(*) FROM sqlite_master", &objects, error))
    return FALSE;

  if (application != APPLICATION_ID && (version != 0 || objects != 0)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "the database: it belongs to another program, choose another data "
        "folder");
    return FALSE;
  }
  if (version > newest) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "the database: it was written by a newer dais (version %" G_GINT64_FORMAT
        ", this one knows %" G_GINT64_FORMAT
        "), install that one again or put a backup in its place",
        version, newest);
    return FALSE;
  }

  return check_whole (on, error);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

/* "001-ground.sql" is the step to version 1 */
static gboolean
apply (DaisConnection *on, const gchar *name, GError **error)
{
  g_autofree gchar *path = g_build_path ("/", SQL_FOLDER, name, NULL);
  g_autofree gchar *stamp = NULL;
  g_autoptr (GBytes) sql = g_resource_lookup_data (
      dais_sql_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  guint64 version = g_ascii_strtoull (name, NULL, 10);

  if (sql == NULL)
    return FALSE;

  /* a pragma takes no parameters; both numbers are ours */
  stamp = g_strdup_printf ("PRAGMA user_version = %" G_GUINT64_FORMAT
                           "; PRAGMA application_id = %d; COMMIT;",
      version, APPLICATION_ID);
  if (!dais_connection_exec (on, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (!dais_connection_exec (on, g_bytes_get_data (sql, NULL), error) ||
      !dais_connection_exec (on, stamp, error)) {
    dais_connection_exec (on, "ROLLBACK", NULL);
    g_prefix_error (
        error, "while bringing it to version %" G_GUINT64_FORMAT ": ", version);
    return FALSE;
  }
  g_info ("database brought to version %" G_GUINT64_FORMAT, version);

  return TRUE;
}

/**
 * dais_migrate:
 * @connection: the writer's connection
 * @error: return location
 *
 * Checks the database and brings it to the version of this program, one
 * transaction a step. A file that is newer, damaged or somebody else's is left
 * as it is.
 *
 * Returns: whether the database may be used
 */
gboolean
dais_migrate (DaisConnection *connection, GError **error)
{
  g_auto (GStrv) names = g_resource_enumerate_children (
      dais_sql_get_resource (), SQL_FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE,
      error);
  gint64 version = 0;
  guint i;

  if (names == NULL ||
      !read_number (connection, "PRAGMA user_version", &version, error) ||
      !check (connection, version, g_strv_length (names), error) ||
      !dais_connection_exec (connection, "PRAGMA journal_mode = WAL", error))
    return FALSE;

  qsort (names, g_strv_length (names), sizeof (gchar *), compare_names);
  for (i = (guint) version; names[i] != NULL; i++) {
    if (!apply (connection, names[i], error))
      return FALSE;
  }

  return TRUE;
}
