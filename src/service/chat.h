/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/house.h"
#include "service/room.h"

G_BEGIN_DECLS

/* What is said in rooms (contracts README §6), the same at every door. */

#define DAIS_CHAT_MAX_TEXT    16384 /* bytes; a door may take less */
#define DAIS_CHAT_MAX_HISTORY 500

/* The room of that name: a room's url_name, a members' room's _id, or any other
 * name, which is a room of its own: in memory until its first message. Errors:
 * DENIED, UNAUTHENTICATED, INVALID, LIMITED. (transfer full) */
DaisRoom *dais_chat_open (
    DaisHouse *house, DaisCaller *caller, const gchar *name, GError **error);
/* Only one that is kept or open, and that the caller may see: NOT_FOUND.
 * (transfer full) */
DaisRoom *dais_chat_find (
    DaisHouse *house, DaisCaller *caller, const gchar *name, GError **error);
DaisRoom *dais_chat_find_id (
    DaisHouse *house, DaisCaller *caller, gint64 id, GError **error);

/* Needs CHAT. Writes it to the disk, then emits the room's "said"; messages are
 * told in the order in which they were given here. extra: (nullable) JSON.
 * Errors: INVALID, TOO_LARGE, DENIED, LIMITED, STORAGE. */
void dais_chat_say_async (DaisRoom *room, DaisCaller *caller, const gchar *text,
    const gchar *extra, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
gboolean
dais_chat_say_finish (DaisRoom *room, GAsyncResult *result, GError **error);
/* The newest ones, the oldest of them first. (transfer full) (element-type
 * DaisMessage) */
GPtrArray *dais_chat_get_history (DaisRoom *room, guint count, GError **error);

/* Who is in the room, at whatever door: connected, or joined as a member. Each
 * once. (transfer full) (element-type DaisPerson) */
GPtrArray *dais_chat_get_people (DaisRoom *room, GError **error);

G_END_DECLS
