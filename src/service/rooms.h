/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/house.h"
#include "service/room.h"

G_BEGIN_DECLS

/**
 * DaisRooms:
 *
 * All rooms. Signals: "changed" (the list or an entry of it),
 * "added" (DaisRoom), "removed" (DaisRoom).
 */
#define DAIS_TYPE_ROOMS (dais_rooms_get_type ())
G_DECLARE_FINAL_TYPE (DaisRooms, dais_rooms, DAIS, ROOMS, GObject)

/* name: url_name without case, or the display name. The caller must see it:
 * NOT_FOUND otherwise, as if it were absent. (transfer none) */
DaisRoom *dais_rooms_find (DaisRooms *self, DaisCaller *caller,
    const gchar *name, DaisFacet facet, GError **error);

/* Map by display name, contract /rooms: what the caller may see.
 * (transfer full); the ETag goes with it */
GBytes *dais_rooms_get_json (DaisRooms *self, DaisCaller *caller, gchar **etag);
/* One entry of it. (transfer full) */
GBytes *dais_rooms_get_one_json (DaisRooms *self, DaisRoom *room);

/* json: {"name","url_name"?,"streams"?,"public"?,"width"?,"height"?}; facet
 * MIXER. Needs MANAGE. Errors: INVALID, CONFLICT, DENIED, STORAGE, LIMITED. */
void dais_rooms_add_async (DaisRooms *self, DaisCaller *caller,
    const gchar *json, gssize length, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
DaisRoom *
dais_rooms_add_finish (DaisRooms *self, GAsyncResult *result, GError **error);

/* The same members, all optional. if_rev: -1 = whatever it is now. */
void
dais_rooms_change_async (DaisRooms *self, DaisCaller *caller, DaisRoom *room,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_rooms_change_finish (
    DaisRooms *self, GAsyncResult *result, guint64 *rev, GError **error);

/* A room of the configuration file cannot be removed: DENIED. */
void dais_rooms_remove_async (DaisRooms *self, DaisCaller *caller,
    DaisRoom *room, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_rooms_remove_finish (
    DaisRooms *self, GAsyncResult *result, GError **error);

G_END_DECLS
