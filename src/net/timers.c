/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/timers.h"

#define GRAIN_MAX_US 250000
#define GRAIN_MIN_US 1000

static inline DaisTimer *
at (DaisTimers *self, guint slot)
{
  return g_ptr_array_index (self->heap, slot - 1);
}

static inline void
put (DaisTimers *self, guint slot, DaisTimer *timer)
{
  g_ptr_array_index (self->heap, slot - 1) = timer;
  timer->slot = slot;
}

static void
sift_up (DaisTimers *self, guint slot)
{
  DaisTimer *timer = at (self, slot);

  while (slot > 1 && at (self, slot / 2)->due_us > timer->due_us) {
    put (self, slot, at (self, slot / 2));
    slot /= 2;
  }
  put (self, slot, timer);
}

static void
sift_down (DaisTimers *self, guint slot)
{
  DaisTimer *timer = at (self, slot);
  guint child;

  while ((child = slot * 2) <= self->heap->len) {
    if (child < self->heap->len &&
        at (self, child + 1)->due_us < at (self, child)->due_us)
      child++;
    if (at (self, child)->due_us >= timer->due_us)
      break;
    put (self, slot, at (self, child));
    slot = child;
  }
  put (self, slot, timer);
}

/**
 * dais_timers_init:
 * @self: memory to initialise
 *
 * Makes an empty set of timers.
 */
void
dais_timers_init (DaisTimers *self)
{
  self->heap = g_ptr_array_new ();
}

/**
 * dais_timers_clear:
 * @self: the timers
 *
 * Stops every timer and frees the heap. The timers stay their owners'.
 */
void
dais_timers_clear (DaisTimers *self)
{
  for (guint slot = 1; slot <= self->heap->len; slot++)
    at (self, slot)->slot = 0;
  g_clear_pointer (&self->heap, g_ptr_array_unref);
}

/**
 * dais_timers_start:
 * @self: the timers
 * @timer: (transfer none): running or not
 * @now_us: the monotonic clock
 * @delay_ms: from now
 *
 * (Re)starts @timer. It ends up to 1/64 of the delay late (at most 250 ms),
 * so that the timers of thousands of sockets end in bunches and not one by one.
 */
void
dais_timers_start (
    DaisTimers *self, DaisTimer *timer, gint64 now_us, guint delay_ms)
{
  gint64 delay_us = (gint64) delay_ms * 1000;
  gint64 grain = CLAMP (delay_us / 64, GRAIN_MIN_US, GRAIN_MAX_US);
  gint64 due = (now_us + delay_us + grain - 1) / grain * grain;

  if (timer->slot == 0) {
    g_ptr_array_add (self->heap, timer);
    timer->slot = self->heap->len;
    timer->due_us = due;
    sift_up (self, timer->slot);
  } else if (due < timer->due_us) {
    timer->due_us = due;
    sift_up (self, timer->slot);
  } else {
    timer->due_us = due;
    sift_down (self, timer->slot);
  }
}

/**
 * dais_timers_stop:
 * @self: the timers
 * @timer: running or not
 *
 * Stops @timer; it does not expire any more.
 */
void
dais_timers_stop (DaisTimers *self, DaisTimer *timer)
{
  guint slot = timer->slot;
  DaisTimer *last;

  if (slot == 0)
    return;
  last = at (self, self->heap->len);
  g_ptr_array_set_size (self->heap, (gint) self->heap->len - 1);
  timer->slot = 0;
  if (last == timer)
    return;
  put (self, slot, last);
  sift_up (self, slot);
  sift_down (self, last->slot);
}

/**
 * dais_timers_get_next:
 * @self: the timers
 *
 * Returns: when the next timer is due, in monotonic µs; -1 when none runs
 */
gint64
dais_timers_get_next (DaisTimers *self)
{
  return self->heap->len > 0 ? at (self, 1)->due_us : -1;
}

/**
 * dais_timers_run:
 * @self: the timers
 * @now_us: the monotonic clock
 *
 * Stops every timer that is due, then calls its function, which may start and
 * stop any timer. A timer that restarts itself with no delay waits for the next
 * call.
 */
void
dais_timers_run (DaisTimers *self, gint64 now_us)
{
  while (self->heap->len > 0 && at (self, 1)->due_us <= now_us) {
    DaisTimer *timer = at (self, 1);

    dais_timers_stop (self, timer);
    timer->expired (timer);
  }
}
