/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The process frame's side towards a body (body.h). Main thread only. */
typedef struct _DaisControl DaisControl;

const gchar *dais_control_get_slug (DaisControl *self);
/* The runtime folder; wire sockets are RUNTIME/w/… */
const gchar *dais_control_get_runtime (DaisControl *self);
/* "RUNTIME/w/<slug><suffix>", the folder exists. (transfer full) */
gchar *dais_control_wire_path (DaisControl *self, const gchar *suffix);

/* levels: a(sdd), viewers: a{su}; floating references are sunk. */
void dais_control_emit_levels (DaisControl *self, GVariant *levels);
void dais_control_emit_loudness (DaisControl *self, gdouble loudness);
void dais_control_emit_viewers (DaisControl *self, GVariant *viewers);

/* The body is down after its stop(). */
void dais_control_stopped (DaisControl *self);

/* A pipeline on the shared clock: PTS = g_get_monotonic_time () * 1000. Its
 * warnings and errors are logged with the element's path as they come, from
 * any thread; the body still gets them on its bus watch. (transfer full) */
GstElement *dais_control_pipeline_new (DaisControl *self, const gchar *name);

/* Text in which every URL has lost its user, password and query.
 * Any thread. (transfer full) */
gchar *dais_control_redact (const gchar *text);

/* For main(). */
typedef struct {
  const gchar *kind;
  const gchar *socket;
  const gchar *slug;
  const gchar *runtime;
  guint grace_s; /* 0 = for ever */
} DaisControlSettings;

/* Runs until the end; the process's exit code (sysexits.h). */
int dais_control_run (const DaisControlSettings *settings);

G_END_DECLS
