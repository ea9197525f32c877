/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-auth"

#include "config.h"

#include "auth/password.h"

#include "core/error.h"

#include <sodium.h>
#include <string.h>

/**
 * DaisPasswords:
 *
 * Owns a pool of threads; a thread sees only its job. What waits is bounded, so
 * a flood of logins costs everybody some seconds and nobody the server.
 */
struct _DaisPasswords {
  GObject parent_instance;

  GThreadPool *pool;
  unsigned long long operations;
  gsize memory;
};

G_DEFINE_FINAL_TYPE (DaisPasswords, dais_passwords, G_TYPE_OBJECT)

typedef struct {
  gchar *password;
  gchar *hash; /* (nullable) of verify */
  gboolean is_verify;
  gboolean needs_rehash;
  unsigned long long operations;
  gsize memory;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  sodium_memzero (job->password, strlen (job->password));
  g_free (job->password);
  g_free (job->hash);
  g_free (job);
}

/* Takes the same time whatever is wrong: where there is no hash to compare
 * with, one is made and thrown away. */
static void
run_verify (GTask *task, Job *job)
{
  gchar spare[crypto_pwhash_STRBYTES];
  gsize length = strlen (job->password);

  if (job->hash == NULL) {
    if (crypto_pwhash_str_alg (spare, job->password, length, job->operations,
            job->memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
      g_debug ("no memory for a hash to throw away");
    g_task_return_boolean (task, FALSE);
    return;
  }
  if (crypto_pwhash_str_verify (job->hash, job->password, length) != 0) {
    g_task_return_boolean (task, FALSE);
    return;
  }
  job->needs_rehash = crypto_pwhash_str_needs_rehash (
                          job->hash, job->operations, job->memory) != 0;
  g_task_return_boolean (task, TRUE);
}

static void
run_hash (GTask *task, Job *job)
{
  gchar hash[crypto_pwhash_STRBYTES];

  if (crypto_pwhash_str_alg (hash, job->password, strlen (job->password),
          job->operations, job->memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "not enough memory to hash a password; try again");
    return;
  }
  g_task_return_pointer (task, g_strdup (hash), g_free);
}

/* In a thread of the pool. */
static void
run_job (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (job->is_verify)
    run_verify (task, job);
  else
    run_hash (task, job);
}

static void
dais_passwords_finalize (GObject *object)
{
  DaisPasswords *self = DAIS_PASSWORDS (object);

  /* Every job holds a reference, so none waits here; this may even be the
   * thread of the last one, which must not wait for itself. */
  g_thread_pool_free (self->pool, FALSE, FALSE);

  G_OBJECT_CLASS (dais_passwords_parent_class)->finalize (object);
}

static void
dais_passwords_class_init (DaisPasswordsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_passwords_finalize;
}

static void
dais_passwords_init (DaisPasswords *self)
{
  if (sodium_init () < 0)
    g_critical ("libsodium cannot start");
  self->operations = crypto_pwhash_OPSLIMIT_INTERACTIVE;
  self->memory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
}

/**
 * dais_passwords_new:
 * @n_threads: how many passwords are worked on at once, 0 = one a core
 *
 * Returns: (transfer full): a hasher
 */
DaisPasswords *
dais_passwords_new (guint n_threads)
{
  DaisPasswords *self = g_object_new (DAIS_TYPE_PASSWORDS, NULL);

  if (n_threads == 0)
    n_threads = g_get_num_processors ();
  self->pool = g_thread_pool_new (run_job, NULL, (gint) n_threads, FALSE, NULL);
  return self;
}

/**
 * dais_passwords_make_weak:
 * @self: a hasher
 *
 * For tests that log in many times.
 */
void
dais_passwords_make_weak (DaisPasswords *self)
{
  g_return_if_fail (DAIS_IS_PASSWORDS (self));

  self->operations = crypto_pwhash_OPSLIMIT_MIN;
  self->memory = crypto_pwhash_MEMLIMIT_MIN;
}

/**
 * dais_password_check:
 * @password: (nullable): text from anywhere
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE when it may become somebody's password
 */
gboolean
dais_password_check (const gchar *password, GError **error)
{
  if (password == NULL || *password == '\0') {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the password must not be empty");
    return FALSE;
  }
  if (strlen (password) > DAIS_PASSWORD_MAX_BYTES ||
      !g_utf8_validate (password, -1, NULL)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the password must be UTF-8 of at most %d bytes",
        DAIS_PASSWORD_MAX_BYTES);
    return FALSE;
  }
  return TRUE;
}

/* Hands a task to the pool, or ends it where too many wait. */
static void
push_job (DaisPasswords *self, GTask *task, const gchar *hash,
    const gchar *password, gboolean is_verify)
{
  Job *job = g_new0 (Job, 1);

  job->password = g_strdup (password);
  job->hash = g_strdup (hash);
  job->is_verify = is_verify;
  job->operations = self->operations;
  job->memory = self->memory;
  g_task_set_task_data (task, job, job_free);
  g_task_set_check_cancellable (task, FALSE);
  if (g_thread_pool_unprocessed (self->pool) >= DAIS_PASSWORD_MAX_WAITING) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "too many logins at once; try again in a few seconds");
    return;
  }
  g_thread_pool_push (self->pool, g_object_ref (task), NULL);
}

/**
 * dais_passwords_hash_async:
 * @self: a hasher
 * @password: the new password, see dais_password_check()
 * @cancellable: (nullable): drops it while it waits
 * @callback: (scope async): called with the result
 * @user_data: data for @callback
 *
 * Makes a hash to keep.
 */
void
dais_passwords_hash_async (DaisPasswords *self, const gchar *password,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, dais_passwords_hash_async);
  if (!dais_password_check (password, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    push_job (self, task, NULL, password, FALSE);
}

/**
 * dais_passwords_hash_finish:
 * @self: a hasher
 * @result: the result handed to the callback
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_LIMITED,
 *   %DAIS_ERROR_UNAVAILABLE, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the hash
 */
gchar *
dais_passwords_hash_finish (
    DaisPasswords *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_passwords_hash_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dais_passwords_verify_async:
 * @self: a hasher
 * @hash: (nullable): what is kept of the user's password, %NULL for nobody
 * @password: (nullable): what somebody typed
 * @cancellable: (nullable): drops it while it waits
 * @callback: (scope async): called with the result
 * @user_data: data for @callback
 *
 * Compares; by its time nobody can tell whether the user exists. What is no
 * password at all is a wrong one.
 */
void
dais_passwords_verify_async (DaisPasswords *self, const gchar *hash,
    const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dais_passwords_verify_async);
  if (!dais_password_check (password, NULL))
    push_job (self, task, NULL, "", TRUE);
  else
    push_job (self, task, hash, password, TRUE);
}

/**
 * dais_passwords_verify_finish:
 * @self: a hasher
 * @result: the result handed to the callback
 * @needs_rehash: (out) (optional): right, but keep a new hash of it
 * @error: return location; %DAIS_ERROR_LIMITED, %G_IO_ERROR_CANCELLED
 *
 * Returns: %TRUE when the password is right; %FALSE without @error when it is
 *   wrong
 */
gboolean
dais_passwords_verify_finish (DaisPasswords *self, GAsyncResult *result,
    gboolean *needs_rehash, GError **error)
{
  Job *job;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_passwords_verify_async), FALSE);

  job = g_task_get_task_data (G_TASK (result));
  if (needs_rehash != NULL)
    *needs_rehash = job->needs_rehash;
  return g_task_propagate_boolean (G_TASK (result), error);
}
