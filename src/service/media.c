/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/media.h"

#include "core/error.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "service/stream-list.h"

#include <glib/gstdio.h>

static const gchar *const outputs[] = { "webm", "mjpg", "jpg", NULL };

/* (nullable): no such thing, or it has no engine */
static DaisEngineHandle *
find_engine (
    DaisHouse *house, gboolean mixed, const gchar *slug, DaisRoom **room)
{
  DaisStreamEntry *entry;

  *room = NULL;
  if (mixed) {
    *room = dais_rooms_find_url_name (dais_house_get_rooms (house), slug);
    return *room != NULL ? (*room)->engine : NULL;
  }

  entry = dais_streams_find_slug (dais_house_get_streams (house), slug);

  return entry != NULL ? entry->engine : NULL;
}

/**
 * dais_media_check:
 * @house: the house
 * @caller: who wants to watch
 * @mixed: whether @slug is a room's url_name, else it is a stream's slug
 * @slug: which one
 * @output: "webm", "mjpg" or "jpg"
 * @error: return location; %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_UNAUTHENTICATED,
 *   %DAIS_ERROR_DENIED, %DAIS_ERROR_UNAVAILABLE
 *
 * To be asked before the socket is taken, while there is somebody to answer.
 *
 * Returns: whether the viewer may be handed over now
 */
gboolean
dais_media_check (DaisHouse *house, DaisCaller *caller, gboolean mixed,
    const gchar *slug, const gchar *output, GError **error)
{
  DaisRoom *room = NULL;
  DaisEngineHandle *engine = NULL;

  g_return_val_if_fail (DAIS_IS_HOUSE (house), FALSE);

  engine = find_engine (house, mixed, slug, &room);
  if (engine == NULL || !g_strv_contains (outputs, output)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no %s '%s.%s'", mixed ? "room output" : "stream", slug,
        output);
    return FALSE;
  }
  if (!dais_caller_check (caller, DAIS_GRANT_VIEW, room, error))
    return FALSE;
  if (dais_engine_handle_get_state (engine) != DAIS_ENGINE_RUNNING) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "the engine of '%s' is starting, try again in a second", slug);
    return FALSE;
  }

  return TRUE;
}

static void
on_handed_over (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (dais_engine_handle_add_viewer_finish (
          DAIS_ENGINE_HANDLE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * dais_media_add_viewer_async:
 * @house: the house
 * @mixed: whether @slug is a room's url_name, else it is a stream's slug
 * @slug: which one
 * @output: "webm", "mjpg" or "jpg"
 * @fd: (transfer full): the viewer's socket, closed here whatever happens
 * @head: further header lines of the answer
 * @cancellable: (nullable): cancels the wait
 * @callback: (scope async): called when the engine has taken the socket
 * @user_data: data for @callback
 *
 * After dais_media_check(). Errors: %DAIS_ERROR_UNAVAILABLE,
 * %DAIS_ERROR_LIMITED, %DAIS_ERROR_NOT_FOUND; nothing was written then.
 */
void
dais_media_add_viewer_async (DaisHouse *house, gboolean mixed,
    const gchar *slug, const gchar *output, gint fd, const gchar *head,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (house, cancellable, callback, user_data);
  DaisRoom *room = NULL;
  DaisEngineHandle *engine = find_engine (house, mixed, slug, &room);

  g_task_set_source_tag (task, dais_media_add_viewer_async);
  if (engine == NULL) {
    g_close (fd, NULL);
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "'%s' is no longer there", slug);
    return;
  }

  dais_engine_handle_add_viewer_async (engine, output, fd, head, cancellable,
      on_handed_over, g_object_ref (task));
}

/**
 * dais_media_add_viewer_finish:
 * @house: the house
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: %TRUE when the engine serves the viewer from now on
 */
gboolean
dais_media_add_viewer_finish (
    DaisHouse *house, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, house), FALSE);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_media_add_viewer_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
