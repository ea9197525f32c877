/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/rooms.h"

G_BEGIN_DECLS

/**
 * DaisRoomCache:
 *
 * Rooms without a mixer: chatted in, members', help and party rooms. There may
 * be very many, so one is in memory only while somebody holds it. A room that
 * is open but was never written in is not in the store yet: its id is 0.
 */
typedef struct _DaisRoomCache DaisRoomCache;

DaisRoomCache *dais_room_cache_new (DaisRooms *rooms);
void dais_room_cache_free (DaisRoomCache *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRoomCache, dais_room_cache_free)

/* Rooms with a mixer too. NULL without an error = there is none.
 * (transfer full) (nullable) */
DaisRoom *dais_room_cache_get_url_name (
    DaisRoomCache *self, const gchar *url_name, GError **error);
DaisRoom *
dais_room_cache_get_id (DaisRoomCache *self, gint64 id, GError **error);
/* One that is not kept, until dais_room_cache_keep(). (transfer full) */
DaisRoom *dais_room_cache_make (
    DaisRoomCache *self, const gchar *url_name, GError **error);
void dais_room_cache_keep (DaisRoomCache *self, DaisRoom *room, gint64 id);
/* Who belongs to the room has changed in the store. Emits "access-changed". */
void dais_room_cache_admit_anew (DaisRoomCache *self, gint64 id);
/* The room is gone from the store. */
void dais_room_cache_drop (DaisRoomCache *self, gint64 id);

G_END_DECLS
