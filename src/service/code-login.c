/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "auth/attempts.h"
#include "core/error.h"
#include "service/caller-private.h"
#include "service/callers.h"
#include "service/house-private.h"
#include "service/mailer.h"
#include "service/one-time-codes.h"

/* Logins by a code that is sent to the user's address. */

static DaisUserRow *
find_user (DaisCallers *self, const gchar *address, const gchar *username,
    GError **error)
{
  g_autofree gchar *name = g_ascii_strdown (username, -1);
  gint64 now = g_get_monotonic_time ();
  GError *failure = NULL;
  DaisUserRow *user = NULL;

  if (!dais_attempts_check (
          dais_callers_get_by_address (self), address, now, error) ||
      !dais_attempts_check (dais_callers_get_by_name (self), name, now, error))
    return NULL;

  user = dais_users_by_name (
      dais_house_get_store (dais_callers_get_house (self)), username, &failure);
  if (failure != NULL)
    g_propagate_error (error, failure);

  return user;
}

static void
note_failure (DaisCallers *self, const gchar *address, const gchar *username)
{
  g_autofree gchar *name = g_ascii_strdown (username, -1);
  gint64 now = g_get_monotonic_time ();

  dais_attempts_add (dais_callers_get_by_address (self), address, now);
  dais_attempts_add (dais_callers_get_by_name (self), name, now);
  g_message ("a login from %s failed", address);
}

static DaisCaller *
caller_of (DaisCallers *self, DaisUserRow *user)
{
  return dais_caller_new (dais_callers_get_link (self), DAIS_CALLER_USER,
      user->id, user->username, user->hex24);
}

static gboolean
has_email (const DaisUserRow *user)
{
  return user->email != NULL && *user->email != '\0';
}

/* To the address that the account has, never to one that a client names: an
 * account without one gets its code from whoever reads the log. */
static gboolean
send_code (DaisCallers *self, const DaisUserRow *user, const gchar *code,
    GError **error)
{
  g_autofree gchar *text = g_strdup_printf (
      "%s is your code; it is good for %d minutes", code,
      DAIS_CODE_LIFE_S / 60);
  DaisMailer *mailer = dais_callers_get_mailer (self);

  if (has_email (user))
    return mailer->send (
        user->email, "Your login code", text, mailer->user_data, error);

  g_message ("mail to '%s', who has no address: %s", user->username, text);
  return TRUE;
}

/**
 * dais_callers_send_code:
 * @self: the callers
 * @address: the peer's, for throttling
 * @username: without regard to ASCII case
 * @email: that of the account, without regard to ASCII case
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED, %DAIS_ERROR_LIMITED
 *
 * Sends a one-time code to the account's address.
 *
 * Returns: (transfer full) (nullable): whose account it is; not logged in
 */
DaisCaller *
dais_callers_send_code (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *email, GError **error)
{
  GError *failure = NULL;
  g_autoptr (DaisUserRow) user = find_user (self, address, username, &failure);
  g_autofree gchar *code = NULL;

  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (user == NULL ||
      (has_email (user) && g_ascii_strcasecmp (user->email, email) != 0)) {
    note_failure (self, address, username);
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
        "no account has this username and e-mail address");
    return NULL;
  }

  code = dais_one_time_codes_make (
      dais_callers_get_codes (self), user->id, g_get_monotonic_time ());
  if (code == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "too many codes were sent; use the last one, or wait five minutes");
    return NULL;
  }

  return send_code (self, user, code, error) ? caller_of (self, user) : NULL;
}

/**
 * dais_callers_use_code:
 * @self: the callers
 * @address: the peer's, for throttling
 * @username: without regard to ASCII case
 * @code: the one-time code
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED, %DAIS_ERROR_LIMITED
 *
 * Returns: (transfer full) (nullable): who is logged in now
 */
DaisCaller *
dais_callers_use_code (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *code, GError **error)
{
  GError *failure = NULL;
  g_autoptr (DaisUserRow) user = find_user (self, address, username, &failure);

  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (user != NULL &&
      dais_one_time_codes_use (dais_callers_get_codes (self), user->id, code,
          g_get_monotonic_time ()))
    return caller_of (self, user);

  note_failure (self, address, username);
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
      "the code is wrong or too old; log in again for a new one");
  return NULL;
}
