/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/reactor.h"

#include <glib-unix.h>

#include <errno.h>
#include <unistd.h>

#define BATCH    256
#define SLICE_US 1000 /* of deferred work in one turn */

typedef struct {
  GSource source;
  DaisReactor *reactor;
} ReactorSource;

struct _DaisReactor {
  gatomicrefcount refs;
  GSource *source;
  gint epoll_fd;
  gpointer tag; /* of epoll_fd in the source */
  DaisTimers timers;
  GQueue deferred; /* (element-type DaisDeferred) */
  gint64 ready_time;
  /* the batch being dispatched: a watch that is removed meanwhile is struck
   * out here, because its memory may be gone before its turn comes */
  struct epoll_event *batch;
  gint batch_length;
};

static void
set_ready_time (DaisReactor *self, gint64 ready_time)
{
  if (ready_time == self->ready_time)
    return;
  self->ready_time = ready_time;
  g_source_set_ready_time (self->source, ready_time);
}

static void
update_ready_time (DaisReactor *self)
{
  set_ready_time (self,
      self->deferred.length > 0 ? 0 : dais_timers_get_next (&self->timers));
}

static void
dispatch_events (DaisReactor *self)
{
  struct epoll_event batch[BATCH];
  gint n = epoll_wait (self->epoll_fd, batch, BATCH, 0);

  self->batch = batch;
  self->batch_length = n;
  for (gint i = 0; i < n; i++) {
    DaisWatch *watch = batch[i].data.ptr;

    if (watch != NULL)
      watch->ready (watch, batch[i].events);
  }
  self->batch = NULL;
  self->batch_length = 0;
}

static void
dispatch_deferred (DaisReactor *self)
{
  gint64 end = g_get_monotonic_time () + SLICE_US;

  /* what is queued by this work waits for the next turn; so does the rest of a
   * long list; meanwhile new input is read, and its output joins what waits */
  for (guint n = self->deferred.length, i = 0; i < n; i++) {
    GList *link;
    DaisDeferred *deferred;

    if (i % 16 == 15 && g_get_monotonic_time () > end)
      break;
    link = g_queue_pop_head_link (&self->deferred);
    if (link == NULL)
      break;
    deferred = link->data;
    link->data = NULL;
    deferred->run (deferred);
  }
}

static gboolean
reactor_source_dispatch (
    GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (DaisReactor) self = dais_reactor_ref (
      ((ReactorSource *) source)->reactor);

  if (g_source_query_unix_fd (source, self->tag) != 0)
    dispatch_events (self);
  dais_timers_run (&self->timers, g_source_get_time (source));
  dispatch_deferred (self);
  self->ready_time = -2; /* GLib may have changed it: set it afresh */
  update_ready_time (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs reactor_source_funcs = {
  .dispatch = reactor_source_dispatch,
};

/**
 * dais_reactor_new:
 *
 * Returns: (transfer full): a reactor in the thread-default main context
 */
DaisReactor *
dais_reactor_new (void)
{
  DaisReactor *self = g_new0 (DaisReactor, 1);

  g_atomic_ref_count_init (&self->refs);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    g_critical ("cannot make an epoll descriptor: %s", g_strerror (errno));
  dais_timers_init (&self->timers);
  g_queue_init (&self->deferred);
  self->ready_time = -1;
  self->source = g_source_new (&reactor_source_funcs, sizeof (ReactorSource));
  ((ReactorSource *) self->source)->reactor = self;
  g_source_set_static_name (self->source, "dais reactor");
  self->tag = g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

/**
 * dais_reactor_ref:
 * @self: the reactor
 *
 * Returns: (transfer full): @self
 */
DaisReactor *
dais_reactor_ref (DaisReactor *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * dais_reactor_unref:
 * @self: (transfer full): the reactor
 *
 * The last one stops all timers; watches must be gone by then.
 */
void
dais_reactor_unref (DaisReactor *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  dais_timers_clear (&self->timers);
  close (self->epoll_fd);
  g_free (self);
}

/**
 * dais_reactor_add:
 * @self: the reactor
 * @watch: (transfer none): with its function set
 * @fd: a descriptor, stays the caller's; remove the watch before closing it
 * @events: EPOLLIN…
 *
 * Returns: FALSE when the kernel refused (no memory, or too many watches)
 */
gboolean
dais_reactor_add (DaisReactor *self, DaisWatch *watch, gint fd, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    g_warning ("cannot watch a connection: %s", g_strerror (errno));
    watch->fd = -1;
    return FALSE;
  }
  watch->fd = fd;
  return TRUE;
}

/**
 * dais_reactor_modify:
 * @self: the reactor
 * @watch: a watch that was added
 * @events: EPOLLIN…
 *
 * Changes what @watch waits for.
 */
void
dais_reactor_modify (DaisReactor *self, DaisWatch *watch, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  if (watch->fd >= 0)
    epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

/**
 * dais_reactor_remove:
 * @self: the reactor
 * @watch: added or not
 *
 * Its function is not called again, not even for events already fetched.
 */
void
dais_reactor_remove (DaisReactor *self, DaisWatch *watch)
{
  if (watch->fd < 0)
    return;
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->fd = -1;
  for (gint i = 0; i < self->batch_length; i++)
    if (self->batch[i].data.ptr == watch)
      self->batch[i].data.ptr = NULL;
}

/**
 * dais_reactor_start_timer:
 * @self: the reactor
 * @timer: running or not
 * @delay_ms: from now; see dais_timers_start() for its grain
 *
 * (Re)starts @timer.
 */
void
dais_reactor_start_timer (DaisReactor *self, DaisTimer *timer, guint delay_ms)
{
  dais_timers_start (
      &self->timers, timer, dais_reactor_get_now (self), delay_ms);
  update_ready_time (self);
}

/**
 * dais_reactor_stop_timer:
 * @self: the reactor
 * @timer: running or not
 *
 * Stops @timer. The loop may wake up once for nothing.
 */
void
dais_reactor_stop_timer (DaisReactor *self, DaisTimer *timer)
{
  dais_timers_stop (&self->timers, timer);
}

/**
 * dais_reactor_defer:
 * @self: the reactor
 * @deferred: queued already or not
 *
 * Runs @deferred once, at the end of this turn of the loop or of the next one.
 */
void
dais_reactor_defer (DaisReactor *self, DaisDeferred *deferred)
{
  if (deferred->link.data != NULL)
    return;
  deferred->link.data = deferred;
  g_queue_push_tail_link (&self->deferred, &deferred->link);
  set_ready_time (self, 0);
}

/**
 * dais_reactor_undefer:
 * @self: the reactor
 * @deferred: queued or not
 *
 * Takes @deferred out of the queue.
 */
void
dais_reactor_undefer (DaisReactor *self, DaisDeferred *deferred)
{
  if (deferred->link.data == NULL)
    return;
  deferred->link.data = NULL;
  g_queue_unlink (&self->deferred, &deferred->link);
}

/**
 * dais_reactor_get_now:
 * @self: the reactor
 *
 * Returns: the monotonic clock in µs; inside the reactor's callbacks, the time
 *   at which this turn began
 */
gint64
dais_reactor_get_now (DaisReactor *self)
{
  return g_main_current_source () == self->source
      ? g_source_get_time (self->source)
      : g_get_monotonic_time ();
}
