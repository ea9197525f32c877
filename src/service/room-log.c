/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/room-log.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "core/time-format.h"
#include "service/change.h"
#include "service/house-private.h"
#include "service/room-private.h"
#include "store/journal.h"

#define LOG_LENGTH 100
/* what a watcher can have missed and still be told piece by piece */
#define MAX_MISSED 1000
/* an entry of the log says what was done, not a whole layout */
#define MAX_LOG_PAYLOAD 1024

static void
write_entry (DaisJsonWriter *writer, guint64 rev, gint64 utc, const gchar *user,
    const gchar *kind, const gchar *payload)
{
  g_autofree gchar *when = dais_time_iso_ms (utc);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "rev", (gint64) rev);
  dais_json_writer_name_string (writer, "utc", when);
  dais_json_writer_name_string (writer, "user", user);
  dais_json_writer_name_string (writer, "kind", kind);
  if (*payload != '\0' && strlen (payload) <= MAX_LOG_PAYLOAD)
    dais_json_writer_name_raw (writer, "data", payload);
  dais_json_writer_end_object (writer);
}

/**
 * dais_room_make_log:
 * @self: the room
 *
 * Returns: (transfer full): array of the last changes, the oldest first
 */
GBytes *
dais_room_make_log (DaisRoom *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  guint i;

  if (self->house != NULL)
    rows = dais_journal_newest (dais_house_get_store (self->house),
        self->info->id, LOG_LENGTH, MAX_LOG_PAYLOAD, &error);
  if (error != NULL)
    g_warning ("the log cannot be read: %s", error->message);

  dais_json_writer_begin_array (writer);
  for (i = rows != NULL ? rows->len : 0; i > 0; i--) {
    DaisJournalRow *row = g_ptr_array_index (rows, i - 1);

    if (row->rev <= self->rev)
      write_entry (
          writer, row->rev, row->utc, row->user, row->kind, row->payload);
  }
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal_bytes (writer);
}

/**
 * dais_room_tell_log:
 * @self: the room
 * @change: what has just been told
 *
 * Emits a log message of one entry.
 */
void
dais_room_tell_log (DaisRoom *self, DaisRoomChange *change)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GBytes) json = NULL;

  dais_json_writer_begin_array (writer);
  write_entry (writer, change->rev, change->utc, change->user,
      dais_topic_to_string (change->topic), change->payload);
  dais_json_writer_end_array (writer);
  json = dais_json_writer_steal_bytes (writer);
  dais_room_emit (self, DAIS_TOPIC_LOG, (gint64) change->rev, json);
}

/* A state is told as it was; of the other topics only the end counts. */
static GBytes *
make_missed (DaisRoom *self, DaisJournalRow *row, DaisTopic topic)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (DaisScene) scene = NULL;
  g_autoptr (GBytes) json = NULL;
  DaisRevision stamp = { row->rev, row->utc, row->running_time };

  if (topic != DAIS_TOPIC_STATE)
    return dais_message_new (
        row->kind, dais_room_get_json (self, topic), (gint64) row->rev, FALSE);

  scene = dais_scene_from_text (row->payload, NULL);
  if (scene == NULL)
    return NULL;
  writer = dais_json_writer_new ();
  dais_scene_write_json (scene, writer, &stamp);
  json = dais_json_writer_steal_bytes (writer);

  return dais_message_new (row->kind, json, (gint64) row->rev, FALSE);
}

static gboolean
is_whole (DaisRoom *self, guint64 since, GPtrArray *rows)
{
  guint64 wanted = self->rev - since;

  return rows->len >= wanted &&
      ((DaisJournalRow *) g_ptr_array_index (rows, 0))->rev == since + 1;
}

/**
 * dais_room_get_missed:
 * @self: the room
 * @since: the last revision that the client knows
 *
 * Returns: (transfer full) (element-type GBytes) (nullable): the messages after
 *   it, the oldest first; %NULL when the journal does not reach back so far
 */
GPtrArray *
dais_room_get_missed (DaisRoom *self, guint64 since)
{
  g_autoptr (GPtrArray) missed = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) rows = NULL;
  gboolean seen[DAIS_N_TOPICS] = { FALSE };
  DaisTopic topic;
  guint i;

  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  if (since == self->rev)
    return g_steal_pointer (&missed);
  if (since > self->rev || self->rev - since > MAX_MISSED ||
      self->house == NULL)
    return NULL;

  rows = dais_journal_after (dais_house_get_store (self->house), self->info->id,
      since, (guint) (self->rev - since),
      dais_topic_to_string (DAIS_TOPIC_STATE), NULL);
  if (rows == NULL || !is_whole (self, since, rows))
    return NULL;

  for (i = rows->len; i > 0; i--) {
    DaisJournalRow *row = g_ptr_array_index (rows, i - 1);
    GBytes *text;

    if (!dais_topic_from_string (row->kind, &topic) ||
        (seen[topic] && topic != DAIS_TOPIC_STATE))
      continue;
    seen[topic] = TRUE;
    text = make_missed (self, row, topic);
    if (text == NULL)
      return NULL;
    g_ptr_array_insert (missed, 0, text);
  }

  return g_steal_pointer (&missed);
}
