/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/picture-input.h"

#include "engine/mixer.h"
#include "engine/slate.h"

#include <gst/app/app.h>

/* daiswiresrc → appsink ⇢ appsrc → the mixer's pad. The two app elements are
 * the queue between the wire's thread and the mixer, and the place where a
 * slate is slipped in. */

#define QUEUE_FRAMES 2
#define DEAD_US      (500 * G_TIME_SPAN_MILLISECOND)
#define CONNECT_US   (300 * G_TIME_SPAN_MILLISECOND)

struct _DaisPictureInput {
  GstElement *pipeline; /* (unowned) */
  GstElement *mixer;    /* (unowned) */
  DaisCanvas canvas;
  gchar *slug;
  gchar *path;
  GstElement *source; /* in the pipeline */
  GstElement *sink;   /* in the pipeline */
  GstElement *feed;   /* in the pipeline */
  GstPad *pad;        /* the mixer's */
  GstBuffer *slate;   /* (nullable) */
  gboolean shown;
  gboolean slated; /* the slate was the last frame that was fed */
  gint64 shown_us; /* when it was asked for */
  gint64 made_us;
  gint64 hide_us; /* when to hold, 0 = not */

  GMutex lock;
  gint64 arrived_us;     /* protected by lock */
  GstClockTime last_pts; /* of a frame that was fed; protected by lock */
};

/* On the wire's streaming thread. */
static GstFlowReturn
on_sample (GstAppSink *sink, gpointer data)
{
  DaisPictureInput *self = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;

  if (buffer == NULL)
    return GST_FLOW_EOS;
  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return GST_FLOW_OK;
  g_mutex_lock (&self->lock);
  self->arrived_us = g_get_monotonic_time ();
  self->last_pts = GST_BUFFER_PTS (buffer);
  g_mutex_unlock (&self->lock);
  gst_app_src_push_sample (GST_APP_SRC (self->feed), sample);
  return GST_FLOW_OK;
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
  g_autoptr (GstCaps) caps = dais_caps_video (&self->canvas);
  g_autoptr (GstPad) pad = NULL;
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

  self->source = make (self, "daiswiresrc", "wire");
  self->sink = make (self, "appsink", "take");
  self->feed = make (self, "appsrc", "feed");
  g_object_set (self->source, "path", self->path, "hold", TRUE, NULL);
  g_object_set (self->sink, "sync", FALSE, "async", FALSE, "max-buffers", 1,
      "drop", TRUE, NULL);
  gst_app_sink_set_callbacks (
      GST_APP_SINK (self->sink), &callbacks, self, NULL);
  g_object_set (self->feed, "is-live", TRUE, "format", GST_FORMAT_TIME, "caps",
      caps, "max-buffers", (guint64) QUEUE_FRAMES, "max-bytes", (guint64) 0,
      "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  gst_element_link (self->source, self->sink);
  self->pad = dais_mixer_add_pad (self->mixer);
  pad = gst_element_get_static_pad (self->feed, "src");
  gst_pad_link (pad, self->pad);
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
  gst_element_sync_state_with_parent (self->feed);
  gst_element_sync_state_with_parent (self->sink);
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
  g_mutex_clear (&self->lock);
  g_free (self->slug);
  g_free (self->path);
  g_free (self);
}

/**
 * dais_picture_input_remove:
 * @self: (transfer full): an input
 *
 * Takes it out of a playing pipeline; the output goes on. What flows is
 * stopped at its source first.
 */
void
dais_picture_input_remove (DaisPictureInput *self)
{
  GstElement *elements[] = { self->source, self->sink, self->feed };
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->feed, "src");

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++) {
    gst_element_set_locked_state (elements[i], TRUE);
    gst_element_set_state (elements[i], GST_STATE_NULL);
  }
  gst_pad_unlink (pad, self->pad);
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

static void
feed_slate (DaisPictureInput *self)
{
  g_autoptr (GstBuffer) frame = NULL;
  g_autoptr (GstCaps) caps = dais_caps_video (&self->canvas);
  g_autoptr (GstSample) sample = NULL;

  if (self->slate == NULL)
    self->slate = dais_slate_new (&self->canvas, self->slug, "no signal", NULL);
  if (self->slate == NULL)
    return;
  frame = gst_buffer_copy (self->slate);
  GST_BUFFER_PTS (frame) = (GstClockTime) g_get_monotonic_time () * GST_USECOND;
  GST_BUFFER_DURATION (frame) = dais_canvas_frame_duration (&self->canvas);
  sample = gst_sample_new (frame, caps, NULL, NULL);
  gst_app_src_push_sample (GST_APP_SRC (self->feed), sample);
  g_mutex_lock (&self->lock);
  self->last_pts = GST_BUFFER_PTS (frame);
  g_mutex_unlock (&self->lock);
  self->slated = TRUE;
}

/**
 * dais_picture_input_show:
 * @self: an input
 *
 * Asks for frames, or for the slate where it is known that none will come.
 *
 * Returns: that a frame is to be shown which is newer than this; invalid when
 *     any is good
 */
GstClockTime
dais_picture_input_show (DaisPictureInput *self)
{
  GstClockTime newer_than = GST_CLOCK_TIME_NONE;
  gboolean connected = FALSE;

  self->hide_us = 0;
  if (self->shown)
    return newer_than;
  g_mutex_lock (&self->lock);
  newer_than = self->last_pts;
  g_mutex_unlock (&self->lock);
  self->shown = TRUE;
  self->slated = FALSE;
  self->shown_us = g_get_monotonic_time ();
  g_object_set (self->source, "hold", FALSE, NULL);
  g_object_get (self->source, "connected", &connected, NULL);
  if (!connected && self->shown_us - self->made_us > CONNECT_US)
    feed_slate (self);
  return newer_than;
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

  if (!self->shown)
    return;
  if (self->hide_us != 0 && now_us >= self->hide_us) {
    g_object_set (self->source, "hold", TRUE, NULL);
    self->shown = FALSE;
    self->hide_us = 0;
    gst_clear_buffer (&self->slate);
    return;
  }
  g_mutex_lock (&self->lock);
  since_us = MAX (self->arrived_us, self->shown_us);
  g_mutex_unlock (&self->lock);
  if (now_us - since_us < DEAD_US)
    self->slated = FALSE;
  else if (!self->slated)
    feed_slate (self);
}
