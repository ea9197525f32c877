/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  DAIS_ENGINE_SOURCE,
  DAIS_ENGINE_ROOM,
} DaisEngineKind;

typedef enum {
  DAIS_ENGINE_STARTING, /* a process is coming up or being adopted */
  DAIS_ENGINE_RUNNING,  /* configured and answering */
  DAIS_ENGINE_WAITING,  /* died; the next try comes after a delay */
  DAIS_ENGINE_STOPPED,  /* not configured yet, or removed */
} DaisEngineState;

/* A source's health, from its engine; while that is down: lost. Strings are
 * (transfer none), valid until the next change. */
typedef struct {
  const gchar *state; /* "connecting", "live", "lost" */
  gint64 since_us;    /* UTC */
  gdouble fps;
  const gchar *error; /* "" = none */
  const gchar *type;  /* "audio", "video", "av", "" = not known yet */
} DaisEngineHealth;

/**
 * DaisEngineHandle:
 *
 * One engine as the daemon sees it, whatever becomes of its processes: what it
 * was last told is told again to each new process.
 *
 * Signals, in the main context:
 * "state-changed" ()
 * "health-changed" (): of a source, see dais_engine_handle_get_health()
 * "levels" (GVariant *levels): a(sdd), while set_levels is on
 * "viewers" (GVariant *viewers): a{su}
 */
#define DAIS_TYPE_ENGINE_HANDLE (dais_engine_handle_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisEngineHandle, dais_engine_handle, DAIS, ENGINE_HANDLE, GObject)

DaisEngineKind dais_engine_handle_get_kind (DaisEngineHandle *self);
const gchar *dais_engine_handle_get_slug (DaisEngineHandle *self);
DaisEngineState dais_engine_handle_get_state (DaisEngineHandle *self);
guint dais_engine_handle_get_restarts (DaisEngineHandle *self);
GPid dais_engine_handle_get_pid (DaisEngineHandle *self); /* 0 = none */
void dais_engine_handle_get_health (
    DaisEngineHandle *self, DaisEngineHealth *health);
guint64 dais_engine_handle_get_frames (DaisEngineHandle *self);

/* settings: a{sv} of Configure (dais-engine.xml), floating is sunk. The first
 * call starts (or adopts) the process. */
void dais_engine_handle_configure (DaisEngineHandle *self, GVariant *settings);

/* A room's whole state, a{sv} of Apply, floating is sunk. It is kept for every
 * later process. While one Apply is under way only the newest next one is kept;
 * the tasks of those it replaces end together with it. The answer is the
 * running time (ns) of the first frame that shows it.
 * Errors: UNAVAILABLE: the engine is down, the state will be told later. */
void dais_engine_handle_apply_async (DaisEngineHandle *self, GVariant *state,
    guint64 rev, GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_engine_handle_apply_finish (DaisEngineHandle *self,
    GAsyncResult *result, guint64 *running_time, GError **error);

void dais_engine_handle_set_levels (DaisEngineHandle *self, gboolean on);
gdouble dais_engine_handle_get_loudness (DaisEngineHandle *self);

/* fd: (transfer full): closed here whatever happens. Errors: UNAVAILABLE, and
 * the engine's own (LIMITED, NOT_FOUND). */
void dais_engine_handle_add_viewer_async (DaisEngineHandle *self,
    const gchar *output, gint fd, const gchar *head, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_engine_handle_add_viewer_finish (
    DaisEngineHandle *self, GAsyncResult *result, GError **error);

G_END_DECLS
