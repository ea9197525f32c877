/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisHelpDoor:
 *
 * The help desk contract (contracts/help-desk.txt, README §4) on a server, as
 * far as it is HTTP: tokens, rooms, pictures and the pages to sign in and out.
 * Lives in the main context, as long as the server does.
 */
typedef struct _DaisHelpDoor DaisHelpDoor;

DaisHelpDoor *dais_help_door_new (DaisServer *server, DaisHouse *house);
void dais_help_door_free (DaisHelpDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisHelpDoor, dais_help_door_free)

G_END_DECLS
