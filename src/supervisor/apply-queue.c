/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-supervisor"
#include "config.h"

#include "core/error.h"
#include "supervisor/engine-handle-private.h"

/**
 * DaisApplyQueue:
 *
 * Tells a room engine its states: one call under way, and behind it only the
 * newest, so that an engine that hangs holds a bounded number of calls. Main
 * context only.
 */
struct _DaisApplyQueue {
  DaisIpcRoom *room;         /* (nullable): the engine is down */
  GCancellable *cancellable; /* of the call to this room */
  GVariant *state;           /* (nullable): the newest, also for replay */
  guint64 rev;
  gboolean untold;    /* state has not been sent to this room yet */
  gboolean under_way; /* a call is out */
  GPtrArray *sent;    /* (element-type GTask): wait for the call that is out */
  GPtrArray *next;    /* (element-type GTask): wait for the next call */
};

static void send_next (DaisApplyQueue *self);

static void
answer (GPtrArray *tasks, const GError *error, guint64 running_time)
{
  for (guint i = 0; i < tasks->len; i++) {
    GTask *task = tasks->pdata[i];

    if (error != NULL)
      g_task_return_error (task, g_error_copy (error));
    else
      g_task_return_pointer (
          task, g_memdup2 (&running_time, sizeof running_time), g_free);
  }
  g_ptr_array_set_size (tasks, 0);
}

static void
answer_unavailable (GPtrArray *tasks)
{
  g_autoptr (GError) error = g_error_new_literal (DAIS_ERROR,
      DAIS_ERROR_UNAVAILABLE,
      "the room's engine is restarting; it will show this state when it is "
      "back");

  answer (tasks, error, 0);
}

static void
on_applied (GObject *object, GAsyncResult *result, gpointer user_data)
{
  DaisApplyQueue *self = user_data;
  g_autoptr (GError) error = NULL;
  guint64 running_time = 0;

  if (dais_ipc_room_call_apply_finish (
          DAIS_IPC_ROOM (object), &running_time, result, &error)) {
    answer (self->sent, NULL, running_time);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the queue may be gone, its tasks are answered already */
  } else if (error->domain == DAIS_ERROR) {
    g_dbus_error_strip_remote_error (error);
    g_warning ("a room engine refused a state: %s", error->message);
    answer (self->sent, error, 0);
  } else {
    answer_unavailable (self->sent);
  }
  self->under_way = FALSE;
  send_next (self);
}

static void
send_next (DaisApplyQueue *self)
{
  GPtrArray *tasks;

  if (self->under_way || !self->untold || self->room == NULL)
    return;
  tasks = self->sent;
  self->sent = self->next;
  self->next = tasks;
  self->untold = FALSE;
  self->under_way = TRUE;
  dais_ipc_room_call_apply (
      self->room, self->state, self->rev, self->cancellable, on_applied, self);
}

/**
 * dais_apply_queue_push:
 * @state: a{sv}
 * @task: (transfer full): ends when this state, or a newer one, is applied
 */
void
dais_apply_queue_push (
    DaisApplyQueue *self, GVariant *state, guint64 rev, GTask *task)
{
  g_clear_pointer (&self->state, g_variant_unref);
  self->state = g_variant_ref_sink (state);
  self->rev = rev;
  self->untold = TRUE;
  g_ptr_array_add (self->next, task);
  if (self->room == NULL)
    answer_unavailable (self->next);
  else
    send_next (self);
}

/**
 * dais_apply_queue_set_room:
 * @room: (nullable): the engine to tell from now on
 */
void
dais_apply_queue_set_room (DaisApplyQueue *self, DaisIpcRoom *room)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_set_object (&self->room, room);
  self->cancellable = g_cancellable_new ();
  self->under_way = FALSE;
  answer_unavailable (self->sent);
  self->untold = self->state != NULL;
  if (room == NULL)
    answer_unavailable (self->next);
  else
    send_next (self);
}

DaisApplyQueue *
dais_apply_queue_new (void)
{
  DaisApplyQueue *self = g_new0 (DaisApplyQueue, 1);

  self->cancellable = g_cancellable_new ();
  self->sent = g_ptr_array_new_with_free_func (g_object_unref);
  self->next = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
dais_apply_queue_free (DaisApplyQueue *self)
{
  dais_apply_queue_set_room (self, NULL);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->state, g_variant_unref);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->next);
  g_free (self);
}
