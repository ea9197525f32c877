/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/error.h"
#include "service/caller-private.h"
#include "service/callers.h"
#include "service/house-private.h"
#include "store/members.h"

#define MAX_FOUND 10

static DaisStore *
get_store (DaisCallers *self)
{
  return dais_house_get_store (dais_callers_get_house (self));
}

/**
 * dais_callers_check_password:
 * @self: the callers
 * @password: what somebody chose
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: whether it can be a password
 */
gboolean
dais_callers_check_password (
    DaisCallers *self, const gchar *password, GError **error)
{
  return dais_password_check (password, error);
}

/**
 * dais_callers_may_know:
 * @self: the callers
 * @username: a name that somebody tried to log in with
 *
 * For a door whose contract tells an unknown name from a wrong password; the
 * configuration may have it hidden.
 *
 * Returns: %FALSE when the door may say that there is no such user
 */
gboolean
dais_callers_may_know (DaisCallers *self, const gchar *username)
{
  const DaisServerSettings *settings = dais_config_get_server (
      dais_house_get_config (dais_callers_get_house (self)));
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisUserRow) user = NULL;

  if (settings->hide_users)
    return TRUE;
  user = dais_users_by_name (get_store (self), username, &error);

  return user != NULL || error != NULL;
}

static DaisPerson *
person_new (const DaisUserRow *user)
{
  DaisPerson *person = g_new0 (DaisPerson, 1);

  person->id = user->id;
  person->hex24 = g_strdup (user->hex24);
  person->username = g_strdup (user->username);

  return person;
}

/**
 * dais_callers_get_person:
 * @self: the callers
 * @id: a user's number
 *
 * Returns: (transfer full) (nullable): what others may know about the user
 */
DaisPerson *
dais_callers_get_person (DaisCallers *self, gint64 id)
{
  DaisUserRow *user = dais_callers_get_user (self, id);

  return user != NULL ? person_new (user) : NULL;
}

/**
 * dais_callers_search:
 * @self: the callers
 * @caller: who asks, and is left out
 * @text: part of a username
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisPerson) (nullable): at most ten
 *   users whose name holds @text, without regard to ASCII case
 */
GPtrArray *
dais_callers_search (
    DaisCallers *self, DaisCaller *caller, const gchar *text, GError **error)
{
  return dais_people_search (get_store (self), text,
      dais_caller_get_user_id (caller), MAX_FOUND, error);
}
