/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: what the use cases have of the house. */

#include "model/scene.h"
#include "service/house.h"
#include "service/room.h"
#include "store/store.h"
#include "supervisor/supervisor.h"

G_BEGIN_DECLS

DaisConfig *dais_house_get_config (DaisHouse *self);
const gchar *dais_house_get_data_dir (DaisHouse *self);
DaisStore *dais_house_get_store (DaisHouse *self);
/* (nullable): the command line has no engines */
DaisSupervisor *dais_house_get_supervisor (DaisHouse *self);

/* (transfer full) */
gchar *dais_house_find_engine_program (void);

/* ---- engines.c: towards the supervisor ---- */

/* shown: the engine runs and answered with the running time (ns) of the first
 * frame that shows the state. Called once, never before apply() returned. */
typedef void (*DaisShown) (
    gboolean shown, guint64 running_time, gpointer user_data);
void dais_house_apply (DaisHouse *self, DaisRoom *room, DaisScene *scene,
    const DaisTransition *transition, guint64 rev, DaisShown callback,
    gpointer user_data);
/* Kept with the journal row, a little later and many at once. */
void dais_house_note_running_time (
    DaisHouse *self, gint64 room_id, guint64 rev, guint64 running_time);

G_END_DECLS
