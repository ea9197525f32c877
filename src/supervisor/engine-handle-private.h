/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "supervisor/engine-link.h"

G_BEGIN_DECLS

DaisEngineHandle *dais_engine_handle_new (
    const DaisEngineProgram *program, DaisEngineKind kind, const gchar *slug);
/* Starts nothing before @old, the engine that had the slug, is STOPPED. */
void
dais_engine_handle_wait_for (DaisEngineHandle *self, DaisEngineHandle *old);
/* Ends the engine for good; the state is STOPPED when it is over. */
void dais_engine_handle_stop (DaisEngineHandle *self);

/* ---- apply-queue.c: at most one Apply under way, the newest next ---- */
typedef struct _DaisApplyQueue DaisApplyQueue;

DaisApplyQueue *dais_apply_queue_new (void);
void dais_apply_queue_free (DaisApplyQueue *self);
/* task: (transfer full); ends with a guint64* running time or an error */
void dais_apply_queue_push (
    DaisApplyQueue *self, GVariant *state, guint64 rev, GTask *task);
/* room: (nullable): NULL while the engine is down, which ends all tasks with
 * UNAVAILABLE; a new one is told the newest state first. */
void dais_apply_queue_set_room (DaisApplyQueue *self, DaisIpcRoom *room);

G_END_DECLS
