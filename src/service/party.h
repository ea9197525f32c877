/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/message.h"
#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisParty:
 *
 * One room in which a video is watched in step: who is there, which video, and
 * where it stands.
 *
 * Signals:
 * "said" (const DaisMessage *message, DaisPartyGuest *by): it is on disk; by
 *   (nullable): NULL = somebody at another door, or who has left
 * "removed": the room is gone; everybody must leave
 * "dismissed" (DaisPartyGuest *guest): the guest may not be there any more
 */
#define DAIS_TYPE_PARTY (dais_party_get_type ())
G_DECLARE_FINAL_TYPE (DaisParty, dais_party, DAIS, PARTY, GObject)

#define DAIS_PARTY_MAX_NAME  16    /* characters */
#define DAIS_PARTY_MAX_VIDEO 16384 /* bytes of JSON */

/* One connection that has joined. */
typedef struct _DaisPartyGuest DaisPartyGuest;

const gchar *dais_party_get_name (DaisParty *self); /* to join it by */

/* wanted: (nullable): a name, made to fit and unique. data: the door's.
 * (transfer none): until dais_party_leave() */
DaisPartyGuest *dais_party_enter (
    DaisParty *self, DaisCaller *caller, const gchar *wanted, gpointer data);
void dais_party_leave (DaisParty *self, DaisPartyGuest *guest);
const gchar *dais_party_guest_get_name (DaisPartyGuest *guest);
gpointer dais_party_guest_get_data (DaisPartyGuest *guest);
/* Who is there longest, apart from @except. (transfer none) (nullable) */
DaisPartyGuest *
dais_party_get_longest (DaisParty *self, DaisPartyGuest *except);

/* JSON; of a room of the venue its output, until somebody changes it. base_url:
 * how the client reaches this server. (transfer full) */
gchar *dais_party_get_video (DaisParty *self, const gchar *base_url);
/* FALSE: too long. It is kept, and the clock knows nothing any more. */
gboolean dais_party_set_video (DaisParty *self, const gchar *json);

/* The clock. position: s; what is no position is not heeded. */
void dais_party_play (DaisParty *self);
void dais_party_pause (DaisParty *self);
void dais_party_seek (DaisParty *self, gdouble position);
gboolean dais_party_get_position (DaisParty *self, gdouble *position);

/* Keeps it in the room's history, then emits "said". extra: (nullable) JSON.
 * FALSE: too long, or too many on their way to the disk. */
gboolean dais_party_say (DaisParty *self, DaisPartyGuest *guest,
    const gchar *text, const gchar *extra);

G_END_DECLS
