/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"
#include "engine/control.h"
#include "engine/output.h"
#include "engine/room-state.h"

G_BEGIN_DECLS

/* The picture of an awake room: its wires, the mixer, and the slates of what
 * does not come. Main thread. */
typedef struct _DaisRoomPicture DaisRoomPicture;

/**
 * DaisRoomPictureEvents:
 * @applied: the output shows the state of serial, and so of all before it
 * @failed: it is of no more use
 */
typedef struct {
  void (*applied) (guint64 serial, guint64 running_time, gpointer user_data);
  void (*failed) (gpointer user_data);
} DaisRoomPictureEvents;

DaisRoomPicture *dais_room_picture_new (DaisControl *control,
    const DaisCanvas *canvas, DaisOutput *output,
    const DaisRoomPictureEvents *events, gpointer user_data);
void dais_room_picture_free (DaisRoomPicture *self);

/* inputs: (element-type DaisRoomInput) */
void dais_room_picture_set_inputs (DaisRoomPicture *self, GPtrArray *inputs);
guint64 dais_room_picture_apply (
    DaisRoomPicture *self, DaisRoomState *state, guint fade_ms);

GstPad *dais_room_picture_get_pad (DaisRoomPicture *self);
guint64 dais_room_picture_get_frames (DaisRoomPicture *self);

G_END_DECLS
