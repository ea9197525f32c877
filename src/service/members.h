/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/member.h"
#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/* Rooms with a creator, invited and present members (contracts README §5). */

#define DAIS_MEMBERS_MAX_ROOMS 1000 /* that one user may make */
#define DAIS_MEMBERS_MAX_USERS 1000 /* in one invitation */

/* (transfer full) (element-type DaisMemberRoom): rooms that the caller made or
 * is invited to, without who is invited and who is in */
GPtrArray *
dais_members_list (DaisHouse *house, DaisCaller *caller, GError **error);
/* id: the room's hex24. NOT_FOUND: there is none that the caller may see.
 * (transfer full) */
DaisMemberRoom *dais_members_get (
    DaisHouse *house, DaisCaller *caller, const gchar *id, GError **error);
/* hex24 of the room that the caller has joined. (transfer full) (nullable) */
gchar *
dais_members_get_current (DaisHouse *house, DaisCaller *caller, GError **error);

typedef enum {
  DAIS_MEMBERS_CREATE,   /* title */
  DAIS_MEMBERS_RENAME,   /* title; the creator only */
  DAIS_MEMBERS_INVITE,   /* users; the creator only */
  DAIS_MEMBERS_UNINVITE, /* users; the creator only */
  DAIS_MEMBERS_JOIN,
  DAIS_MEMBERS_LEAVE,
} DaisMembersAction;

/* id: (nullable) for CREATE. users: (nullable): hex24 of users; those that are
 * unknown, or (un)invited already, are skipped.
 * Errors: NOT_FOUND (no room that the caller may see, or not the creator),
 * CONFLICT (joined already; LEAVE: not joined), STALE (JOIN: in another room),
 * INVALID, LIMITED, STORAGE. */
void dais_members_change_async (DaisHouse *house, DaisCaller *caller,
    DaisMembersAction action, const gchar *id, const gchar *title,
    const gchar *const *users, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the room as it is now */
DaisMemberRoom *dais_members_change_finish (
    DaisHouse *house, GAsyncResult *result, GError **error);

G_END_DECLS
