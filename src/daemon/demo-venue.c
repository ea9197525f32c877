/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/demo-venue.h"

#include "core/error.h"
#include "core/random-id.h"
#include "service/callers.h"
#include "service/mix.h"
#include "service/rooms.h"
#include "service/streams.h"

/* What the demo shows, told to the same services that the doors use. */
typedef enum {
  STEP_STREAM,
  STEP_ROOM,
  STEP_STATE,
} StepKind;

static const struct {
  StepKind kind;
  const gchar *room; /* of a state */
  const gchar *json;
} STEPS[] = {
  { STEP_STREAM, NULL,
      "{\"name\":\"Hall - Camera\",\"uri\":\"test:zone-plate?label=yes"
      "&foreground=ffd166&background=264653&tone=330\",\"type\":\"av\"}" },
  { STEP_STREAM, NULL,
      "{\"name\":\"Hall - Slides\",\"uri\":\"test:gradient?label=yes"
      "&foreground=0b1f4b&background=4f8ef7&tone=440\",\"type\":\"av\"}" },
  { STEP_STREAM, NULL,
      "{\"name\":\"Workshop - Camera\",\"uri\":\"test:pinwheel?label=yes"
      "&foreground=f4f1de&background=2a9d8f&tone=550\",\"type\":\"av\"}" },
  { STEP_ROOM, NULL, "{\"name\":\"Hall (Ground Floor)\"}" },
  { STEP_ROOM, NULL, "{\"name\":\"Workshop (Upstairs)\"}" },
  { STEP_STATE, "hall",
      "{\"video\":\"Hall - Slides\",\"pip\":\"Hall - Camera\","
      "\"audio\":\"Hall - Camera\"}" },
  { STEP_STATE, "workshop",
      "{\"video\":\"Workshop - Camera\",\"audio\":\"Workshop - Camera\"}" },
};

typedef struct {
  gchar *password;
  guint step;
} Filling;

static void
filling_free (Filling *self)
{
  g_free (self->password);
  g_free (self);
}

static void next_step (GTask *task);

/* What is there from an earlier time stays as it is. */
static void
end_step (GTask *owned_task, GError *owned_error)
{
  g_autoptr (GTask) task = owned_task;
  g_autoptr (GError) error = owned_error;
  Filling *self = g_task_get_task_data (task);

  if (error != NULL &&
      !g_error_matches (error, DAIS_ERROR, DAIS_ERROR_CONFLICT)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  self->step++;
  next_step (task);
}

static void
on_stream_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autofree gchar *slug = dais_streams_add_finish (
      DAIS_STREAMS (source), result, &error);

  end_step (user_data, error);
}

static void
on_room_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (DaisRoom) room = dais_rooms_add_finish (
      DAIS_ROOMS (source), result, &error);

  end_step (user_data, error);
}

static void
on_state_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  guint64 rev = 0;

  dais_mix_write_finish (DAIS_ROOM (source), result, &rev, &error);
  end_step (user_data, error);
}

static void
write_state (GTask *task, DaisHouse *house, DaisCaller *caller, guint step)
{
  g_autoptr (GError) error = NULL;
  DaisRoom *room = dais_rooms_find (dais_house_get_rooms (house), caller,
      STEPS[step].room, DAIS_FACET_MIXER, &error);

  /* A room that was mixed before, or renamed, is left alone. */
  if (room == NULL || dais_room_get_rev (room) > 1)
    end_step (g_object_ref (task), NULL);
  else
    dais_mix_write_async (room, caller, STEPS[step].json, -1, -1, NULL,
        on_state_written, g_object_ref (task));
}

static void
on_password_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  Filling *self = g_task_get_task_data (task);

  if (!dais_callers_set_password_finish (DAIS_CALLERS (source), result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->password), g_free);
}

static void
end_filling (GTask *task, DaisCallers *callers, DaisCaller *caller)
{
  Filling *self = g_task_get_task_data (task);

  if (self->password != NULL) {
    g_task_return_pointer (task, g_steal_pointer (&self->password), g_free);
    return;
  }

  self->password = dais_random_base64url (9);
  dais_callers_set_password_async (callers, caller, "admin", self->password,
      NULL, on_password_set, g_object_ref (task));
}

static void
next_step (GTask *task)
{
  DaisHouse *house = g_task_get_source_object (task);
  DaisCallers *callers = dais_house_get_callers (house);
  DaisCaller *caller = dais_callers_get_console (callers);
  Filling *self = g_task_get_task_data (task);
  const gchar *json = NULL;

  if (self->step == G_N_ELEMENTS (STEPS)) {
    end_filling (task, callers, caller);
    return;
  }

  json = STEPS[self->step].json;
  switch (STEPS[self->step].kind) {
    case STEP_STREAM:
      dais_streams_add_async (dais_house_get_streams (house), caller, json, -1,
          NULL, on_stream_added, g_object_ref (task));
      break;
    case STEP_ROOM:
      dais_rooms_add_async (dais_house_get_rooms (house), caller, json, -1,
          NULL, on_room_added, g_object_ref (task));
      break;
    case STEP_STATE:
      write_state (task, house, caller, self->step);
      break;
  }
}

/**
 * dais_demo_venue_fill_async:
 * @house: a started house
 * @password: (nullable): of the account "admin" where it is known
 * @callback: called when the demo stands
 * @user_data: for @callback
 *
 * Makes the demo's cameras and rooms.
 */
void
dais_demo_venue_fill_async (DaisHouse *house, const gchar *password,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (house, NULL, callback, user_data);
  Filling *filling = g_new0 (Filling, 1);

  g_task_set_source_tag (task, dais_demo_venue_fill_async);
  filling->password = g_strdup (password);
  g_task_set_task_data (task, filling, (GDestroyNotify) filling_free);
  next_step (task);
}

/**
 * dais_demo_venue_fill_finish:
 * @house: the house
 * @result: as given to the callback
 * @password: (out) (transfer full): what "admin" signs in with
 * @error: return location
 *
 * Returns: whether the demo stands
 */
gboolean
dais_demo_venue_fill_finish (
    DaisHouse *house, GAsyncResult *result, gchar **password, GError **error)
{
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_demo_venue_fill_async), FALSE);

  *password = g_task_propagate_pointer (G_TASK (result), error);
  return *password != NULL;
}
