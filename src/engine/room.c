/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "dais-engine-ipc.h"
#include "engine/body.h"
#include "engine/output.h"
#include "engine/room-picture.h"
#include "engine/room-sound.h"
#include "engine/room-state.h"

/* A room: holds the settings and the state, and has a picture and a sound only
 * while somebody takes them. Both are made and ended as a whole, so a resting
 * room has no pipeline, no thread and no wire. */

#define LEVELS_MS      100
#define APPLY_LIMIT_MS 500
#define RETRY_S        1

typedef struct {
  GDBusMethodInvocation *invocation;
  guint64 serial;
  gint64 until_us;
} Waiting;

typedef struct {
  DaisControl *control;
  DaisIpcRoom *interface;
  DaisOutput *output;
  DaisCanvas canvas;
  GPtrArray *inputs; /* (element-type DaisRoomInput) */
  DaisRoomState *state;
  DaisRoomPicture *picture; /* (nullable): resting */
  DaisRoomSound *sound;     /* (nullable): resting */
  guint64 frames;           /* of pictures that have ended */
  GPtrArray *waiting;       /* (element-type Waiting): for their frame */
  guint waiting_id;
  guint levels_id;
  guint retry_id;
  gboolean stopped;
} Room;

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_clear_object (&waiting->invocation);
  g_free (waiting);
}

/* Answers everybody who waits for serial or one before it. */
static void
answer_waiting (Room *self, guint64 serial, guint64 running_time)
{
  for (guint i = self->waiting->len; i > 0; i--) {
    Waiting *waiting = g_ptr_array_index (self->waiting, i - 1);

    if (waiting->serial > serial)
      continue;
    dais_ipc_room_complete_apply (
        self->interface, g_steal_pointer (&waiting->invocation), running_time);
    g_ptr_array_remove_index (self->waiting, i - 1);
  }
}

static guint64
get_running_time (void)
{
  return (guint64) g_get_monotonic_time () * GST_USECOND;
}

static gboolean
on_waiting_check (gpointer data)
{
  Room *self = data;
  gint64 now_us = g_get_monotonic_time ();

  for (guint i = self->waiting->len; i > 0; i--) {
    Waiting *waiting = g_ptr_array_index (self->waiting, i - 1);

    if (now_us >= waiting->until_us) {
      answer_waiting (self, waiting->serial, get_running_time ());
      break;
    }
  }
  if (self->waiting->len > 0)
    return G_SOURCE_CONTINUE;
  self->waiting_id = 0;
  return G_SOURCE_REMOVE;
}

static void
on_picture_applied (guint64 serial, guint64 running_time, gpointer data)
{
  answer_waiting (data, serial, running_time);
}

static void
end_picture (Room *self)
{
  if (self->picture == NULL)
    return;
  self->frames += dais_room_picture_get_frames (self->picture);
  g_clear_pointer (&self->picture, dais_room_picture_free);
  answer_waiting (self, G_MAXUINT64, get_running_time ());
}

static void update_demand (Room *self);

static gboolean
on_retry (gpointer data)
{
  Room *self = data;

  self->retry_id = 0;
  update_demand (self);
  return G_SOURCE_REMOVE;
}

static void
on_picture_failed (gpointer data)
{
  Room *self = data;

  end_picture (self);
  if (self->retry_id == 0)
    self->retry_id = g_timeout_add_seconds (RETRY_S, on_retry, self);
}

static void
begin_picture (Room *self)
{
  const DaisRoomPictureEvents events = { on_picture_applied,
    on_picture_failed };

  if (self->picture != NULL || self->retry_id != 0)
    return;
  self->picture = dais_room_picture_new (
      self->control, &self->canvas, self->output, &events, self);
  dais_room_picture_set_inputs (self->picture, self->inputs);
  dais_room_picture_apply (self->picture, self->state, 0);
}

static void
begin_sound (Room *self)
{
  if (self->sound != NULL)
    return;
  self->sound = dais_room_sound_new (self->control, self->output);
  dais_room_sound_set_inputs (self->sound, self->inputs);
  dais_room_sound_apply (self->sound, self->state);
  dais_room_sound_set_levels (self->sound, self->levels_id != 0);
}

/* Wakes what somebody takes and lets the rest rest. */
static void
update_demand (Room *self)
{
  DaisFeed wanted = dais_output_get_wanted (self->output);

  if (self->stopped)
    return;
  if ((wanted & DAIS_FEED_VIDEO) != 0)
    begin_picture (self);
  else
    end_picture (self);
  if ((wanted & DAIS_FEED_AUDIO) != 0 || self->levels_id != 0)
    begin_sound (self);
  else
    g_clear_pointer (&self->sound, dais_room_sound_free);
}

static void
on_wanted_changed (DaisOutput *output, Room *self)
{
  update_demand (self);
}

static void
on_viewers_changed (DaisOutput *output, Room *self)
{
  dais_control_emit_viewers (
      self->control, dais_output_get_viewers (self->output));
}

static void
set_canvas (Room *self, const DaisCanvas *canvas)
{
  if (dais_canvas_equal (canvas, &self->canvas))
    return;
  self->canvas = *canvas;
  end_picture (self);
  update_demand (self);
}

static void
set_inputs (Room *self, GPtrArray *inputs)
{
  g_autoptr (GPtrArray) before = self->inputs;

  self->inputs = g_ptr_array_ref (inputs);
  if (self->picture != NULL)
    dais_room_picture_set_inputs (self->picture, inputs);
  if (self->sound != NULL)
    dais_room_sound_set_inputs (self->sound, inputs);
}

static gboolean
on_configure (DaisIpcRoom *interface, GDBusMethodInvocation *invocation,
    GVariant *settings, Room *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (settings);
  g_autoptr (GVariant) list = g_variant_dict_lookup_value (
      &dict, "inputs", NULL);
  g_autoptr (GPtrArray) inputs = NULL;
  DaisCanvas canvas = self->canvas;
  GError *error = NULL;

  if (dais_canvas_read (&canvas, &dict, &error) && list != NULL)
    inputs = dais_room_inputs_read (list, &error);
  if (error != NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  set_canvas (self, &canvas);
  if (inputs != NULL)
    set_inputs (self, inputs);
  dais_ipc_room_complete_configure (interface, invocation);
  return TRUE;
}

static void
wait_for_frame (Room *self, GDBusMethodInvocation *invocation, guint64 serial)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->invocation = g_object_ref (invocation);
  waiting->serial = serial;
  waiting->until_us = g_get_monotonic_time () +
      APPLY_LIMIT_MS * G_TIME_SPAN_MILLISECOND;
  g_ptr_array_add (self->waiting, waiting);
  if (self->waiting_id == 0)
    self->waiting_id = g_timeout_add (
        APPLY_LIMIT_MS / 4, on_waiting_check, self);
}

static gboolean
on_apply (DaisIpcRoom *interface, GDBusMethodInvocation *invocation,
    GVariant *settings, guint64 rev, Room *self)
{
  GError *error = NULL;
  DaisRoomState *state = dais_room_state_read (settings, &error);
  g_autoptr (DaisRoomState) before = NULL;

  if (state == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  before = self->state; /* the picture and the sound refer to it till now */
  self->state = state;
  if (self->sound != NULL)
    dais_room_sound_apply (self->sound, state);
  if (self->picture != NULL)
    wait_for_frame (self, invocation,
        dais_room_picture_apply (self->picture, state, state->fade_ms));
  else
    dais_ipc_room_complete_apply (interface, invocation, get_running_time ());
  return TRUE;
}

static gpointer
room_create (DaisControl *control)
{
  Room *self = g_new0 (Room, 1);

  self->control = control;
  self->canvas = DAIS_CANVAS_DEFAULT;
  self->inputs = g_ptr_array_new ();
  self->state = dais_room_state_new ();
  self->waiting = g_ptr_array_new_with_free_func (waiting_free);
  self->interface = dais_ipc_room_skeleton_new ();
  self->output = dais_output_new (dais_control_get_slug (control));
  g_signal_connect (
      self->interface, "handle-configure", G_CALLBACK (on_configure), self);
  g_signal_connect (
      self->interface, "handle-apply", G_CALLBACK (on_apply), self);
  g_signal_connect (
      self->output, "wanted-changed", G_CALLBACK (on_wanted_changed), self);
  g_signal_connect (
      self->output, "viewers-changed", G_CALLBACK (on_viewers_changed), self);
  dais_output_set_feeds (self->output, DAIS_FEED_VIDEO | DAIS_FEED_AUDIO);
  return self;
}

static GDBusInterfaceSkeleton *
room_get_interface (gpointer body)
{
  return G_DBUS_INTERFACE_SKELETON (((Room *) body)->interface);
}

static void
room_ping (gpointer body, guint64 *frames, gboolean *resting)
{
  Room *self = body;

  *frames = self->frames;
  *resting = self->picture == NULL;
  if (self->picture != NULL)
    *frames += dais_room_picture_get_frames (self->picture);
}

static gboolean
room_add_viewer (gpointer body, const gchar *output, GSocket *socket,
    const gchar *head, GError **error)
{
  Room *self = body;

  return dais_output_add_viewer (self->output, output, socket, head, error);
}

static gboolean
on_levels (gpointer data)
{
  Room *self = data;

  if (self->sound != NULL) {
    dais_control_emit_loudness (
        self->control, dais_room_sound_get_loudness (self->sound));
    dais_control_emit_levels (
        self->control, dais_room_sound_take_levels (self->sound));
  }
  return G_SOURCE_CONTINUE;
}

static void
room_set_levels (gpointer body, gboolean on)
{
  Room *self = body;

  if (on == (self->levels_id != 0))
    return;
  if (on)
    self->levels_id = g_timeout_add (LEVELS_MS, on_levels, self);
  else
    g_clear_handle_id (&self->levels_id, g_source_remove);
  if (self->sound != NULL)
    dais_room_sound_set_levels (self->sound, on);
  update_demand (self);
}

static void
room_stop (gpointer body)
{
  Room *self = body;

  self->stopped = TRUE;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->levels_id, g_source_remove);
  dais_output_stop (self->output);
  end_picture (self);
  g_clear_pointer (&self->sound, dais_room_sound_free);
  dais_control_stopped (self->control);
}

static void
room_free (gpointer body)
{
  Room *self = body;

  g_clear_handle_id (&self->waiting_id, g_source_remove);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->levels_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->output, self);
  g_signal_handlers_disconnect_by_data (self->interface, self);
  dais_output_stop (self->output);
  end_picture (self);
  g_clear_pointer (&self->sound, dais_room_sound_free);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->inputs);
  dais_room_state_free (self->state);
  g_object_unref (self->output);
  g_object_unref (self->interface);
  g_free (self);
}

const DaisBodyClass dais_room_body = {
  .kind = "room",
  .create = room_create,
  .get_interface = room_get_interface,
  .ping = room_ping,
  .add_viewer = room_add_viewer,
  .set_levels = room_set_levels,
  .stop = room_stop,
  .free = room_free,
};
