/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/error.h"
#include "service/caller-private.h"
#include "service/house-private.h"
#include "service/parties-private.h"

#include <string.h>

/* Who may come into a party: the passwords. */

/**
 * dais_parties_make_secret:
 * @self: the parties
 * @name: of a party
 * @password: its password, or one that was given
 *
 * Returns: (transfer full): what stands for it in memory
 */
gchar *
dais_parties_make_secret (
    DaisParties *self, const gchar *name, const gchar *password)
{
  g_autofree gchar *text = g_strconcat (name, "\n", password, NULL);

  return g_compute_hmac_for_string (
      G_CHECKSUM_SHA256, self->key, sizeof (self->key), text, -1);
}

/**
 * dais_parties_is_secret:
 * @one: of dais_parties_make_secret()
 * @other: another
 *
 * Returns: whether they are the same, in constant time
 */
gboolean
dais_parties_is_secret (const gchar *one, const gchar *other)
{
  guint difference = 0;

  for (gsize i = 0; one[i] != '\0'; i++)
    difference |= (guint) (one[i] ^ other[i]);

  return difference == 0;
}

/* One password that is being checked, for all who gave it. */
typedef struct {
  DaisParties *parties;
  DaisParty *party;
  gchar *secret;
} Check;

typedef struct {
  DaisParty *party;
  gchar *address;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_object_unref (opening->party);
  g_free (opening->address);
  g_free (opening);
}

/* It may have gone while a hash was worked out. */
static gboolean
is_kept (DaisParties *self, DaisParty *party)
{
  g_autofree gchar *key = g_ascii_strdown (party->name, -1);

  return g_hash_table_lookup (self->by_name, key) == party;
}

/* error: (nullable): of the check itself */
static void
answer (GTask *task, gboolean is_right, const GError *error)
{
  DaisParties *self = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);

  if (error != NULL) {
    g_task_return_error (task, g_error_copy (error));
  } else if (!is_kept (self, opening->party)) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such room");
  } else if (is_right) {
    /* so that it does not go before its guest comes */
    opening->party->empty_since = g_get_monotonic_time ();
    g_task_return_pointer (task, g_object_ref (opening->party), g_object_unref);
  } else {
    dais_attempts_add (
        self->guesses, opening->address, g_get_monotonic_time ());
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_DENIED,
        "that is not the password of this room");
  }
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Check *check = data;
  g_autoptr (DaisParties) self = check->parties;
  g_autoptr (DaisParty) party = check->party;
  g_autofree gchar *secret = check->secret;
  g_autofree gchar *key = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_right = dais_passwords_verify_finish (
      DAIS_PASSWORDS (source), result, NULL, &error);

  if (is_right) {
    g_free (party->secret);
    party->secret = g_strdup (secret);
  }
  g_hash_table_steal_extended (
      self->checks, secret, (gpointer *) &key, (gpointer *) &tasks);
  for (guint i = 0; i < tasks->len; i++)
    answer (g_ptr_array_index (tasks, i), is_right, error);
}

static void
verify (DaisParties *self, DaisParty *party, const gchar *password,
    gchar *secret, GTask *task) /* secret, task: (transfer full) */
{
  GPtrArray *tasks = g_hash_table_lookup (self->checks, secret);
  Check *check = NULL;

  if (tasks != NULL) {
    g_ptr_array_add (tasks, task);
    g_free (secret);
    return;
  }

  tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (tasks, task);
  g_hash_table_insert (self->checks, g_strdup (secret), tasks);
  check = g_new0 (Check, 1);
  check->parties = g_object_ref (self);
  check->party = g_object_ref (party);
  check->secret = secret;
  dais_passwords_verify_async (
      dais_callers_get_passwords (dais_house_get_callers (self->house)),
      party->hash, password, NULL, on_verified, check);
}

/**
 * dais_parties_open_async:
 * @self: the parties
 * @caller: who asks
 * @address: the peer's
 * @name: of a party
 * @password: as it was given
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when the password was checked
 * @user_data: data for @callback
 *
 * A hash is worked out only until the right password was given once; from then
 * on, and after its creation, a party knows it by a keyed digest. In a members'
 * room the invitation lets people in, whatever password they give.
 *
 * Errors: %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_DENIED, %DAIS_ERROR_LIMITED.
 */
void
dais_parties_open_async (DaisParties *self, DaisCaller *caller,
    const gchar *address, const gchar *name, const gchar *password,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  DaisParty *party = dais_parties_find (self, caller, name);
  Opening *opening = NULL;
  g_autofree gchar *secret = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_parties_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!dais_attempts_check (
          self->guesses, address, g_get_monotonic_time (), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (party == NULL) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such room");
    return;
  }

  opening = g_new0 (Opening, 1);
  opening->party = g_object_ref (party);
  opening->address = g_strdup (address);
  g_task_set_task_data (task, opening, opening_free);
  secret = dais_parties_make_secret (self, party->name, password);
  if (party->is_for_members)
    answer (task, TRUE, NULL);
  else if (party->secret != NULL)
    answer (task, dais_parties_is_secret (party->secret, secret), NULL);
  else
    verify (self, party, password, g_steal_pointer (&secret),
        g_steal_pointer (&task));
}

/**
 * dais_parties_open_finish:
 * @self: the parties
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the party
 */
DaisParty *
dais_parties_open_finish (
    DaisParties *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
