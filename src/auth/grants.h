/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/grant.h"
#include "model/role.h"

G_BEGIN_DECLS

/* The grant table (design §6). */
DaisGrant dais_grants_of_roles (DaisRole roles);

/* What a user may do where nothing is said about a room: roles and what anyone
 * may do. */
DaisGrant dais_grants_of_user (DaisRole roles, DaisGrant anonymous);

/* In one room. roles: NONE for anonymous; anonymous: what the configuration
 * opens, counts in public rooms only and never holds admin; added: what this
 * room gives to this caller beside. */
DaisGrant dais_grants_in_room (DaisRole roles, gboolean room_is_public,
    DaisGrant anonymous, DaisGrant added);

/* DENIED, or UNAUTHENTICATED where a login may help, when @have lacks a bit of
 * @need. doing completes "you may not …". */
gboolean dais_grants_check (DaisGrant have, DaisGrant need,
    gboolean is_anonymous, const gchar *doing, GError **error);

G_END_DECLS
