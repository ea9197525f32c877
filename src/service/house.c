/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/house.h"

#include "core/error.h"
#include "service/caller-private.h"
#include "service/engines.h"
#include "service/help-private.h"
#include "service/house-private.h"
#include "service/mix-private.h"
#include "service/party-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "service/stream-list.h"
#include "store/states.h"

#define DATABASE "dais.db"
/* Which frame showed a change is kept a little later, many at once: of a crash
 * it may lose the last second, and then the moment of the change stands in. */
#define RUNNING_TIMES_MS 1000

typedef struct {
  gint64 room;
  guint64 rev;
  guint64 running_time;
} RunningTime;

struct _DaisHouse {
  GObject parent_instance;

  DaisConfig *config;
  gchar *data_dir;
  gchar *runtime_dir; /* (nullable) */
  DaisStore *store;
  DaisSupervisor *supervisor; /* (nullable) */
  DaisCallers *callers;
  DaisRooms *rooms;
  DaisHelp *help;
  DaisParties *parties;
  DaisStreams *streams;
  GArray *running_times; /* (element-type RunningTime) to be kept */
  guint running_timer;
};

G_DEFINE_FINAL_TYPE (DaisHouse, dais_house, G_TYPE_OBJECT)

static void
dais_house_dispose (GObject *object)
{
  DaisHouse *self = DAIS_HOUSE (object);

  g_clear_handle_id (&self->running_timer, g_source_remove);
  g_clear_object (&self->help);
  g_clear_object (&self->parties);
  g_clear_object (&self->rooms);
  g_clear_object (&self->streams);
  g_clear_object (&self->supervisor);
  if (self->store != NULL)
    dais_store_close (self->store);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (dais_house_parent_class)->dispose (object);
}

static void
dais_house_finalize (GObject *object)
{
  DaisHouse *self = DAIS_HOUSE (object);

  g_clear_object (&self->callers);
  g_array_unref (self->running_times);
  g_free (self->runtime_dir);
  g_free (self->data_dir);
  g_clear_pointer (&self->config, dais_config_unref);

  G_OBJECT_CLASS (dais_house_parent_class)->finalize (object);
}

static void
dais_house_class_init (DaisHouseClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dais_house_dispose;
  G_OBJECT_CLASS (klass)->finalize = dais_house_finalize;
}

static void
dais_house_init (DaisHouse *self)
{
  self->running_times = g_array_new (FALSE, FALSE, sizeof (RunningTime));
}

/**
 * dais_house_new:
 * @config: (transfer none): what the operator wrote
 * @data_dir: a folder that exists and may be written
 * @runtime_dir: (nullable): where the engines' sockets are; %NULL for a house
 *   without engines, as the command line needs it
 *
 * Returns: (transfer full): a house that is not open yet
 */
DaisHouse *
dais_house_new (
    DaisConfig *config, const gchar *data_dir, const gchar *runtime_dir)
{
  DaisHouse *self = g_object_new (DAIS_TYPE_HOUSE, NULL);

  self->config = dais_config_ref (config);
  self->data_dir = g_strdup (data_dir);
  self->runtime_dir = g_strdup (runtime_dir);
  self->callers = dais_callers_new (self);
  self->streams = dais_streams_new (self);
  self->rooms = dais_rooms_new (self);
  self->help = dais_help_new (self);
  self->parties = dais_parties_new (self);

  return self;
}

/**
 * dais_house_get_config:
 * @self: the house
 *
 * Returns: (transfer none): the configuration
 */
DaisConfig *
dais_house_get_config (DaisHouse *self)
{
  return self->config;
}

/**
 * dais_house_get_data_dir:
 * @self: the house
 *
 * Returns: (transfer none): the folder of the database
 */
const gchar *
dais_house_get_data_dir (DaisHouse *self)
{
  return self->data_dir;
}

/**
 * dais_house_get_store:
 * @self: the house
 *
 * Returns: (transfer none): the database, once it is open
 */
DaisStore *
dais_house_get_store (DaisHouse *self)
{
  return self->store;
}

/**
 * dais_house_get_supervisor:
 * @self: the house
 *
 * Returns: (transfer none) (nullable): the keeper of the engines
 */
DaisSupervisor *
dais_house_get_supervisor (DaisHouse *self)
{
  return self->supervisor;
}

/**
 * dais_house_get_callers:
 * @self: the house
 *
 * Returns: (transfer none): logins, tokens, accounts
 */
DaisCallers *
dais_house_get_callers (DaisHouse *self)
{
  g_return_val_if_fail (DAIS_IS_HOUSE (self), NULL);

  return self->callers;
}

/**
 * dais_house_get_rooms:
 * @self: the house
 *
 * Returns: (transfer none): the rooms
 */
DaisRooms *
dais_house_get_rooms (DaisHouse *self)
{
  g_return_val_if_fail (DAIS_IS_HOUSE (self), NULL);

  return self->rooms;
}

/**
 * dais_house_get_help:
 * @self: the house
 *
 * Returns: (transfer none): the help desk
 */
DaisHelp *
dais_house_get_help (DaisHouse *self)
{
  g_return_val_if_fail (DAIS_IS_HOUSE (self), NULL);

  return self->help;
}

/**
 * dais_house_get_parties:
 * @self: the house
 *
 * Returns: (transfer none): where a video is watched in step
 */
DaisParties *
dais_house_get_parties (DaisHouse *self)
{
  g_return_val_if_fail (DAIS_IS_HOUSE (self), NULL);

  return self->parties;
}

/**
 * dais_house_get_streams:
 * @self: the house
 *
 * Returns: (transfer none): the streams
 */
DaisStreams *
dais_house_get_streams (DaisHouse *self)
{
  g_return_val_if_fail (DAIS_IS_HOUSE (self), NULL);

  return self->streams;
}

/**
 * dais_house_open:
 * @self: the house
 * @error: return location; %DAIS_ERROR_STORAGE
 *
 * Opens the database and the tokens' key. Blocks for the disk.
 *
 * Returns: whether accounts can be worked with
 */
gboolean
dais_house_open (DaisHouse *self, GError **error)
{
  g_autofree gchar *path = g_build_filename (self->data_dir, DATABASE, NULL);

  g_return_val_if_fail (DAIS_IS_HOUSE (self), FALSE);

  self->store = dais_store_open (path, error);
  if (self->store == NULL)
    return FALSE;
  dais_store_set_reserve (
      self->store, dais_config_get_server (self->config)->free_space);

  return dais_callers_open (self->callers, self->data_dir, error);
}

/**
 * dais_house_find_engine_program:
 *
 * Returns: (transfer full): the path of dais-engine: `$DAIS_ENGINE`, else the
 *   one of the build tree or of the moved installation that this program is in,
 *   else the installed one
 */
gchar *
dais_house_find_engine_program (void)
{
  static const gchar *const BESIDE[] = { "engine", "libexec" };
  const gchar *wanted = g_getenv ("DAIS_ENGINE");
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *folder = self != NULL ? g_path_get_dirname (self) : NULL;

  if (wanted != NULL && *wanted != '\0')
    return g_strdup (wanted);
  for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (BESIDE); i++) {
    g_autofree gchar *beside = g_build_filename (
        folder, "..", BESIDE[i], "dais-engine", NULL);

    if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
      return g_canonicalize_filename (beside, NULL);
  }

  return g_build_filename (DAIS_LIBEXECDIR, "dais-engine", NULL);
}

static gboolean
open_supervisor (DaisHouse *self, GError **error)
{
  g_autofree gchar *program = dais_house_find_engine_program ();

  if (self->runtime_dir == NULL)
    return TRUE;

  self->supervisor = dais_supervisor_new (self->runtime_dir, program,
      dais_config_get_server (self->config)->grace_seconds);

  return dais_supervisor_open (self->supervisor, error);
}

static void
on_admin (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree gchar *password = NULL;
  GError *error = NULL;

  if (!dais_callers_make_admin_finish (
          DAIS_CALLERS (source), result, &password, &error)) {
    g_task_return_error (task, error);
    return;
  }

  g_task_return_pointer (
      task, g_strdup (password != NULL ? password : ""), g_free);
}

static void
start_engines (DaisHouse *self)
{
  GPtrArray *list = dais_rooms_get_list (self->rooms);
  guint i;

  for (i = 0; i < list->len; i++)
    dais_mix_drop_unknown (g_ptr_array_index (list, i));
  for (i = 0; i < list->len; i++) {
    dais_house_start_room (self, g_ptr_array_index (list, i));
    dais_notes_preload (g_ptr_array_index (list, i));
  }
  dais_house_streams_changed (self);
  if (self->supervisor != NULL)
    dais_supervisor_stop_strangers (self->supervisor);
}

static void
on_merged (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisHouse *self = g_task_get_source_object (task);
  GPtrArray *rows = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error) ||
      !dais_streams_load (self->streams, &error) ||
      !dais_rooms_load (self->rooms, rows, &error) ||
      !dais_parties_load (self->parties, &error)) {
    g_task_return_error (task, error);
    return;
  }

  start_engines (self);
  dais_callers_make_admin_async (self->callers, on_admin, g_object_ref (task));
}

/**
 * dais_house_start_async:
 * @self: the house, open
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when the doors may open
 * @user_data: data for @callback
 *
 * Does not wait for the engines. Errors: %DAIS_ERROR_CONFLICT when another
 * daemon runs on the data folder, %DAIS_ERROR_STORAGE, %DAIS_ERROR_INVALID.
 */
void
dais_house_start_async (DaisHouse *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GPtrArray *rows = NULL;
  GError *error = NULL;

  g_return_if_fail (DAIS_IS_HOUSE (self));
  g_return_if_fail (self->store != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_house_start_async);
  g_task_set_check_cancellable (task, FALSE);
  if (dais_store_lock (self->store, &error) && open_supervisor (self, &error))
    rows = dais_room_rows_list_named (self->store, &error);
  if (rows == NULL) {
    g_task_return_error (task, error);
    return;
  }

  g_task_set_task_data (task, rows, (GDestroyNotify) g_ptr_array_unref);
  dais_store_submit_async (self->store, dais_rooms_write_merged,
      dais_rooms_merge (self, rows), (GDestroyNotify) g_ptr_array_unref, NULL,
      on_merged, g_object_ref (task));
}

/**
 * dais_house_start_finish:
 * @self: the house
 * @result: the result handed to the callback
 * @password: (out) (transfer full) (nullable): of the account "admin" when this
 *   start made it; kept nowhere else
 * @error: return location
 *
 * Returns: whether the doors may open
 */
gboolean
dais_house_start_finish (
    DaisHouse *self, GAsyncResult *result, gchar **password, GError **error)
{
  g_autofree gchar *made = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_house_start_async), FALSE);

  made = g_task_propagate_pointer (G_TASK (result), error);
  if (made == NULL)
    return FALSE;
  if (password != NULL)
    *password = *made != '\0' ? g_steal_pointer (&made) : NULL;

  return TRUE;
}

static gboolean
write_running_times (DaisWriter *writer, gpointer data, GError **error)
{
  GArray *times = data;
  guint i;

  for (i = 0; i < times->len; i++) {
    RunningTime *time = &g_array_index (times, RunningTime, i);

    if (!dais_states_set_running_time (
            writer, time->room, time->rev, time->running_time, error))
      return FALSE;
  }

  return TRUE;
}

static void
on_running_times_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error))
    g_warning ("the running times of the last changes were not kept: %s",
        error->message);
}

static void
keep_running_times (DaisHouse *self)
{
  GArray *times = self->running_times;

  if (times->len == 0)
    return;

  self->running_times = g_array_new (FALSE, FALSE, sizeof (RunningTime));
  dais_store_submit_async (self->store, write_running_times, times,
      (GDestroyNotify) g_array_unref, NULL, on_running_times_kept, NULL);
}

static gboolean
on_time_to_keep (gpointer data)
{
  DaisHouse *self = data;

  self->running_timer = 0;
  keep_running_times (self);

  return G_SOURCE_REMOVE;
}

/**
 * dais_house_note_running_time:
 * @self: the house
 * @room_id: the room's number
 * @rev: the revision that its engine has shown
 * @running_time: of the first frame with it, ns
 */
void
dais_house_note_running_time (
    DaisHouse *self, gint64 room_id, guint64 rev, guint64 running_time)
{
  RunningTime time = { room_id, rev, running_time };

  g_array_append_val (self->running_times, time);
  if (self->running_timer == 0)
    self->running_timer = g_timeout_add (
        RUNNING_TIMES_MS, on_time_to_keep, self);
}

static gboolean
write_nothing (DaisWriter *writer, gpointer data, GError **error)
{
  return TRUE;
}

/* Everything that was submitted is on disk now: closing waits for nothing. */
static void
on_drained (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  dais_store_close (DAIS_STORE (source));
  g_task_return_boolean (task, TRUE);
}

static void
drain (GTask *task)
{
  DaisHouse *self = g_task_get_source_object (task);

  g_clear_handle_id (&self->running_timer, g_source_remove);
  keep_running_times (self);
  dais_store_submit_async (self->store, write_nothing, NULL, NULL, NULL,
      on_drained, g_object_ref (task));
}

static void
on_engines_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  dais_supervisor_stop_finish (DAIS_SUPERVISOR (source), result);
  drain (task);
}

/**
 * dais_house_stop_async:
 * @self: the house
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when everything is on disk and closed
 * @user_data: data for @callback
 *
 * Stops the engines, then closes the database.
 */
void
dais_house_stop_async (DaisHouse *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DAIS_IS_HOUSE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dais_house_stop_async);
  g_task_set_check_cancellable (task, FALSE);
  if (self->store == NULL)
    g_task_return_boolean (task, TRUE);
  else if (self->supervisor == NULL)
    drain (task);
  else
    dais_supervisor_stop_async (
        self->supervisor, on_engines_stopped, g_object_ref (task));
}

/**
 * dais_house_stop_finish:
 * @self: the house
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE
 */
gboolean
dais_house_stop_finish (DaisHouse *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_house_stop_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
