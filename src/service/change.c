/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/change.h"

#include "core/log.h"
#include "service/house-private.h"
#include "service/room-log.h"
#include "store/journal.h"

#define MAX_UNDER_WAY 256
/* A room's journal keeps so many revisions of what the mixer did, for that is
 * the cut log, and of the rest what watchers may have missed. It is trimmed
 * once in so many. */
#define CUT_LOG_LENGTH 1000000
#define JOURNAL_LENGTH 20000
#define TRIM_EVERY     1000
/* An engine that does not answer must not keep the house silent. */
#define ENGINE_TIMEOUT_MS 500
#define WARN_EVERY_US     (10 * G_USEC_PER_SEC)

/**
 * dais_room_change_new:
 * @room: the room
 * @caller: (nullable): who wants it, %NULL for the house itself
 * @topic: what it is about
 *
 * Returns: (transfer full): a change to be filled in and submitted
 */
DaisRoomChange *
dais_room_change_new (DaisRoom *room, DaisCaller *caller, DaisTopic topic)
{
  DaisRoomChange *change = g_new0 (DaisRoomChange, 1);

  change->room = g_object_ref (room);
  change->room_id = room->info->id;
  change->user_id = caller != NULL ? dais_caller_get_user_id (caller) : 0;
  change->user = g_strdup (
      caller != NULL ? dais_caller_get_username (caller) : "");
  change->topic = topic;
  change->utc = g_get_real_time ();
  change->running_time = (guint64) g_get_monotonic_time () * 1000;

  return change;
}

/**
 * dais_room_change_free:
 * @change: (transfer full): a change
 */
void
dais_room_change_free (DaisRoomChange *change)
{
  if (change->destroy != NULL)
    change->destroy (change->data);
  g_clear_handle_id (&change->timeout, g_source_remove);
  g_clear_pointer (&change->scene, dais_scene_unref);
  g_free (change->payload);
  g_free (change->user);
  g_object_unref (change->room);
  g_free (change);
}

/**
 * dais_room_check_rev:
 * @room: the room
 * @if_rev: the revision that the caller saw, -1 for any
 * @error: return location; %DAIS_ERROR_STALE, %DAIS_ERROR_NOT_FOUND,
 *   %DAIS_ERROR_LIMITED
 *
 * Returns: whether a change may be prepared on top of what is under way
 */
gboolean
dais_room_check_rev (DaisRoom *room, gint64 if_rev, GError **error)
{
  if (room->removed || room->leaving || room->house == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "room '%s' is no longer there", room->info->url_name);
    return FALSE;
  }
  if (if_rev >= 0 && (guint64) if_rev != room->head_rev) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STALE,
        "room '%s' is at revision %" G_GUINT64_FORMAT ", not %" G_GINT64_FORMAT
        "; read it again",
        room->info->url_name, room->head_rev, if_rev);
    return FALSE;
  }
  if (room->changes.length >= MAX_UNDER_WAY) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "room '%s' has too many changes under way; wait for their answers",
        room->info->url_name);
    return FALSE;
  }

  return TRUE;
}

/**
 * dais_room_change_find:
 * @room: the room
 * @topic: what it is about
 * @is_meant: (nullable): which one, %NULL for any
 * @data: for @is_meant
 *
 * See the header. One that will fail, because one before it did, is none.
 *
 * Returns: (transfer none) (nullable): the change
 */
DaisRoomChange *
dais_room_change_find (DaisRoom *room, DaisTopic topic,
    DaisRoomChangeIsMeant is_meant, gconstpointer data)
{
  for (GList *item = room->changes.tail; item != NULL; item = item->prev) {
    DaisRoomChange *change = g_task_get_task_data (item->data);

    if (change->topic == topic && !change->doomed &&
        (is_meant == NULL || is_meant (change, data)))
      return change;
  }

  return NULL;
}

static gboolean
write_change (DaisWriter *writer, gpointer data, GError **error)
{
  DaisRoomChange *change = data;
  DaisJournalRow row = {
    .room = change->room_id,
    .rev = change->rev,
    .utc = change->utc,
    .running_time = change->running_time,
    .user_id = change->user_id,
    .user = change->user,
    .kind = (gchar *) dais_topic_to_string (change->topic),
  };

  if (!dais_room_rows_step (writer, change->room_id, change->rev, error) ||
      !change->write (writer, change, error))
    return FALSE;

  row.payload = change->payload;
  return dais_journal_append (writer, &row, error) &&
      (change->rev % TRIM_EVERY != 0 ||
          dais_journal_trim (writer, change->room_id, JOURNAL_LENGTH,
              dais_topic_to_string (DAIS_TOPIC_STATE), CUT_LOG_LENGTH, error));
}

static void
tell (GTask *task)
{
  DaisRoomChange *change = g_task_get_task_data (task);
  DaisRoom *room = change->room;

  room->rev = change->rev;
  dais_room_forget_json (room, change->topic);
  dais_room_forget_json (room, DAIS_TOPIC_LOG);
  if (change->publish != NULL)
    change->publish (change);
  dais_room_emit (room, change->topic, (gint64) change->rev, NULL);
  dais_room_tell_log (room, change);
  dais_log_room (G_LOG_LEVEL_DEBUG, room->info->url_name,
      "revision %" G_GUINT64_FORMAT ": %s by '%s'", change->rev,
      dais_topic_to_string (change->topic), change->user);
  g_task_return_boolean (task, TRUE);
}

/* In the order of the revisions, whichever engine answered first. */
static void
tell_what_is_ready (DaisRoom *room)
{
  while (room->changes.head != NULL) {
    g_autoptr (GTask) task = NULL;
    DaisRoomChange *change = g_task_get_task_data (room->changes.head->data);

    if (!change->ready)
      return;
    task = g_queue_pop_head (&room->changes);
    g_clear_handle_id (&change->timeout, g_source_remove);
    tell (task);
  }
}

static void
on_shown (gboolean shown, guint64 running_time, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisRoomChange *change = g_task_get_task_data (task);
  g_autoptr (DaisRoom) room = g_object_ref (change->room);

  if (change->ready)
    return;

  if (shown) {
    change->running_time = running_time;
    if (room->house != NULL)
      dais_house_note_running_time (
          room->house, change->room_id, change->rev, running_time);
  }
  change->ready = TRUE;
  tell_what_is_ready (room);
}

static gboolean
on_engine_silent (gpointer data)
{
  GTask *task = data;
  DaisRoomChange *change = g_task_get_task_data (task);

  change->timeout = 0;
  dais_log_room (G_LOG_LEVEL_WARNING, change->room->info->url_name,
      "the room's engine did not answer within %d ms, going on without it",
      ENGINE_TIMEOUT_MS);
  on_shown (FALSE, 0, g_object_ref (task));

  return G_SOURCE_REMOVE;
}

static void
show (GTask *task)
{
  DaisRoomChange *change = g_task_get_task_data (task);
  DaisRoom *room = change->room;

  if (change->scene == NULL || room->house == NULL || room->removed) {
    change->ready = TRUE;
    tell_what_is_ready (room);
    return;
  }

  change->timeout = g_timeout_add_full (G_PRIORITY_DEFAULT, ENGINE_TIMEOUT_MS,
      on_engine_silent, g_object_ref (task), g_object_unref);
  dais_house_apply (room->house, room, change->scene, &change->transition,
      change->rev, on_shown, g_object_ref (task));
}

/* What was prepared on top of a failed change fails too (its revision does not
 * follow); the next one starts from what is on disk. */
static void
fall_back (DaisRoom *room)
{
  GList *item;

  for (item = room->changes.head; item != NULL; item = item->next) {
    DaisRoomChange *change = g_task_get_task_data (item->data);

    change->doomed = change->doomed || !change->on_disk;
  }
  room->head_rev = room->committed_rev;
  g_clear_pointer (&room->head_scene, dais_scene_unref);
  room->head_scene = dais_scene_ref (room->committed_scene);
}

/* A full disk refuses them all: say so once in a while. */
static void
warn (DaisRoomChange *change, const GError *error)
{
  DaisRoom *room = change->room;
  gint64 now = g_get_monotonic_time ();

  if (room->warned != 0 && now - room->warned < WARN_EVERY_US)
    return;

  room->warned = now;
  dais_log_room (G_LOG_LEVEL_WARNING, room->info->url_name,
      "a change of %s by '%s' was not kept: %s",
      dais_topic_to_string (change->topic), change->user, error->message);
}

/* error: (transfer full) */
static void
refuse (GTask *task, GError *error)
{
  DaisRoomChange *change = g_task_get_task_data (task);
  DaisRoom *room = change->room;

  if (change->doomed) {
    g_clear_error (&error);
    g_set_error (&error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "a change of the room before this one could not be kept, try again");
  } else {
    fall_back (room);
    warn (change, error);
  }
  g_queue_remove (&room->changes, task);
  g_object_unref (task);
  g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisRoomChange *change = g_task_get_task_data (task);
  g_autoptr (DaisRoom) room = g_object_ref (change->room);
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    refuse (task, error);
    tell_what_is_ready (room);
    return;
  }

  change->on_disk = TRUE;
  room->committed_rev = change->rev;
  if (change->scene != NULL) {
    g_clear_pointer (&room->committed_scene, dais_scene_unref);
    room->committed_scene = dais_scene_ref (change->scene);
  }
  if (change->committed != NULL)
    change->committed (change);
  show (task);
}

/**
 * dais_room_change_submit:
 * @change: (transfer full): filled in and checked
 * @task: the caller's task; gets the change as its data, is returned with %TRUE
 *   when everybody has been told, or with the store's error
 */
void
dais_room_change_submit (DaisRoomChange *change, GTask *task)
{
  DaisRoom *room = change->room;

  change->rev = ++room->head_rev;
  if (change->scene != NULL) {
    g_clear_pointer (&room->head_scene, dais_scene_unref);
    room->head_scene = dais_scene_ref (change->scene);
  }
  g_task_set_task_data (task, change, (GDestroyNotify) dais_room_change_free);
  g_task_set_check_cancellable (task, FALSE);
  g_queue_push_tail (&room->changes, g_object_ref (task));
  dais_store_submit_async (dais_house_get_store (room->house), write_change,
      change, NULL, NULL, on_written, g_object_ref (task));
}
