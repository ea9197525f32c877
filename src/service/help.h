/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisHelp:
 *
 * The help desk (contracts README §4): students ask, one teacher answers. What
 * it emits is the contract's wire: names of events and ready JSON.
 *
 * Signals:
 * "event" (gint64 room, gboolean teachers, const gchar *name, GBytes *json):
 *   to everybody in the room (0 = to no room), and to the group of teachers
 *   when @teachers, each connection once; on disk already
 * "entered" (gint64 room, gint64 user): put all connections of the user into
 *   the room; comes before the events that they must hear
 * "emptied" (gint64 room): take everybody out of the room
 */
#define DAIS_TYPE_HELP (dais_help_get_type ())
G_DECLARE_FINAL_TYPE (DaisHelp, dais_help, DAIS, HELP, GObject)

#define DAIS_HELP_MAX_TEXT 10000 /* characters */

/* The house has one. (transfer none) */
DaisHelp *dais_house_get_help (DaisHouse *house);

gboolean dais_help_is_teacher (DaisHelp *self, DaisCaller *caller);

/* ---- reading; base_url: how the client reaches this server ---- */

/* JSON array of rooms: a student's own; a teacher's own and those that wait.
 * (transfer full) */
GBytes *dais_help_list_rooms (
    DaisHelp *self, DaisCaller *caller, const gchar *base_url, GError **error);
/* JSON array. Only for the room's two people. Errors: NOT_FOUND, DENIED.
 * (transfer full) */
GBytes *dais_help_list_messages (DaisHelp *self, DaisCaller *caller,
    gint64 room, const gchar *base_url, GError **error);
/* The caller's rooms that are not closed: those to enter on connecting.
 * (transfer full) (element-type gint64) */
GArray *
dais_help_get_open_rooms (DaisHelp *self, DaisCaller *caller, GError **error);

/* ---- connections ---- */

/* Call for each connection of a user. The first emits "online" to the user's
 * rooms, the last that goes "offline". */
void dais_help_connect (DaisHelp *self, DaisCaller *caller);
void dais_help_disconnect (DaisHelp *self, DaisCaller *caller);

/* ---- changing ---- */

/* POST /api/room/. image: see images.h. Errors: INVALID, TOO_LARGE, DENIED (a
 * teacher), LIMITED, STORAGE. */
void dais_help_ask_async (DaisHelp *self, DaisCaller *caller, const gchar *text,
    const gchar *image, const gchar *base_url, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the room object's JSON */
GBytes *
dais_help_ask_finish (DaisHelp *self, GAsyncResult *result, GError **error);

/* "new_room": its student enters and the teachers are told. Errors: NOT_FOUND,
 * DENIED. */
gboolean dais_help_announce (DaisHelp *self, DaisCaller *caller, gint64 room,
    const gchar *base_url, GError **error);

typedef enum {
  DAIS_HELP_JOIN,  /* "join_room": a teacher, the first one */
  DAIS_HELP_SAY,   /* "message" */
  DAIS_HELP_SEE,   /* "seen" */
  DAIS_HELP_CLOSE, /* "close_room": its teacher */
} DaisHelpAction;

/* text, image: for SAY only. Emits the signals above when it is on disk.
 * Errors: NOT_FOUND, DENIED, CONFLICT (closed, or taken by another teacher),
 * INVALID, TOO_LARGE, STORAGE. */
void dais_help_act_async (DaisHelp *self, DaisCaller *caller,
    DaisHelpAction action, gint64 room, const gchar *text, const gchar *image,
    const gchar *base_url, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean
dais_help_act_finish (DaisHelp *self, GAsyncResult *result, GError **error);

G_END_DECLS
