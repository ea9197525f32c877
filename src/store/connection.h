/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the store only. */

#include "store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/**
 * DaisConnection:
 *
 * One SQLite connection and its prepared statements. Belongs to one thread.
 */
typedef struct _DaisConnection DaisConnection;

DaisConnection *
dais_connection_open (const gchar *path, gboolean writes, GError **error);
void dais_connection_free (DaisConnection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisConnection, dais_connection_free)

sqlite3 *dais_connection_get_db (DaisConnection *self);

/* Sets *error from the connection's last failure. Always FALSE. */
gboolean dais_connection_fail (DaisConnection *self, GError **error);

/* Text of several statements, no parameters. */
gboolean
dais_connection_exec (DaisConnection *self, const gchar *sql, GError **error);

/* A running statement; its scope's end resets it. */
typedef sqlite3_stmt DaisQuery;
void dais_query_reset (DaisQuery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisQuery, dais_query_reset)

/* sql: a string literal, prepared once per connection and place. types: one
 * letter a parameter: i = gint64, d = gdouble, s = const gchar * (nullable). */
DaisQuery *dais_connection_query (DaisConnection *self, GError **error,
    const gchar *sql, const gchar *types, ...);
/* One row further. *row says whether there is one; FALSE is an error. */
gboolean dais_query_next (DaisQuery *self, gboolean *row, GError **error);
gboolean dais_query_first (DaisQuery *self, GError **error);
/* The same for a statement that gives no rows. */
gboolean dais_connection_run (DaisConnection *self, GError **error,
    const gchar *sql, const gchar *types, ...);

gint64 dais_query_int (DaisQuery *self, gint column);
gdouble dais_query_double (DaisQuery *self, gint column);
gchar *dais_query_text (DaisQuery *self, gint column); /* NULL for NULL */

gboolean dais_migrate (DaisConnection *connection, GError **error);

/* What the aggregates work on. */
DaisConnection *dais_store_get_reader (DaisStore *self);
DaisConnection *dais_writer_get_connection (DaisWriter *writer);

G_END_DECLS
