/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/room-private.h"
#include "store/store.h"

G_BEGIN_DECLS

/**
 * DaisRoomChange:
 *
 * One change of a room on its way: checked → on disk with its journal row →
 * with the engine → told. It is the task data of the caller's task. Several
 * may be under way; they are told in the order of their revisions.
 */
typedef struct _DaisRoomChange DaisRoomChange;

struct _DaisRoomChange {
  DaisRoom *room;
  gint64 room_id;
  gint64 user_id;
  gchar *user;
  DaisTopic topic;
  guint64 rev;
  gint64 utc;           /* µs */
  guint64 running_time; /* ns; corrected when the engine answers */
  /* JSON for the journal; write() may set it anew */
  gchar *payload;

  /* Writer thread: the rows beside the room's revision and the journal. */
  gboolean (*write) (
      DaisWriter *writer, DaisRoomChange *change, GError **error);
  /* Main context, (nullable): on disk, not told yet */
  void (*committed) (DaisRoomChange *change);
  /* Main context: puts the new value into the room, before "message" */
  void (*publish) (DaisRoomChange *change);
  /* the room's engine must show it before it is told */
  DaisScene *scene; /* (nullable) */
  DaisTransition transition;

  gpointer data;
  GDestroyNotify destroy;

  /* the queue's own */
  gboolean on_disk;
  gboolean ready;
  gboolean doomed; /* one before it failed */
  guint timeout;
};

/* caller: (nullable) the house itself. */
DaisRoomChange *
dais_room_change_new (DaisRoom *room, DaisCaller *caller, DaisTopic topic);
void dais_room_change_free (DaisRoomChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRoomChange, dais_room_change_free)

/* Checks rev against the head and the room's life. if_rev -1 = any. */
gboolean dais_room_check_rev (DaisRoom *room, gint64 if_rev, GError **error);

/* The newest change of @topic under way that is meant, (nullable): what the
 * next one builds on. is_meant: (nullable) any. (transfer none) */
typedef gboolean (*DaisRoomChangeIsMeant) (
    DaisRoomChange *change, gconstpointer data);
DaisRoomChange *dais_room_change_find (DaisRoom *room, DaisTopic topic,
    DaisRoomChangeIsMeant is_meant, gconstpointer data);

/* change: (transfer full), becomes @task's data. Sets room->head_rev. */
void dais_room_change_submit (DaisRoomChange *change, GTask *task);

G_END_DECLS
