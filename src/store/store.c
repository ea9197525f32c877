/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-store"

#include "config.h"

#include "store/store.h"

#include "store/connection.h"
#include "store/writer.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

struct _DaisStore {
  GObject parent_instance;

  gchar *path;
  DaisConnection *reader; /* main context */
  DaisWriter *writer;     /* (nullable): NULL once closed */
  gint lock_fd;           /* -1 = not taken */
};

G_DEFINE_FINAL_TYPE (DaisStore, dais_store, G_TYPE_OBJECT)

static void
dais_store_finalize (GObject *object)
{
  DaisStore *self = DAIS_STORE (object);

  dais_store_close (self);
  g_clear_pointer (&self->path, g_free);

  G_OBJECT_CLASS (dais_store_parent_class)->finalize (object);
}

static void
dais_store_class_init (DaisStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_store_finalize;
}

static void
dais_store_init (DaisStore *self)
{
  self->lock_fd = -1;
}

/* Hashes of passwords are in it: for nobody else's eyes. */
static gboolean
make_private (const gchar *path, GError **error)
{
  gint fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0) {
    fchmod (fd, 0600);
    return g_close (fd, error);
  }

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "cannot open the database '%s': %s; check who owns its folder", path,
      g_strerror (errno));
  return FALSE;
}

/**
 * dais_store_open:
 * @path: the database file, made when it is missing
 * @error: return location, %DAIS_ERROR_STORAGE
 *
 * Opens the database, brings it to this program's version, and starts the
 * writer thread. Blocks for the disk. A newer, damaged or foreign file is
 * refused and left as it is.
 *
 * Returns: (transfer full): the store
 */
DaisStore *
dais_store_open (const gchar *path, GError **error)
{
  g_autoptr (DaisStore) self = NULL;
  g_autoptr (DaisConnection) writing = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  if (!make_private (path, error))
    return NULL;

  self = g_object_new (DAIS_TYPE_STORE, NULL);
  self->path = g_strdup (path);
  writing = dais_connection_open (path, TRUE, error);
  if (writing == NULL || !dais_migrate (writing, error)) {
    g_prefix_error (error, "'%s': ", path);
    return NULL;
  }
  self->reader = dais_connection_open (path, FALSE, error);
  if (self->reader == NULL)
    return NULL;
  self->writer = dais_writer_new (g_steal_pointer (&writing));

  return g_steal_pointer (&self);
}

/**
 * dais_store_set_reserve:
 * @self: the store
 * @bytes: of the disk; 0 = none
 *
 * How much dais_writer_check_space() leaves free.
 */
void
dais_store_set_reserve (DaisStore *self, guint64 bytes)
{
  g_return_if_fail (DAIS_IS_STORE (self));

  dais_writer_set_reserve (self->writer, bytes);
}

/**
 * dais_store_close:
 * @self: the store
 *
 * Commits what was submitted, ends the thread and closes the database. Waits
 * for the disk; submitting afterwards fails.
 */
void
dais_store_close (DaisStore *self)
{
  g_return_if_fail (DAIS_IS_STORE (self));

  g_clear_pointer (&self->reader, dais_connection_free);
  g_clear_pointer (&self->writer, dais_writer_free);
  if (self->lock_fd >= 0)
    g_close (g_steal_fd (&self->lock_fd), NULL);
}

/**
 * dais_store_lock:
 * @self: the store
 * @error: return location, %DAIS_ERROR_CONFLICT or %DAIS_ERROR_STORAGE
 *
 * Claims the data folder for this process until the store is closed. The
 * kernel gives the lock back when the process dies, however it dies.
 *
 * Returns: whether this is the folder's one daemon now
 */
gboolean
dais_store_lock (DaisStore *self, GError **error)
{
  g_autofree gchar *path = NULL;

  g_return_val_if_fail (DAIS_IS_STORE (self), FALSE);

  if (self->lock_fd >= 0)
    return TRUE;

  path = g_strconcat (self->path, ".lock", NULL);
  self->lock_fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock_fd < 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE, "cannot open '%s': %s",
        path, g_strerror (errno));
    return FALSE;
  }
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;

  g_close (g_steal_fd (&self->lock_fd), NULL);
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
      "another dais runs on '%s'; stop it, or choose another data folder",
      self->path);
  return FALSE;
}

static void
submit_free (gpointer data)
{
  DaisSubmit *submit = data;

  if (submit->destroy != NULL)
    submit->destroy (submit->data);
  g_free (submit);
}

/**
 * dais_store_submit_async:
 * @self: the store
 * @change: (scope async): what to do, on the writer thread
 * @data: (transfer full): what it needs
 * @destroy: frees @data in the main context
 * @cancellable: (nullable): not heeded once the change was submitted
 * @callback: (scope async): called when it is on the disk, or refused
 * @user_data: data for @callback
 *
 * Changes are carried out in the order in which they were submitted.
 */
void
dais_store_submit_async (DaisStore *self, DaisChange change, gpointer data,
    GDestroyNotify destroy, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  DaisSubmit *submit = NULL;

  g_return_if_fail (DAIS_IS_STORE (self));
  g_return_if_fail (change != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_store_submit_async);
  g_task_set_check_cancellable (task, FALSE);

  submit = g_new0 (DaisSubmit, 1);
  submit->change = change;
  submit->data = data;
  submit->destroy = destroy;
  g_task_set_task_data (task, submit, submit_free);

  if (self->writer == NULL) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE, "the house is closing");
    return;
  }

  dais_writer_push (self->writer, g_steal_pointer (&task));
}

/**
 * dais_store_submit_finish:
 * @self: the store
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when the change is on the disk
 */
gboolean
dais_store_submit_finish (DaisStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_store_submit_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * dais_store_submit_get_data:
 * @result: the result handed to the callback
 *
 * Returns: (transfer none): the data of the change, with what it filled in
 */
gpointer
dais_store_submit_get_data (GAsyncResult *result)
{
  DaisSubmit *submit = g_task_get_task_data (G_TASK (result));

  return submit->data;
}

/**
 * dais_store_get_n_commits:
 * @self: the store
 *
 * Returns: how many transactions were committed since it was opened
 */
guint64
dais_store_get_n_commits (DaisStore *self)
{
  g_return_val_if_fail (DAIS_IS_STORE (self), 0);

  return self->writer != NULL ? dais_writer_get_n_commits (self->writer) : 0;
}

/**
 * dais_store_get_reader:
 * @self: the store
 *
 * Returns: (transfer none): the main context's connection
 */
DaisConnection *
dais_store_get_reader (DaisStore *self)
{
  return self->reader;
}
