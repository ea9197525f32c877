/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/error.h"
#include "core/json-writer.h"
#include "core/random-id.h"
#include "core/slug.h"
#include "core/time-format.h"
#include "service/caller-private.h"
#include "service/house-private.h"

#define MAX_USERNAME         64 /* characters */
#define MAX_TEXT             200
#define ADMIN_PASSWORD_BYTES 15

/* An account on its way: first the hash, then the disk. */
typedef struct {
  DaisUserRow *row;
  gint64 roles; /* of a change; -1 leaves them */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_clear_pointer (&work->row, dais_user_row_free);
  g_free (work);
}

static gboolean
check_text (const gchar *text, const gchar *what, GError **error)
{
  if (text == NULL ||
      (g_utf8_validate (text, -1, NULL) &&
          g_utf8_strlen (text, -1) <= MAX_TEXT))
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the %s may have %d characters of UTF-8", what, MAX_TEXT);
  return FALSE;
}

static gboolean
check_details (const DaisNewUser *user, GError **error)
{
  return check_text (user->email, "e-mail address", error) &&
      check_text (user->first_name, "first name", error) &&
      check_text (user->last_name, "last name", error) &&
      (user->password == NULL || dais_password_check (user->password, error));
}

static gboolean
check_user (const DaisNewUser *user, GError **error)
{
  if (!dais_name_check (user->username, "username", error))
    return FALSE;
  if (g_utf8_strlen (user->username, -1) > MAX_USERNAME) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "a username may have %d characters", MAX_USERNAME);
    return FALSE;
  }

  return check_details (user, error);
}

static DaisUserRow *
make_row (const DaisNewUser *user, DaisRole roles)
{
  DaisUserRow *row = g_new0 (DaisUserRow, 1);

  row->hex24 = dais_random_hex (12);
  row->username = g_strdup (user->username);
  row->email = g_strdup (user->email);
  row->first_name = g_strdup (user->first_name);
  row->last_name = g_strdup (user->last_name);
  row->image = g_strdup (user->image);
  row->roles = roles;
  row->created = g_get_real_time ();

  return row;
}

static gboolean
write_user (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_users_insert (writer, ((Work *) data)->row, error);
}

static void
on_user_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisCallers *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_CONFLICT)) {
      g_clear_error (&error);
      g_set_error (&error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
          "there is a user '%s' already", work->row->username);
    }
    g_task_return_error (task, error);
    return;
  }

  dais_callers_forget_users (self);
  g_task_return_pointer (task,
      dais_caller_new (dais_callers_get_link (self), DAIS_CALLER_USER,
          work->row->id, work->row->username, work->row->hex24),
      (GDestroyNotify) dais_caller_unref);
}

static void
submit_user (GTask *task)
{
  DaisCallers *self = g_task_get_source_object (task);

  dais_store_submit_async (dais_house_get_store (dais_callers_get_house (self)),
      write_user, g_task_get_task_data (task), NULL, NULL, on_user_written,
      g_object_ref (task));
}

static void
on_user_hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  work->row->hash = dais_passwords_hash_finish (
      DAIS_PASSWORDS (source), result, &error);
  if (work->row->hash == NULL)
    g_task_return_error (task, error);
  else
    submit_user (task);
}

static void
start_user (GTask *task, DaisUserRow *row, const gchar *password)
{
  DaisCallers *self = g_task_get_source_object (task);
  Work *work = g_new0 (Work, 1);

  work->row = row;
  g_task_set_task_data (task, work, work_free);
  g_task_set_check_cancellable (task, FALSE);
  if (password == NULL)
    submit_user (task);
  else
    dais_passwords_hash_async (dais_callers_get_passwords (self), password,
        g_task_get_cancellable (task), on_user_hashed, g_object_ref (task));
}

/* Where it is open, anybody may sign up; but only an admin gives roles. */
static gboolean
may_add (DaisCallers *self, DaisCaller *caller, const DaisNewUser *user,
    GError **error)
{
  const DaisServerSettings *settings = dais_config_get_server (
      dais_house_get_config (dais_callers_get_house (self)));

  if (settings->sign_up && user->roles == NULL)
    return TRUE;

  return dais_caller_check (caller, DAIS_GRANT_ADMIN, NULL, error);
}

/**
 * dais_callers_add_user_async:
 * @self: the callers
 * @caller: who wants it; needs ADMIN, or an open sign-up without roles
 * @user: (transfer none): the new account
 * @cancellable: (nullable): drops it while its password waits to be hashed
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_INVALID, %DAIS_ERROR_CONFLICT, %DAIS_ERROR_DENIED,
 * %DAIS_ERROR_LIMITED, %DAIS_ERROR_STORAGE.
 */
void
dais_callers_add_user_async (DaisCallers *self, DaisCaller *caller,
    const DaisNewUser *user, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  static const gchar *const none[] = { NULL };
  g_autoptr (GTask) task = NULL;
  DaisRole roles = DAIS_ROLE_NONE;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_CALLERS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_callers_add_user_async);
  if (!may_add (self, caller, user, &error) || !check_user (user, &error) ||
      !dais_roles_from_strv (
          user->roles != NULL ? user->roles : none, &roles, &error)) {
    g_task_return_error (task, error);
    return;
  }

  start_user (task, make_row (user, roles), user->password);
}

/**
 * dais_callers_add_user_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the new user
 */
DaisCaller *
dais_callers_add_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_callers_add_user_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_admin_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (DaisCaller) admin = NULL;
  GError *error = NULL;

  admin = dais_callers_add_user_finish (DAIS_CALLERS (source), result, &error);
  if (admin == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * dais_callers_make_admin_async:
 * @self: the callers
 * @callback: (scope async): called when there is an admin
 * @user_data: data for @callback
 *
 * Makes the account "admin" with a random password when nobody has that role.
 */
void
dais_callers_make_admin_async (
    DaisCallers *self, GAsyncReadyCallback callback, gpointer user_data)
{
  static const gchar *const roles[] = { "admin", NULL };
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autofree gchar *password = NULL;
  DaisNewUser user = { .username = "admin", .roles = roles };
  GError *error = NULL;
  gint64 n;

  g_task_set_source_tag (task, dais_callers_make_admin_async);
  n = dais_users_count_role (
      dais_house_get_store (dais_callers_get_house (self)), DAIS_ROLE_ADMIN,
      &error);
  if (n != 0) {
    if (n < 0)
      g_task_return_error (task, error);
    else
      g_task_return_boolean (task, TRUE);
    return;
  }

  password = dais_random_base64url (ADMIN_PASSWORD_BYTES);
  user.password = password;
  dais_callers_add_user_async (self, dais_callers_get_console (self), &user,
      NULL, on_admin_made, g_object_ref (task));
  g_task_set_task_data (task, g_steal_pointer (&password), g_free);
}

/**
 * dais_callers_make_admin_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @password: (out) (transfer full) (nullable): of the account, if it was made
 * @error: return location
 *
 * Returns: whether there is an admin
 */
gboolean
dais_callers_make_admin_finish (
    DaisCallers *self, GAsyncResult *result, gchar **password, GError **error)
{
  *password = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *password = g_strdup (g_task_get_task_data (G_TASK (result)));

  return TRUE;
}

static DaisUserRow *
find_user (DaisCallers *self, const gchar *username, GError **error)
{
  GError *failure = NULL;
  DaisUserRow *row = dais_users_by_name (
      dais_house_get_store (dais_callers_get_house (self)), username, &failure);

  if (failure != NULL)
    g_propagate_error (error, failure);
  else if (row == NULL)
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no user '%s'", username);

  return row;
}

static gboolean
write_change (DaisWriter *writer, gpointer data, GError **error)
{
  Work *work = data;
  DaisUserRow *row = work->row;

  if (row->hash != NULL &&
      !dais_users_set_hash (writer, row->id, row->hash, row->valid_from, error))
    return FALSE;

  return dais_users_change (writer, row, work->roles, DAIS_ROLE_ADMIN, error);
}

static gboolean
write_removal (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_users_remove (
      writer, ((Work *) data)->row->id, DAIS_ROLE_ADMIN, error);
}

static void
on_account_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  dais_callers_forget_users (g_task_get_source_object (task));
  if (dais_store_submit_finish (DAIS_STORE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
submit_change (GTask *task)
{
  DaisCallers *self = g_task_get_source_object (task);

  dais_store_submit_async (dais_house_get_store (dais_callers_get_house (self)),
      write_change, g_task_get_task_data (task), NULL, NULL, on_account_written,
      g_object_ref (task));
}

static void
on_password_hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  work->row->hash = dais_passwords_hash_finish (
      DAIS_PASSWORDS (source), result, &error);
  if (work->row->hash == NULL) {
    g_task_return_error (task, error);
    return;
  }

  work->row->valid_from = g_get_real_time () / G_USEC_PER_SEC;
  submit_change (task);
}

static gboolean
is_own (DaisCaller *caller, const gchar *username)
{
  return dais_caller_get_user_id (caller) != 0 &&
      g_ascii_strcasecmp (dais_caller_get_username (caller), username) == 0;
}

static gboolean
may_change (DaisCaller *caller, const gchar *username,
    const DaisNewUser *change, GError **error)
{
  gboolean password_alone = change->email == NULL &&
      change->first_name == NULL && change->last_name == NULL &&
      change->roles == NULL;

  return (password_alone && is_own (caller, username)) ||
      dais_caller_check (caller, DAIS_GRANT_ADMIN, NULL, error);
}

/* (transfer full) (nullable): whom it is about, and what becomes of them */
static Work *
make_change (DaisCallers *self, const gchar *username,
    const DaisNewUser *change, GError **error)
{
  g_autoptr (DaisUserRow) found = NULL;
  DaisRole roles = DAIS_ROLE_NONE;
  Work *work = NULL;

  if (!check_details (change, error) ||
      (change->roles != NULL &&
          !dais_roles_from_strv (change->roles, &roles, error)) ||
      (found = find_user (self, username, error)) == NULL)
    return NULL;

  work = g_new0 (Work, 1);
  work->roles = change->roles != NULL ? (gint64) roles : -1;
  work->row = g_new0 (DaisUserRow, 1);
  work->row->id = found->id;
  work->row->email = g_strdup (change->email);
  work->row->first_name = g_strdup (change->first_name);
  work->row->last_name = g_strdup (change->last_name);

  return work;
}

/**
 * dais_callers_change_user_async:
 * @self: the callers
 * @caller: who wants it; needs ADMIN, or it is their own password alone
 * @username: whose account
 * @change: (transfer none): what shall differ; %NULL leaves what is there, the
 *   username in it is not looked at
 * @cancellable: (nullable): drops it while a password waits to be hashed
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * After a new password, tokens that were issued before are void. Errors:
 * %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_INVALID, %DAIS_ERROR_DENIED,
 * %DAIS_ERROR_CONFLICT for the last admin, %DAIS_ERROR_STORAGE.
 */
void
dais_callers_change_user_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, const DaisNewUser *change, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_CALLERS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_callers_change_user_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!may_change (caller, username, change, &error) ||
      (work = make_change (self, username, change, &error)) == NULL) {
    g_task_return_error (task, error);
    return;
  }

  g_task_set_task_data (task, work, work_free);
  if (change->password == NULL)
    submit_change (task);
  else
    dais_passwords_hash_async (dais_callers_get_passwords (self),
        change->password, cancellable, on_password_hashed, g_object_ref (task));
}

/**
 * dais_callers_change_user_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_callers_change_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_callers_change_user_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * dais_callers_set_password_async:
 * @self: the callers
 * @caller: who wants it; needs ADMIN, or it is their own
 * @username: whose
 * @password: the new one
 * @cancellable: (nullable): drops it while it waits to be hashed
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * dais_callers_change_user_async() with a password alone.
 */
void
dais_callers_set_password_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  DaisNewUser change = { .password = password };

  dais_callers_change_user_async (
      self, caller, username, &change, cancellable, callback, user_data);
}

/**
 * dais_callers_set_password_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
dais_callers_set_password_finish (
    DaisCallers *self, GAsyncResult *result, GError **error)
{
  return dais_callers_change_user_finish (self, result, error);
}

/**
 * dais_callers_remove_user_async:
 * @self: the callers
 * @caller: who wants it; needs ADMIN
 * @username: whom
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when the account is gone
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_CONFLICT for the last admin,
 * %DAIS_ERROR_DENIED, %DAIS_ERROR_STORAGE.
 */
void
dais_callers_remove_user_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_CALLERS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_callers_remove_user_async);
  g_task_set_check_cancellable (task, FALSE);
  work = g_new0 (Work, 1);
  g_task_set_task_data (task, work, work_free);
  if (!dais_caller_check (caller, DAIS_GRANT_ADMIN, NULL, &error) ||
      (work->row = find_user (self, username, &error)) == NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_store_submit_async (dais_house_get_store (dais_callers_get_house (self)),
      write_removal, work, NULL, NULL, on_account_written, g_object_ref (task));
}

/**
 * dais_callers_remove_user_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when the account is gone
 */
gboolean
dais_callers_remove_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_callers_remove_user_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
write_account (DaisUserRow *row, DaisJsonWriter *writer)
{
  g_auto (GStrv) roles = dais_roles_to_strv ((DaisRole) row->roles);
  g_autofree gchar *created = dais_time_iso_ms (row->created);
  guint i;

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", row->id);
  dais_json_writer_name_string (writer, "username", row->username);
  dais_json_writer_name_string (writer, "email", row->email);
  dais_json_writer_name_string (writer, "first_name", row->first_name);
  dais_json_writer_name_string (writer, "last_name", row->last_name);
  dais_json_writer_name (writer, "roles");
  dais_json_writer_begin_array (writer);
  for (i = 0; roles[i] != NULL; i++)
    dais_json_writer_string (writer, roles[i]);
  dais_json_writer_end_array (writer);
  dais_json_writer_name_string (writer, "created", created);
  dais_json_writer_end_object (writer);
}

/**
 * dais_callers_list_users:
 * @self: the callers
 * @caller: who asks; needs ADMIN
 * @error: return location; %DAIS_ERROR_DENIED, %DAIS_ERROR_STORAGE
 *
 * Returns: (transfer full) (nullable): JSON array of the accounts, without
 *   their hashes
 */
GBytes *
dais_callers_list_users (DaisCallers *self, DaisCaller *caller, GError **error)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  guint i;

  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);

  if (!dais_caller_check (caller, DAIS_GRANT_ADMIN, NULL, error))
    return NULL;
  rows = dais_users_list (
      dais_house_get_store (dais_callers_get_house (self)), error);
  if (rows == NULL)
    return NULL;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_array (writer);
  for (i = 0; i < rows->len; i++)
    write_account (g_ptr_array_index (rows, i), writer);
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal_bytes (writer);
}
