/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "auth/password.h"
#include "core/error.h"

#include <string.h>

typedef struct {
  DaisPasswords *passwords;
  GAsyncResult *result;
  guint n_done;
  guint n_limited;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->passwords = dais_passwords_new (2);
  dais_passwords_make_weak (f->passwords);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->result);
  /* The last job's thread may hold its reference a moment longer. */
  g_object_unref (f->passwords);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_set_object (&f->result, result);
}

static GAsyncResult *
wait_for_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&f->result);
}

static gchar *
hash_password (Fixture *f, const gchar *password, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_passwords_hash_async (f->passwords, password, NULL, on_result, f);
  result = wait_for_result (f);
  return dais_passwords_hash_finish (f->passwords, result, error);
}

static gboolean
verify (Fixture *f, const gchar *hash, const gchar *password,
    gboolean *needs_rehash)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean right;

  dais_passwords_verify_async (
      f->passwords, hash, password, NULL, on_result, f);
  result = wait_for_result (f);
  right = dais_passwords_verify_finish (
      f->passwords, result, needs_rehash, &error);
  g_assert_no_error (error);
  return right;
}

static void
test_hash_and_verify (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *hash = hash_password (f, "correct horse \303\251", &error);
  g_autofree gchar *other = NULL;
  gboolean needs_rehash = TRUE;

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (hash, "$argon2id$"));
  other = hash_password (f, "correct horse \303\251", NULL);
  g_assert_cmpstr (hash, !=, other);
  g_assert_true (verify (f, hash, "correct horse \303\251", &needs_rehash));
  g_assert_false (needs_rehash);
  g_assert_false (verify (f, hash, "correct horse", NULL));
  g_assert_false (verify (f, hash, "", NULL));
  g_assert_false (verify (f, hash, NULL, NULL));
  g_assert_false (verify (f, NULL, "correct horse", NULL));
  g_assert_false (verify (f, NULL, "", NULL));
  g_assert_false (verify (f, "damaged", "correct horse", NULL));
}

static void
test_needs_rehash (Fixture *f, gconstpointer data)
{
  g_autofree gchar *hash = hash_password (f, "secret", NULL);
  gboolean needs_rehash = FALSE;

  g_object_unref (f->passwords);
  f->passwords = dais_passwords_new (0);
  g_assert_true (verify (f, hash, "secret", &needs_rehash));
  g_assert_true (needs_rehash);
}

static void
test_refuses (Fixture *f, gconstpointer data)
{
  g_autofree gchar *too_long = g_strnfill (DAIS_PASSWORD_MAX_BYTES + 1, 'x');
  const gchar *const bad[] = { NULL, "", "\377", too_long };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (hash_password (f, bad[i], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
  g_assert_false (verify (f, NULL, too_long, NULL));
}

static void
on_flood_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_false (dais_passwords_verify_finish (
      DAIS_PASSWORDS (source), result, NULL, &error));
  if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_LIMITED))
    f->n_limited++;
  else if (error != NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  f->n_done++;
}

/* One thread at full strength needs a minute for what comes here in a moment,
 * so some must be refused; what waits is dropped. */
static void
test_flood (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n = DAIS_PASSWORD_MAX_WAITING * 4;

  g_object_unref (f->passwords);
  f->passwords = dais_passwords_new (1);
  for (guint i = 0; i < n; i++)
    dais_passwords_verify_async (
        f->passwords, NULL, "guess", cancellable, on_flood_done, f);
  g_cancellable_cancel (cancellable);
  while (f->n_done < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (f->n_limited, >, 0);
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  dais_passwords_hash_async (f->passwords, "secret", cancellable, on_result, f);
  result = wait_for_result (f);
  g_assert_null (dais_passwords_hash_finish (f->passwords, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) \
  g_test_add ("/auth/password/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("hash-and-verify", test_hash_and_verify);
  ADD ("needs-rehash", test_needs_rehash);
  ADD ("refuses", test_refuses);
  ADD ("flood", test_flood);
  ADD ("cancelled", test_cancelled);
#undef ADD

  return g_test_run ();
}
