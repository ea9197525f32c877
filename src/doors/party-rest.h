/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisPartyRestDoor:
 *
 * The HTTP part of the watch-party contract (contracts/watch-party.txt, README
 * §3) on a server. Lives in the main context, as long as the server does.
 */
typedef struct _DaisPartyRestDoor DaisPartyRestDoor;

/* video_hosts: (nullable): hosts whose videos may be watched too */
DaisPartyRestDoor *dais_party_rest_door_new (
    DaisServer *server, DaisHouse *house, const gchar *const *video_hosts);
void dais_party_rest_door_free (DaisPartyRestDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisPartyRestDoor, dais_party_rest_door_free)

/* Whether a party may begin with it. base_url: of this server. */
gboolean dais_party_video_is_acceptable (
    const gchar *url, const gchar *base_url, const gchar *const *video_hosts);

G_END_DECLS
