/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/levels.h"

#include <math.h>

#define FULL_SCALE 32768.0

/**
 * dais_level_add:
 * @self: a level
 * @samples: (array length=count): sound, all channels alike
 * @count: how many samples
 */
void
dais_level_add (DaisLevel *self, const gint16 *samples, gsize count)
{
  gint32 peak = self->peak;
  gint64 squares = 0;

  for (gsize i = 0; i < count; i++) {
    gint32 sample = samples[i];

    peak = MAX (peak, ABS (sample));
    squares += (gint64) sample * sample;
  }
  self->peak = peak;
  self->squares += (gdouble) squares;
  self->samples += count;
}

static gdouble
to_dbfs (gdouble amplitude)
{
  if (amplitude <= 0)
    return DAIS_LEVEL_SILENCE;
  return MAX (20 * log10 (amplitude / FULL_SCALE), DAIS_LEVEL_SILENCE);
}

/**
 * dais_level_take:
 * @self: a level
 * @peak: (out): dBFS, DAIS_LEVEL_SILENCE to 0
 * @rms: (out): dBFS of the root of the mean square; a full-scale sine has -3
 *
 * Tells how loud it was and begins anew.
 */
void
dais_level_take (DaisLevel *self, gdouble *peak, gdouble *rms)
{
  *peak = to_dbfs (self->peak);
  *rms = self->samples == 0
      ? DAIS_LEVEL_SILENCE
      : to_dbfs (sqrt (self->squares / (gdouble) self->samples));
  *self = (DaisLevel){ 0 };
}
