/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/callers.h"

#include "auth/attempts.h"
#include "auth/password.h"
#include "auth/tokens.h"
#include "core/config.h"
#include "core/error.h"
#include "service/caller-private.h"
#include "service/house-private.h"

#define HELP_ACCESS_S        (5 * 60)
#define HELP_REFRESH_S       (24 * 3600)
#define CHAT_S               (72 * 3600)
#define USER_MAX_AGE_US      G_USEC_PER_SEC
#define MAX_USERS            4096 /* remembered */
#define NAME_ATTEMPTS_FACTOR 10
#define MAX_SIGN_UPS         120 /* a minute and address */

typedef struct {
  DaisUserRow *row; /* (nullable) removed */
  gint64 read;      /* monotonic µs */
} Known;

struct _DaisCallers {
  GObject parent_instance;

  DaisHouse *house; /* not owned, outlives it */
  DaisCallersLink *link;
  DaisTokens *tokens;
  DaisPasswords *passwords;
  DaisAttempts *by_address;
  DaisAttempts *by_name;
  DaisAttempts *sign_ups;
  DaisOneTimeCodes *codes;
  DaisMailer mailer;
  DaisCaller *anonymous;
  DaisCaller *console;
  DaisGrant open_grants;
  GHashTable *users; /* (element-type gint64 Known) */
};

G_DEFINE_FINAL_TYPE (DaisCallers, dais_callers, G_TYPE_OBJECT)

static void
known_free (gpointer data)
{
  Known *known = data;

  g_clear_pointer (&known->row, dais_user_row_free);
  g_free (known);
}

static void
dais_callers_finalize (GObject *object)
{
  DaisCallers *self = DAIS_CALLERS (object);

  self->link->callers = NULL;
  g_rc_box_release (self->link);
  g_clear_pointer (&self->anonymous, dais_caller_unref);
  g_clear_pointer (&self->console, dais_caller_unref);
  dais_mailer_clear (&self->mailer);
  g_clear_pointer (&self->codes, dais_one_time_codes_free);
  g_clear_pointer (&self->sign_ups, dais_attempts_free);
  g_clear_pointer (&self->by_name, dais_attempts_free);
  g_clear_pointer (&self->by_address, dais_attempts_free);
  g_clear_object (&self->passwords);
  g_clear_pointer (&self->tokens, dais_tokens_free);
  g_clear_pointer (&self->users, g_hash_table_unref);

  G_OBJECT_CLASS (dais_callers_parent_class)->finalize (object);
}

static void
dais_callers_class_init (DaisCallersClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_callers_finalize;
}

static void
dais_callers_init (DaisCallers *self)
{
  self->users = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, known_free);
  self->link = g_rc_box_new0 (DaisCallersLink);
  self->link->callers = self;
  self->anonymous = dais_caller_new (
      self->link, DAIS_CALLER_ANONYMOUS, 0, "", "");
  self->console = dais_caller_new (
      self->link, DAIS_CALLER_CONSOLE, 0, "console", "");
}

static void
init_mailer (DaisCallers *self, const gchar *command)
{
  g_autoptr (GError) error = NULL;

  if (*command == '\0')
    dais_mailer_init_log (&self->mailer);
  else if (!dais_mailer_init_command (&self->mailer, command, &error)) {
    g_warning ("mails go to the log: %s", error->message);
    dais_mailer_init_log (&self->mailer);
  }
}

/**
 * dais_callers_new:
 * @house: the house, not owned
 *
 * Returns: (transfer full): the callers, without a key yet
 */
DaisCallers *
dais_callers_new (DaisHouse *house)
{
  DaisCallers *self = g_object_new (DAIS_TYPE_CALLERS, NULL);
  const DaisServerSettings *settings = dais_config_get_server (
      dais_house_get_config (house));

  self->house = house;
  self->passwords = dais_passwords_new (settings->hash_threads);
  self->by_address = dais_attempts_new (settings->login_attempts);
  /* many addresses may guess at one name, and must not lock its owner out */
  self->by_name = dais_attempts_new (
      settings->login_attempts * NAME_ATTEMPTS_FACTOR);
  self->sign_ups = dais_attempts_new (MAX_SIGN_UPS);
  self->codes = dais_one_time_codes_new ();
  init_mailer (self, settings->mail_command);
  dais_grants_from_strv (
      (const gchar *const *) settings->anonymous, &self->open_grants, NULL);

  return self;
}

/**
 * dais_callers_open:
 * @self: the callers
 * @data_dir: where the key lies
 * @error: return location
 *
 * Blocks for the disk.
 *
 * Returns: whether tokens can be signed
 */
gboolean
dais_callers_open (DaisCallers *self, const gchar *data_dir, GError **error)
{
  self->tokens = dais_tokens_open (data_dir, error);

  return self->tokens != NULL;
}

/**
 * dais_callers_get_house:
 * @self: the callers
 *
 * Returns: (transfer none): the house
 */
DaisHouse *
dais_callers_get_house (DaisCallers *self)
{
  return self->house;
}

/**
 * dais_callers_get_link:
 * @self: the callers
 *
 * Returns: (transfer none): what each caller holds
 */
DaisCallersLink *
dais_callers_get_link (DaisCallers *self)
{
  return self->link;
}

/**
 * dais_callers_get_passwords:
 * @self: the callers
 *
 * Returns: (transfer none): who hashes
 */
DaisPasswords *
dais_callers_get_passwords (DaisCallers *self)
{
  return self->passwords;
}

/**
 * dais_callers_get_by_address:
 * @self: the callers
 *
 * Returns: (transfer none): failed logins by address
 */
DaisAttempts *
dais_callers_get_by_address (DaisCallers *self)
{
  return self->by_address;
}

/**
 * dais_callers_get_by_name:
 * @self: the callers
 *
 * Returns: (transfer none): failed logins by username in lower case
 */
DaisAttempts *
dais_callers_get_by_name (DaisCallers *self)
{
  return self->by_name;
}

/**
 * dais_callers_get_codes:
 * @self: the callers
 *
 * Returns: (transfer none): the one-time codes that wait
 */
DaisOneTimeCodes *
dais_callers_get_codes (DaisCallers *self)
{
  return self->codes;
}

/**
 * dais_callers_get_mailer:
 * @self: the callers
 *
 * Returns: (transfer none): how mails go out
 */
DaisMailer *
dais_callers_get_mailer (DaisCallers *self)
{
  return &self->mailer;
}

/**
 * dais_callers_get_open_grants:
 * @self: the callers
 *
 * Returns: what everybody may do in public rooms
 */
DaisGrant
dais_callers_get_open_grants (DaisCallers *self)
{
  return self->open_grants;
}

/**
 * dais_callers_forget_users:
 * @self: the callers
 *
 * To be called when accounts have changed.
 */
void
dais_callers_forget_users (DaisCallers *self)
{
  g_hash_table_remove_all (self->users);
}

/**
 * dais_callers_get_user:
 * @self: the callers
 * @id: a user's number
 *
 * Another program (dais user) may change accounts, so what is remembered is
 * read again after a second.
 *
 * Returns: (transfer none) (nullable): the user, until the next call; %NULL
 *   when the account was removed
 */
DaisUserRow *
dais_callers_get_user (DaisCallers *self, gint64 id)
{
  gint64 now = g_get_monotonic_time ();
  Known *known = g_hash_table_lookup (self->users, &id);
  g_autoptr (GError) error = NULL;

  if (known != NULL && now - known->read < USER_MAX_AGE_US)
    return known->row;

  if (g_hash_table_size (self->users) >= MAX_USERS)
    g_hash_table_remove_all (self->users);
  known = g_new0 (Known, 1);
  known->read = now;
  known->row = dais_users_by_id (
      dais_house_get_store (self->house), id, &error);
  if (error != NULL)
    g_warning ("an account cannot be read: %s", error->message);
  g_hash_table_replace (self->users, g_memdup2 (&id, sizeof (id)), known);

  return known->row;
}

/**
 * dais_callers_get_anonymous:
 * @self: the callers
 *
 * Returns: (transfer none): nobody in particular
 */
DaisCaller *
dais_callers_get_anonymous (DaisCallers *self)
{
  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);

  return self->anonymous;
}

/**
 * dais_callers_get_console:
 * @self: the callers
 *
 * Returns: (transfer none): the person at the machine
 */
DaisCaller *
dais_callers_get_console (DaisCallers *self)
{
  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);

  return self->console;
}

/**
 * dais_callers_check_sign_up:
 * @self: the callers
 * @address: the peer's, without a port
 * @error: return location; %DAIS_ERROR_DENIED, %DAIS_ERROR_LIMITED
 *
 * Counts it, so call it once for each account that is wanted.
 *
 * Returns: whether a stranger may make an account now
 */
gboolean
dais_callers_check_sign_up (
    DaisCallers *self, const gchar *address, GError **error)
{
  gint64 now = g_get_monotonic_time ();

  g_return_val_if_fail (DAIS_IS_CALLERS (self), FALSE);

  if (!dais_config_get_server (dais_house_get_config (self->house))->sign_up) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "accounts are made by an admin here; ask one");
    return FALSE;
  }
  if (!dais_attempts_check (self->sign_ups, address, now, NULL)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "too many accounts were made from your address; wait a minute");
    return FALSE;
  }
  dais_attempts_add (self->sign_ups, address, now);

  return TRUE;
}

typedef struct {
  DaisUserRow *user; /* (nullable) no such user */
  gchar *address;
  gchar *name;
} Login;

static void
login_free (gpointer data)
{
  Login *login = data;

  g_clear_pointer (&login->user, dais_user_row_free);
  g_free (login->address);
  g_free (login->name);
  g_free (login);
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisCallers *self = g_task_get_source_object (task);
  Login *login = g_task_get_task_data (task);
  GError *error = NULL;
  gint64 now = g_get_monotonic_time ();

  if (dais_passwords_verify_finish (
          DAIS_PASSWORDS (source), result, NULL, &error)) {
    g_task_return_pointer (task,
        dais_caller_new (self->link, DAIS_CALLER_USER, login->user->id,
            login->user->username, login->user->hex24),
        (GDestroyNotify) dais_caller_unref);
    return;
  }
  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_attempts_add (self->by_address, login->address, now);
  dais_attempts_add (self->by_name, login->name, now);
  g_message ("a login from %s failed", login->address);
  g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
      "wrong username or password");
}

/**
 * dais_callers_login_async:
 * @self: the callers
 * @address: the peer's, without a port
 * @username: without regard to ASCII case
 * @password: as it was typed
 * @cancellable: (nullable): drops a login that still waits
 * @callback: (scope async): called with the caller
 * @user_data: data for @callback
 *
 * Only failures count against an address and a name, so a client that logs in
 * again and again is not locked out by it. Errors: %DAIS_ERROR_UNAUTHENTICATED,
 * %DAIS_ERROR_LIMITED, %DAIS_ERROR_INVALID.
 */
void
dais_callers_login_async (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gchar *name = NULL;
  gint64 now = g_get_monotonic_time ();
  Login *login = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_CALLERS (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_callers_login_async);
  name = g_ascii_strdown (username, -1);
  if (!dais_attempts_check (self->by_address, address, now, &error) ||
      !dais_attempts_check (self->by_name, name, now, &error)) {
    g_task_return_error (task, error);
    return;
  }

  login = g_new0 (Login, 1);
  login->address = g_strdup (address);
  login->name = g_steal_pointer (&name);
  g_task_set_task_data (task, login, login_free);
  login->user = dais_users_by_name (
      dais_house_get_store (self->house), username, &error);
  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_passwords_verify_async (self->passwords,
      login->user != NULL ? login->user->hash : NULL, password, cancellable,
      on_verified, g_object_ref (task));
}

/**
 * dais_callers_login_finish:
 * @self: the callers
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): who it is
 */
DaisCaller *
dais_callers_login_finish (
    DaisCallers *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_callers_login_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gint64
get_life_s (DaisCallers *self, DaisTokenLife life)
{
  const DaisServerSettings *settings = dais_config_get_server (
      dais_house_get_config (self->house));

  switch (life) {
    case DAIS_LIFE_ACCESS:
      return HELP_ACCESS_S;
    case DAIS_LIFE_REFRESH:
      return HELP_REFRESH_S;
    case DAIS_LIFE_CHAT:
      return CHAT_S;
    case DAIS_LIFE_MEMBERS:
      return (gint64) settings->members_token_hours * 3600;
    case DAIS_LIFE_SESSION:
    default:
      return (gint64) settings->token_hours * 3600;
  }
}

/**
 * dais_callers_issue_token:
 * @self: the callers
 * @caller: a user
 * @life: how long, and whether it is a refresh token
 *
 * Returns: (transfer full): a signed token
 */
gchar *
dais_callers_issue_token (
    DaisCallers *self, DaisCaller *caller, DaisTokenLife life)
{
  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);
  g_return_val_if_fail (self->tokens != NULL, NULL);

  return dais_tokens_issue (self->tokens,
      life == DAIS_LIFE_REFRESH ? DAIS_TOKEN_REFRESH : DAIS_TOKEN_ACCESS,
      dais_caller_get_user_id (caller), dais_caller_get_hex24 (caller),
      dais_caller_get_username (caller), get_life_s (self, life),
      g_get_real_time () / G_USEC_PER_SEC);
}

static DaisCaller *
authenticate (
    DaisCallers *self, const gchar *token, DaisTokenKind kind, GError **error)
{
  g_autoptr (DaisClaims) claims = NULL;
  DaisUserRow *user = NULL;
  DaisCaller *caller = NULL;

  if (token == NULL || *token == '\0') {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
        "a token is needed; get one by logging in");
    return NULL;
  }

  claims = dais_tokens_verify (
      self->tokens, kind, token, g_get_real_time () / G_USEC_PER_SEC, error);
  if (claims == NULL)
    return NULL;

  user = dais_callers_get_user (self, claims->user_id);
  if (user == NULL || claims->issued_s < user->valid_from) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
        "the token is no longer good; log in again");
    return NULL;
  }

  caller = dais_caller_new (
      self->link, DAIS_CALLER_USER, user->id, user->username, user->hex24);
  dais_caller_set_issued (caller, claims->issued_s);

  return caller;
}

/**
 * dais_callers_authenticate:
 * @self: the callers
 * @token: (nullable): an access token of any door
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED
 *
 * Returns: (transfer full) (nullable): who it is for
 */
DaisCaller *
dais_callers_authenticate (
    DaisCallers *self, const gchar *token, GError **error)
{
  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);

  return authenticate (self, token, DAIS_TOKEN_ACCESS, error);
}

/**
 * dais_callers_authenticate_refresh:
 * @self: the callers
 * @token: (nullable): a refresh token
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED
 *
 * Returns: (transfer full) (nullable): who it is for
 */
DaisCaller *
dais_callers_authenticate_refresh (
    DaisCallers *self, const gchar *token, GError **error)
{
  g_return_val_if_fail (DAIS_IS_CALLERS (self), NULL);

  return authenticate (self, token, DAIS_TOKEN_REFRESH, error);
}
