/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-auth"

#include "config.h"

#include "auth/grants.h"

#include "core/error.h"

static const struct {
  DaisRole role;
  guint grants;
} table[] = {
  { DAIS_ROLE_STUDENT, DAIS_GRANT_VIEW | DAIS_GRANT_CHAT },
  { DAIS_ROLE_TEACHER, DAIS_GRANT_VIEW | DAIS_GRANT_CHAT | DAIS_GRANT_NOTE },
  { DAIS_ROLE_OPERATOR,
      DAIS_GRANT_VIEW | DAIS_GRANT_CHAT | DAIS_GRANT_NOTE | DAIS_GRANT_CUT |
          DAIS_GRANT_AUDIO | DAIS_GRANT_BLANK | DAIS_GRANT_RECORD |
          DAIS_GRANT_PUBLISH | DAIS_GRANT_MANAGE },
  { DAIS_ROLE_ADMIN, DAIS_GRANT_ALL },
};

/**
 * dais_grants_of_roles:
 * @roles: a set
 *
 * Returns: all that any of them gives, in every room
 */
DaisGrant
dais_grants_of_roles (DaisRole roles)
{
  guint grants = 0;

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    if (roles & table[i].role)
      grants |= table[i].grants;
  }
  return (DaisGrant) grants;
}

/**
 * dais_grants_of_user:
 * @roles: a set; %DAIS_ROLE_NONE for anonymous
 * @anonymous: what the configuration opens
 *
 * Outside of rooms, as for the list of streams.
 *
 * Returns: the grants
 */
DaisGrant
dais_grants_of_user (DaisRole roles, DaisGrant anonymous)
{
  return dais_grants_in_room (roles, TRUE, anonymous, DAIS_GRANT_NONE);
}

/**
 * dais_grants_in_room:
 * @roles: a set; %DAIS_ROLE_NONE for anonymous
 * @room_is_public: whether anonymous may be in it at all
 * @anonymous: what the configuration opens
 * @added: what the room gives to this caller beside
 *
 * Nobody becomes an admin by a room or by the configuration: admin opens
 * files and programs of the machine to whoever has it.
 *
 * Returns: the grants
 */
DaisGrant
dais_grants_in_room (DaisRole roles, gboolean room_is_public,
    DaisGrant anonymous, DaisGrant added)
{
  guint given = added;

  if (room_is_public)
    given |= anonymous;
  given &= ~(guint) DAIS_GRANT_ADMIN;
  return (DaisGrant) (given | dais_grants_of_roles (roles));
}

/**
 * dais_grants_check:
 * @have: what the caller may do
 * @need: what it takes, one or more
 * @is_anonymous: whether the caller could still log in
 * @doing: completes "you may not …"
 * @error: return location; %DAIS_ERROR_DENIED, %DAIS_ERROR_UNAUTHENTICATED
 *
 * Returns: %TRUE when nothing is missing
 */
gboolean
dais_grants_check (DaisGrant have, DaisGrant need, gboolean is_anonymous,
    const gchar *doing, GError **error)
{
  DaisGrant missing = (DaisGrant) (need & ~(guint) have);
  g_auto (GStrv) names = NULL;
  g_autofree gchar *list = NULL;

  if (missing == DAIS_GRANT_NONE)
    return TRUE;
  names = dais_grants_to_strv (missing);
  list = g_strjoinv ("', '", names);
  if (is_anonymous)
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
        "log in to %s; it needs the grant '%s'", doing, list);
  else
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "you may not %s; it needs the grant '%s', ask an admin for a role that "
        "has it",
        doing, list);
  return FALSE;
}
