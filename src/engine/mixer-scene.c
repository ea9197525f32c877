/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/mixer-scene.h"

#define WAIT_US       (100 * G_TIME_SPAN_MILLISECOND)
#define FIRST_WAIT_US (450 * G_TIME_SPAN_MILLISECOND)

/* A picture as it is to be seen in one frame. */
typedef struct {
  GstPad *pad; /* (owned) */
  DaisRectangle place;
  gdouble alpha;
} Layer;

struct _DaisMixerScene {
  DaisCanvas canvas;
  GArray *from;  /* (element-type Layer): when the change began */
  GArray *to;    /* (element-type Layer): when it is over */
  GArray *shown; /* (element-type Layer): in this frame */
  GstClockTime began;
  GstClockTime fade;
  gboolean moving;
  gboolean begun; /* there was a scene */

  GArray *next; /* (element-type DaisMixerLayer) (nullable): waits */
  GstClockTime next_fade;
  guint64 next_serial;
  gint64 next_until_us;
};

static void
layer_clear (gpointer data)
{
  gst_clear_object (&((Layer *) data)->pad);
}

static void
waiting_clear (gpointer data)
{
  gst_clear_object (&((DaisMixerLayer *) data)->pad);
}

static GArray *
layers_new (void)
{
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (Layer));

  g_array_set_clear_func (layers, layer_clear);
  return layers;
}

static void
layers_add (
    GArray *layers, GstPad *pad, const DaisRectangle *place, gdouble alpha)
{
  Layer layer = { gst_object_ref (pad), *place, alpha };

  g_array_append_val (layers, layer);
}

static Layer *
layers_find (GArray *layers, GstPad *pad)
{
  for (guint i = 0; i < layers->len; i++)
    if (g_array_index (layers, Layer, i).pad == pad)
      return &g_array_index (layers, Layer, i);
  return NULL;
}

static void
layers_remove (GArray *layers, GstPad *pad)
{
  for (guint i = layers->len; i > 0; i--)
    if (g_array_index (layers, Layer, i - 1).pad == pad)
      g_array_remove_index (layers, i - 1);
}

DaisMixerScene *
dais_mixer_scene_new (void)
{
  DaisMixerScene *self = g_new0 (DaisMixerScene, 1);

  self->from = layers_new ();
  self->to = layers_new ();
  self->shown = layers_new ();
  return self;
}

void
dais_mixer_scene_free (DaisMixerScene *self)
{
  g_array_unref (self->from);
  g_array_unref (self->to);
  g_array_unref (self->shown);
  g_clear_pointer (&self->next, g_array_unref);
  g_free (self);
}

void
dais_mixer_scene_set_canvas (DaisMixerScene *self, const DaisCanvas *canvas)
{
  self->canvas = *canvas;
}

/* before: (nullable): the scene that waited till now */
static gboolean
waits_for (GArray *before, GstPad *pad)
{
  for (guint i = 0; before != NULL && i < before->len; i++) {
    DaisMixerLayer *layer = &g_array_index (before, DaisMixerLayer, i);

    if (layer->pad == pad && layer->fresh)
      return TRUE;
  }
  return FALSE;
}

/**
 * dais_mixer_scene_set:
 * @self: a scene
 * @layers: (array length=n_layers): the pictures, the lowest first
 * @n_layers: how many
 * @fade: how long the change takes
 * @serial: of the change
 *
 * Begins to wait for the pictures of a new scene.
 */
void
dais_mixer_scene_set (DaisMixerScene *self, const DaisMixerLayer *layers,
    guint n_layers, GstClockTime fade, guint64 serial)
{
  g_autoptr (GArray) before = g_steal_pointer (&self->next);

  self->next = g_array_new (FALSE, FALSE, sizeof (DaisMixerLayer));
  g_array_set_clear_func (self->next, waiting_clear);
  for (guint i = 0; i < n_layers; i++) {
    DaisMixerLayer layer = layers[i];

    gst_object_ref (layer.pad);
    layer.fresh = layer.fresh || waits_for (before, layer.pad);
    g_array_append_val (self->next, layer);
  }
  self->next_fade = fade;
  self->next_serial = serial;
  if (before == NULL) /* else a storm of changes could put it off for ever */
    self->next_until_us = g_get_monotonic_time () +
        (self->begun ? WAIT_US : FIRST_WAIT_US);
}

/**
 * dais_mixer_scene_forget:
 * @self: a scene
 * @pad: is about to be removed
 */
void
dais_mixer_scene_forget (DaisMixerScene *self, GstPad *pad)
{
  layers_remove (self->from, pad);
  layers_remove (self->to, pad);
  layers_remove (self->shown, pad);
  for (guint i = self->next != NULL ? self->next->len : 0; i > 0; i--)
    if (g_array_index (self->next, DaisMixerLayer, i - 1).pad == pad)
      g_array_remove_index (self->next, i - 1);
}

/* A picture that was hidden has the last frame of before: showing that would be
 * a flash of the past. */
static gboolean
is_ready (
    DaisMixerScene *self, DaisMixerSceneIsFresh is_fresh, gpointer user_data)
{
  if (g_get_monotonic_time () >= self->next_until_us)
    return TRUE;
  for (guint i = 0; i < self->next->len; i++) {
    DaisMixerLayer *layer = &g_array_index (self->next, DaisMixerLayer, i);

    if (layer->fresh && !is_fresh (layer->pad, user_data))
      return FALSE;
  }
  return TRUE;
}

static gboolean
place_equal (const DaisRectangle *a, const DaisRectangle *b)
{
  return a->x == b->x && a->y == b->y && a->width == b->width &&
      a->height == b->height;
}

/* Whether the next scene is what the present one is or is becoming. */
static gboolean
is_the_same (DaisMixerScene *self)
{
  if (!self->begun || self->next->len != self->to->len)
    return FALSE;
  for (guint i = 0; i < self->next->len; i++) {
    DaisMixerLayer *next = &g_array_index (self->next, DaisMixerLayer, i);
    Layer *to = &g_array_index (self->to, Layer, i);

    if (next->pad != to->pad || !place_equal (&next->place, &to->place))
      return FALSE;
  }
  return TRUE;
}

static void
begin_change (DaisMixerScene *self, GstClockTime now)
{
  if (is_the_same (self)) {
    /* a fade that is under way goes on */
    g_clear_pointer (&self->next, g_array_unref);
    return;
  }
  g_array_set_size (self->from, 0);
  g_array_set_size (self->to, 0);
  for (guint i = 0; i < self->shown->len; i++) {
    Layer *layer = &g_array_index (self->shown, Layer, i);

    layers_add (self->from, layer->pad, &layer->place, layer->alpha);
  }
  for (guint i = 0; i < self->next->len; i++) {
    DaisMixerLayer *layer = &g_array_index (self->next, DaisMixerLayer, i);

    layers_add (self->to, layer->pad, &layer->place, 1);
  }
  g_clear_pointer (&self->next, g_array_unref);
  self->began = now;
  self->fade = self->next_fade;
  self->moving = TRUE;
  self->begun = TRUE;
}

static gboolean
covers_canvas (DaisMixerScene *self, const Layer *layer)
{
  return layer->place.x <= 0 && layer->place.y <= 0 &&
      layer->place.x + layer->place.width >= self->canvas.width &&
      layer->place.y + layer->place.height >= self->canvas.height;
}

static gint
between (gint from, gint to, gdouble progress)
{
  return (gint) (from + (to - from) * progress) & ~1;
}

static DaisRectangle
place_between (
    const DaisRectangle *from, const DaisRectangle *to, gdouble progress)
{
  return (DaisRectangle){ between (from->x, to->x, progress),
    between (from->y, to->y, progress),
    MAX (between (from->width, to->width, progress), 2),
    MAX (between (from->height, to->height, progress), 2) };
}

/* Below: what goes. Where something that fills the canvas comes above it, it
 * stays as it is until it is covered, so that the sum of both is never dark. */
static void
show_leaving (DaisMixerScene *self, gdouble progress)
{
  gboolean covered = FALSE;

  for (guint i = 0; i < self->to->len; i++) {
    Layer *layer = &g_array_index (self->to, Layer, i);

    if (covers_canvas (self, layer) &&
        layers_find (self->from, layer->pad) == NULL)
      covered = TRUE;
  }
  for (guint i = 0; i < self->from->len && progress < 1; i++) {
    Layer *layer = &g_array_index (self->from, Layer, i);

    if (layers_find (self->to, layer->pad) == NULL)
      layers_add (self->shown, layer->pad, &layer->place,
          covered ? layer->alpha : layer->alpha * (1 - progress));
  }
}

static void
show_coming (DaisMixerScene *self, gdouble progress)
{
  for (guint i = 0; i < self->to->len; i++) {
    Layer *layer = &g_array_index (self->to, Layer, i);
    Layer *before = layers_find (self->from, layer->pad);
    DaisRectangle place = layer->place;
    gdouble alpha = progress;

    if (before != NULL && progress < 1) {
      place = place_between (&before->place, &layer->place, progress);
      alpha = before->alpha + (1 - before->alpha) * progress;
    }
    layers_add (self->shown, layer->pad, &place, alpha);
  }
}

static void
set_pad (const Layer *layer, guint order)
{
  g_object_set (layer->pad, "xpos", layer->place.x, "ypos", layer->place.y,
      "width", layer->place.width, "height", layer->place.height, "alpha",
      layer->alpha, "zorder", order, NULL);
}

static gboolean
layer_equal (const Layer *a, const Layer *b)
{
  return a->pad == b->pad && a->alpha == b->alpha &&
      place_equal (&a->place, &b->place);
}

/* Sets what differs from the frame before. */
static void
set_pads (DaisMixerScene *self, GArray *before)
{
  for (guint i = 0; i < before->len; i++) {
    GstPad *pad = g_array_index (before, Layer, i).pad;

    if (layers_find (self->shown, pad) == NULL)
      g_object_set (pad, "alpha", 0.0, NULL);
  }
  for (guint i = 0; i < self->shown->len; i++) {
    Layer *layer = &g_array_index (self->shown, Layer, i);

    if (i >= before->len ||
        !layer_equal (layer, &g_array_index (before, Layer, i)))
      set_pad (layer, i + 1);
  }
}

/**
 * dais_mixer_scene_tick:
 * @self: a scene
 * @now: running time of the frame that is about to be made
 * @is_fresh: (scope call): asked for the layers that want to be fresh
 * @user_data: for @is_fresh
 * @serial: (out): of the scene that the frame shows for the first time
 *
 * Sets the pads' properties for this frame.
 *
 * Returns: whether the frame shows a new scene for the first time
 */
gboolean
dais_mixer_scene_tick (DaisMixerScene *self, GstClockTime now,
    DaisMixerSceneIsFresh is_fresh, gpointer user_data, guint64 *serial)
{
  gboolean begins = self->next != NULL && is_ready (self, is_fresh, user_data);
  GstClockTime frame = dais_canvas_frame_duration (&self->canvas);
  g_autoptr (GArray) before = NULL;
  gdouble progress = 1;

  if (begins) {
    *serial = self->next_serial;
    begin_change (self, now);
  }
  if (!self->moving)
    return begins;
  if (self->fade > 0 && now - self->began + frame < self->fade)
    progress = (gdouble) (now - self->began + frame) / (gdouble) self->fade;
  before = g_steal_pointer (&self->shown);
  self->shown = layers_new ();
  show_leaving (self, progress);
  show_coming (self, progress);
  set_pads (self, before);
  self->moving = progress < 1;
  return begins;
}

/**
 * dais_mixer_scene_has_begun:
 * @self: a scene
 *
 * Returns: whether there is anything to be shown yet, be it black
 */
gboolean
dais_mixer_scene_has_begun (DaisMixerScene *self)
{
  return self->begun;
}

/**
 * dais_mixer_scene_is_empty:
 * @self: a scene
 *
 * Returns: whether this frame is nothing but background
 */
gboolean
dais_mixer_scene_is_empty (DaisMixerScene *self)
{
  return self->shown->len == 0;
}

/**
 * dais_mixer_scene_get_cover:
 * @self: a scene
 *
 * Returns: (transfer none) (nullable): the pad whose picture is all that is to
 *     be seen in this frame
 */
GstPad *
dais_mixer_scene_get_cover (DaisMixerScene *self)
{
  Layer *top = NULL;

  if (self->shown->len == 0)
    return NULL;
  top = &g_array_index (self->shown, Layer, self->shown->len - 1);
  return covers_canvas (self, top) && top->alpha >= 1 ? top->pad : NULL;
}
