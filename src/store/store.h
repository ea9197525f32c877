/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisStore:
 *
 * The house's one SQLite database. Reads run in the main context on a
 * connection of their own (functions of the aggregates that take a #DaisStore);
 * changes run on one writer thread (functions that take a #DaisWriter), many
 * of them to a transaction.
 */
#define DAIS_TYPE_STORE (dais_store_get_type ())
G_DECLARE_FINAL_TYPE (DaisStore, dais_store, DAIS, STORE, GObject)

typedef struct _DaisWriter DaisWriter;

/* Blocks for the disk: call it before the main loop runs. */
DaisStore *dais_store_open (const gchar *path, GError **error);
/* Commits what was submitted, then closes. Blocks; the last unref does it too.
 */
void dais_store_close (DaisStore *self);

/* A change, run on the writer thread inside a savepoint of its own. It returns
 * FALSE with an error to leave no trace. It may be run again after everything
 * was rolled back, so it only reads what it was given and writes the database
 * (or the same fields of @data again). */
typedef gboolean (*DaisChange) (
    DaisWriter *writer, gpointer data, GError **error);

/* data: (transfer full), freed with destroy in the main context, after the
 * callback. A change that was submitted is carried out whatever becomes of
 * cancellable. */
void dais_store_submit_async (DaisStore *self, DaisChange change, gpointer data,
    GDestroyNotify destroy, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* TRUE: on disk. Errors: STORAGE (disk full or refusing: nothing was changed),
 * CONFLICT (a UNIQUE column), whatever the change itself gave. */
gboolean dais_store_submit_finish (
    DaisStore *self, GAsyncResult *result, GError **error);
/* (transfer none): the data of a submit, in its callback */
gpointer dais_store_submit_get_data (GAsyncResult *result);

/* bytes: of the disk that dais_writer_check_space() leaves free; call it before
 * anything is submitted. */
void dais_store_set_reserve (DaisStore *self, guint64 bytes);
/* Inside a change that only keeps what somebody wrote. Errors: STORAGE. */
gboolean dais_writer_check_space (DaisWriter *writer, GError **error);

/* One daemon to a data folder: takes the lock file beside the database and
 * holds it until the store is closed. CONFLICT when another process has it. */
gboolean dais_store_lock (DaisStore *self, GError **error);

/* How many transactions were committed so far; for tests and metrics. */
guint64 dais_store_get_n_commits (DaisStore *self);

G_END_DECLS
