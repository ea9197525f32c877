/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/time-format.h"
#include "model/note.h"
#include "model/talk.h"

/* "37512.4": "text" → a note to add */
static DaisNoteChange *
event_to_note (const gchar *seconds, JsonNode *node, const gchar *date,
    const gchar *talk_id, GError **error)
{
  g_autoptr (DaisNoteChange) change = g_new0 (DaisNoteChange, 1);
  gchar *end;
  gdouble time = g_ascii_strtod (seconds, &end);

  if (end == seconds || *end != '\0' ||
      !dais_time_from_local (date, time, &change->utc_us)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'events': '%.40s' must be seconds since local midnight", seconds);
    return NULL;
  }
  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'events': '%.40s' must be a string", seconds);
    return NULL;
  }
  change->text = json_node_dup_string (node);
  if (!dais_note_text_check (change->text, error))
    return NULL;
  change->action = DAIS_NOTE_ADD;
  change->has_utc = TRUE;
  change->has_talk_id = TRUE;
  change->talk_id = g_strdup (talk_id);
  return g_steal_pointer (&change);
}

static GPtrArray *
events_to_notes (JsonObject *events, DaisTalk *talk, GError **error)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_note_change_free);
  JsonObjectIter iter;
  const gchar *seconds;
  JsonNode *node;

  if (events == NULL)
    return g_steal_pointer (&changes);
  if (json_object_get_size (events) > DAIS_NOTE_MAX_CHANGES * 10) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "'events' may hold at most %d", DAIS_NOTE_MAX_CHANGES * 10);
    return NULL;
  }
  json_object_iter_init_ordered (&iter, events);
  while (json_object_iter_next_ordered (&iter, &seconds, &node)) {
    DaisNoteChange *change = event_to_note (seconds, node,
        dais_talk_get_date (talk), dais_talk_get_talk_id (talk), error);

    if (change == NULL)
      return NULL;
    g_ptr_array_add (changes, change);
  }
  return g_steal_pointer (&changes);
}

/**
 * dais_talk_from_older_notes:
 * @notes: the object in `{"notes":{…}}`
 * @room: url_name of the room
 * @now_us: says which day it is
 * @present: (nullable): the talk that it changes
 * @changes: (out) (transfer full) (element-type DaisNoteChange): its events
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_TOO_LARGE
 *
 * Contracts README §2, "notes", the older form. The events of a talk come again
 * with each write; dais_note_is_same() tells which are there already.
 *
 * Returns: (transfer full) (nullable): the talk
 */
DaisTalk *
dais_talk_from_older_notes (JsonObject *notes, const gchar *room, gint64 now_us,
    DaisTalk *present, GPtrArray **changes, GError **error)
{
  g_autoptr (JsonObject) plain = json_object_new ();
  g_autofree gchar *today = dais_time_local_date (now_us);
  g_autoptr (DaisTalk) talk = NULL;
  JsonObject *events = NULL;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!dais_json_get_object (notes, "events", &events, error))
    return NULL;
  json_object_iter_init_ordered (&iter, notes);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    if (g_str_equal (name, "events"))
      continue;
    if (g_str_equal (name, "presenter"))
      name = "presenters";
    json_object_set_member (plain, name, json_node_copy (node));
  }
  talk = dais_talk_from_json (plain, room, today, present, error);
  if (talk == NULL)
    return NULL;
  *changes = events_to_notes (events, talk, error);
  if (*changes == NULL)
    return NULL;
  return g_steal_pointer (&talk);
}
