/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/control.h"
#include "engine/output.h"
#include "engine/room-state.h"

G_BEGIN_DECLS

/* The sound of an awake room: its wires and the thread that mixes. Main
 * thread. */
typedef struct _DaisRoomSound DaisRoomSound;

DaisRoomSound *dais_room_sound_new (DaisControl *control, DaisOutput *output);
void dais_room_sound_free (DaisRoomSound *self);

/* inputs: (element-type DaisRoomInput) */
void dais_room_sound_set_inputs (DaisRoomSound *self, GPtrArray *inputs);
void dais_room_sound_apply (DaisRoomSound *self, DaisRoomState *state);
void dais_room_sound_set_levels (DaisRoomSound *self, gboolean on);

/* a(sdd), see the signal Levels. (transfer floating) */
GVariant *dais_room_sound_take_levels (DaisRoomSound *self);
gdouble dais_room_sound_get_loudness (DaisRoomSound *self);

G_END_DECLS
