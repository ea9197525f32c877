/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "doors/socketio.h"
#include "net/socketio/socketio.h"
#include "service/callers.h"
#include "service/parties.h"

G_BEGIN_DECLS

struct _DaisSocketioDoor {
  DaisServer *server;
  DaisHouse *house;
  DaisSioServer *sio;
  DaisSioNamespace *space;
  gboolean is_closing; /* the house has stopped: nothing can be read any more */
  GHashTable *helpers; /* (element-type DaisVisitor) at the help desk */
  guint access_source;
  GHashTable *parties; /* (element-type DaisParty DaisPartyGroup) owned */
};

typedef struct _DaisPartyGroup DaisPartyGroup;

/* Who is behind a socket; the socket's data. */
typedef struct {
  DaisSocketioDoor *door;
  DaisSioSocket *socket; /* not owned: it owns this */
  DaisCaller *caller;
  gchar *refusal; /* (nullable) why the token is no good */
  gboolean helps; /* is connected at the help desk */

  DaisPartyGroup *group; /* (nullable) the party that it is in */
  DaisPartyGuest *guest; /* (nullable) set with @group */
  gboolean is_later;     /* a later client, contracts README §3 */
  gboolean is_joining;   /* its password is being checked */
  GQueue waiting;        /* (element-type PartyEvent) of the party, meanwhile */
} DaisVisitor;

/* ---- socketio.c ---- */

/* Arguments of an event. (transfer full) (nullable) */
JsonObject *dais_socketio_get_object (const DaisSioEvent *event);
/* A member as the client wrote it. (transfer full) (nullable) */
gchar *dais_socketio_get_slice (const DaisSioEvent *event, const gchar *member);
/* A member, when it is a string; object: (nullable). (transfer none) (nullable)
 */
const gchar *dais_socketio_get_text (JsonObject *object, const gchar *member);
/* What must be known to take the visitor in again after a lost connection. */
void dais_socketio_keep (DaisVisitor *visitor);
/* {"message": …}, to this one only; code: (nullable) */
void dais_socketio_emit_error (
    DaisVisitor *visitor, const gchar *message, const gchar *code);

/* ---- help-socket.c ---- */

void dais_help_sockets_install (DaisSocketioDoor *self);
void dais_help_sockets_close (DaisSocketioDoor *self);
void dais_help_sockets_connected (DaisVisitor *visitor);
void dais_help_sockets_disconnected (DaisVisitor *visitor);
/* FALSE: no event of the help desk */
gboolean
dais_help_sockets_handle (DaisVisitor *visitor, const DaisSioEvent *event);

/* ---- party-socket.c ---- */

void dais_party_sockets_install (DaisSocketioDoor *self);
void dais_party_sockets_close (DaisSocketioDoor *self);
void dais_party_sockets_disconnected (DaisVisitor *visitor);
void dais_party_sockets_recovered (
    DaisVisitor *visitor, const gchar *name, const gchar *username);
/* (nullable): the name of the visitor's party, and the visitor's there */
const gchar *
dais_party_sockets_get_place (DaisVisitor *visitor, const gchar **username);
gboolean
dais_party_sockets_handle (DaisVisitor *visitor, const DaisSioEvent *event);

G_END_DECLS
