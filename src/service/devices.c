/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "service/house-private.h"
#include "service/stream-list.h"

/* A device that hangs must not keep a request for ever. */
#define TIMEOUT_MS 10000

static gboolean
on_timeout (gpointer data)
{
  GSubprocess *process = data;

  g_subprocess_force_exit (process);

  /* removed when the process is gone */
  return G_SOURCE_CONTINUE;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree gchar *text = NULL;
  GError *error = NULL;

  g_source_remove (GPOINTER_TO_UINT (g_task_get_task_data (task)));
  if (!g_subprocess_communicate_utf8_finish (
          G_SUBPROCESS (source), result, &text, NULL, &error) ||
      !g_subprocess_get_successful (G_SUBPROCESS (source)) ||
      !dais_json_check (text, -1, &error)) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "the devices could not be listed: %s",
        error != NULL ? error->message : "the engine program failed");
    g_clear_error (&error);
    return;
  }

  g_strchomp (text);
  g_task_return_pointer (
      task, g_bytes_new (text, strlen (text)), (GDestroyNotify) g_bytes_unref);
}

/**
 * dais_streams_list_devices_async:
 * @self: the streams
 * @caller: who asks; needs MANAGE
 * @cancellable: (nullable): cancels the wait
 * @callback: (scope async): called with the list
 * @user_data: data for @callback
 *
 * Asks the engine program, because only it knows GStreamer. Errors:
 * %DAIS_ERROR_DENIED, %DAIS_ERROR_UNAVAILABLE.
 */
void
dais_streams_list_devices_async (DaisStreams *self, DaisCaller *caller,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *program = dais_house_find_engine_program ();
  GError *error = NULL;

  g_task_set_source_tag (task, dais_streams_list_devices_async);
  if (dais_caller_check (caller, DAIS_GRANT_MANAGE, NULL, &error))
    process = g_subprocess_new (
        G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "devices", NULL);
  if (process == NULL) {
    g_task_return_error (task, error);
    return;
  }

  g_task_set_task_data (task,
      GUINT_TO_POINTER (g_timeout_add_full (G_PRIORITY_DEFAULT, TIMEOUT_MS,
          on_timeout, g_object_ref (process), g_object_unref)),
      NULL);
  g_subprocess_communicate_utf8_async (
      process, NULL, cancellable, on_listed, g_object_ref (task));
}

/**
 * dais_streams_list_devices_finish:
 * @self: the streams
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): JSON array of cameras and microphones
 */
GBytes *
dais_streams_list_devices_finish (
    DaisStreams *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_streams_list_devices_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
