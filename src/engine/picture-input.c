/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/picture-input.h"

#include "engine/mixer.h"
#include "engine/slate.h"

/* daiswiresrc → fakesink; a probe between them hands each frame to the mixer
 * before it gets to its end. */

#define DEAD_US    (500 * G_TIME_SPAN_MILLISECOND)
#define LOST_US    (250 * G_TIME_SPAN_MILLISECOND) /* without a sender */
#define CONNECT_US (300 * G_TIME_SPAN_MILLISECOND)

struct _DaisPictureInput {
  GstElement *pipeline; /* (unowned) */
  GstElement *mixer;    /* (unowned) */
  DaisCanvas canvas;
  gchar *slug;
  gchar *path;
  GstElement *source;     /* in the pipeline */
  GstElement *end;        /* in the pipeline */
  GstPad *pad;            /* the mixer's */
  GstBuffer *slate;       /* (nullable) */
  GCancellable *painting; /* (nullable): the slate is being painted */
  gboolean shown;
  gboolean requested; /* since it was shown */
  gboolean slated;    /* the slate was the last frame that was fed */
  gint64 shown_us;    /* when it was asked for */
  gint64 made_us;
  gint64 hide_us; /* when to hold, 0 = not */

  GMutex lock;
  gint64 arrived_us; /* protected by lock */

  GstCaps *caps; /* (nullable): the wire's streaming thread */
};

/* On the wire's streaming thread. */
static GstPadProbeReturn
on_wire_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  DaisPictureInput *self = data;
  GstEvent *event = NULL;
  GstCaps *caps = NULL;

  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
    event = GST_PAD_PROBE_INFO_EVENT (info);
    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      gst_caps_replace (&self->caps, caps);
    }
    return GST_PAD_PROBE_OK;
  }
  if (self->caps == NULL)
    return GST_PAD_PROBE_DROP;
  g_mutex_lock (&self->lock);
  self->arrived_us = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  dais_mixer_feed (
      self->mixer, self->pad, GST_PAD_PROBE_INFO_BUFFER (info), self->caps);
  return GST_PAD_PROBE_HANDLED;
}

static GstElement *
make (DaisPictureInput *self, const gchar *factory, const gchar *what)
{
  g_autofree gchar *name = g_strdup_printf ("picture-%s-%s", self->slug, what);
  GstElement *element = gst_element_factory_make (factory, name);

  gst_bin_add (GST_BIN (self->pipeline), element);
  return element;
}

static void
link_elements (DaisPictureInput *self)
{
  g_autoptr (GstPad) pad = NULL;

  self->source = make (self, "daiswiresrc", "wire");
  self->end = make (self, "fakesink", "end");
  g_object_set (self->source, "path", self->path, "hold", TRUE, NULL);
  g_object_set (self->end, "sync", FALSE, "async", FALSE, NULL);
  gst_element_link (self->source, self->end);
  self->pad = dais_mixer_add_pad (self->mixer);
  pad = gst_element_get_static_pad (self->source, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_wire_data, self, NULL);
}

/**
 * dais_picture_input_new:
 * @pipeline: where it is added
 * @mixer: the mixer in @pipeline
 * @canvas: the room's
 * @settings: of the stream, with a picture
 *
 * Returns: (transfer full): a hidden input
 */
DaisPictureInput *
dais_picture_input_new (GstElement *pipeline, GstElement *mixer,
    const DaisCanvas *canvas, const DaisRoomInput *settings)
{
  DaisPictureInput *self = g_new0 (DaisPictureInput, 1);

  self->pipeline = pipeline;
  self->mixer = mixer;
  self->canvas = *canvas;
  self->slug = g_strdup (settings->slug);
  self->path = g_strdup (settings->video);
  self->made_us = g_get_monotonic_time ();
  g_mutex_init (&self->lock);
  link_elements (self);
  gst_element_sync_state_with_parent (self->end);
  gst_element_sync_state_with_parent (self->source);
  return self;
}

/**
 * dais_picture_input_free_stopped:
 * @self: (transfer full): an input, whose pipeline was set to NULL
 *
 * Any thread.
 */
void
dais_picture_input_free_stopped (DaisPictureInput *self)
{
  dais_mixer_remove_pad (self->mixer, self->pad);
  gst_clear_buffer (&self->slate);
  gst_clear_caps (&self->caps);
  g_mutex_clear (&self->lock);
  g_free (self->slug);
  g_free (self->path);
  g_free (self);
}

/**
 * dais_picture_input_detach:
 * @self: an input that is about to end
 *
 * Nothing happens on the main thread for it any more.
 */
void
dais_picture_input_detach (DaisPictureInput *self)
{
  if (self->painting != NULL)
    g_cancellable_cancel (self->painting);
  g_clear_object (&self->painting);
}

/**
 * dais_picture_input_remove:
 * @self: (transfer full): an input
 *
 * Takes it out of a playing pipeline; the output goes on.
 */
void
dais_picture_input_remove (DaisPictureInput *self)
{
  GstElement *elements[] = { self->source, self->end };

  dais_picture_input_detach (self);
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
    gst_element_set_locked_state (elements[i], TRUE);
    gst_element_set_state (elements[i], GST_STATE_NULL);
  }
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    gst_bin_remove (GST_BIN (self->pipeline), elements[i]);
  dais_picture_input_free_stopped (self);
}

/**
 * dais_picture_input_matches:
 * @self: an input
 * @settings: of a stream
 *
 * Returns: whether @self is what @settings ask for
 */
gboolean
dais_picture_input_matches (
    DaisPictureInput *self, const DaisRoomInput *settings)
{
  return g_str_equal (self->slug, settings->slug) &&
      g_str_equal (self->path, settings->video);
}

const gchar *
dais_picture_input_get_slug (DaisPictureInput *self)
{
  return self->slug;
}

GstPad *
dais_picture_input_get_pad (DaisPictureInput *self)
{
  return self->pad;
}

typedef struct {
  DaisCanvas canvas;
  gchar *title;
} Painting;

static void
painting_free (gpointer data)
{
  g_free (((Painting *) data)->title);
  g_free (data);
}

/* On a thread of a pool: fonts may have to be read from the disk. */
static void
paint_slate (GTask *task, gpointer source, gpointer data, GCancellable *ignored)
{
  Painting *painting = data;

  g_task_return_pointer (task,
      dais_slate_new (&painting->canvas, painting->title, "no signal", NULL),
      (GDestroyNotify) gst_mini_object_unref);
}

static void
feed_picture (DaisPictureInput *self, GstBuffer *picture)
{
  g_autoptr (GstCaps) caps = dais_caps_video (&self->canvas);

  dais_mixer_feed (self->mixer, self->pad, gst_buffer_ref (picture), caps);
}

static void
on_slate_painted (GObject *source, GAsyncResult *result, gpointer data)
{
  DaisPictureInput *self = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBuffer) slate = g_task_propagate_pointer (
      G_TASK (result), &error);

  if (slate == NULL)
    return; /* the input has gone */
  self = data;
  self->slate = g_steal_pointer (&slate);
  g_clear_object (&self->painting);
  if (self->slated)
    feed_picture (self, self->slate);
}

/* The slate's ground without words, made in no time. */
static GstBuffer *
make_ground (const DaisCanvas *canvas)
{
  gsize luma = (gsize) canvas->width * (gsize) canvas->height;
  GstBuffer *ground = NULL;
  GstVideoInfo info;

  dais_caps_video_info (canvas, &info);
  ground = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (ground, 0, 40, MIN (luma, info.size));
  gst_buffer_memset (ground, (gsize) info.offset[1], 128, (gsize) -1);
  return ground;
}

static void
feed_slate (DaisPictureInput *self)
{
  g_autoptr (GstBuffer) ground = NULL;
  g_autoptr (GTask) task = NULL;
  Painting *painting = NULL;

  self->slated = TRUE;
  if (self->slate != NULL) {
    feed_picture (self, self->slate);
    return;
  }
  ground = make_ground (&self->canvas);
  feed_picture (self, ground);
  if (self->painting != NULL)
    return;
  self->painting = g_cancellable_new ();
  painting = g_new0 (Painting, 1);
  painting->canvas = self->canvas;
  painting->title = g_strdup (self->slug);
  task = g_task_new (NULL, self->painting, on_slate_painted, self);
  g_task_set_task_data (task, painting, painting_free);
  g_task_run_in_thread (task, paint_slate);
}

/**
 * dais_picture_input_show:
 * @self: an input that is about to be part of a scene
 *
 * To be followed by dais_picture_input_request() once the scene is set.
 *
 * Returns: whether a frame must come before it can be shown
 */
gboolean
dais_picture_input_show (DaisPictureInput *self)
{
  self->hide_us = 0;
  if (self->shown)
    return FALSE;
  self->shown = TRUE;
  self->requested = FALSE;
  return TRUE;
}

/**
 * dais_picture_input_request:
 * @self: an input that is part of the scene
 *
 * Lets the sender send, its newest frame at once; where it is known that none
 * will come the slate is shown.
 */
void
dais_picture_input_request (DaisPictureInput *self)
{
  gboolean connected = FALSE;

  if (self->requested)
    return;
  self->requested = TRUE;
  self->slated = FALSE;
  self->shown_us = g_get_monotonic_time ();
  g_object_set (self->source, "hold", FALSE, NULL);
  g_object_get (self->source, "connected", &connected, NULL);
  if (!connected && self->shown_us - self->made_us > CONNECT_US)
    feed_slate (self);
}

/**
 * dais_picture_input_hide:
 * @self: an input
 * @at_us: monotonic time from when on nothing of it is to be seen
 */
void
dais_picture_input_hide (DaisPictureInput *self, gint64 at_us)
{
  if (self->shown && self->hide_us == 0)
    self->hide_us = at_us;
}

/**
 * dais_picture_input_check:
 * @self: an input
 *
 * To be called a few times a second: puts the slate where frames have stopped,
 * and holds what is hidden.
 */
void
dais_picture_input_check (DaisPictureInput *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 since_us = 0;
  gboolean connected = FALSE;

  if (!self->shown)
    return;
  if (self->hide_us != 0 && now_us >= self->hide_us) {
    g_object_set (self->source, "hold", TRUE, NULL);
    self->shown = FALSE;
    self->hide_us = 0;
    return;
  }
  g_mutex_lock (&self->lock);
  since_us = MAX (self->arrived_us, self->shown_us);
  g_mutex_unlock (&self->lock);
  g_object_get (self->source, "connected", &connected, NULL);
  if (now_us - since_us < (connected ? DEAD_US : LOST_US))
    self->slated = FALSE;
  else if (!self->slated)
    feed_slate (self);
}
