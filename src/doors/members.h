/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisMembersDoor:
 *
 * The members contract (contracts/members.txt, README §5) on a server. Lives in
 * the main context, as long as the server does.
 */
typedef struct _DaisMembersDoor DaisMembersDoor;

DaisMembersDoor *dais_members_door_new (DaisServer *server, DaisHouse *house);
void dais_members_door_free (DaisMembersDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisMembersDoor, dais_members_door_free)

G_END_DECLS
