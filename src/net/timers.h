/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisTimer:
 *
 * A one-shot timer, embedded in the object that it belongs to. Zero it, set
 * @expired, and stop it before the memory goes.
 */
typedef struct _DaisTimer DaisTimer;
struct _DaisTimer {
  void (*expired) (DaisTimer *timer);
  gint64 due_us; /* monotonic */
  guint slot;    /* index in the heap + 1; 0 = not running */
};

/**
 * DaisTimers:
 *
 * Thousands of timers behind one wake-up: a binary heap that knows nothing of
 * clocks or main loops.
 */
typedef struct {
  GPtrArray *heap; /* (element-type DaisTimer) unowned */
} DaisTimers;

void dais_timers_init (DaisTimers *self);
void dais_timers_clear (DaisTimers *self);
void dais_timers_start (
    DaisTimers *self, DaisTimer *timer, gint64 now_us, guint delay_ms);
void dais_timers_stop (DaisTimers *self, DaisTimer *timer);
gint64 dais_timers_get_next (DaisTimers *self); /* -1: none is running */
void dais_timers_run (DaisTimers *self, gint64 now_us);

static inline gboolean
dais_timer_is_running (const DaisTimer *timer)
{
  return timer->slot > 0;
}

G_END_DECLS
