/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "doors/venue.h"
#include "net/websocket.h"
#include "service/callers.h"
#include "service/rooms.h"
#include "service/streams.h"

G_BEGIN_DECLS

/* For our own pages; a <video> element can send no header. */
#define DAIS_SESSION_COOKIE "dais_session"

typedef struct _DaisFollowers DaisFollowers;   /* venue-follow.c */
typedef struct _DaisWatchGroup DaisWatchGroup; /* venue-groups.c */

/* One socket on /room/<room>/watch. */
typedef struct {
  DaisVenueDoor *door;
  DaisWatchGroup *group;
  DaisRoom *room;
  DaisSocket *socket;
  DaisCaller *caller;
  gchar *base_url;
  guint index;      /* in the group's list */
  guint topics;     /* bits of DaisTopic that it asked for */
  guint64 presence; /* handle */
  guint n_pending;  /* writes that the service has not answered yet */
  gint64 budget_us; /* when the present burst is used up, monotonic */
  guint n_refused;  /* messages beyond the budget */
  gatomicrefcount references;
} DaisWatcher;

struct _DaisVenueDoor {
  DaisServer *server;
  DaisHouse *house;
  GHashTable *groups;       /* (element-type DaisRoom DaisWatchGroup) */
  DaisFollowers *followers; /* of /streams/watch */
  guint n_sockets;
  guint grants_source;
};

/* ---- venue-reply.c ---- */

/* (nullable) */
const gchar *dais_venue_token (DaisRequest *request);
/* Who asks; when it is nobody, the request is answered 401 and NULL returned.
 * (transfer full) (nullable) */
DaisCaller *dais_venue_caller (DaisHouse *house, DaisRequest *request);
/* The room of "<room>" in the path; answers 401 or 404 by itself.
 * caller: (out) (transfer full). Returns: (transfer none) (nullable) */
DaisRoom *dais_venue_room (
    DaisVenueDoor *self, DaisRequest *request, DaisCaller **caller);
/* If-Match as a revision; -1 = any. Answers 400 by itself: FALSE. */
gboolean dais_venue_if_match (DaisRequest *request, gint64 *rev);
/* venue-session.c; token "" ends the session */
void dais_venue_set_cookie (DaisRequest *request, const gchar *token);
/* error: (transfer full) */
void dais_venue_fail (DaisRequest *request, GError *error);
void dais_venue_respond (
    DaisRequest *request, guint status, GBytes *json, gint64 rev);
/* A write that a service answers later: keeps the request and what it is about.
 * room: (nullable) */
typedef struct {
  DaisVenueDoor *door;
  DaisRequest *request;
  DaisCaller *caller;
  DaisRoom *room;
} DaisVenueWrite;
DaisVenueWrite *dais_venue_write_new (DaisVenueDoor *door, DaisRequest *request,
    DaisCaller *caller, DaisRoom *room);
void dais_venue_write_free (DaisVenueWrite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisVenueWrite, dais_venue_write_free)

/* {"error": text} */
gchar *dais_venue_error_json (const gchar *message);
void
dais_venue_error_body (DaisRequest *request, guint status, const GError *error);

/* ---- the groups of routes ---- */
void dais_venue_session_install (DaisVenueDoor *self); /* venue-session.c */
void dais_venue_login_install (DaisVenueDoor *self);   /* venue-login.c */
void dais_venue_users_install (DaisVenueDoor *self);   /* venue-users.c */
void dais_venue_streams_install (DaisVenueDoor *self); /* venue-streams.c */
void dais_venue_rooms_install (DaisVenueDoor *self);   /* venue-rooms.c */
void dais_venue_mixing_install (DaisVenueDoor *self);  /* venue-mixing.c */
void dais_venue_watch_install (DaisVenueDoor *self);   /* venue-watch.c */
void dais_venue_follow_install (DaisVenueDoor *self);  /* venue-follow.c */
void dais_venue_follow_close (DaisVenueDoor *self);
/* ---- venue-groups.c: the watchers of each room ---- */

/* Topics that come only to who asked for them. */
#define DAIS_OPTIONAL_TOPICS \
  (1u << DAIS_TOPIC_LEVELS | 1u << DAIS_TOPIC_PRESENCE | 1u << DAIS_TOPIC_LOG)

void dais_venue_groups_open (DaisVenueDoor *self);
void dais_venue_groups_close (DaisVenueDoor *self);
void dais_watcher_join (DaisWatcher *self);
void dais_watcher_part (DaisWatcher *self);
GBytes *dais_watcher_get_greeting (DaisWatcher *self, DaisTopic topic);

/* Turns topics on and off; what can be shown at once is sent. */
void dais_watcher_subscribe (DaisWatcher *self, guint topics);
void dais_watcher_unsubscribe (DaisWatcher *self, guint topics);
DaisWatcher *dais_watcher_ref (DaisWatcher *self);
void dais_watcher_unref (DaisWatcher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisWatcher, dais_watcher_unref)
/* venue-commands.c: a message of the client's */
void dais_watcher_receive (
    DaisWatcher *self, gboolean is_text, const gchar *text, gsize length);

G_END_DECLS
