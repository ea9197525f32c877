/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/control.h"
#include "engine/source-kind.h"

G_BEGIN_DECLS

/* One attempt after the other to get at a stream: builds the pipeline, watches
 * it, takes it down when it fails and builds it again. Main thread. */
typedef struct _DaisInput DaisInput;

typedef enum {
  DAIS_INPUT_CONNECTING,
  DAIS_INPUT_LIVE,
  DAIS_INPUT_LOST,
} DaisInputState;

typedef struct {
  /* State, error, type or fps changed. */
  void (*changed) (gpointer user_data);
  gboolean (*answer) (GstQuery *query, gpointer user_data); /* any thread */
} DaisInputEvents;

DaisInput *dais_input_new (DaisControl *control, DaisSourceSpec *spec,
    DaisGuard *guard, const DaisInputEvents *events, gpointer user_data);
/* Comes down in the background; gone is called when nothing is left. */
void dais_input_free (
    DaisInput *self, void (*gone) (gpointer user_data), gpointer user_data);

void dais_input_set_wanted (DaisInput *self, gboolean video, gboolean audio);

DaisInputState dais_input_get_state (DaisInput *self);
gint64 dais_input_get_since (DaisInput *self); /* UTC microseconds */
gdouble dais_input_get_fps (DaisInput *self);
const gchar *dais_input_get_error (DaisInput *self);
const gchar *dais_input_get_found (DaisInput *self); /* "" = unknown */

G_END_DECLS
