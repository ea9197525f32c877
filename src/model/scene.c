/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/scene.h"

#include "model/scene-private.h"

#include <string.h>

static const gchar *const kinds[] = { "full", "pip", "side-by-side", "lecture",
  "grid", "blank" };
static const gchar *const corners[] = { "top-left", "top-right", "bottom-left",
  "bottom-right" };

static gint
index_of (const gchar *const *words, guint n_words, const gchar *text)
{
  for (guint i = 0; i < n_words; i++) {
    if (g_strcmp0 (words[i], text) == 0)
      return (gint) i;
  }
  return -1;
}

const gchar *
dais_scene_kind_to_string (DaisSceneKind kind)
{
  return kinds[kind];
}

gboolean
dais_scene_kind_from_string (const gchar *text, DaisSceneKind *kind)
{
  gint i = index_of (kinds, G_N_ELEMENTS (kinds), text);

  if (i >= 0)
    *kind = (DaisSceneKind) i;
  return i >= 0;
}

const gchar *
dais_corner_to_string (DaisCorner corner)
{
  return corners[corner];
}

gboolean
dais_corner_from_string (const gchar *text, DaisCorner *corner)
{
  gint i = index_of (corners, G_N_ELEMENTS (corners), text);

  if (i >= 0)
    *corner = (DaisCorner) i;
  return i >= 0;
}

/**
 * dais_scene_new:
 *
 * Returns: (transfer full): a scene with nothing on air
 */
DaisScene *
dais_scene_new (void)
{
  DaisScene *self = g_atomic_rc_box_new0 (DaisScene);

  self->pip_corner = DAIS_SCENE_DEFAULT_CORNER;
  self->pip_size = DAIS_SCENE_DEFAULT_PIP_SIZE;
  self->grid = g_new0 (gchar *, 1);
  self->mutes = g_new0 (gchar *, 1);
  self->volumes = g_ptr_array_new_with_free_func (g_free);
  self->master = 1;
  return self;
}

static DaisVolume *
volume_new (const gchar *name, gdouble gain)
{
  gsize size = strlen (name) + 1;
  DaisVolume *volume = g_malloc (sizeof (DaisVolume) + size);

  volume->gain = gain;
  memcpy (volume->name, name, size);
  return volume;
}

static gpointer
volume_copy (gconstpointer data, gpointer user_data)
{
  const DaisVolume *volume = data;

  return volume_new (volume->name, volume->gain);
}

/**
 * dais_scene_copy:
 * @self: a scene
 *
 * Returns: (transfer full): one that may be changed until it is shared
 */
DaisScene *
dais_scene_copy (DaisScene *self)
{
  DaisScene *copy = g_atomic_rc_box_new0 (DaisScene);

  *copy = *self;
  copy->video = g_strdup (self->video);
  copy->audio = g_strdup (self->audio);
  copy->pip = g_strdup (self->pip);
  copy->grid = g_strdupv (self->grid);
  copy->mutes = g_strdupv (self->mutes);
  copy->volumes = g_ptr_array_copy (self->volumes, volume_copy, NULL);
  return copy;
}

DaisScene *
dais_scene_ref (DaisScene *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
scene_clear (gpointer data)
{
  DaisScene *self = data;

  g_free (self->video);
  g_free (self->audio);
  g_free (self->pip);
  g_strfreev (self->grid);
  g_strfreev (self->mutes);
  g_ptr_array_unref (self->volumes);
}

void
dais_scene_unref (DaisScene *self)
{
  g_atomic_rc_box_release_full (self, scene_clear);
}

DaisSceneKind
dais_scene_get_kind (DaisScene *self)
{
  return self->kind;
}

const gchar *
dais_scene_get_video (DaisScene *self)
{
  return self->video;
}

const gchar *
dais_scene_get_audio (DaisScene *self)
{
  return self->audio;
}

const gchar *
dais_scene_get_pip (DaisScene *self)
{
  return self->pip;
}

DaisCorner
dais_scene_get_pip_corner (DaisScene *self)
{
  return self->pip_corner;
}

gdouble
dais_scene_get_pip_size (DaisScene *self)
{
  return self->pip_size;
}

const gchar *const *
dais_scene_get_grid (DaisScene *self)
{
  return (const gchar *const *) self->grid;
}

const gchar *const *
dais_scene_get_mutes (DaisScene *self)
{
  return (const gchar *const *) self->mutes;
}

gdouble
dais_scene_get_master (DaisScene *self)
{
  return self->master;
}

/**
 * dais_scene_get_volume:
 * @self: a scene
 * @i: counts from 0
 * @gain: (out) (optional): 0 to 4, 1 is unchanged
 *
 * Returns: (transfer none) (nullable): the stream's name; %NULL past the end
 */
const gchar *
dais_scene_get_volume (DaisScene *self, guint i, gdouble *gain)
{
  DaisVolume *volume;

  if (i >= self->volumes->len)
    return NULL;
  volume = self->volumes->pdata[i];
  if (gain != NULL)
    *gain = volume->gain;
  return volume->name;
}

void
dais_scene_set_volume (DaisScene *self, const gchar *name, gdouble gain)
{
  guint i = 0;
  gint order = 1;

  for (; i < self->volumes->len; i++) {
    DaisVolume *volume = self->volumes->pdata[i];

    order = strcmp (volume->name, name);
    if (order >= 0)
      break;
  }
  if (i < self->volumes->len && order == 0) {
    if (gain < 0)
      g_ptr_array_remove_index (self->volumes, i);
    else
      ((DaisVolume *) self->volumes->pdata[i])->gain = gain;
  } else if (gain >= 0) {
    g_ptr_array_insert (self->volumes, (gint) i, volume_new (name, gain));
  }
}

static gboolean
volumes_equal (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++) {
    DaisVolume *one = a->pdata[i];
    DaisVolume *other = b->pdata[i];

    if (one->gain != other->gain || strcmp (one->name, other->name) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
strv_equal (gchar **a, gchar **b)
{
  return g_strv_equal ((const gchar *const *) a, (const gchar *const *) b);
}

/**
 * dais_scene_compare:
 * @before: a scene
 * @after: the scene that shall follow
 *
 * Returns: what differs, by the grant that it needs; 0 when nothing does
 */
DaisSceneChanges
dais_scene_compare (DaisScene *before, DaisScene *after)
{
  guint changes = 0;

  if (g_strcmp0 (before->video, after->video) != 0 ||
      g_strcmp0 (before->pip, after->pip) != 0 ||
      before->pip_corner != after->pip_corner ||
      before->pip_size != after->pip_size ||
      !strv_equal (before->grid, after->grid))
    changes |= DAIS_SCENE_CHANGES_PICTURE;
  if (before->kind != after->kind)
    changes |= before->kind == DAIS_SCENE_BLANK ||
            after->kind == DAIS_SCENE_BLANK
        ? DAIS_SCENE_CHANGES_BLANK
        : DAIS_SCENE_CHANGES_PICTURE;
  if (g_strcmp0 (before->audio, after->audio) != 0 ||
      !strv_equal (before->mutes, after->mutes) ||
      !volumes_equal (before->volumes, after->volumes) ||
      before->master != after->master)
    changes |= DAIS_SCENE_CHANGES_SOUND;
  return (DaisSceneChanges) changes;
}

/**
 * dais_scene_equal:
 * @self: a scene
 * @other: a scene
 *
 * Returns: %TRUE when nothing differs
 */
gboolean
dais_scene_equal (DaisScene *self, DaisScene *other)
{
  return self == other || dais_scene_compare (self, other) == 0;
}

/**
 * dais_scene_names:
 * @self: a scene
 * @stream: name of a stream
 *
 * Returns: %TRUE when @self names it anywhere
 */
gboolean
dais_scene_names (DaisScene *self, const gchar *stream)
{
  if (g_strcmp0 (self->video, stream) == 0 ||
      g_strcmp0 (self->audio, stream) == 0 ||
      g_strcmp0 (self->pip, stream) == 0 ||
      g_strv_contains (dais_scene_get_grid (self), stream) ||
      g_strv_contains (dais_scene_get_mutes (self), stream))
    return TRUE;
  for (guint i = 0; i < self->volumes->len; i++) {
    if (strcmp (dais_scene_get_volume (self, i, NULL), stream) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
rename_field (gchar **field, const gchar *name, const gchar *new_name)
{
  if (g_strcmp0 (*field, name) != 0)
    return;
  g_free (*field);
  *field = g_strdup (new_name);
}

static void
rename_list (gchar ***list, const gchar *name, const gchar *new_name)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; (*list)[i] != NULL; i++) {
    if (strcmp ((*list)[i], name) != 0)
      g_strv_builder_add (builder, (*list)[i]);
    else if (new_name != NULL)
      g_strv_builder_add (builder, new_name);
  }
  g_strfreev (*list);
  *list = g_strv_builder_end (builder);
}

/**
 * dais_scene_with_stream_renamed:
 * @self: a scene
 * @name: a stream's name so far
 * @new_name: (nullable): its new name; %NULL when it is gone
 *
 * Of a picture in picture whose small stream is gone, the large one stays.
 *
 * Returns: (transfer full): the scene after it
 */
DaisScene *
dais_scene_with_stream_renamed (
    DaisScene *self, const gchar *name, const gchar *new_name)
{
  DaisScene *scene = dais_scene_copy (self);

  rename_field (&scene->video, name, new_name);
  rename_field (&scene->audio, name, new_name);
  rename_field (&scene->pip, name, new_name);
  rename_list (&scene->grid, name, new_name);
  rename_list (&scene->mutes, name, new_name);
  for (guint i = 0; i < self->volumes->len; i++) {
    DaisVolume *volume = self->volumes->pdata[i];

    if (strcmp (volume->name, name) != 0)
      continue;
    dais_scene_set_volume (scene, name, -1);
    if (new_name != NULL)
      dais_scene_set_volume (scene, new_name, volume->gain);
  }
  if (scene->kind == DAIS_SCENE_PIP && self->pip != NULL && scene->pip == NULL)
    scene->kind = DAIS_SCENE_FULL;
  return scene;
}

static void
write_names (DaisJsonWriter *writer, const gchar *member, gchar **names)
{
  dais_json_writer_name (writer, member);
  dais_json_writer_begin_array (writer);
  for (guint i = 0; names[i] != NULL; i++)
    dais_json_writer_string (writer, names[i]);
  dais_json_writer_end_array (writer);
}

/**
 * dais_scene_write_members:
 * @self: a scene
 * @writer: inside an object
 *
 * Contracts README §2: the document's three members first, then our own.
 */
void
dais_scene_write_members (DaisScene *self, DaisJsonWriter *writer)
{
  dais_json_writer_name_string (writer, "video", self->video);
  dais_json_writer_name_string (writer, "audio", self->audio);
  dais_json_writer_name_string (writer, "pip", self->pip);
  dais_json_writer_name_string (writer, "scene", kinds[self->kind]);
  dais_json_writer_name_string (
      writer, "pip_corner", corners[self->pip_corner]);
  dais_json_writer_name_double (writer, "pip_size", self->pip_size);
  write_names (writer, "grid", self->grid);
  dais_json_writer_name (writer, "volumes");
  dais_json_writer_begin_object (writer);
  for (guint i = 0; i < self->volumes->len; i++) {
    DaisVolume *volume = self->volumes->pdata[i];

    dais_json_writer_name_double (writer, volume->name, volume->gain);
  }
  dais_json_writer_end_object (writer);
  write_names (writer, "mutes", self->mutes);
  dais_json_writer_name_double (writer, "master", self->master);
}

/**
 * dais_scene_write_json:
 * @self: a scene
 * @writer: where a value is expected
 * @revision: (nullable): the stamp of its last change
 *
 * The payload of "state".
 */
void
dais_scene_write_json (
    DaisScene *self, DaisJsonWriter *writer, const DaisRevision *revision)
{
  dais_json_writer_begin_object (writer);
  dais_scene_write_members (self, writer);
  if (revision != NULL)
    dais_revision_write_members (revision, writer);
  dais_json_writer_end_object (writer);
}

/**
 * dais_scene_to_text:
 * @self: a scene
 *
 * Returns: (transfer full): JSON without a stamp, for the store
 */
gchar *
dais_scene_to_text (DaisScene *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_scene_write_json (self, writer, NULL);
  return dais_json_writer_steal (writer);
}
