/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "model/player.h"
#include "service/parties.h"
#include "service/room.h"

G_BEGIN_DECLS

struct _DaisParty {
  GObject parent_instance;

  DaisHouse *house;        /* not owned, outlives it */
  gint64 room_id;          /* 0 = in a room of another door, which stays */
  gboolean is_for_members; /* an invitation lets in, not a password */
  gchar *name;
  gchar *hash;   /* (nullable) of the password; of the venue's: none */
  gchar *secret; /* (nullable) of the password, once it is known */
  gchar *video;  /* (nullable) JSON; NULL = the room's output */
  DaisPlayer player;

  DaisRoom *room;    /* (nullable) while somebody is in it */
  GQueue guests;     /* (element-type DaisPartyGuest) the longest there first */
  GHashTable *names; /* (element-type utf8) of the guests */
  GHashTable *saying; /* (element-type DaisMessage DaisPartyGuest) */
  gboolean was_used;
  gint64 empty_since; /* monotonic, µs */
};

/* video: (nullable) */
DaisParty *dais_party_new (DaisHouse *house, gint64 room_id, const gchar *name,
    const gchar *hash, const gchar *video);

/* Emits "dismissed" for each guest who may not see the room any more. */
void dais_party_check_access (DaisParty *self);

DaisParties *dais_parties_new (DaisHouse *house);
/* When the store is open. */
gboolean dais_parties_load (DaisParties *self, GError **error);

G_END_DECLS
