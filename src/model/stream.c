/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/stream.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/slug.h"
#include "core/time-format.h"

#include <string.h>

#define MAX_OPTION_NAME  32
#define MAX_OPTION_VALUE 256

struct _DaisStream {
  gint64 id;
  gchar *name;
  gchar *slug; /* (nullable) */
  gchar *uri;
  DaisMediaType type;
  GHashTable *options; /* (element-type utf8 utf8) */
};

static const gchar *const media_types[] = { "", "audio", "video", "av" };
static const gchar *const states[] = { "connecting", "live", "lost" };

/* What the source engine can open. */
static const gchar *const schemes[] = { "v4l2", "alsa", "pulse", "test", "file",
  "http", "https", "rtsp", "rtsps", "rtspt", "srt", "rtmp", "rtmps", "udp",
  "wire", "pipeline", NULL };
/* These reach into the machine: files, programs of elements. */
static const gchar *const trusted_schemes[] = { "file", "pipeline", NULL };

/**
 * dais_media_type_to_string:
 * @type: a type
 *
 * Returns: (transfer none): "audio", "video", "av", or "" for unknown
 */
const gchar *
dais_media_type_to_string (DaisMediaType type)
{
  return media_types[type];
}

/**
 * dais_media_type_from_string:
 * @text: (nullable): text from anywhere; "" and %NULL are unknown
 * @type: (out): the type
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE when @text is a type
 */
gboolean
dais_media_type_from_string (
    const gchar *text, DaisMediaType *type, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (media_types); i++) {
    if (g_strcmp0 (text != NULL ? text : "", media_types[i]) != 0)
      continue;
    *type = (DaisMediaType) i;
    return TRUE;
  }
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "'type' must be audio, video or av, not '%.40s'", text);
  return FALSE;
}

/**
 * dais_stream_state_to_string:
 * @state: a state
 *
 * Returns: (transfer none): the word of contracts README §2
 */
const gchar *
dais_stream_state_to_string (DaisStreamState state)
{
  return states[state];
}

/**
 * dais_stream_state_from_string:
 * @text: (nullable): an engine's word
 *
 * Returns: the state; connecting for a word that is unknown
 */
DaisStreamState
dais_stream_state_from_string (const gchar *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    if (g_strcmp0 (text, states[i]) == 0)
      return (DaisStreamState) i;
  }
  return DAIS_STREAM_CONNECTING;
}

static GHashTable *
options_copy (GHashTable *options)
{
  GHashTable *copy = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  if (options == NULL)
    return copy;
  g_hash_table_iter_init (&iter, options);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), g_strdup (value));
  return copy;
}

/**
 * dais_stream_new:
 * @id: the store's number, 0 before
 * @name: display name
 * @slug: (nullable): its name in URLs and paths, %NULL before the store chose
 * @uri: where it comes from
 * @type: what it carries
 * @options: (nullable) (element-type utf8 utf8): copied
 *
 * Returns: (transfer full): a new stream; nothing is checked
 */
DaisStream *
dais_stream_new (gint64 id, const gchar *name, const gchar *slug,
    const gchar *uri, DaisMediaType type, GHashTable *options)
{
  DaisStream *self = g_atomic_rc_box_new0 (DaisStream);

  self->id = id;
  self->name = g_strdup (name);
  self->slug = g_strdup (slug);
  self->uri = g_strdup (uri);
  self->type = type;
  self->options = options_copy (options);
  return self;
}

DaisStream *
dais_stream_ref (DaisStream *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
stream_clear (gpointer data)
{
  DaisStream *self = data;

  g_free (self->name);
  g_free (self->slug);
  g_free (self->uri);
  g_hash_table_unref (self->options);
}

void
dais_stream_unref (DaisStream *self)
{
  g_atomic_rc_box_release_full (self, stream_clear);
}

gint64
dais_stream_get_id (DaisStream *self)
{
  return self->id;
}

const gchar *
dais_stream_get_name (DaisStream *self)
{
  return self->name;
}

const gchar *
dais_stream_get_slug (DaisStream *self)
{
  return self->slug;
}

/* May hold secrets: never shown to anyone without manage, never logged. */
const gchar *
dais_stream_get_uri (DaisStream *self)
{
  return self->uri;
}

DaisMediaType
dais_stream_get_media_type (DaisStream *self)
{
  return self->type;
}

GHashTable *
dais_stream_get_options (DaisStream *self)
{
  return self->options;
}

static gboolean
options_equal (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (g_strcmp0 (value, g_hash_table_lookup (b, key)) != 0)
      return FALSE;
  }
  return TRUE;
}

/**
 * dais_stream_equal:
 * @self: a stream
 * @other: a stream
 *
 * Returns: %TRUE when all but the id is the same
 */
gboolean
dais_stream_equal (DaisStream *self, DaisStream *other)
{
  return self == other ||
      (strcmp (self->name, other->name) == 0 &&
          g_strcmp0 (self->slug, other->slug) == 0 &&
          strcmp (self->uri, other->uri) == 0 && self->type == other->type &&
          options_equal (self->options, other->options));
}

/**
 * dais_stream_with_identity:
 * @self: a stream
 * @id: the store's number
 * @slug: its slug
 *
 * Returns: (transfer full): the same stream with another identity
 */
DaisStream *
dais_stream_with_identity (DaisStream *self, gint64 id, const gchar *slug)
{
  return dais_stream_new (
      id, self->name, slug, self->uri, self->type, self->options);
}

/* Behind "//" and perhaps a user: rtsp://anna:secret@camera:554/1 */
static gboolean
has_host (const gchar *place)
{
  const gchar *start = place + strspn (place, "/");
  g_autofree gchar *authority = g_strndup (start, strcspn (start, "/?#"));
  const gchar *at = strrchr (authority, '@');
  const gchar *host = at != NULL ? at + 1 : authority;

  return g_str_has_prefix (place, "//") && *host != '\0' && *host != ':';
}

/* What can be told from the text alone; the rest the engine says when it
 * tries. */
static gboolean
place_check (const gchar *uri, const gchar *scheme, GError **error)
{
  static const gchar *const hosted[] = { "http", "https", "rtsp", "rtsps",
    "rtspt", "rtmp", "rtmps", NULL };
  const gchar *place = uri + strlen (scheme) + 1;
  /* "//" before a path says no more than the path */
  const gchar *path = g_str_has_prefix (place, "//") ? place + 2 : place;
  const gchar *wanted = NULL;

  if (g_strv_contains (hosted, scheme) && !has_host (place))
    wanted = "a host behind '//', as rtsp://camera/1";
  else if (g_str_equal (scheme, "v4l2") &&
      (!g_str_has_prefix (path, "/dev/") || strstr (path, "/..") != NULL))
    wanted = "a device below /dev, as v4l2:///dev/video0";
  else if (g_str_equal (scheme, "wire") && path[0] != '/')
    wanted = "a whole path, as wire:/run/dais/in/cam1";
  if (wanted == NULL)
    return TRUE;

  g_set_error (
      error, DAIS_ERROR, DAIS_ERROR_INVALID, "'uri' must have %s", wanted);
  return FALSE;
}

static gboolean
uri_check (const gchar *uri, gboolean trusted, GError **error)
{
  g_autofree gchar *scheme = NULL;
  gsize length = strlen (uri);

  if (length == 0 || length > DAIS_STREAM_MAX_URI ||
      !g_utf8_validate (uri, -1, NULL)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'uri' must be UTF-8 of 1 to %d bytes", DAIS_STREAM_MAX_URI);
    return FALSE;
  }
  for (const gchar *p = uri; *p != '\0'; p++) {
    if (!g_ascii_iscntrl (*p))
      continue;
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'uri' must not hold control characters");
    return FALSE;
  }
  if (strchr (uri, ':') != NULL)
    scheme = g_ascii_strdown (uri, strchr (uri, ':') - uri);
  if (scheme == NULL || !g_strv_contains (schemes, scheme)) {
    g_autofree gchar *known = g_strjoinv (": ", (gchar **) schemes);

    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'uri' must begin with one of %s:", known);
    return FALSE;
  }
  if (!trusted && g_strv_contains (trusted_schemes, scheme)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
        "'%s:' streams come only from the configuration file or an admin",
        scheme);
    return FALSE;
  }
  return place_check (uri, scheme, error);
}

static gboolean
option_check (const gchar *name, const gchar *value, GError **error)
{
  gboolean ok = *name != '\0' && strlen (name) <= MAX_OPTION_NAME;

  for (const gchar *p = name; ok && *p != '\0'; p++)
    ok = g_ascii_isalnum (*p) || *p == '-' || *p == '_';
  if (!ok) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'options': '%.40s' is no name; letters, digits, '-' and '_', at most "
        "%d",
        name, MAX_OPTION_NAME);
    return FALSE;
  }
  ok = strlen (value) <= MAX_OPTION_VALUE && g_utf8_validate (value, -1, NULL);
  for (const gchar *p = value; ok && *p != '\0'; p++)
    ok = !g_ascii_iscntrl (*p);
  if (!ok)
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'options': '%s' must be UTF-8 of at most %d bytes without control "
        "characters",
        name, MAX_OPTION_VALUE);
  return ok;
}

/**
 * dais_stream_check:
 * @self: a stream
 * @trusted: whether file: and pipeline: are allowed
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_DENIED
 *
 * Returns: %TRUE when name, URI and options are within the rules
 */
gboolean
dais_stream_check (DaisStream *self, gboolean trusted, GError **error)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  if (!dais_name_check (self->name, "stream name", error) ||
      !uri_check (self->uri, trusted, error))
    return FALSE;
  if (g_hash_table_size (self->options) > DAIS_STREAM_MAX_OPTIONS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'options' may hold at most %d entries", DAIS_STREAM_MAX_OPTIONS);
    return FALSE;
  }
  g_hash_table_iter_init (&iter, self->options);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (!option_check (key, value, error))
      return FALSE;
  }
  return TRUE;
}

/* Strings as they are; numbers and booleans as JSON writes them. */
static GHashTable *
options_from_object (JsonObject *object, GError **error)
{
  g_autoptr (GHashTable) options = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    if (JSON_NODE_HOLDS_NULL (node))
      continue;
    if (!JSON_NODE_HOLDS_VALUE (node)) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "'options': '%.40s' must be a string, a number or a boolean", name);
      return NULL;
    }
    g_hash_table_insert (options, g_strdup (name),
        json_node_get_value_type (node) == G_TYPE_STRING
            ? json_node_dup_string (node)
            : dais_json_node_to_text (node));
  }
  return g_steal_pointer (&options);
}

/**
 * dais_stream_from_json:
 * @object: what a client sent
 * @present: (nullable): the stream that it changes
 * @trusted: whether file: and pipeline: are allowed
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_DENIED
 *
 * `POST /streams` and `PUT /streams/<slug>` of contracts README §2. What the
 * server alone says (slug, origin, stream_url, health) may stand in @object, so
 * that an answer can be sent back, and is ignored.
 *
 * Returns: (transfer full) (nullable): the stream, its id and slug those of
 *   @present
 */
DaisStream *
dais_stream_from_json (
    JsonObject *object, DaisStream *present, gboolean trusted, GError **error)
{
  static const gchar *const known[] = { "name", "uri", "type", "options",
    "slug", "origin", "stream_url", "health", NULL };
  const gchar *name = present != NULL ? present->name : NULL;
  const gchar *uri = present != NULL ? present->uri : NULL;
  const gchar *type_text = NULL;
  DaisMediaType type = present != NULL ? present->type : DAIS_MEDIA_UNKNOWN;
  JsonObject *options_object = NULL;
  g_autoptr (GHashTable) options = NULL;
  g_autoptr (DaisStream) stream = NULL;

  if (!dais_json_only_members (object, known, error) ||
      !dais_json_get_string (object, "name", &name, error) ||
      !dais_json_get_string (object, "uri", &uri, error) ||
      !dais_json_get_string (object, "type", &type_text, error) ||
      !dais_json_get_object (object, "options", &options_object, error))
    return NULL;
  if (name == NULL || uri == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID, "'%s' is missing",
        name == NULL ? "name" : "uri");
    return NULL;
  }
  if (type_text != NULL &&
      !dais_media_type_from_string (type_text, &type, error))
    return NULL;
  if (options_object != NULL) {
    options = options_from_object (options_object, error);
    if (options == NULL)
      return NULL;
  }
  stream = dais_stream_new (present != NULL ? present->id : 0, name,
      present != NULL ? present->slug : NULL, uri, type,
      options != NULL || present == NULL ? options : present->options);
  /* An operator may rename a stream that an admin made, but not aim it anew. */
  trusted = trusted || (present != NULL && strcmp (uri, present->uri) == 0);
  if (!dais_stream_check (stream, trusted, error))
    return NULL;
  return g_steal_pointer (&stream);
}

static void
write_options (DaisJsonWriter *writer, GHashTable *options)
{
  g_autoptr (GList) keys = g_list_sort (
      g_hash_table_get_keys (options), (GCompareFunc) strcmp);

  dais_json_writer_begin_object (writer);
  for (GList *l = keys; l != NULL; l = l->next)
    dais_json_writer_name_string (
        writer, l->data, g_hash_table_lookup (options, l->data));
  dais_json_writer_end_object (writer);
}

static void
write_health (DaisJsonWriter *writer, const DaisStreamHealth *health)
{
  g_autofree gchar *since = dais_time_iso_ms (health->since_us);

  dais_json_writer_name (writer, "health");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (
      writer, "state", dais_stream_state_to_string (health->state));
  dais_json_writer_name_string (writer, "since", since);
  dais_json_writer_name_double (writer, "fps", health->fps);
  dais_json_writer_name_string (writer, "error",
      health->error != NULL && *health->error != '\0' ? health->error : NULL);
  dais_json_writer_end_object (writer);
}

/**
 * dais_stream_write_json:
 * @self: a stream
 * @writer: where a value is expected
 * @stream_url: (nullable): absolute URL of its WebM
 * @health: (nullable): how it is doing
 * @with_uri: whether the reader may manage
 *
 * One value of `GET /streams`. The document knows only three types, so one that
 * is not known yet is written as "av".
 */
void
dais_stream_write_json (DaisStream *self, DaisJsonWriter *writer,
    const gchar *stream_url, const DaisStreamHealth *health, gboolean with_uri)
{
  DaisMediaType type = self->type;

  if (type == DAIS_MEDIA_UNKNOWN && health != NULL)
    type = health->found;
  if (type == DAIS_MEDIA_UNKNOWN)
    type = DAIS_MEDIA_AV;
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "name", self->name);
  if (stream_url != NULL)
    dais_json_writer_name_string (writer, "stream_url", stream_url);
  dais_json_writer_name_string (writer, "origin", "raw");
  dais_json_writer_name_string (
      writer, "type", dais_media_type_to_string (type));
  dais_json_writer_name_string (writer, "slug", self->slug);
  if (health != NULL)
    write_health (writer, health);
  if (with_uri) {
    dais_json_writer_name_string (writer, "uri", self->uri);
    dais_json_writer_name (writer, "options");
    write_options (writer, self->options);
  }
  dais_json_writer_end_object (writer);
}

/**
 * dais_stream_options_to_json:
 * @options: (element-type utf8 utf8): options
 *
 * Returns: (transfer full): an object, keys sorted
 */
gchar *
dais_stream_options_to_json (GHashTable *options)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  write_options (writer, options);
  return dais_json_writer_steal (writer);
}

/**
 * dais_stream_options_from_json:
 * @json: (nullable): an object
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (nullable) (element-type utf8 utf8): the options
 */
GHashTable *
dais_stream_options_from_json (const gchar *json, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (
      json != NULL ? json : "{}", -1, error);

  return object != NULL ? options_from_object (object, error) : NULL;
}
