/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/connection.h"
#include "store/rooms.h"
#include "store/store.h"
#include "store/users.h"

#include <glib/gstdio.h>

typedef struct {
  gchar *folder;
  gchar *path;
  DaisStore *store;
  guint pending;
  GPtrArray *results; /* (element-type GAsyncResult) in the order of answers */
} Fixture;

static void
open_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->store = dais_store_open (f->path, &error);
  g_assert_no_error (error);
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("dais-store-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "dais.db", NULL);
  f->results = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
remove_file (const gchar *path, const gchar *suffix)
{
  g_autofree gchar *name = g_strconcat (path, suffix, NULL);

  g_unlink (name);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  g_ptr_array_unref (f->results);
  if (f->store != NULL)
    g_assert_finalize_object (f->store);
  remove_file (f->path, "");
  remove_file (f->path, "-wal");
  remove_file (f->path, "-shm");
  remove_file (f->path, ".lock");
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->pending--;
  g_ptr_array_add (f->results, g_object_ref (result));
}

static void
submit (Fixture *f, DaisChange change, gpointer data, GDestroyNotify destroy)
{
  f->pending++;
  dais_store_submit_async (f->store, change, data, destroy, NULL, on_answer, f);
}

static void
wait_for_answers (Fixture *f)
{
  while (f->pending > 0)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
answer_of (Fixture *f, guint i, GError **error)
{
  return dais_store_submit_finish (f->store, f->results->pdata[i], error);
}

static gboolean
add_user (DaisWriter *writer, gpointer data, GError **error)
{
  DaisUserRow row = { 0 };
  g_autofree gchar *hex24 = g_strdup_printf ("%024x", g_str_hash (data));

  row.username = data;
  row.hex24 = hex24;

  return dais_users_insert (writer, &row, error);
}

static gboolean
add_user_then_fail (DaisWriter *writer, gpointer data, GError **error)
{
  if (!add_user (writer, data, error))
    return FALSE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED, "thought better of it");

  return FALSE;
}

static gboolean
has_user (Fixture *f, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisUserRow) row = dais_users_by_name (f->store, name, &error);

  g_assert_no_error (error);
  return row != NULL;
}

static void
test_open_twice (Fixture *f, gconstpointer data)
{
  GStatBuf info;

  open_store (f);
  submit (f, add_user, g_strdup ("eva"), g_free);
  wait_for_answers (f);
  g_assert_true (answer_of (f, 0, NULL));
  g_ptr_array_set_size (f->results, 0);
  g_assert_finalize_object (g_steal_pointer (&f->store));

  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  open_store (f);
  g_assert_true (has_user (f, "EVA"));
}

static void
refuse (Fixture *f, const gchar *hint)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gsize n_before = 0;
  gsize n_after = 0;

  g_assert_true (g_file_get_contents (f->path, &before, &n_before, NULL));
  g_assert_null (dais_store_open (f->path, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, hint));
  g_assert_true (g_file_get_contents (f->path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
make_database (Fixture *f, const gchar *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_newer (Fixture *f, gconstpointer data)
{
  make_database (f,
      "CREATE TABLE users (id);"
      "PRAGMA application_id = 1145129299;"
      "PRAGMA user_version = 9999;");
  refuse (f, "newer");
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  make_database (f, "CREATE TABLE recipes (id);");
  refuse (f, "another program");
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  g_autofree gchar *noise = g_malloc (8192);

  memset (noise, 'x', 8192);
  g_assert_true (g_file_set_contents (f->path, noise, 8192, NULL));
  refuse (f, "damaged");
}

static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autofree gchar *bytes = NULL;
  gsize size = 0;

  open_store (f);
  g_assert_finalize_object (g_steal_pointer (&f->store));
  g_assert_true (g_file_get_contents (f->path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, 8192);
  memset (bytes + 4096, 0x5a, size - 4096);
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize) size, NULL));
  refuse (f, "damaged");
}

static void
test_no_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dais_store_open ("/nonexistent/dais.db", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
}

static void
test_lock (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisStore) other = NULL;

  open_store (f);
  g_assert_true (dais_store_lock (f->store, &error));
  g_assert_no_error (error);

  other = dais_store_open (f->path, &error);
  g_assert_no_error (error);
  g_assert_false (dais_store_lock (other, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_clear_error (&error);

  dais_store_close (f->store);
  g_assert_true (dais_store_lock (other, &error));
}

typedef struct {
  GMutex mutex;
  GCond cond;
  gboolean open;
} Gate;

static gboolean
wait_at_gate (DaisWriter *writer, gpointer data, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->mutex);
  while (!gate->open)
    g_cond_wait (&gate->cond, &gate->mutex);
  g_mutex_unlock (&gate->mutex);

  return TRUE;
}

static void
open_gate (Gate *gate)
{
  g_mutex_lock (&gate->mutex);
  gate->open = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->mutex);
}

static void
test_group_commit (Fixture *f, gconstpointer data)
{
  Gate gate = { 0 };
  guint64 before;
  guint i;

  open_store (f);
  g_mutex_init (&gate.mutex);
  g_cond_init (&gate.cond);
  before = dais_store_get_n_commits (f->store);
  submit (f, wait_at_gate, &gate, NULL);
  for (i = 0; i < 100; i++)
    submit (f, add_user, g_strdup_printf ("user-%u", i), g_free);
  open_gate (&gate);
  wait_for_answers (f);

  for (i = 0; i < f->results->len; i++)
    g_assert_true (answer_of (f, i, NULL));
  g_assert_true (has_user (f, "user-99"));
  /* the gate's batch, and one or two for all that waited behind it */
  g_assert_cmpuint (dais_store_get_n_commits (f->store) - before, <=, 3);
  g_mutex_clear (&gate.mutex);
  g_cond_clear (&gate.cond);
}

static void
test_neighbours (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) taken = NULL;

  open_store (f);
  submit (f, add_user, g_strdup ("eva"), g_free);
  submit (f, add_user_then_fail, g_strdup ("tom"), g_free);
  submit (f, add_user, g_strdup ("EVA"), g_free);
  submit (f, add_user, g_strdup ("ann"), g_free);
  wait_for_answers (f);

  g_assert_true (answer_of (f, 0, NULL));
  g_assert_false (answer_of (f, 1, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
  g_assert_false (answer_of (f, 2, &taken));
  g_assert_error (taken, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_assert_true (answer_of (f, 3, NULL));
  g_assert_true (has_user (f, "eva"));
  g_assert_false (has_user (f, "tom"));
  g_assert_true (has_user (f, "ann"));
}

static gboolean
limit_pages (DaisWriter *writer, gpointer data, GError **error)
{
  DaisConnection *on = dais_writer_get_connection (writer);

  return dais_connection_exec (on,
      GPOINTER_TO_INT (data) ? "PRAGMA max_page_count = 1"
                             : "PRAGMA max_page_count = 1073741823",
      error);
}

static gboolean
add_large_user (DaisWriter *writer, gpointer data, GError **error)
{
  DaisUserRow row = { 0 };
  g_autofree gchar *image = g_strnfill (1 << 20, 'x');

  row.username = data;
  row.hex24 = data;
  row.image = image;

  return dais_users_insert (writer, &row, error);
}

static void
test_disk_full (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint i;

  open_store (f);
  submit (f, limit_pages, GINT_TO_POINTER (TRUE), NULL);
  wait_for_answers (f);
  submit (f, add_user, g_strdup ("before"), g_free);
  submit (f, add_large_user, g_strdup ("large"), g_free);
  submit (f, add_user, g_strdup ("after"), g_free);
  wait_for_answers (f);

  /* the large one is refused, and its neighbours fit into pages there are */
  g_assert_false (answer_of (f, 2, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "full"));
  g_assert_true (answer_of (f, 1, NULL));
  g_assert_true (answer_of (f, 3, NULL));
  g_assert_true (has_user (f, "before"));
  g_assert_true (has_user (f, "after"));
  g_assert_false (has_user (f, "large"));

  submit (f, limit_pages, GINT_TO_POINTER (FALSE), NULL);
  submit (f, add_large_user, g_strdup ("large"), g_free);
  wait_for_answers (f);
  for (i = 4; i < f->results->len; i++)
    g_assert_true (answer_of (f, i, NULL));
  g_assert_true (has_user (f, "large"));
}

static void
test_close_commits (Fixture *f, gconstpointer data)
{
  guint i;

  open_store (f);
  for (i = 0; i < 50; i++)
    submit (f, add_user, g_strdup_printf ("user-%u", i), g_free);
  dais_store_close (f->store);
  submit (f, add_user, g_strdup ("late"), g_free);
  wait_for_answers (f);
  g_assert_false (answer_of (f, f->results->len - 1, NULL));
  g_ptr_array_set_size (f->results, 0);
  g_assert_finalize_object (g_steal_pointer (&f->store));

  open_store (f);
  g_assert_true (has_user (f, "user-49"));
  g_assert_false (has_user (f, "late"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                  \
  g_test_add ("/store/store/" path, Fixture, NULL, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("open-twice", test_open_twice);
  ADD ("newer", test_newer);
  ADD ("foreign", test_foreign);
  ADD ("garbage", test_garbage);
  ADD ("damaged", test_damaged);
  ADD ("no-folder", test_no_folder);
  ADD ("lock", test_lock);
  ADD ("group-commit", test_group_commit);
  ADD ("neighbours", test_neighbours);
  ADD ("disk-full", test_disk_full);
  ADD ("close-commits", test_close_commits);
#undef ADD

  return g_test_run ();
}
