/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: all rooms. */

#include "model/room.h"
#include "service/room-cache.h"
#include "service/rooms.h"
#include "store/rooms.h"

G_BEGIN_DECLS

DaisRooms *dais_rooms_new (DaisHouse *house);
DaisHouse *dais_rooms_get_house (DaisRooms *self);
/* rows: (element-type DaisRoomRow) of the store. (transfer container): those
 * to write because of the configuration */
GPtrArray *dais_rooms_merge (DaisHouse *house, GPtrArray *rows);
/* A #DaisChange for them. */
gboolean
dais_rooms_write_merged (DaisWriter *writer, gpointer data, GError **error);
gboolean dais_rooms_load (DaisRooms *self, GPtrArray *rows, GError **error);

DaisRoomCache *dais_rooms_get_cache (DaisRooms *self);
/* (transfer none) (element-type DaisRoom) in the order of their age */
GPtrArray *dais_rooms_get_list (DaisRooms *self);
/* New, on their way to the disk: their names are taken already. (transfer none)
 * (element-type DaisRoomInfo) */
GPtrArray *dais_rooms_get_arriving (DaisRooms *self);
/* Without asking who wants to know. (nullable) (transfer none) */
DaisRoom *dais_rooms_find_url_name (DaisRooms *self, const gchar *url_name);
DaisRoom *dais_rooms_find_name (DaisRooms *self, const gchar *name);

/* room: (transfer full). Emits "added". */
void dais_rooms_put (DaisRooms *self, DaisRoom *room);
void dais_rooms_take_out (DaisRooms *self, DaisRoom *room);
/* An entry has changed. */
void dais_rooms_touch (DaisRooms *self);

/* Kept when no room of that name is there. (transfer full) */
DaisRoomRow *
dais_rooms_make_row (const DaisRoomInfo *info, gboolean configured);
/* A room's list of streams follows a stream's new name. */
void dais_rooms_rename_stream (
    DaisRoom *room, const gchar *name, const gchar *new_name);

G_END_DECLS
