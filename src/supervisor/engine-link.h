/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dais-engine-ipc.h"
#include "supervisor/engine-handle.h"

G_BEGIN_DECLS

/* After the control socket's name: the engine's place (engine-place.h) */
#define DAIS_ENGINE_PLACE_SUFFIX ".lock"

/* What is fixed for every engine of a supervisor. */
typedef struct {
  const gchar *runtime_dir;
  const gchar *engine_path;
  guint grace_s;
} DaisEngineProgram;

/**
 * DaisEngineLink:
 *
 * One life of one engine process: found running or started, spoken to, pinged,
 * and in the end lost. A handle makes a new link for each life.
 *
 * Signals: "ready" (): its proxies may be used; "lost" (gchar *why): last
 * signal of a link, the process is gone or about to be killed.
 */
#define DAIS_TYPE_ENGINE_LINK (dais_engine_link_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisEngineLink, dais_engine_link, DAIS, ENGINE_LINK, GObject)

DaisEngineLink *dais_engine_link_new (
    const DaisEngineProgram *program, DaisEngineKind kind, const gchar *slug);

/* Adopts what listens on the engine's socket, or starts a process. */
void dais_engine_link_start (DaisEngineLink *self);
/* Starts nothing: is lost at once where nobody listens. */
void dais_engine_link_adopt (DaisEngineLink *self);
/* An orderly end; SIGKILL after three seconds. "lost" follows. */
void dais_engine_link_stop (DaisEngineLink *self);

gboolean dais_engine_link_is_ready (DaisEngineLink *self);
gboolean dais_engine_link_was_adopted (DaisEngineLink *self);
GPid dais_engine_link_get_pid (DaisEngineLink *self);
guint64 dais_engine_link_get_frames (DaisEngineLink *self);
/* All (transfer none), NULL before "ready"; source and room also for the other
 * kind. */
DaisIpcEngine *dais_engine_link_get_engine (DaisEngineLink *self);
DaisIpcSource *dais_engine_link_get_source (DaisEngineLink *self);
DaisIpcRoom *dais_engine_link_get_room (DaisEngineLink *self);

const gchar *dais_engine_kind_to_string (DaisEngineKind kind);
gchar *dais_engine_socket_path (
    const gchar *runtime_dir, DaisEngineKind kind, const gchar *slug);

G_END_DECLS
