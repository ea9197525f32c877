/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "model/scene.h"
#include "service/mix.h"

G_BEGIN_DECLS

void dais_mix_set_scene (DaisRoom *room, DaisCaller *caller, DaisScene *scene,
    const DaisTransition *transition, GTask *task);
/* A stream has a new name, or is gone (new_name NULL): a change by the house
 * itself where the room's state names it. */
void dais_mix_rename_stream (
    DaisRoom *room, const gchar *name, const gchar *new_name);
/* Switches off what the state names and no stream has. */
void dais_mix_drop_unknown (DaisRoom *room);

G_END_DECLS
