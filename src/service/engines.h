/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: what the engines are told. */

#include "service/room-private.h"
#include "service/stream-list.h"

G_BEGIN_DECLS

/* The list of streams, or what a room uses of it, has changed: every engine is
 * told soon, those that it concerns. */
void dais_house_streams_changed (DaisHouse *self);
void dais_house_stop_source (DaisHouse *self, DaisStreamEntry *entry);

void dais_house_start_room (DaisHouse *self, DaisRoom *room);
void dais_house_room_added (DaisHouse *self, DaisRoom *room);
void dais_house_room_removed (DaisHouse *self, DaisRoom *room);
/* Its url_name, and so its engine's. */
void dais_house_room_renamed (DaisHouse *self, DaisRoom *room);

G_END_DECLS
