/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/member.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main context. Only rooms that the user has made or is invited to; NULL
 * without an error = no such room for this user. */
/* (transfer full) (element-type DaisMemberRoom), the oldest first */
GPtrArray *
dais_member_rooms_of_user (DaisStore *store, gint64 user, GError **error);
DaisMemberRoom *dais_member_rooms_get (
    DaisStore *store, const gchar *hex24, gint64 user, GError **error);
/* (transfer full) (element-type DaisPerson), in the order of their names */
GPtrArray *dais_invites_of_room (DaisStore *store, gint64 room, GError **error);
GPtrArray *dais_joined_of_room (DaisStore *store, gint64 room, GError **error);
/* hex24 of the room that the user has joined. (transfer full) (nullable) */
gchar *dais_joined_by_user (DaisStore *store, gint64 user, GError **error);
/* Names that hold @text, without regard to ASCII case. @except is left out. */
GPtrArray *dais_people_search (DaisStore *store, const gchar *text,
    gint64 except, guint limit, GError **error);

/* Writer thread. */

/* What a user is to a room. */
typedef struct {
  gint64 room; /* 0 = no such room */
  gboolean is_creator;
  gboolean is_invited;
  gint64 joined; /* the room that the user has joined, 0 = none */
} DaisMembership;

gboolean dais_membership_get (DaisWriter *writer, const gchar *hex24,
    gint64 user, DaisMembership *membership, GError **error);
gboolean dais_member_rooms_put_title (
    DaisWriter *writer, gint64 room, const gchar *title, GError **error);
/* An unknown user, or one who is invited already, is skipped. */
gboolean dais_invites_add (
    DaisWriter *writer, gint64 room, const gchar *user_hex24, GError **error);
/* The user leaves the room too, unless it is the creator. */
gboolean dais_invites_remove (
    DaisWriter *writer, gint64 room, const gchar *user_hex24, GError **error);
gboolean dais_joined_put (
    DaisWriter *writer, gint64 user, gint64 room, gint64 since, GError **error);
gboolean dais_joined_remove (DaisWriter *writer, gint64 user, GError **error);
/* How many rooms of this kind a user has made. -1 = error */
gint64
dais_member_rooms_count (DaisWriter *writer, gint64 creator, GError **error);

G_END_DECLS
