/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/mixer.h"

#include "engine/mixer-scene.h"

#include <gst/base/gstaggregator.h>
#include <gst/video/gstvideoaggregator.h>

#include <math.h>

GST_DEBUG_CATEGORY_STATIC (dais_mixer_debug);
#define GST_CAT_DEFAULT dais_mixer_debug

/* The type is derived at run time from the type that the compositor's factory
 * makes, since its header is not installed. What is overridden is public:
 *
 * aggregate: hands each pad the newest frame of its box, if there is one,
 *     stamped with the frame that is about to be made. The pads' own queues
 *     never hold more than that, so no frame ever grows old in one, and no
 *     input needs a thread.
 * start: the output's time begins now. With a base time of 0 it would begin at
 *     the machine's start and be caught up with.
 * create_output_buffer: runs on the aggregating thread after the input frames
 *     were chosen and before the pads' properties are read, so here the scene
 *     is applied; no frame can show half of it. Where one picture covers the
 *     canvas, an empty buffer is handed out.
 * aggregate_frames: fills that buffer with the picture's own memory.
 *
 * Locking order: the video aggregator's lock (held in the overrides), lock,
 * object locks. */

/* An input: what is to be given to its pad. */
typedef struct {
  GstPad *pad;       /* (owned) */
  GstBuffer *buffer; /* (nullable): the newest; protected by the mixer's lock */
  GstCaps *caps;     /* of buffer; protected by the mixer's lock */
  GstCaps *alike;    /* (nullable): say the same as caps; same */
  gboolean fresh;    /* one was given since the scene was set; same */
  GstCaps *told;     /* (nullable): what the pad knows; aggregating thread */
} Port;

typedef struct {
  GMutex lock;
  GPtrArray *ports;      /* (element-type Port); protected by lock */
  DaisMixerScene *scene; /* protected by lock */
  guint64 frames;        /* protected by lock */
  guint64 passed;        /* protected by lock */

  DaisMixerTakes takes; /* (nullable): set before the first frame */
  gpointer takes_data;

  /* aggregating thread only */
  GstBuffer *pass;             /* (nullable): what this frame consists of */
  gboolean applied;            /* this frame shows a scene for the first time */
  guint64 serial;              /* that scene's */
  GstVideoInfo canvas;         /* set before the first frame */
  GstCaps *canvas_caps;        /* same */
  GstClockTime frame_duration; /* same */
  GstBuffer *black;            /* a frame of the canvas */
} DaisMixerPrivate;

static GstVideoAggregatorClass *parent_class = NULL;
static gint private_offset = 0;

static DaisMixerPrivate *
get_private (gpointer mixer)
{
  return G_STRUCT_MEMBER_P (mixer, private_offset);
}

/* Whether a picture of one form can be taken for one of the other. The rate
 * does not matter here, nor whether "one view" is said or not. */
static gboolean
is_alike (const GstVideoInfo *a, const GstVideoInfo *b)
{
  return GST_VIDEO_INFO_FORMAT (a) == GST_VIDEO_INFO_FORMAT (b) &&
      a->width == b->width && a->height == b->height && a->size == b->size &&
      a->par_n == b->par_n && a->par_d == b->par_d &&
      a->interlace_mode == b->interlace_mode &&
      gst_video_colorimetry_is_equal (&a->colorimetry, &b->colorimetry);
}

/* Sources send the frame of a place in the grid at that time or a little later.
 * A mixer that looked just then would see it or the one before by chance, so
 * it looks later, and says of what it saw that it belongs to that place. */
static GstClockTime
get_phase (DaisMixerPrivate *priv)
{
  return priv->frame_duration * 6 / 10;
}

static gboolean
dais_mixer_start (GstAggregator *aggregator)
{
  GstSegment segment;
  DaisMixerPrivate *priv = get_private (aggregator);
  guint64 place = gst_util_uint64_scale ((guint64) g_get_monotonic_time (),
      (guint64) priv->canvas.fps_n,
      G_USEC_PER_SEC * (guint64) priv->canvas.fps_d);

  if (!GST_AGGREGATOR_CLASS (parent_class)->start (aggregator))
    return FALSE;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.position = gst_util_uint64_scale (place + 1,
                         GST_SECOND * (guint64) priv->canvas.fps_d,
                         (guint64) priv->canvas.fps_n) +
      get_phase (priv);
  gst_aggregator_update_segment (aggregator, &segment);
  return TRUE;
}

static void
port_free (gpointer data)
{
  Port *port = data;

  gst_clear_object (&port->pad);
  gst_clear_buffer (&port->buffer);
  gst_clear_caps (&port->caps);
  gst_clear_caps (&port->alike);
  gst_clear_caps (&port->told);
}

static Port *
port_ref (Port *port)
{
  return g_atomic_rc_box_acquire (port);
}

static void
port_unref (gpointer port)
{
  g_atomic_rc_box_release_full (port, port_free);
}

static Port *
find_port (DaisMixerPrivate *priv, GstPad *pad)
{
  for (guint i = 0; i < priv->ports->len; i++) {
    Port *port = g_ptr_array_index (priv->ports, i);

    if (port->pad == pad)
      return port;
  }
  return NULL;
}

/* What a pad must know before its first frame. It is read before the next
 * frame is made, so nothing else may be given to the pad in this turn. */
static gboolean
tell_caps (Port *port, GstCaps *caps)
{
  GstSegment segment;

  if (port->told == caps)
    return FALSE;
  if (port->told == NULL)
    gst_pad_send_event (
        port->pad, gst_event_new_stream_start (GST_PAD_NAME (port->pad)));
  gst_pad_send_event (port->pad, gst_event_new_caps (caps));
  if (port->told == NULL) {
    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_pad_send_event (port->pad, gst_event_new_segment (&segment));
  }
  gst_caps_replace (&port->told, caps);
  return TRUE;
}

/* On the aggregating thread, without a lock. */
static void
serve_port (DaisMixerPrivate *priv, Port *port, GstClockTime start,
    GstClockTime duration)
{
  g_autoptr (GstCaps) caps = NULL;
  GstBuffer *buffer = NULL;

  g_mutex_lock (&priv->lock);
  caps = gst_caps_ref (port->caps);
  g_mutex_unlock (&priv->lock);
  if (tell_caps (port, caps) ||
      gst_aggregator_pad_has_buffer (GST_AGGREGATOR_PAD (port->pad)))
    return;
  g_mutex_lock (&priv->lock);
  if (port->caps == caps)
    buffer = g_steal_pointer (&port->buffer);
  port->fresh = port->fresh || buffer != NULL;
  g_mutex_unlock (&priv->lock);
  if (buffer == NULL)
    return;
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = duration;
  gst_pad_chain (port->pad, buffer);
}

static GstFlowReturn
dais_mixer_aggregate (GstAggregator *aggregator, gboolean timeout)
{
  DaisMixerPrivate *priv = get_private (aggregator);
  GstSegment *segment =
      &GST_AGGREGATOR_PAD (GST_AGGREGATOR_SRC_PAD (aggregator))->segment;
  g_autoptr (GPtrArray) ports = g_ptr_array_new_with_free_func (port_unref);

  g_mutex_lock (&priv->lock);
  for (guint i = 0; i < priv->ports->len; i++)
    g_ptr_array_add (ports, port_ref (g_ptr_array_index (priv->ports, i)));
  g_mutex_unlock (&priv->lock);
  for (guint i = 0; i < ports->len; i++)
    serve_port (priv, g_ptr_array_index (ports, i), segment->position,
        priv->frame_duration);
  return GST_AGGREGATOR_CLASS (parent_class)->aggregate (aggregator, timeout);
}

static gboolean
is_fresh (GstPad *pad, gpointer data)
{
  Port *port = find_port (data, pad);

  return port == NULL || port->fresh;
}

/* (transfer full) (nullable): the frame that is passed on as it is. */
static GstBuffer *
find_pass (DaisMixerPrivate *priv)
{
  GstPad *pad = NULL;
  GstVideoAggregatorPad *vpad = NULL;
  GstBuffer *buffer = NULL;

  if (dais_mixer_scene_is_empty (priv->scene))
    return gst_buffer_ref (priv->black);
  pad = dais_mixer_scene_get_cover (priv->scene);
  if (pad == NULL)
    return NULL;
  vpad = GST_VIDEO_AGGREGATOR_PAD (pad);
  buffer = gst_video_aggregator_pad_get_current_buffer (vpad);
  if (buffer == NULL || !is_alike (&vpad->info, &priv->canvas))
    return NULL;
  return gst_buffer_get_size (buffer) >= priv->canvas.size
      ? gst_buffer_ref (buffer)
      : NULL;
}

/* More behind than this is not caught up with: where there is too little CPU,
 * pictures are shed here, first of all. */
#define BEHIND (200 * GST_MSECOND)

static GstFlowReturn
dais_mixer_create_output_buffer (
    GstVideoAggregator *aggregator, GstBuffer **buffer)
{
  DaisMixerPrivate *priv = get_private (aggregator);
  GstSegment *segment =
      &GST_AGGREGATOR_PAD (GST_AGGREGATOR_SRC_PAD (aggregator))->segment;
  gboolean begun = FALSE;

  *buffer = NULL; /* no frame this time */
  if (segment->position + BEHIND <
          (GstClockTime) g_get_monotonic_time () * GST_USECOND ||
      (priv->takes != NULL &&
          !priv->takes (segment->position, priv->takes_data)))
    return GST_FLOW_OK;
  g_mutex_lock (&priv->lock);
  priv->applied = dais_mixer_scene_tick (
      priv->scene, segment->position, is_fresh, priv, &priv->serial);
  begun = dais_mixer_scene_has_begun (priv->scene);
  gst_clear_buffer (&priv->pass);
  if (begun) {
    priv->pass = find_pass (priv);
    priv->frames++;
    if (priv->pass != NULL)
      priv->passed++;
  }
  g_mutex_unlock (&priv->lock);
  if (!begun)
    return GST_FLOW_OK;
  if (priv->pass == NULL)
    return parent_class->create_output_buffer (aggregator, buffer);
  *buffer = gst_buffer_new ();
  return GST_FLOW_OK;
}

static void
tell_applied (GstElement *mixer, DaisMixerPrivate *priv, GstClockTime pts)
{
  gst_element_post_message (mixer,
      gst_message_new_element (GST_OBJECT (mixer),
          gst_structure_new (DAIS_MIXER_APPLIED, "serial", G_TYPE_UINT64,
              priv->serial, "running-time", G_TYPE_UINT64, (guint64) pts,
              NULL)));
  priv->applied = FALSE;
}

static GstFlowReturn
dais_mixer_aggregate_frames (GstVideoAggregator *aggregator, GstBuffer *buffer)
{
  DaisMixerPrivate *priv = get_private (aggregator);

  /* the video aggregator works a frame after its time */
  GST_BUFFER_PTS (buffer) += priv->frame_duration - get_phase (priv);
  if (priv->applied)
    tell_applied (GST_ELEMENT (aggregator), priv, GST_BUFFER_PTS (buffer));
  if (priv->pass == NULL)
    return parent_class->aggregate_frames (aggregator, buffer);
  gst_buffer_copy_into (buffer, priv->pass,
      GST_BUFFER_COPY_MEMORY | GST_BUFFER_COPY_META, 0, (gsize) -1);
  /* a frame of a pool must not go back to it before this one is done with */
  gst_buffer_add_parent_buffer_meta (buffer, priv->pass);
  gst_clear_buffer (&priv->pass);
  return GST_FLOW_OK;
}

static void
dais_mixer_finalize (GObject *object)
{
  DaisMixerPrivate *priv = get_private (object);

  g_clear_pointer (&priv->scene, dais_mixer_scene_free);
  g_clear_pointer (&priv->ports, g_ptr_array_unref);
  gst_clear_caps (&priv->canvas_caps);
  gst_clear_buffer (&priv->pass);
  gst_clear_buffer (&priv->black);
  g_mutex_clear (&priv->lock);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
dais_mixer_class_init (gpointer klass, gpointer data)
{
  GstVideoAggregatorClass *video_class = klass;

  parent_class = g_type_class_peek_parent (klass);
  g_type_class_adjust_private_offset (klass, &private_offset);
  G_OBJECT_CLASS (klass)->finalize = dais_mixer_finalize;
  GST_AGGREGATOR_CLASS (klass)->start = dais_mixer_start;
  GST_AGGREGATOR_CLASS (klass)->aggregate = dais_mixer_aggregate;
  video_class->create_output_buffer = dais_mixer_create_output_buffer;
  video_class->aggregate_frames = dais_mixer_aggregate_frames;
  gst_element_class_set_static_metadata (klass, "Dais mixer",
      "Filter/Editor/Video/Compositor",
      "Mixes pictures; passes a single full one on uncopied",
      "The Dais authors");
}

static void
dais_mixer_init (GTypeInstance *instance, gpointer klass)
{
  DaisMixerPrivate *priv = get_private (instance);

  g_mutex_init (&priv->lock);
  priv->scene = dais_mixer_scene_new ();
  priv->ports = g_ptr_array_new_with_free_func (port_unref);
}

static GType
register_type (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (
      "compositor");
  g_autoptr (GstPluginFeature) loaded = NULL;
  GTypeQuery query = { 0 };
  GTypeInfo info = { 0 };
  GType type = 0;

  if (factory != NULL)
    loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory));
  if (loaded == NULL)
    return 0;
  GST_DEBUG_CATEGORY_INIT (dais_mixer_debug, "daismixer", 0, "Dais mixer");
  g_type_query (
      gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded)),
      &query);
  info.class_size = (guint16) query.class_size;
  info.class_init = dais_mixer_class_init;
  info.instance_size = (guint16) query.instance_size;
  info.instance_init = dais_mixer_init;
  type = g_type_register_static (query.type, "DaisMixer", &info, 0);
  private_offset = g_type_add_instance_private (
      type, sizeof (DaisMixerPrivate));
  return type;
}

static GType
dais_mixer_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, register_type ());
  return type;
}

static GstBuffer *
make_black (const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  gsize luma = (gsize) info->stride[0] * (gsize) info->height;

  gst_buffer_memset (buffer, 0, 16, luma);
  gst_buffer_memset (buffer, luma, 128, info->size - luma);
  return buffer;
}

/**
 * dais_mixer_new:
 * @name: the element's name
 * @canvas: what it puts out, and what most inputs look like
 *
 * A live element: from the first scene on it puts out a frame for every frame
 * time that passes, with or without inputs; nobody sees it begin with black. A
 * capsfilter of dais_caps_video() must follow.
 *
 * Returns: (transfer floating) (nullable): NULL when GStreamer's compositor is
 *     not installed
 */
GstElement *
dais_mixer_new (const gchar *name, const DaisCanvas *canvas)
{
  GType type = dais_mixer_get_type ();
  GstElement *mixer = NULL;
  DaisMixerPrivate *priv = NULL;

  if (type == 0)
    return NULL;
  mixer = g_object_new (type, "name", name, "force-live", TRUE, "background",
      1 /* black */, "start-time-selection",
      GST_AGGREGATOR_START_TIME_SELECTION_SET,
      /* the first frame's arrival must not turn the time back */
      "start-time", G_MAXUINT64 - 1, NULL);
  gst_aggregator_set_ignore_inactive_pads (GST_AGGREGATOR (mixer), TRUE);
  priv = get_private (mixer);
  dais_caps_video_info (canvas, &priv->canvas);
  priv->canvas_caps = dais_caps_video (canvas);
  priv->frame_duration = dais_canvas_frame_duration (canvas);
  priv->black = make_black (&priv->canvas);
  dais_mixer_scene_set_canvas (priv->scene, canvas);
  return mixer;
}

/**
 * dais_mixer_add_pad:
 * @mixer: a mixer
 *
 * Main thread, in any state.
 *
 * Returns: (transfer full): a sink pad whose pictures are not shown; given back
 *     by dais_mixer_remove_pad()
 */
GstPad *
dais_mixer_add_pad (GstElement *mixer)
{
  DaisMixerPrivate *priv = get_private (mixer);
  GstPad *pad = gst_element_request_pad_simple (mixer, "sink_%u");
  Port *port = g_atomic_rc_box_new0 (Port);

  g_object_set (pad, "alpha", 0.0, NULL);
  port->pad = gst_object_ref (pad);
  port->caps = gst_caps_ref (priv->canvas_caps);
  g_mutex_lock (&priv->lock);
  g_ptr_array_add (priv->ports, port);
  g_mutex_unlock (&priv->lock);
  return pad;
}

/**
 * dais_mixer_remove_pad:
 * @mixer: a mixer
 * @pad: (transfer full): one of its pads; nobody feeds it any more
 *
 * Takes the pad out of the scene too, where its place stays black.
 */
void
dais_mixer_remove_pad (GstElement *mixer, GstPad *pad)
{
  DaisMixerPrivate *priv = get_private (mixer);

  g_mutex_lock (&priv->lock);
  g_ptr_array_remove_fast (priv->ports, find_port (priv, pad));
  dais_mixer_scene_forget (priv->scene, pad);
  g_mutex_unlock (&priv->lock);
  gst_element_release_request_pad (mixer, pad);
  gst_object_unref (pad);
}

/* With the lock held. Telling the pad costs a frame, so it is told only what
 * it does not know. */
static void
set_caps (Port *port, GstCaps *caps)
{
  GstVideoInfo before;
  GstVideoInfo now;

  if (gst_video_info_from_caps (&before, port->caps) &&
      gst_video_info_from_caps (&now, caps) && is_alike (&before, &now)) {
    gst_caps_replace (&port->alike, caps);
    return;
  }
  gst_clear_caps (&port->alike);
  gst_caps_replace (&port->caps, caps);
}

/**
 * dais_mixer_feed:
 * @mixer: a mixer
 * @pad: one of its pads
 * @buffer: (transfer full): a picture; its time stamp does not matter
 * @caps: of @buffer
 *
 * The picture is shown with the next frame, unless a newer one comes before.
 * Any thread; never blocks.
 */
void
dais_mixer_feed (
    GstElement *mixer, GstPad *pad, GstBuffer *buffer, GstCaps *caps)
{
  DaisMixerPrivate *priv = get_private (mixer);
  Port *port = NULL;
  GstBuffer *before = buffer;

  g_mutex_lock (&priv->lock);
  port = find_port (priv, pad);
  if (port != NULL) {
    before = g_steal_pointer (&port->buffer);
    port->buffer = buffer;
    if (port->caps != caps && port->alike != caps)
      set_caps (port, caps);
  }
  g_mutex_unlock (&priv->lock);
  gst_clear_buffer (&before);
}

/**
 * dais_mixer_set_scene:
 * @mixer: a mixer
 * @layers: (array length=n_layers): the pictures, the lowest first
 * @n_layers: how many
 * @fade: how long the change takes, 0 = a cut
 * @serial: comes back in the message DAIS_MIXER_APPLIED
 *
 * Shows @layers from the next frame on, as soon as each has a picture to show
 * and at the latest after a tenth of a second, the first one after half a
 * second. A scene that is still waiting is
 * replaced. Any thread.
 */
void
dais_mixer_set_scene (GstElement *mixer, const DaisMixerLayer *layers,
    guint n_layers, GstClockTime fade, guint64 serial)
{
  DaisMixerPrivate *priv = get_private (mixer);

  g_mutex_lock (&priv->lock);
  for (guint i = 0; i < n_layers; i++) {
    Port *port = find_port (priv, layers[i].pad);

    if (port != NULL && layers[i].fresh)
      port->fresh = FALSE;
  }
  dais_mixer_scene_set (priv->scene, layers, n_layers, fade, serial);
  g_mutex_unlock (&priv->lock);
}

/**
 * dais_mixer_set_taker:
 * @mixer: a mixer that has made no frame yet
 * @takes: (scope forever): asked before each frame
 * @user_data: for @takes
 *
 * A frame that nobody can take is not made: it would only take the CPU from
 * those that are behind.
 */
void
dais_mixer_set_taker (
    GstElement *mixer, DaisMixerTakes takes, gpointer user_data)
{
  DaisMixerPrivate *priv = get_private (mixer);

  priv->takes = takes;
  priv->takes_data = user_data;
}

/**
 * dais_mixer_get_frames:
 * @mixer: a mixer
 *
 * Any thread.
 *
 * Returns: how many frames were put out
 */
guint64
dais_mixer_get_frames (GstElement *mixer)
{
  DaisMixerPrivate *priv = get_private (mixer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->frames;
}

/**
 * dais_mixer_get_passed:
 * @mixer: a mixer
 *
 * Any thread.
 *
 * Returns: how many of the frames were passed on without being copied
 */
guint64
dais_mixer_get_passed (GstElement *mixer)
{
  DaisMixerPrivate *priv = get_private (mixer);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->passed;
}
