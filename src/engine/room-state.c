/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/room-state.h"

#include "core/error.h"

#include <math.h>

#define MAX_FADE_MS 10000
#define MAX_GAIN    4.0
#define MAX_INPUTS  256

/**
 * dais_room_state_new:
 *
 * Returns: (transfer full): nothing to be seen or heard
 */
DaisRoomState *
dais_room_state_new (void)
{
  DaisRoomState *self = g_new0 (DaisRoomState, 1);

  self->video = g_strdup ("");
  self->audio = g_strdup ("");
  self->pip = g_strdup ("");
  self->pip_corner = DAIS_CORNER_BOTTOM_RIGHT;
  self->pip_size = 0.25;
  self->grid = g_new0 (gchar *, 1);
  self->mutes = g_new0 (gchar *, 1);
  self->volumes = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  self->master = 1;
  return self;
}

/**
 * dais_room_state_free:
 * @self: (transfer full): a state
 */
void
dais_room_state_free (DaisRoomState *self)
{
  g_free (self->video);
  g_free (self->audio);
  g_free (self->pip);
  g_strfreev (self->grid);
  g_strfreev (self->mutes);
  g_hash_table_unref (self->volumes);
  g_free (self);
}

static gboolean
refuse (GError **error, const gchar *key, const gchar *want)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID, "state: '%s' must be %s",
      key, want);
  return FALSE;
}

/* (transfer full) (nullable): the value, or NULL with or without an error. */
static GVariant *
look_up (GVariantDict *dict, const gchar *key, const gchar *type,
    gboolean *good, GError **error)
{
  g_autoptr (GVariant) value = g_variant_dict_lookup_value (dict, key, NULL);

  if (value == NULL || g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return g_steal_pointer (&value);
  *good = FALSE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "state: '%s' has the type %s, not %s", key,
      g_variant_get_type_string (value), type);
  return NULL;
}

static gboolean
read_text (GVariantDict *dict, const gchar *key, gchar **text, GError **error)
{
  gboolean good = TRUE;
  g_autoptr (GVariant) value = look_up (dict, key, "s", &good, error);

  if (value != NULL) {
    g_free (*text);
    *text = g_variant_dup_string (value, NULL);
  }
  return good;
}

static gboolean
read_list (GVariantDict *dict, const gchar *key, gchar ***list, GError **error)
{
  gboolean good = TRUE;
  g_autoptr (GVariant) value = look_up (dict, key, "as", &good, error);

  if (value != NULL) {
    g_strfreev (*list);
    *list = g_variant_dup_strv (value, NULL);
  }
  return good;
}

static gboolean
read_number (GVariantDict *dict, const gchar *key, gdouble least, gdouble most,
    gdouble *number, GError **error)
{
  gboolean good = TRUE;
  g_autoptr (GVariant) value = look_up (dict, key, "d", &good, error);

  if (value == NULL)
    return good;
  if (!isfinite (g_variant_get_double (value)))
    return refuse (error, key, "a finite number");
  *number = CLAMP (g_variant_get_double (value), least, most);
  return TRUE;
}

static gboolean
read_volumes (DaisRoomState *self, GVariantDict *dict, GError **error)
{
  gboolean good = TRUE;
  g_autoptr (GVariant) value = look_up (dict, "volumes", "a{sd}", &good, error);
  GVariantIter iter;
  const gchar *slug = NULL;
  gdouble gain = 0;

  if (value == NULL)
    return good;
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{&sd}", &slug, &gain)) {
    if (!isfinite (gain))
      return refuse (error, "volumes", "finite numbers");
    gain = CLAMP (gain, 0, MAX_GAIN);
    g_hash_table_replace (
        self->volumes, g_strdup (slug), g_memdup2 (&gain, sizeof gain));
  }
  return TRUE;
}

static gboolean
read_scene (DaisRoomState *self, GVariantDict *dict, GError **error)
{
  g_autofree gchar *scene = NULL;
  g_autofree gchar *corner = NULL;

  if (!read_text (dict, "scene", &scene, error) ||
      !read_text (dict, "pip-corner", &corner, error))
    return FALSE;
  if (scene == NULL)
    self->scene = *self->pip != '\0' ? DAIS_SCENE_PIP : DAIS_SCENE_FULL;
  else if (!dais_scene_from_nick (scene, &self->scene))
    return refuse (
        error, "scene", "full, pip, side-by-side, lecture, grid or blank");
  if (corner != NULL && !dais_corner_from_nick (corner, &self->pip_corner))
    return refuse (error, "pip-corner",
        "top-left, top-right, bottom-left or bottom-right");
  return TRUE;
}

static gboolean
read_transition (DaisRoomState *self, GVariantDict *dict, GError **error)
{
  g_autofree gchar *kind = NULL;
  gboolean good = TRUE;
  g_autoptr (GVariant) ms = look_up (dict, "transition-ms", "u", &good, error);

  if (!good || !read_text (dict, "transition", &kind, error))
    return FALSE;
  if (kind != NULL && !g_str_equal (kind, "cut") && !g_str_equal (kind, "fade"))
    return refuse (error, "transition", "cut or fade");
  if (kind != NULL && g_str_equal (kind, "fade"))
    self->fade_ms = ms == NULL ? 300
                               : MIN (g_variant_get_uint32 (ms), MAX_FADE_MS);
  return TRUE;
}

/**
 * dais_room_state_read:
 * @state: a{sv} as in the method Apply of org.dais.Room
 * @error: DAIS_ERROR_INVALID names the key
 *
 * What is absent is off, 1 or the default; unknown keys are ignored; numbers
 * are brought into their range.
 *
 * Returns: (transfer full) (nullable): the state
 */
DaisRoomState *
dais_room_state_read (GVariant *state, GError **error)
{
  g_autoptr (DaisRoomState) self = dais_room_state_new ();
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (state);

  if (!read_text (&dict, "video", &self->video, error) ||
      !read_text (&dict, "audio", &self->audio, error) ||
      !read_text (&dict, "pip", &self->pip, error) ||
      !read_scene (self, &dict, error) ||
      !read_list (&dict, "grid", &self->grid, error) ||
      !read_list (&dict, "mutes", &self->mutes, error) ||
      !read_number (&dict, "pip-size", DAIS_LAYOUT_PIP_MIN, DAIS_LAYOUT_PIP_MAX,
          &self->pip_size, error) ||
      !read_number (&dict, "master", 0, MAX_GAIN, &self->master, error) ||
      !read_volumes (self, &dict, error) ||
      !read_transition (self, &dict, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* A picture can be in one place only. */
static gboolean
is_placed (const DaisRoomLayer *layers, guint count, const gchar *slug)
{
  for (guint i = 0; i < count; i++)
    if (g_str_equal (layers[i].slug, slug))
      return TRUE;
  return FALSE;
}

/**
 * dais_room_state_get_layers:
 * @self: a state
 * @width: of the canvas
 * @height: of the canvas
 * @layers: (out caller-allocates): which stream is to be seen where, the
 *     lowest first
 *
 * Returns: how many layers there are
 */
guint
dais_room_state_get_layers (DaisRoomState *self, gint width, gint height,
    DaisRoomLayer layers[DAIS_LAYOUT_MAX_PLACES])
{
  const gchar *pair[] = { self->video, self->pip, NULL };
  const gchar *const *slugs = pair;
  DaisLayout layout = { self->scene, width, height, self->pip_corner,
    self->pip_size, 2 };
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];
  guint n_places = 0;
  guint count = 0;

  if (self->scene == DAIS_SCENE_GRID && self->grid[0] != NULL) {
    slugs = (const gchar *const *) self->grid;
    layout.grid_size = g_strv_length (self->grid);
  }
  /* beside nothing the picture may as well be large */
  if ((self->scene == DAIS_SCENE_SIDE_BY_SIDE ||
          self->scene == DAIS_SCENE_LECTURE) &&
      *self->pip == '\0')
    layout.scene = DAIS_SCENE_FULL;
  n_places = dais_layout_solve (&layout, places);
  for (guint i = 0; i < n_places && slugs[i] != NULL; i++) {
    if (*slugs[i] == '\0' || is_placed (layers, count, slugs[i]))
      continue;
    layers[count++] = (DaisRoomLayer){ slugs[i], places[i] };
  }
  return count;
}

/**
 * dais_room_state_get_gain:
 * @self: a state
 * @slug: a stream
 *
 * Source: contracts/README.md §2, audio, volumes and mutes.
 *
 * Returns: how loud the stream is to be heard, 0 = not at all
 */
gdouble
dais_room_state_get_gain (DaisRoomState *self, const gchar *slug)
{
  const gdouble *volume = g_hash_table_lookup (self->volumes, slug);

  if (g_strv_contains ((const gchar *const *) self->mutes, slug))
    return 0;
  if (volume != NULL)
    return *volume;
  return g_str_equal (self->audio, slug) ? 1 : 0;
}

static void
input_free (gpointer data)
{
  DaisRoomInput *input = data;

  g_free (input->slug);
  g_free (input->video);
  g_free (input->audio);
  g_free (input);
}

/**
 * dais_room_inputs_read:
 * @inputs: a(sss): slug, video wire, audio wire
 * @error: DAIS_ERROR_INVALID, DAIS_ERROR_LIMITED
 *
 * Of two inputs with the same slug the first counts.
 *
 * Returns: (transfer full) (nullable) (element-type DaisRoomInput): the list
 */
GPtrArray *
dais_room_inputs_read (GVariant *inputs, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (input_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantIter iter;
  const gchar *slug = NULL;
  const gchar *video = NULL;
  const gchar *audio = NULL;

  if (!g_variant_is_of_type (inputs, G_VARIANT_TYPE ("a(sss)"))) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "inputs has the type %s, not a(sss)",
        g_variant_get_type_string (inputs));
    return NULL;
  }
  if (g_variant_n_children (inputs) > MAX_INPUTS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "a room has %" G_GSIZE_FORMAT " inputs, %d is the most",
        g_variant_n_children (inputs), MAX_INPUTS);
    return NULL;
  }
  g_variant_iter_init (&iter, inputs);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &slug, &video, &audio)) {
    DaisRoomInput *input = NULL;

    if (!g_hash_table_add (seen, (gpointer) slug))
      continue;
    input = g_new0 (DaisRoomInput, 1);
    input->slug = g_strdup (slug);
    input->video = g_strdup (video);
    input->audio = g_strdup (audio);
    g_ptr_array_add (list, input);
  }
  return g_steal_pointer (&list);
}
