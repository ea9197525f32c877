/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/talk.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/time-format.h"
#include "model/note.h"

#include <math.h>
#include <string.h>

#define MAX_LIST 1000
#define MAX_MIX  20000

struct _DaisTalk {
  gchar *key;
  gchar *room;
  gchar *date;
  gchar *talk_id;
  gchar *post_edit_time; /* (nullable) */
  gchar *text;           /* JSON */
};

DaisTalk *
dais_talk_ref (DaisTalk *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
talk_clear (gpointer data)
{
  DaisTalk *self = data;

  g_free (self->key);
  g_free (self->room);
  g_free (self->date);
  g_free (self->talk_id);
  g_free (self->post_edit_time);
  g_free (self->text);
}

void
dais_talk_unref (DaisTalk *self)
{
  g_atomic_rc_box_release_full (self, talk_clear);
}

const gchar *
dais_talk_get_key (DaisTalk *self)
{
  return self->key;
}

const gchar *
dais_talk_get_room (DaisTalk *self)
{
  return self->room;
}

const gchar *
dais_talk_get_date (DaisTalk *self)
{
  return self->date;
}

const gchar *
dais_talk_get_talk_id (DaisTalk *self)
{
  return self->talk_id;
}

const gchar *
dais_talk_get_post_edit_time (DaisTalk *self)
{
  return self->post_edit_time;
}

const gchar *
dais_talk_get_text (DaisTalk *self)
{
  return self->text;
}

void
dais_talk_write_json (DaisTalk *self, DaisJsonWriter *writer)
{
  dais_json_writer_raw (writer, self->text);
}

static gboolean
invalid (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
invalid (GError **error, const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID, message);
  return FALSE;
}

/**
 * dais_talk_check_key_part:
 * @text: text from anywhere
 * @field: what it is, begins the message
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Parts of a key become parts of file names later, so ".." is none.
 *
 * Returns: %TRUE for 1 to %DAIS_TALK_MAX_KEY_PART letters, digits, "." and "-"
 */
gboolean
dais_talk_check_key_part (const gchar *text, const gchar *field, GError **error)
{
  gsize length = strlen (text);
  gboolean ok = length > 0 && length <= DAIS_TALK_MAX_KEY_PART &&
      text[0] != '.' && text[0] != '-';

  for (const gchar *p = text; ok && *p != '\0'; p++)
    ok = g_ascii_isalnum (*p) || *p == '.' || *p == '-';
  return ok ||
      invalid (error,
          "'%s' must be 1 to %d letters, digits, '.' and '-', beginning with a "
          "letter or digit, not '%.80s'",
          field, DAIS_TALK_MAX_KEY_PART, text);
}

static gboolean
is_type (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == type;
}

static gboolean
is_number (JsonNode *node)
{
  return (is_type (node, G_TYPE_INT64) || is_type (node, G_TYPE_DOUBLE)) &&
      isfinite (json_node_get_double (node));
}

static gboolean
check_text (JsonNode *node, const gchar *field, GError **error)
{
  return is_type (node, G_TYPE_STRING) ||
      invalid (error, "'%s' must be a string", field);
}

static gboolean
check_text_or_list (JsonNode *node, const gchar *field, GError **error)
{
  JsonArray *array;
  guint length;

  if (is_type (node, G_TYPE_STRING))
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return invalid (error, "'%s' must be a string or an array", field);
  array = json_node_get_array (node);
  length = json_array_get_length (array);
  if (length > MAX_LIST)
    return invalid (error, "'%s' may hold at most %d strings", field, MAX_LIST);
  for (guint i = 0; i < length; i++) {
    if (!is_type (json_array_get_element (array, i), G_TYPE_STRING))
      return invalid (error, "'%s' must hold strings only", field);
  }
  return TRUE;
}

/* Seconds since midnight, or a time as the client writes times. */
static gboolean
check_time (JsonNode *node, const gchar *field, GError **error)
{
  return is_number (node) || is_type (node, G_TYPE_STRING) ||
      invalid (error, "'%s' must be a number or a string", field);
}

static gboolean
check_boolean (JsonNode *node, const gchar *field, GError **error)
{
  return is_type (node, G_TYPE_BOOLEAN) ||
      invalid (error, "'%s' must be true or false", field);
}

/* [[sec,{state}],…,[sec]], in order of time; the last one is the end. */
static gboolean
check_mix (JsonNode *node, const gchar *field, GError **error)
{
  JsonArray *array;
  guint length;
  gdouble last = -G_MAXDOUBLE;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return invalid (error, "'%s' must be an array", field);
  array = json_node_get_array (node);
  length = json_array_get_length (array);
  if (length > MAX_MIX)
    return invalid (error, "'%s' may hold at most %d steps", field, MAX_MIX);
  for (guint i = 0; i < length; i++) {
    JsonNode *step = json_array_get_element (array, i);
    JsonArray *pair = JSON_NODE_HOLDS_ARRAY (step) ? json_node_get_array (step)
                                                   : NULL;
    guint n = pair != NULL ? json_array_get_length (pair) : 0;

    if (n < 1 || n > 2 || !is_number (json_array_get_element (pair, 0)) ||
        (n == 2 &&
            !JSON_NODE_HOLDS_OBJECT (json_array_get_element (pair, 1))) ||
        (n == 1 && i + 1 < length))
      return invalid (error,
          "'%s': step %u must be [seconds,{state}], the last one [seconds]",
          field, i);
    if (json_array_get_double_element (pair, 0) < last)
      return invalid (
          error, "'%s': step %u is before step %u", field, i, i - 1);
    last = json_array_get_double_element (pair, 0);
  }
  return TRUE;
}

static gboolean
check_part (JsonNode *node, const gchar *field, GError **error)
{
  if (is_type (node, G_TYPE_INT64) && json_node_get_int (node) >= 0)
    return TRUE;
  return check_text (node, field, error) &&
      dais_talk_check_key_part (json_node_get_string (node), field, error);
}

static gboolean
check_date (JsonNode *node, const gchar *field, GError **error)
{
  gint64 utc_us;

  return check_text (node, field, error) &&
      (dais_time_from_local (json_node_get_string (node), 43200, &utc_us) ||
          invalid (error, "'%s' must be a day as 2015-06-06", field));
}

static gboolean
check_room (JsonNode *node, const gchar *field, GError **error)
{
  return check_text (node, field, error);
}

/* In the document's order. */
static const struct {
  const gchar *name;
  gboolean (*check) (JsonNode *node, const gchar *field, GError **error);
} fields[] = {
  { "room", check_room },
  { "talk-date", check_date },
  { "talk-id", check_part },
  { "talk-begin", check_time },
  { "talk-end", check_time },
  { "title", check_text },
  { "presenters", check_text_or_list },
  { "comments", check_text_or_list },
  { "post-editor", check_text },
  { "post-edit-time", check_part },
  { "finalised", check_boolean },
  { "post-mix", check_mix },
};

static gboolean
check_fields (JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    guint i = 0;

    while (i < G_N_ELEMENTS (fields) && strcmp (fields[i].name, name) != 0)
      i++;
    if (i == G_N_ELEMENTS (fields))
      return invalid (error, "unknown field '%.100s' in a talk", name);
    if (!JSON_NODE_HOLDS_NULL (node) && !fields[i].check (node, name, error))
      return FALSE;
  }
  return TRUE;
}

/* (transfer full) (nullable): a member that is part of the key */
static gchar *
part_text (JsonObject *object, const gchar *field)
{
  JsonNode *node = json_object_get_member (object, field);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  return is_type (node, G_TYPE_STRING) ? json_node_dup_string (node)
                                       : dais_json_node_to_text (node);
}

/* Fills the parts of the key from checked members. */
static gboolean
take_parts (DaisTalk *self, JsonObject *object, const gchar *room,
    const gchar *today, GError **error)
{
  g_autofree gchar *named = part_text (object, "room");

  if (named != NULL && room != NULL && g_ascii_strcasecmp (named, room) != 0)
    return invalid (
        error, "'room' is '%.60s', but the talk is in '%s'", named, room);
  self->room = g_strdup (room != NULL ? room : named);
  self->date = part_text (object, "talk-date");
  if (self->date == NULL)
    self->date = g_strdup (today);
  self->talk_id = part_text (object, "talk-id");
  self->post_edit_time = part_text (object, "post-edit-time");
  if (self->talk_id == NULL || self->date == NULL || self->room == NULL)
    return invalid (error, "'%s' is missing",
        self->talk_id == NULL    ? "talk-id"
            : self->date == NULL ? "talk-date"
                                 : "room");
  self->key = g_strjoin (
      "_", self->room, self->date, self->talk_id, self->post_edit_time, NULL);
  return TRUE;
}

static JsonNode *
pick (JsonObject *object, JsonObject *present, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL && present != NULL)
    node = json_object_get_member (present, name);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gchar *
write_fields (DaisTalk *self, JsonObject *object, JsonObject *present)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "room", self->room);
  dais_json_writer_name_string (writer, "talk-date", self->date);
  for (guint i = 2; i < G_N_ELEMENTS (fields); i++) {
    JsonNode *node = pick (object, present, fields[i].name);

    if (node == NULL)
      continue;
    dais_json_writer_name (writer, fields[i].name);
    dais_json_writer_node (writer, node);
  }
  dais_json_writer_end_object (writer);
  return dais_json_writer_steal (writer);
}

/**
 * dais_talk_from_json:
 * @object: what a client sent
 * @room: (nullable): url_name of the room; %NULL: as @object says
 * @today: (nullable): stands in where @object names no date
 * @present: (nullable): the talk that it changes
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_TOO_LARGE
 *
 * Contracts README §2, "talks".
 *
 * Returns: (transfer full) (nullable): the talk after it
 */
DaisTalk *
dais_talk_from_json (JsonObject *object, const gchar *room, const gchar *today,
    DaisTalk *present, GError **error)
{
  g_autoptr (DaisTalk) self = g_atomic_rc_box_new0 (DaisTalk);
  g_autoptr (JsonObject) old = NULL;

  if (!check_fields (object, error) ||
      !take_parts (self, object, room, today, error))
    return NULL;
  if (present != NULL)
    old = dais_json_parse_object (present->text, -1, NULL);
  self->text = write_fields (self, object, old);
  if (strlen (self->text) > DAIS_TALK_MAX_BYTES) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "a talk may have at most %d bytes", DAIS_TALK_MAX_BYTES);
    return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * dais_talk_key_from_json:
 * @object: what a client sent, of the older form too
 * @room: url_name of the room
 * @today: stands in where @object names no date
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (nullable): the key of the talk that it is about
 */
gchar *
dais_talk_key_from_json (
    JsonObject *object, const gchar *room, const gchar *today, GError **error)
{
  g_autoptr (DaisTalk) self = g_atomic_rc_box_new0 (DaisTalk);
  g_autoptr (JsonObject) parts = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    JsonNode *node = json_object_get_member (object, fields[i].name);

    if (node != NULL &&
        (fields[i].check == check_part || fields[i].check == check_date ||
            fields[i].check == check_room))
      json_object_set_member (parts, fields[i].name, json_node_copy (node));
  }
  if (!check_fields (parts, error) ||
      !take_parts (self, parts, room, today, error))
    return NULL;
  return g_steal_pointer (&self->key);
}

/**
 * dais_talk_from_text:
 * @text: what dais_talk_get_text() gave
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (nullable): the talk
 */
DaisTalk *
dais_talk_from_text (const gchar *text, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (text, -1, error);

  if (object == NULL)
    return NULL;
  return dais_talk_from_json (object, NULL, NULL, NULL, error);
}
