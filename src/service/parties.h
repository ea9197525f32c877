/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/party.h"

G_BEGIN_DECLS

/**
 * DaisParties:
 *
 * All rooms in which a video is watched in step (contracts README §3): those
 * that anybody may make, which go when they are empty; those that the
 * configuration opens on rooms of the venue, which stay; and those in members'
 * rooms, for whoever is invited.
 */
#define DAIS_TYPE_PARTIES (dais_parties_get_type ())
G_DECLARE_FINAL_TYPE (DaisParties, dais_parties, DAIS, PARTIES, GObject)

#define DAIS_PARTIES_MAX 10000

/* The house has one. (transfer none) */
DaisParties *dais_house_get_parties (DaisHouse *house);

/* address: the peer's: one that makes too many is refused. password: not empty,
 * kept as it is. video: (nullable): JSON; whether it is acceptable is the
 * door's to check. Errors: INVALID, LIMITED, STORAGE. */
void dais_parties_create_async (DaisParties *self, const gchar *address,
    const gchar *password, const gchar *video, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the name to join it by */
gchar *dais_parties_create_finish (
    DaisParties *self, GAsyncResult *result, GError **error);

/* The party of that name, when the caller may know of it. (transfer none)
 * (nullable) */
DaisParty *
dais_parties_find (DaisParties *self, DaisCaller *caller, const gchar *name);

/* address: the peer's: one that guesses too often is refused. Errors:
 * NOT_FOUND, DENIED (wrong password), LIMITED. */
void dais_parties_open_async (DaisParties *self, DaisCaller *caller,
    const gchar *address, const gchar *name, const gchar *password,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
/* (transfer full): for dais_party_enter() */
DaisParty *dais_parties_open_finish (
    DaisParties *self, GAsyncResult *result, GError **error);

/* How long, s, an empty party stays after somebody was in it, and before. For
 * tests. */
void dais_parties_set_patience (
    DaisParties *self, guint after_last, guint before_first);

G_END_DECLS
