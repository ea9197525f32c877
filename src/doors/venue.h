/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisVenueDoor:
 *
 * The venue contract (contracts/venue.txt) on a server: streams, rooms, the
 * mixer of each room, layout, notes and talks, over REST and watch sockets.
 * Lives in the main context, as long as the server does.
 */
typedef struct _DaisVenueDoor DaisVenueDoor;

DaisVenueDoor *dais_venue_door_new (DaisServer *server, DaisHouse *house);
void dais_venue_door_free (DaisVenueDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisVenueDoor, dais_venue_door_free)

/* Watch sockets that are open now. */
guint dais_venue_door_count_sockets (DaisVenueDoor *self);

G_END_DECLS
