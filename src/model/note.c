/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/note.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/time-format.h"
#include "model/talk.h"

#include <string.h>

/**
 * dais_note_new:
 * @id: the store's number, 0 before
 * @utc_us: the moment that it is about
 * @talk_id: (nullable): the talk that it belongs to
 * @text: its text
 * @author: (nullable): username
 * @created_us: when it was written
 *
 * Returns: (transfer full): a new note; nothing is checked
 */
DaisNote *
dais_note_new (gint64 id, gint64 utc_us, const gchar *talk_id,
    const gchar *text, const gchar *author, gint64 created_us)
{
  DaisNote *self = g_atomic_rc_box_new0 (DaisNote);

  self->id = id;
  self->utc_us = utc_us;
  self->talk_id = g_strdup (talk_id);
  self->text = g_strdup (text);
  self->author = g_strdup (author != NULL ? author : "");
  self->created_us = created_us;
  return self;
}

DaisNote *
dais_note_ref (DaisNote *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
note_clear (gpointer data)
{
  DaisNote *self = data;

  g_free (self->talk_id);
  g_free (self->text);
  g_free (self->author);
}

void
dais_note_unref (DaisNote *self)
{
  g_atomic_rc_box_release_full (self, note_clear);
}

void
dais_note_change_free (DaisNoteChange *self)
{
  g_free (self->text);
  g_free (self->talk_id);
  g_free (self);
}

static gboolean
invalid (GError **error, const gchar *message)
{
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID, message);
  return FALSE;
}

/**
 * dais_note_text_check:
 * @text: (nullable): text from anywhere
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE for UTF-8 of 1 to %DAIS_NOTE_MAX_TEXT characters whose only
 *   control characters are tabs and ends of lines
 */
gboolean
dais_note_text_check (const gchar *text, GError **error)
{
  if (text == NULL || *text == '\0')
    return invalid (error, "'text' must not be empty");
  if (!g_utf8_validate (text, -1, NULL))
    return invalid (error, "'text' must be UTF-8");
  if (g_utf8_strlen (text, -1) > DAIS_NOTE_MAX_TEXT) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'text' may have at most %d characters", DAIS_NOTE_MAX_TEXT);
    return FALSE;
  }
  for (const gchar *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_unichar_iscntrl (g_utf8_get_char (p)) &&
        strchr ("\t\n\r", *p) == NULL)
      return invalid (error, "'text' must not hold control characters");
  }
  return TRUE;
}

/* "utc" says all; else "time" counts from the midnight of "date" or of today.
 */
static gboolean
parse_moment (
    DaisNoteChange *change, JsonObject *object, gint64 now_us, GError **error)
{
  g_autofree gchar *today = dais_time_local_date (now_us);
  const gchar *utc = NULL;
  const gchar *date = today;
  gdouble time = -1;

  if (!dais_json_get_string (object, "utc", &utc, error) ||
      !dais_json_get_string (object, "date", &date, error) ||
      !dais_json_get_double (object, "time", &time, error))
    return FALSE;
  if (utc != NULL) {
    change->has_utc = TRUE;
    return dais_time_parse_iso (utc, &change->utc_us) ||
        invalid (
            error, "'utc' must be a time as 2015-06-06T10:25:12Z, with a zone");
  }
  if (time != -1) {
    change->has_utc = TRUE;
    return dais_time_from_local (date, time, &change->utc_us) ||
        invalid (error,
            "'time' must be seconds since local midnight, 0 to 86400, and "
            "'date' a day as 2015-06-06");
  }
  if (change->action == DAIS_NOTE_ADD) {
    change->has_utc = TRUE;
    change->utc_us = now_us;
  }
  return TRUE;
}

static gboolean
parse_talk_id (DaisNoteChange *change, JsonObject *object, GError **error)
{
  const gchar *talk_id = NULL;

  if (!dais_json_get_string (object, "talk-id", &talk_id, error))
    return FALSE;
  change->has_talk_id = json_object_has_member (object, "talk-id");
  if (talk_id == NULL || *talk_id == '\0')
    return TRUE;
  if (!dais_talk_check_key_part (talk_id, "talk-id", error))
    return FALSE;
  change->talk_id = g_strdup (talk_id);
  return TRUE;
}

static DaisNoteChange *
change_from_object (JsonObject *object, gint64 now_us, GError **error)
{
  static const gchar *const known[] = { "id", "time", "date", "utc", "talk-id",
    "text", "author", "created", "deleted", NULL };
  g_autoptr (DaisNoteChange) change = g_new0 (DaisNoteChange, 1);
  const gchar *text = NULL;
  gboolean deleted = FALSE;
  gint64 id = 0;

  if (!dais_json_only_members (object, known, error) ||
      !dais_json_get_int (object, "id", &id, error) ||
      !dais_json_get_boolean (object, "deleted", &deleted, error) ||
      !dais_json_get_string (object, "text", &text, error))
    return NULL;
  if (id < 0 || (id == 0 && deleted)) {
    invalid (error, "'id' must be the number of a note");
    return NULL;
  }
  change->id = id;
  if (deleted) {
    change->action = DAIS_NOTE_REMOVE;
    return g_steal_pointer (&change);
  }
  change->action = id != 0 ? DAIS_NOTE_MODIFY : DAIS_NOTE_ADD;
  if ((text != NULL || change->action == DAIS_NOTE_ADD) &&
      !dais_note_text_check (text, error))
    return NULL;
  change->text = g_strdup (text);
  if (!parse_moment (change, object, now_us, error) ||
      !parse_talk_id (change, object, error))
    return NULL;
  return g_steal_pointer (&change);
}

static gboolean
add_change (GPtrArray *changes, JsonNode *node, gint64 now_us, GError **error)
{
  DaisNoteChange *change;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return invalid (error, "a note must be an object, as {\"text\":\"…\"}");
  change = change_from_object (json_node_get_object (node), now_us, error);
  if (change == NULL)
    return FALSE;
  g_ptr_array_add (changes, change);
  return TRUE;
}

/**
 * dais_note_changes_from_json:
 * @write: what a client sent: one note, or an array of notes
 * @now_us: stands in where a new note says no time
 * @error: return location; %DAIS_ERROR_INVALID names the field
 *
 * Without "id" add, with "id" modify, with "id" and "deleted" remove. What the
 * server alone says (author, created) may stand in a note and is ignored. The
 * older form is read by dais_talk_from_older_notes().
 *
 * Returns: (transfer full) (nullable) (element-type DaisNoteChange): what to do
 */
GPtrArray *
dais_note_changes_from_json (JsonNode *write, gint64 now_us, GError **error)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_note_change_free);
  JsonArray *array;
  guint length;

  if (!JSON_NODE_HOLDS_ARRAY (write)) {
    if (!add_change (changes, write, now_us, error))
      return NULL;
    return g_steal_pointer (&changes);
  }
  array = json_node_get_array (write);
  length = json_array_get_length (array);
  if (length == 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the list holds no note; send one note, or a list of some");
    return NULL;
  }
  if (length > DAIS_NOTE_MAX_CHANGES) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "at most %d notes in one write", DAIS_NOTE_MAX_CHANGES);
    return NULL;
  }
  for (guint i = 0; i < length; i++) {
    if (!add_change (changes, json_array_get_element (array, i), now_us, error))
      return NULL;
  }
  return g_steal_pointer (&changes);
}

/**
 * dais_note_apply:
 * @present: (nullable): the note that is modified; %NULL: add
 * @change: an ADD or a MODIFY
 * @id: the new note's number, where @present is %NULL
 * @author: (nullable): who adds it
 * @now_us: when it is added
 *
 * Returns: (transfer full): the note after it; author and time of creation stay
 */
DaisNote *
dais_note_apply (DaisNote *present, const DaisNoteChange *change, gint64 id,
    const gchar *author, gint64 now_us)
{
  if (present == NULL)
    return dais_note_new (
        id, change->utc_us, change->talk_id, change->text, author, now_us);
  return dais_note_new (present->id,
      change->has_utc ? change->utc_us : present->utc_us,
      change->has_talk_id ? change->talk_id : present->talk_id,
      change->text != NULL ? change->text : present->text, present->author,
      present->created_us);
}

/**
 * dais_note_is_same:
 * @self: a note
 * @add: an ADD
 *
 * Returns: %TRUE when talk, moment and text are the same
 */
gboolean
dais_note_is_same (DaisNote *self, const DaisNoteChange *add)
{
  return self->utc_us == add->utc_us &&
      g_strcmp0 (self->talk_id, add->talk_id) == 0 &&
      g_strcmp0 (self->text, add->text) == 0;
}

/**
 * dais_note_write_json:
 * @self: a note
 * @writer: where a value is expected
 *
 * One element of `GET /room/<name>/notes`.
 */
void
dais_note_write_json (DaisNote *self, DaisJsonWriter *writer)
{
  g_autofree gchar *date = dais_time_local_date (self->utc_us);
  g_autofree gchar *utc = dais_time_iso_ms (self->utc_us);
  g_autofree gchar *created = dais_time_iso_ms (self->created_us);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", self->id);
  dais_json_writer_name_double (
      writer, "time", dais_time_since_midnight (self->utc_us));
  dais_json_writer_name_string (writer, "date", date);
  dais_json_writer_name_string (writer, "utc", utc);
  dais_json_writer_name_string (writer, "talk-id", self->talk_id);
  dais_json_writer_name_string (writer, "text", self->text);
  dais_json_writer_name_string (writer, "author", self->author);
  dais_json_writer_name_string (writer, "created", created);
  dais_json_writer_end_object (writer);
}
