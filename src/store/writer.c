/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/writer.h"

#include <sys/statvfs.h>

/* one transaction holds at most so many changes, so that the first of them does
 * not wait for an endless rest */
#define MAX_BATCH 512

/**
 * DaisWriter:
 *
 * The thread that changes the database. It takes everything that waits, runs
 * each change in a savepoint, and commits them with one sync of the disk
 * (group commit). Owns its connection; the queue is the only thing shared.
 */
struct _DaisWriter {
  DaisConnection *connection;
  GThread *thread;
  GMainContext *context; /* where answers go */
  GAsyncQueue *queue;    /* (element-type GTask); &quit ends the thread */
  gboolean ending;       /* writer thread only */
  gint quit;             /* only its address is used */
  gint n_commits;        /* atomic */
  guint64 reserve;       /* bytes of the disk that are left free */
  gint64 looked_us;      /* writer thread only, as the next one */
  gboolean is_short;
};

typedef struct {
  GTask *task;
  GError *error; /* (nullable) */
} Entry;

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_clear_error (&entry->error);
  g_clear_object (&entry->task);
}

/**
 * dais_writer_set_reserve:
 * @self: the writer, before anything was pushed
 * @bytes: see dais_store_set_reserve()
 */
void
dais_writer_set_reserve (DaisWriter *self, guint64 bytes)
{
  self->reserve = bytes;
}

static void
look_at_disk (DaisWriter *self)
{
  const gchar *path = sqlite3_db_filename (
      dais_connection_get_db (self->connection), "main");
  struct statvfs disk;
  gboolean is_short;

  if (path == NULL || statvfs (path, &disk) != 0)
    return;
  is_short = (guint64) disk.f_bavail * disk.f_frsize < self->reserve;
  if (is_short && !self->is_short)
    g_warning ("the disk is nearly full: what people write is refused so that "
               "recordings go on; make room (free_space)");
  self->is_short = is_short;
}

/**
 * dais_writer_check_space:
 * @self: the writer, inside a change
 * @error: return location, %DAIS_ERROR_STORAGE
 *
 * For what people may write without end: it stops before it takes the last of
 * the disk from the recordings and the journal.
 *
 * Returns: whether there is room
 */
gboolean
dais_writer_check_space (DaisWriter *self, GError **error)
{
  gint64 now = g_get_monotonic_time ();

  if (self->reserve > 0 && now - self->looked_us >= G_USEC_PER_SEC) {
    self->looked_us = now;
    look_at_disk (self);
  }
  if (!self->is_short)
    return TRUE;

  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "the disk is nearly full; nothing is kept until there is room");
  return FALSE;
}

static gboolean
run_change (DaisWriter *self, Entry *entry)
{
  DaisSubmit *submit = g_task_get_task_data (entry->task);
  DaisConnection *on = self->connection;

  g_clear_error (&entry->error);
  if (!dais_connection_run (on, &entry->error, "SAVEPOINT change", ""))
    return FALSE;

  if (submit->change (self, submit->data, &entry->error))
    return dais_connection_run (on, &entry->error, "RELEASE change", "");

  if (entry->error == NULL)
    g_set_error (&entry->error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the change was refused without a reason");
  if (!sqlite3_get_autocommit (dais_connection_get_db (on))) {
    dais_connection_run (on, NULL, "ROLLBACK TO change", "");
    dais_connection_run (on, NULL, "RELEASE change", "");
  }

  return FALSE;
}

/* TRUE: every entry without an error is on the disk. FALSE: nothing is. */
static gboolean
run_batch (DaisWriter *self, GArray *batch, guint first, guint n)
{
  DaisConnection *on = self->connection;
  g_autoptr (GError) error = NULL;
  guint i;

  if (!dais_connection_run (on, &error, "BEGIN IMMEDIATE", "")) {
    for (i = first; i < first + n; i++)
      g_array_index (batch, Entry, i).error = g_error_copy (error);
    return FALSE;
  }

  for (i = first; i < first + n; i++) {
    run_change (self, &g_array_index (batch, Entry, i));
    /* a full disk can end the whole transaction */
    if (sqlite3_get_autocommit (dais_connection_get_db (on)))
      break;
  }

  if (i == first + n && dais_connection_run (on, &error, "COMMIT", "")) {
    g_atomic_int_inc (&self->n_commits);
    return TRUE;
  }

  if (!sqlite3_get_autocommit (dais_connection_get_db (on)))
    dais_connection_run (on, NULL, "ROLLBACK", "");
  for (i = first; i < first + n; i++) {
    Entry *entry = &g_array_index (batch, Entry, i);

    if (entry->error == NULL)
      entry->error = error != NULL
          ? g_error_copy (error)
          : g_error_new (DAIS_ERROR, DAIS_ERROR_STORAGE,
                "the database: a neighbour's failure took this change "
                "with it, try again");
  }

  return FALSE;
}

static void
run_all (DaisWriter *self, GArray *batch)
{
  guint i;

  if (run_batch (self, batch, 0, batch->len))
    return;

  /* One change can be too large for the disk while its neighbours fit. */
  for (i = 0; batch->len > 1 && i < batch->len; i++) {
    g_clear_error (&g_array_index (batch, Entry, i).error);
    run_batch (self, batch, i, 1);
  }
}

static void
collect (DaisWriter *self, GArray *batch)
{
  gpointer next = g_async_queue_pop (self->queue);

  while (next != NULL) {
    Entry entry = { NULL, NULL };

    if (next == &self->quit) {
      self->ending = TRUE;
      return;
    }
    entry.task = next;
    g_array_append_val (batch, entry);
    if (batch->len == MAX_BATCH)
      return;
    next = g_async_queue_try_pop (self->queue);
  }
}

typedef struct {
  GArray *entries; /* (element-type Entry) */
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_array_unref (answer->entries);
  g_free (answer);
}

static gboolean
on_answer (gpointer data)
{
  Answer *answer = data;
  guint i;

  for (i = 0; i < answer->entries->len; i++) {
    Entry *entry = &g_array_index (answer->entries, Entry, i);

    if (entry->error != NULL)
      g_task_return_error (entry->task, g_steal_pointer (&entry->error));
    else
      g_task_return_boolean (entry->task, TRUE);
  }

  return G_SOURCE_REMOVE;
}

/* Tasks are returned and freed where they were made: what hangs on them (rooms,
 * sockets) must never be finalised on this thread. */
static void
answer_in_context (DaisWriter *self, GArray *batch) /* (transfer full) */
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Answer *answer = g_new0 (Answer, 1);

  answer->entries = batch;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_answer, answer, answer_free);
  g_source_attach (source, self->context);
}

static gpointer
writer_thread (gpointer data)
{
  DaisWriter *self = data;

  while (!self->ending) {
    GArray *batch = g_array_new (FALSE, FALSE, sizeof (Entry));

    g_array_set_clear_func (batch, entry_clear);
    collect (self, batch);
    if (batch->len > 0)
      run_all (self, batch);
    answer_in_context (self, batch);
  }

  return NULL;
}

/**
 * dais_writer_new:
 * @connection: (transfer full): a writing connection
 *
 * Returns: (transfer full): the writer, its thread running
 */
DaisWriter *
dais_writer_new (DaisConnection *connection)
{
  DaisWriter *self = g_new0 (DaisWriter, 1);

  self->connection = connection;
  self->context = g_main_context_ref_thread_default ();
  self->queue = g_async_queue_new_full (g_object_unref);
  self->thread = g_thread_new ("dais-store", writer_thread, self);

  return self;
}

/**
 * dais_writer_free:
 * @self: (transfer full): the writer
 *
 * Carries out what was pushed before, then ends the thread.
 */
void
dais_writer_free (DaisWriter *self)
{
  g_async_queue_push (self->queue, &self->quit);
  g_thread_join (self->thread);
  g_async_queue_unref (self->queue);
  g_main_context_unref (self->context);
  dais_connection_free (self->connection);
  g_free (self);
}

/**
 * dais_writer_push:
 * @self: the writer
 * @task: (transfer full): carries a #DaisSubmit, is returned from the thread
 */
void
dais_writer_push (DaisWriter *self, GTask *task)
{
  g_async_queue_push (self->queue, task);
}

/**
 * dais_writer_get_n_commits:
 * @self: the writer
 *
 * Returns: how many transactions are on the disk
 */
guint64
dais_writer_get_n_commits (DaisWriter *self)
{
  return (guint) g_atomic_int_get (&self->n_commits);
}

/**
 * dais_writer_get_connection:
 * @writer: the writer, inside a change
 *
 * Returns: (transfer none): the connection to change things on
 */
DaisConnection *
dais_writer_get_connection (DaisWriter *writer)
{
  return writer->connection;
}
