/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_LEVEL_SILENCE (-100.0) /* dBFS */

/* How loud something was since it was last asked. No lock of its own. */
typedef struct {
  gint32 peak;
  gdouble squares;
  guint64 samples;
} DaisLevel;

void dais_level_add (DaisLevel *self, const gint16 *samples, gsize count);
void dais_level_take (DaisLevel *self, gdouble *peak, gdouble *rms);

G_END_DECLS
