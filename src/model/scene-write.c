/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/scene-private.h"
#include "model/scene.h"

#include <math.h>
#include <string.h>

/* One write on its way into a copy of the present scene. */
typedef struct {
  DaisScene *scene;
  const DaisSceneLookup *lookup; /* (nullable): every name is good */
  GError **error;
} Write;

static gboolean
refuse (Write *self, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (Write *self, const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (self->error, DAIS_ERROR, DAIS_ERROR_INVALID, message);
  return FALSE;
}

static gboolean
is_type (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == type;
}

/* Older clients: index 0 is the mix itself, so it stands for "off". */
static gboolean
resolve_index (
    Write *self, const gchar *field, gint64 index, const gchar **name)
{
  *name = NULL;
  if (index == 0)
    return TRUE;
  if (self->lookup != NULL && self->lookup->name_at != NULL && index > 0 &&
      index <= G_MAXUINT)
    *name = self->lookup->name_at ((guint) index, self->lookup->user_data);
  if (*name == NULL)
    return refuse (self,
        "'%s': config.media has no stream at index %" G_GINT64_FORMAT, field,
        index);
  return TRUE;
}

/* A name, or one of the older forms of a name or of "off" (*name = NULL). */
static gboolean
resolve (Write *self, const gchar *field, JsonNode *node, const gchar **name)
{
  *name = NULL;
  if (JSON_NODE_HOLDS_NULL (node) ||
      (is_type (node, G_TYPE_BOOLEAN) && !json_node_get_boolean (node)))
    return TRUE;
  if (is_type (node, G_TYPE_INT64)) {
    if (!resolve_index (self, field, json_node_get_int (node), name))
      return FALSE;
  } else if (is_type (node, G_TYPE_STRING)) {
    *name = json_node_get_string (node);
    if (**name == '\0')
      *name = NULL;
  } else {
    return refuse (self, "'%s' must be the name of a stream, or null", field);
  }
  if (*name != NULL && self->lookup != NULL &&
      !self->lookup->has_stream (*name, self->lookup->user_data))
    return refuse (
        self, "'%s': this room has no stream '%.100s'", field, *name);
  return TRUE;
}

static gboolean
write_stream (Write *self, JsonObject *object, const gchar *field,
    const gchar *older, gchar **target)
{
  JsonNode *node = json_object_get_member (object, field);
  JsonNode *older_node = older != NULL ? json_object_get_member (object, older)
                                       : NULL;
  const gchar *name;

  if (node != NULL && older_node != NULL)
    return refuse (
        self, "'%s' is the older word for '%s'; send only one", older, field);
  if (node == NULL && older_node == NULL)
    return TRUE;
  if (!resolve (self, node != NULL ? field : older,
          node != NULL ? node : older_node, &name))
    return FALSE;
  g_free (*target);
  *target = g_strdup (name);
  return TRUE;
}

/* {"mix":[false,"main","audio","pop",false,""]}: at each index of config.media
 * what that stream is used for. It says all, so what it omits is off. */
static gboolean
write_mix (Write *self, JsonArray *mix)
{
  static const gchar *const roles[] = { "main", "audio", "pop" };
  gchar **targets[] = { &self->scene->video, &self->scene->audio,
    &self->scene->pip };
  guint length = json_array_get_length (mix);

  for (guint r = 0; r < G_N_ELEMENTS (roles); r++) {
    gint found = -1;
    const gchar *name = NULL;

    for (guint i = 0; i < length; i++) {
      JsonNode *node = json_array_get_element (mix, i);

      if (!is_type (node, G_TYPE_STRING) ||
          strcmp (json_node_get_string (node), roles[r]) != 0)
        continue;
      if (found >= 0)
        return refuse (self, "'mix' names '%s' twice", roles[r]);
      found = (gint) i;
    }
    if (found >= 0 && !resolve_index (self, "mix", found, &name))
      return FALSE;
    g_free (*targets[r]);
    *targets[r] = g_strdup (name);
  }
  return TRUE;
}

static gboolean
check_mix (Write *self, JsonArray *mix)
{
  guint length = json_array_get_length (mix);

  for (guint i = 0; i < length; i++) {
    JsonNode *node = json_array_get_element (mix, i);
    static const gchar *const words[] = { "", "main", "audio", "pop", NULL };

    if (JSON_NODE_HOLDS_NULL (node) ||
        (is_type (node, G_TYPE_BOOLEAN) && !json_node_get_boolean (node)) ||
        (is_type (node, G_TYPE_INT64) && json_node_get_int (node) == 0))
      continue;
    if (!is_type (node, G_TYPE_STRING) ||
        !g_strv_contains (words, json_node_get_string (node)))
      return refuse (self,
          "'mix' must hold \"main\", \"audio\", \"pop\" or false, one for each "
          "of config.media");
  }
  return TRUE;
}

static gboolean
write_streams (Write *self, JsonObject *object)
{
  static const gchar *const others[] = { "video", "main", "audio", "pip",
    "pop" };
  JsonArray *mix = NULL;

  if (!dais_json_get_array (object, "mix", &mix, self->error))
    return FALSE;
  if (mix == NULL)
    return write_stream (self, object, "video", "main", &self->scene->video) &&
        write_stream (self, object, "audio", NULL, &self->scene->audio) &&
        write_stream (self, object, "pip", "pop", &self->scene->pip);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    if (json_object_has_member (object, others[i]))
      return refuse (
          self, "'mix' says all; send '%s' or 'mix', not both", others[i]);
  }
  return check_mix (self, mix) && write_mix (self, mix);
}

/* A client that knows only the document chooses streams, so where it touches
 * the picture and names no scene, the scene follows: contracts README §2. */
static gboolean
write_kind (Write *self, JsonObject *object)
{
  static const gchar *const picture[] = { "video", "main", "pip", "pop",
    "mix" };
  const gchar *text = NULL;
  gboolean touched = json_object_has_member (object, "scene");

  if (!dais_json_get_string (object, "scene", &text, self->error))
    return FALSE;
  if (text != NULL)
    return dais_scene_kind_from_string (text, &self->scene->kind) ||
        refuse (self,
            "'scene' must be full, pip, side-by-side, lecture, grid or blank, "
            "not '%.40s'",
            text);
  for (guint i = 0; i < G_N_ELEMENTS (picture); i++)
    touched = touched || json_object_has_member (object, picture[i]);
  if (touched)
    self->scene->kind = self->scene->pip != NULL ? DAIS_SCENE_PIP
                                                 : DAIS_SCENE_FULL;
  return TRUE;
}

static gboolean
write_number (Write *self, JsonObject *object, const gchar *field, gdouble min,
    gdouble max, gdouble off, gdouble *target)
{
  gdouble value = off;

  if (!json_object_has_member (object, field))
    return TRUE;
  if (!dais_json_get_double (object, field, &value, self->error))
    return FALSE;
  if (value < min || value > max)
    return refuse (
        self, "'%s' must be from %g to %g, not %g", field, min, max, value);
  *target = value;
  return TRUE;
}

static gboolean
write_pip (Write *self, JsonObject *object)
{
  const gchar *corner = NULL;

  if (!dais_json_get_string (object, "pip_corner", &corner, self->error))
    return FALSE;
  if (corner == NULL && json_object_has_member (object, "pip_corner"))
    self->scene->pip_corner = DAIS_SCENE_DEFAULT_CORNER;
  if (corner != NULL &&
      !dais_corner_from_string (corner, &self->scene->pip_corner))
    return refuse (self,
        "'pip_corner' must be top-left, top-right, bottom-left or "
        "bottom-right, not '%.40s'",
        corner);
  return write_number (self, object, "pip_size", DAIS_SCENE_MIN_PIP,
      DAIS_SCENE_MAX_PIP, DAIS_SCENE_DEFAULT_PIP_SIZE, &self->scene->pip_size);
}

static gboolean
write_list (Write *self, JsonObject *object, const gchar *field, guint max,
    gchar ***target)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  JsonArray *array = NULL;
  guint length = 0;

  if (!json_object_has_member (object, field))
    return TRUE;
  if (!dais_json_get_array (object, field, &array, self->error))
    return FALSE;
  if (array != NULL)
    length = json_array_get_length (array);
  if (length > max)
    return refuse (
        self, "'%s' may name at most %u streams, not %u", field, max, length);
  for (guint i = 0; i < length; i++) {
    const gchar *name;

    if (!resolve (self, field, json_array_get_element (array, i), &name))
      return FALSE;
    if (name == NULL)
      return refuse (self, "'%s' must hold names of streams", field);
    if (g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      return refuse (self, "'%s' names '%.100s' twice", field, name);
    g_ptr_array_add (names, (gpointer) name);
  }
  g_ptr_array_add (names, NULL);
  g_strfreev (*target);
  *target = g_strdupv ((gchar **) names->pdata);
  return TRUE;
}

static gboolean
write_volume (Write *self, const gchar *name, JsonNode *node)
{
  gdouble gain;

  if (JSON_NODE_HOLDS_NULL (node)) {
    dais_scene_set_volume (self->scene, name, -1);
    return TRUE;
  }
  if (self->lookup != NULL &&
      !self->lookup->has_stream (name, self->lookup->user_data))
    return refuse (self, "'volumes': this room has no stream '%.100s'", name);
  if (!is_type (node, G_TYPE_INT64) && !is_type (node, G_TYPE_DOUBLE))
    return refuse (self, "'volumes': '%.100s' must be a number, or null", name);
  gain = json_node_get_double (node);
  if (!(gain >= 0 && gain <= DAIS_SCENE_MAX_GAIN))
    return refuse (self, "'volumes': '%.100s' must be from 0 to %g, not %g",
        name, DAIS_SCENE_MAX_GAIN, gain);
  dais_scene_set_volume (self->scene, name, gain);
  return TRUE;
}

/* Two people may move two faders at once, so a write is merged name by name
 * (RFC 7396): null takes one out, null for the whole takes out all. */
static gboolean
write_volumes (Write *self, JsonObject *object)
{
  JsonObject *volumes = NULL;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!json_object_has_member (object, "volumes"))
    return TRUE;
  if (!dais_json_get_object (object, "volumes", &volumes, self->error))
    return FALSE;
  if (volumes == NULL) {
    g_ptr_array_set_size (self->scene->volumes, 0);
    return TRUE;
  }
  json_object_iter_init_ordered (&iter, volumes);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    if (!write_volume (self, name, node))
      return FALSE;
    if (self->scene->volumes->len > DAIS_SCENE_MAX_NAMES)
      return refuse (
          self, "'volumes' may name at most %d streams", DAIS_SCENE_MAX_NAMES);
  }
  return TRUE;
}

static gboolean
parse_transition (Write *self, JsonObject *object, DaisTransition *transition)
{
  static const gchar *const known[] = { "kind", "ms", NULL };
  JsonObject *member = NULL;
  const gchar *kind = "cut";
  gint64 ms = DAIS_TRANSITION_FADE_MS;

  *transition = (DaisTransition){ FALSE, 0 };
  if (!dais_json_get_object (object, "transition", &member, self->error))
    return FALSE;
  if (member == NULL)
    return TRUE;
  if (!dais_json_only_members (member, known, self->error) ||
      !dais_json_get_string (member, "kind", &kind, self->error) ||
      !dais_json_get_int (member, "ms", &ms, self->error)) {
    g_prefix_error (self->error, "'transition': ");
    return FALSE;
  }
  if (strcmp (kind, "cut") != 0 && strcmp (kind, "fade") != 0)
    return refuse (
        self, "'transition': 'kind' must be cut or fade, not '%.40s'", kind);
  if (ms < 0 || ms > DAIS_TRANSITION_MAX_MS)
    return refuse (self,
        "'transition': 'ms' must be from 0 to %d, not %" G_GINT64_FORMAT,
        DAIS_TRANSITION_MAX_MS, ms);
  transition->fade = *kind == 'f' && ms > 0;
  transition->ms = transition->fade ? (guint) ms : 0;
  return TRUE;
}

/**
 * dais_scene_apply_json:
 * @present: the scene on air
 * @write: what a client sent
 * @lookup: (nullable): which streams there are; %NULL accepts every name
 * @transition: (out) (optional): how to get there
 * @error: return location; %DAIS_ERROR_INVALID names the field
 *
 * Contracts README §2, "state", with the three older encodings. The stamp of a
 * served state may stand in @write, so that one can be sent back, and is
 * ignored.
 *
 * Returns: (transfer full) (nullable): the scene that shall follow
 */
DaisScene *
dais_scene_apply_json (DaisScene *present, JsonNode *write,
    const DaisSceneLookup *lookup, DaisTransition *transition, GError **error)
{
  static const gchar *const known[] = { "video", "audio", "pip", "scene",
    "pip_corner", "pip_size", "grid", "volumes", "mutes", "master",
    "transition", "main", "pop", "mix", "rev", "utc", "running_time", NULL };
  g_autoptr (DaisScene) scene = dais_scene_copy (present);
  Write self = { scene, lookup, error };
  DaisTransition how;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (write)) {
    refuse (&self, "a state must be an object, as {\"video\":\"Camera\"}");
    return NULL;
  }
  object = json_node_get_object (write);
  if (!dais_json_only_members (object, known, error) ||
      !write_streams (&self, object) || !write_kind (&self, object) ||
      !write_pip (&self, object) ||
      !write_list (&self, object, "grid", DAIS_SCENE_MAX_GRID, &scene->grid) ||
      !write_volumes (&self, object) ||
      !write_list (
          &self, object, "mutes", DAIS_SCENE_MAX_NAMES, &scene->mutes) ||
      !write_number (
          &self, object, "master", 0, DAIS_SCENE_MAX_GAIN, 1, &scene->master) ||
      !parse_transition (&self, object, &how))
    return NULL;
  if (transition != NULL)
    *transition = how;
  return g_steal_pointer (&scene);
}

/**
 * dais_scene_from_text:
 * @json: what dais_scene_to_text() wrote
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (nullable): the scene; its streams need not exist
 */
DaisScene *
dais_scene_from_text (const gchar *json, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, error);
  g_autoptr (DaisScene) blank = dais_scene_new ();

  if (node == NULL)
    return NULL;
  return dais_scene_apply_json (blank, node, NULL, NULL, error);
}
