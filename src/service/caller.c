/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/caller.h"

#include "auth/grants.h"
#include "service/caller-private.h"
#include "service/room-private.h"

struct _DaisCaller {
  grefcount ref_count;
  DaisCallersLink *link;
  DaisCallerKind kind;
  gint64 user_id;
  gint64 issued_s; /* of the token that it showed; 0 = it showed none */
  gchar *username;
  gchar *hex24;
};

/**
 * dais_caller_new:
 * @link: (transfer none): to the callers, for as long as they live
 * @kind: who it is
 * @user_id: 0 for no user
 * @username: "" for no user
 * @hex24: "" for no user
 *
 * Returns: (transfer full): a caller
 */
DaisCaller *
dais_caller_new (DaisCallersLink *link, DaisCallerKind kind, gint64 user_id,
    const gchar *username, const gchar *hex24)
{
  DaisCaller *self = g_new0 (DaisCaller, 1);

  g_ref_count_init (&self->ref_count);
  self->link = g_rc_box_acquire (link);
  self->kind = kind;
  self->user_id = user_id;
  self->username = g_strdup (username);
  self->hex24 = g_strdup (hex24);

  return self;
}

/**
 * dais_caller_set_issued:
 * @self: a new caller
 * @issued_s: when its token was made, Unix seconds
 *
 * From then on a new password ends it, as it ends the token.
 */
void
dais_caller_set_issued (DaisCaller *self, gint64 issued_s)
{
  self->issued_s = issued_s;
}

/**
 * dais_caller_ref:
 * @self: a caller
 *
 * Main context.
 *
 * Returns: (transfer full): the same
 */
DaisCaller *
dais_caller_ref (DaisCaller *self)
{
  g_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * dais_caller_unref:
 * @self: (transfer full): a caller
 */
void
dais_caller_unref (DaisCaller *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_rc_box_release (self->link);
  g_free (self->username);
  g_free (self->hex24);
  g_free (self);
}

/**
 * dais_caller_is_anonymous:
 * @self: a caller
 *
 * Returns: whether nobody said who they are
 */
gboolean
dais_caller_is_anonymous (DaisCaller *self)
{
  return self->kind == DAIS_CALLER_ANONYMOUS;
}

/**
 * dais_caller_get_user_id:
 * @self: a caller
 *
 * Returns: the user's number; 0 for anonymous and the command line
 */
gint64
dais_caller_get_user_id (DaisCaller *self)
{
  return self->user_id;
}

/**
 * dais_caller_get_username:
 * @self: a caller
 *
 * Returns: (transfer none): the name; "" for anonymous
 */
const gchar *
dais_caller_get_username (DaisCaller *self)
{
  return self->username;
}

/**
 * dais_caller_get_hex24:
 * @self: a caller
 *
 * Returns: (transfer none): the members' _id; "" for anonymous
 */
const gchar *
dais_caller_get_hex24 (DaisCaller *self)
{
  return self->hex24;
}

/* (nullable): NULL = no user, removed, or with a token that is void by now */
static DaisUserRow *
get_user (DaisCaller *self)
{
  DaisUserRow *user = NULL;

  if (self->kind == DAIS_CALLER_USER && self->link->callers != NULL)
    user = dais_callers_get_user (self->link->callers, self->user_id);
  if (user != NULL && self->issued_s != 0 && self->issued_s < user->valid_from)
    return NULL;

  return user;
}

/**
 * dais_caller_is_current:
 * @self: a caller
 *
 * Returns: FALSE once the account was removed, or has another password than
 *   when the caller signed in
 */
gboolean
dais_caller_is_current (DaisCaller *self)
{
  return self->kind != DAIS_CALLER_USER || get_user (self) != NULL;
}

/**
 * dais_caller_get_roles:
 * @self: a caller
 *
 * Looked up each time, like grants. Main thread.
 *
 * Returns: the roles of the account now; %DAIS_ROLE_NONE without one
 */
DaisRole
dais_caller_get_roles (DaisCaller *self)
{
  DaisUserRow *user = get_user (self);

  return user != NULL ? (DaisRole) user->roles : DAIS_ROLE_NONE;
}

/**
 * dais_caller_get_grants:
 * @self: a caller
 * @room: (nullable): in this room; %NULL for the house as a whole
 *
 * Looked up each time, so that what was taken away is away.
 *
 * Returns: what the caller may do now
 */
DaisGrant
dais_caller_get_grants (DaisCaller *self, DaisRoom *room)
{
  DaisUserRow *user = NULL;
  gboolean is_public = room != NULL && dais_room_is_public (room);
  DaisGrant added = DAIS_GRANT_NONE;

  if (self->kind == DAIS_CALLER_CONSOLE)
    return DAIS_GRANT_ALL;
  if (self->link->callers == NULL)
    return DAIS_GRANT_NONE;

  if (self->kind == DAIS_CALLER_USER) {
    user = get_user (self);
    if (user == NULL)
      return DAIS_GRANT_NONE;
    if (room != NULL && room->admitted != NULL &&
        !g_hash_table_contains (room->admitted, &self->user_id))
      return DAIS_GRANT_NONE;
    if (is_public || (room != NULL && room->admitted != NULL))
      added = (DaisGrant) (DAIS_GRANT_VIEW | DAIS_GRANT_CHAT);
  }

  if (user == NULL && room != NULL && room->admitted != NULL)
    return DAIS_GRANT_NONE;

  return dais_grants_in_room (
      user != NULL ? (DaisRole) user->roles : DAIS_ROLE_NONE, is_public,
      dais_callers_get_open_grants (self->link->callers), added);
}

/**
 * dais_caller_may:
 * @self: a caller
 * @grant: one or more
 * @room: (nullable): in this room; %NULL for the house as a whole
 *
 * Returns: whether the caller may do all of it now
 */
gboolean
dais_caller_may (DaisCaller *self, DaisGrant grant, DaisRoom *room)
{
  return (dais_caller_get_grants (self, room) & grant) == grant;
}

static const gchar *
describe (DaisGrant grant)
{
  switch (grant) {
    case DAIS_GRANT_VIEW:
      return "see this";
    case DAIS_GRANT_CHAT:
      return "write here";
    case DAIS_GRANT_NOTE:
      return "write notes";
    case DAIS_GRANT_CUT:
      return "switch the picture";
    case DAIS_GRANT_AUDIO:
      return "change the sound";
    case DAIS_GRANT_BLANK:
      return "blank the output";
    case DAIS_GRANT_RECORD:
      return "record";
    case DAIS_GRANT_PUBLISH:
      return "publish";
    case DAIS_GRANT_MANAGE:
      return "change rooms and streams";
    case DAIS_GRANT_ADMIN:
    case DAIS_GRANT_NONE:
    default:
      return "do this";
  }
}

/**
 * dais_caller_check:
 * @self: a caller
 * @grant: one or more
 * @room: (nullable): in this room; %NULL for the house as a whole
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED, %DAIS_ERROR_DENIED
 *
 * Returns: whether the caller may do all of it now
 */
gboolean
dais_caller_check (
    DaisCaller *self, DaisGrant grant, DaisRoom *room, GError **error)
{
  return dais_grants_check (dais_caller_get_grants (self, room), grant,
      dais_caller_is_anonymous (self), describe (grant), error);
}
