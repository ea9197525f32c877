/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/room.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/slug.h"

/**
 * dais_room_info_new:
 *
 * Returns: (transfer full): a room with a mixer and nothing else
 */
DaisRoomInfo *
dais_room_info_new (void)
{
  DaisRoomInfo *self = g_atomic_rc_box_new0 (DaisRoomInfo);

  self->facets = DAIS_FACET_MIXER;
  return self;
}

/**
 * dais_room_info_copy:
 * @self: a room
 *
 * Returns: (transfer full): one to change before it is shared
 */
DaisRoomInfo *
dais_room_info_copy (const DaisRoomInfo *self)
{
  DaisRoomInfo *copy = g_atomic_rc_box_new0 (DaisRoomInfo);

  *copy = *self;
  copy->hex24 = g_strdup (self->hex24);
  copy->url_name = g_strdup (self->url_name);
  copy->name = g_strdup (self->name);
  copy->streams = g_strdupv (self->streams);
  return copy;
}

DaisRoomInfo *
dais_room_info_ref (DaisRoomInfo *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
room_info_clear (gpointer data)
{
  DaisRoomInfo *self = data;

  g_free (self->hex24);
  g_free (self->url_name);
  g_free (self->name);
  g_strfreev (self->streams);
}

void
dais_room_info_unref (DaisRoomInfo *self)
{
  g_atomic_rc_box_release_full (self, room_info_clear);
}

/**
 * dais_room_info_get_output_name:
 * @self: a room
 *
 * Returns: (transfer full): the name of its mixed output among the streams
 */
gchar *
dais_room_info_get_output_name (const DaisRoomInfo *self)
{
  return g_strconcat (self->name, " - Output", NULL);
}

/**
 * dais_room_info_uses_stream:
 * @self: a room
 * @name: name of a raw stream
 *
 * Returns: %TRUE when @self names it, or names none and so uses all
 */
gboolean
dais_room_info_uses_stream (const DaisRoomInfo *self, const gchar *name)
{
  return self->streams == NULL || self->streams[0] == NULL ||
      g_strv_contains ((const gchar *const *) self->streams, name);
}

/**
 * dais_room_info_check:
 * @self: a room
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE when names and the number of streams are within the rules
 */
gboolean
dais_room_info_check (const DaisRoomInfo *self, GError **error)
{
  if (!dais_name_check (self->name, "room name", error))
    return FALSE;
  if (self->url_name != NULL && !dais_slug_is_valid (self->url_name)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'url_name' must be 1 to %d of a-z, 0-9 and '-', with no '-' at either "
        "end, not '%.60s'",
        DAIS_SLUG_MAX, self->url_name);
    return FALSE;
  }
  if (self->streams != NULL &&
      g_strv_length (self->streams) > DAIS_ROOM_MAX_STREAMS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'streams' may name at most %d", DAIS_ROOM_MAX_STREAMS);
    return FALSE;
  }
  return TRUE;
}

static gboolean
parse_streams (DaisRoomInfo *self, JsonArray *array, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint length = json_array_get_length (array);

  for (guint i = 0; i < length; i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_VALUE (node) ||
        json_node_get_value_type (node) != G_TYPE_STRING) {
      g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "'streams' must be an array of stream names");
      return FALSE;
    }
    g_strv_builder_add (builder, json_node_get_string (node));
  }
  g_strfreev (self->streams);
  self->streams = g_strv_builder_end (builder);
  return TRUE;
}

/* "fps" is a string for fractions, or a plain number. */
static gboolean
parse_fps (DaisRoomInfo *self, JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, "fps");
  g_autofree gchar *text = NULL;

  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_NULL (node)) {
    self->format.fps_n = self->format.fps_d = 0;
    return TRUE;
  }
  text = JSON_NODE_HOLDS_VALUE (node) &&
          json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_dup_string (node)
      : dais_json_node_to_text (node);
  return dais_video_format_parse_fps (&self->format, text, error);
}

static gboolean
parse_size (DaisRoomInfo *self, JsonObject *object, GError **error)
{
  const gchar *size = NULL;

  if (!dais_json_get_string (object, "size", &size, error))
    return FALSE;
  if (size != NULL)
    return dais_video_format_parse_size (&self->format, size, error);
  if (json_object_has_member (object, "size"))
    self->format.width = self->format.height = 0;
  return TRUE;
}

/**
 * dais_room_info_from_json:
 * @object: what a client sent
 * @present: (nullable): the room that it changes
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * `POST /rooms` and `PUT /rooms/<url_name>` of contracts README §2. "size" and
 * "fps" null mean the server's own. "output_stream" and "talks" may stand in
 * @object, so that an answer can be sent back, and are ignored.
 *
 * Returns: (transfer full) (nullable): a new room
 */
DaisRoomInfo *
dais_room_info_from_json (
    JsonObject *object, const DaisRoomInfo *present, GError **error)
{
  static const gchar *const known[] = { "name", "url_name", "streams", "size",
    "fps", "public", "output_stream", "talks", NULL };
  g_autoptr (DaisRoomInfo) self = present != NULL
      ? dais_room_info_copy (present)
      : dais_room_info_new ();
  const gchar *name = NULL;
  const gchar *url_name = NULL;
  JsonArray *streams = NULL;

  if (!dais_json_only_members (object, known, error) ||
      !dais_json_get_string (object, "name", &name, error) ||
      !dais_json_get_string (object, "url_name", &url_name, error) ||
      !dais_json_get_array (object, "streams", &streams, error) ||
      !dais_json_get_boolean (object, "public", &self->is_public, error) ||
      !parse_size (self, object, error) || !parse_fps (self, object, error))
    return NULL;
  if (streams != NULL && !parse_streams (self, streams, error))
    return NULL;
  if (streams == NULL && json_object_has_member (object, "streams"))
    g_clear_pointer (&self->streams, g_strfreev);
  if (name != NULL) {
    g_free (self->name);
    self->name = g_strdup (name);
  }
  if (url_name != NULL) {
    g_free (self->url_name);
    self->url_name = g_strdup (url_name);
  }
  if (self->name == NULL) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_INVALID, "'name' is missing");
    return NULL;
  }
  if (!dais_room_info_check (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
write_settings (const DaisRoomInfo *self, DaisJsonWriter *writer)
{
  dais_json_writer_name (writer, "streams");
  dais_json_writer_begin_array (writer);
  for (guint i = 0; self->streams != NULL && self->streams[i] != NULL; i++)
    dais_json_writer_string (writer, self->streams[i]);
  dais_json_writer_end_array (writer);
  if (self->format.width != 0) {
    g_autofree gchar *size = dais_video_format_size_to_string (&self->format);

    dais_json_writer_name_string (writer, "size", size);
  }
  if (self->format.fps_n != 0) {
    g_autofree gchar *fps = dais_video_format_fps_to_string (&self->format);

    dais_json_writer_name_string (writer, "fps", fps);
  }
  dais_json_writer_name_boolean (writer, "public", self->is_public);
}

/**
 * dais_room_info_write_json:
 * @self: a room
 * @writer: where a value is expected
 * @full: whether streams, size, rate and publicity are written too
 *
 * One value of `GET /rooms`.
 */
void
dais_room_info_write_json (
    const DaisRoomInfo *self, DaisJsonWriter *writer, gboolean full)
{
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "name", self->name);
  dais_json_writer_name_string (writer, "url_name", self->url_name);
  if (self->facets & DAIS_FACET_MIXER) {
    g_autofree gchar *output = dais_room_info_get_output_name (self);

    dais_json_writer_name_string (writer, "output_stream", output);
  }
  if (full)
    write_settings (self, writer);
  dais_json_writer_end_object (writer);
}

/**
 * dais_room_info_write_output_json:
 * @self: a room with a mixer
 * @writer: where a value is expected
 * @stream_url: absolute URL of its WebM
 *
 * The room's output as one value of `GET /streams`.
 */
void
dais_room_info_write_output_json (
    const DaisRoomInfo *self, DaisJsonWriter *writer, const gchar *stream_url)
{
  g_autofree gchar *output = dais_room_info_get_output_name (self);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "name", output);
  dais_json_writer_name_string (writer, "stream_url", stream_url);
  dais_json_writer_name_string (writer, "origin", "mixed");
  dais_json_writer_name_string (writer, "type", "av");
  dais_json_writer_end_object (writer);
}
