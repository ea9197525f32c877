/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the two files of the parties' sockets only. */

#include "doors/socketio-private.h"

G_BEGIN_DECLS

/* A party that some sockets are in. */
struct _DaisPartyGroup {
  DaisSocketioDoor *door;
  DaisParty *party;
  gchar *name; /* of the group of sockets */
  guint n_guests;
};

/* ---- party-socket.c: who is in it ---- */

void dais_party_tell_all (DaisPartyGroup *group, DaisVisitor *except,
    const gchar *event, const gchar *args);
/* (transfer full) */
gchar *dais_party_make_username (DaisVisitor *visitor);
gchar *dais_party_make_video (const gchar *video, const gchar *name);
void dais_party_ask_for_time (DaisVisitor *visitor);

/* ---- party-watch.c: what they do ---- */

gboolean dais_party_watch_knows (const gchar *event);
/* visitor: in a party */
void dais_party_watch_handle (DaisVisitor *visitor, const DaisSioEvent *event);
/* Whether only a later client sends this, contracts README §3. */
gboolean dais_party_watch_is_later (const DaisSioEvent *event);

G_END_DECLS
