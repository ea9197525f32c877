/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "supervisor/engine-handle.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisSupervisor:
 *
 * Keeps one engine process per source and per room alive (design §1): adopts
 * what still runs, starts what does not, restarts what dies or hangs. Lives in
 * the main context; never blocks.
 */
#define DAIS_TYPE_SUPERVISOR (dais_supervisor_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisSupervisor, dais_supervisor, DAIS, SUPERVISOR, GObject)

/* engine_path: the program dais-engine; grace_s: how long an engine outlives
 * its daemon, 0 = for ever */
DaisSupervisor *dais_supervisor_new (
    const gchar *runtime_dir, const gchar *engine_path, guint grace_s);

/* Makes the runtime folder with its parts. Errors: FAILED (a path too long for
 * a socket, no permission …). */
gboolean dais_supervisor_open (DaisSupervisor *self, GError **error);

const gchar *dais_supervisor_get_runtime_dir (DaisSupervisor *self);
/* The path of a wire socket, suffix ".v", ".a", ".v-640x360". (transfer full)
 */
gchar *dais_supervisor_get_wire_path (
    DaisSupervisor *self, const gchar *slug, const gchar *suffix);

/* Its process comes with the first dais_engine_handle_configure(). The slug
 * must be new among its kind. Returns: (transfer full) */
DaisEngineHandle *dais_supervisor_add (
    DaisSupervisor *self, DaisEngineKind kind, const gchar *slug);
/* Stops the engine in the background; the handle is of no use after. */
void dais_supervisor_remove (DaisSupervisor *self, DaisEngineHandle *handle);

/* Stops engines that an earlier daemon left and that nobody has added here.
 * Call when everything configured has been added. */
void dais_supervisor_stop_strangers (DaisSupervisor *self);

/* Stops all engines in an orderly way, those that do not within three seconds
 * by SIGKILL. Cannot fail or be cancelled. */
void dais_supervisor_stop_async (
    DaisSupervisor *self, GAsyncReadyCallback callback, gpointer user_data);
void dais_supervisor_stop_finish (DaisSupervisor *self, GAsyncResult *result);

G_END_DECLS
