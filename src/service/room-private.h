/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: a room as the use cases see it. */

#include "model/message.h"
#include "model/room.h"
#include "model/scene.h"
#include "service/house.h"
#include "service/note-list.h"
#include "service/room.h"
#include "store/rooms.h"
#include "store/store.h"
#include "supervisor/engine-handle.h"

G_BEGIN_DECLS

/* How far the next change to prepare may count on what is under way: head is
 * what was submitted, committed what is on disk, the rest what was told. */
struct _DaisRoom {
  GObject parent_instance;

  DaisHouse *house;   /* (nullable) weak: NULL once the house is gone */
  DaisRoomInfo *info; /* as told */
  gboolean configured;
  gboolean leaving; /* its removal is on its way to the disk */
  gboolean removed;

  gint64 warned; /* monotonic µs: when a refused change was logged last */

  guint64 rev; /* as told */
  guint64 committed_rev;
  guint64 head_rev;
  GQueue changes; /* (element-type GTask) not told yet, in their order */

  DaisScene *scene; /* as told */
  DaisScene *committed_scene;
  DaisScene *head_scene;
  guint64 scene_rev;
  gint64 scene_utc;           /* µs */
  guint64 scene_running_time; /* ns */

  GBytes *layout;      /* (nullable) JSON, as told; NULL = never written */
  DaisNoteList *notes; /* (nullable) read when first wanted */
  GHashTable *talks;   /* (nullable) (element-type utf8 utf8), as notes */
  GPtrArray *media;    /* (element-type DaisMediaRow), by index */

  GBytes *json[DAIS_N_TOPICS]; /* (nullable) ready text, NULL = make it */

  /* (nullable) (element-type gint64) users who belong to it; NULL = roles and
   * the configuration decide */
  GHashTable *admitted;

  GHashTable *present; /* (element-type guint64 Presence) by handle */
  guint64 next_handle;
  guint presence_timer;

  DaisEngineHandle *engine; /* (nullable) */
  GVariant *settings;       /* (nullable) what the engine was told last */
  guint n_level_holders;
  guint n_saying; /* messages on their way to the disk */
};

/* row: as loaded or made */
DaisRoom *
dais_room_new (DaisHouse *house, const DaisRoomRow *row, GError **error);
void dais_room_set_info (DaisRoom *self, DaisRoomInfo *info);
DaisRoomInfo *dais_room_get_info (DaisRoom *self);
void dais_room_remove (DaisRoom *self); /* emits "removed" */

/* The topic's text must be made anew. */
void dais_room_forget_json (DaisRoom *self, DaisTopic topic);
void dais_room_emit (DaisRoom *self, DaisTopic topic, gint64 rev, GBytes *json);
void dais_room_emit_config_changed (DaisRoom *self);
void dais_room_emit_access_changed (DaisRoom *self);
/* A message is on disk. */
void dais_room_emit_said (DaisRoom *self, const DaisMessage *message);

/* Reads the notes before somebody wants them. */
void dais_notes_preload (DaisRoom *room);

/* Makers of the topics' texts. (transfer full) */
GBytes *dais_room_make_state (DaisRoom *self);
GBytes *dais_room_make_layout (DaisRoom *self);
GBytes *dais_room_make_notes (DaisRoom *self);
GBytes *dais_room_make_talks (DaisRoom *self);
GBytes *dais_room_make_room (DaisRoom *self);
GBytes *dais_room_make_presence (DaisRoom *self);
GBytes *dais_room_make_log (DaisRoom *self);

G_END_DECLS
