/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/member.h"
#include "model/message.h"
#include "model/room.h"
#include "service/caller.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a watcher of a room hears about. The nick is the message's "type". */
typedef enum {
  DAIS_TOPIC_STATE,    /* everyone */
  DAIS_TOPIC_LAYOUT,   /* everyone */
  DAIS_TOPIC_NOTES,    /* everyone */
  DAIS_TOPIC_TALKS,    /* everyone */
  DAIS_TOPIC_ROOM,     /* everyone: name, public … of the room changed */
  DAIS_TOPIC_LEVELS,   /* who subscribed; no rev */
  DAIS_TOPIC_PRESENCE, /* who subscribed; no rev */
  DAIS_TOPIC_LOG,      /* who subscribed */
} DaisTopic;
#define DAIS_N_TOPICS (DAIS_TOPIC_LOG + 1)

const gchar *dais_topic_to_string (DaisTopic topic);
/* FALSE = unknown */
gboolean dais_topic_from_string (const gchar *text, DaisTopic *topic);

/**
 * DaisRoom:
 *
 * One room as it is now: the last acknowledged state, its JSON ready-made.
 * Read here; changed only through mix.h, notes.h, talks.h, rooms.h.
 *
 * Signals:
 * "message" (DaisTopic topic, guint64 rev, GBytes *text): after a change is
 *   on disk and with the engine; text is the whole frame text.
 * "config-changed": send a new "config" message
 * "removed": the room is gone; close its sockets
 * "said" (const DaisMessage *): a message of chat, party or help is on disk
 * "access-changed": somebody who is in it may have to go
 */
#define DAIS_TYPE_ROOM (dais_room_get_type ())
G_DECLARE_FINAL_TYPE (DaisRoom, dais_room, DAIS, ROOM, GObject)

gint64 dais_room_get_id (DaisRoom *self);
const gchar *dais_room_get_hex24 (DaisRoom *self);
const gchar *dais_room_get_name (DaisRoom *self);
const gchar *dais_room_get_url_name (DaisRoom *self);
DaisFacet dais_room_get_facets (DaisRoom *self);
gboolean dais_room_is_public (DaisRoom *self);
guint64 dais_room_get_rev (DaisRoom *self); /* the ETag */

/* What GET answers. Not for LEVELS. PRESENCE: array of {"user","role","door",
 * "since"}; LOG: the last 100 entries. (transfer none), until the next change
 */
GBytes *dais_room_get_json (DaisRoom *self, DaisTopic topic);
/* The same as frame text. (transfer full) */
GBytes *dais_room_get_message (DaisRoom *self, DaisTopic topic, gboolean reset);

/* The contract's config, with the time of now. media[].href begins with
 * base_url
 * ("http://hall:8080"). (transfer full) */
GBytes *dais_room_get_config (DaisRoom *self, const gchar *base_url);

/* Frame texts of every change after since, oldest first. A notes or talks
 * message that a later one replaces is left out.
 * Returns: (transfer full) (element-type GBytes) (nullable): NULL when since is
 * too old (or from the future): begin with a snapshot and "reset":true */
GPtrArray *dais_room_get_missed (DaisRoom *self, guint64 since);

/* ---- presence: one entry per connection ---- */

/* door: "venue", "chat" …; role: what the client says it is ("operator",
 * "viewer"), (nullable) for the caller's highest role.
 * Returns: a handle for dais_room_leave() */
guint64 dais_room_enter (
    DaisRoom *self, DaisCaller *caller, const gchar *door, const gchar *role);
void dais_room_leave (DaisRoom *self, guint64 handle);
/* The users who are there, each once. (transfer full) (element-type
 * DaisPerson): hex24 is not filled in */
GPtrArray *dais_room_get_people (DaisRoom *self);

/* ---- levels: made only while somebody holds them ---- */
void dais_room_hold_levels (DaisRoom *self);
void dais_room_release_levels (DaisRoom *self);

G_END_DECLS
