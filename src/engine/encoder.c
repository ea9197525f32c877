/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/encoder.h"

#include <gst/app/app.h>
#include <gst/video/video.h>

#include <sys/resource.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_STATIC (dais_encoder_debug);
#define GST_CAT_DEFAULT dais_encoder_debug

/* One encoding pipeline: appsrc (picture, sound) → encoders → muxer → appsink.
 * It is no part of the pipeline that feeds it, so it comes and goes without a
 * pad of that one being touched, and its time begins at its own first frame.
 *
 * Sound is queued for seconds, pictures for two frames: what is short of CPU
 * sheds pictures. Picture threads run with a higher nice value. */

#define SOUND_QUEUE_MAX (10 * GST_SECOND)
#define PICTURES_MAX    2
#define SILENCE_AFTER   (GST_SECOND + GST_SECOND / 2)
#define SILENCE_MARGIN  (GST_SECOND / 2)
#define PICTURE_NICE    2
#define SOUND_RATE      48000
#define SOUND_FRAME     4 /* bytes: S16LE, two channels */

struct _DaisEncoder {
  GstElement *pipeline;
  GstElement *picture; /* (nullable): appsrc */
  GstElement *sound;   /* (nullable): appsrc */
  GstElement *vp8;     /* (nullable) */
  guint bus_watch;
  DaisEncoderEvents events;
  gpointer user_data;

  GMutex lock;       /* Locking order: lock before any lock of GStreamer's */
  gboolean closed;   /* protected by lock */
  GstClockTime base; /* of the first frame; protected by lock */
  GstClockTime sound_end;   /* protected by lock */
  GstClockTime picture_pts; /* protected by lock */
  GstCaps *header_caps;     /* (nullable); appsink's streaming thread */
};

/* Runs on the streaming thread that begins. */
static GstBusSyncReply
on_bus_sync (GstBus *bus, GstMessage *message, gpointer data)
{
  GstStreamStatusType type = GST_STREAM_STATUS_TYPE_CREATE;
  GstElement *owner = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_STREAM_STATUS)
    return GST_BUS_PASS;
  gst_message_parse_stream_status (message, &type, &owner);
  if (type == GST_STREAM_STATUS_TYPE_ENTER &&
      g_str_equal (GST_OBJECT_NAME (owner), "picture"))
    setpriority (PRIO_PROCESS, (id_t) gettid (),
        getpriority (PRIO_PROCESS, 0) + PICTURE_NICE);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  DaisEncoder *self = data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR)
    return G_SOURCE_CONTINUE;
  gst_message_parse_error (message, &error, NULL);
  g_warning ("%s failed: %s", GST_OBJECT_NAME (self->pipeline), error->message);
  self->bus_watch = 0;
  self->events.failed (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
tell_header (DaisEncoder *self, GstCaps *caps)
{
  const GValue *list = gst_structure_get_value (
      gst_caps_get_structure (caps, 0), "streamheader");
  g_autoptr (GByteArray) header = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  if (list == NULL || self->events.header == NULL)
    return;
  for (guint i = 0; i < gst_value_array_get_size (list); i++) {
    GstBuffer *buffer = gst_value_get_buffer (
        gst_value_array_get_value (list, i));
    GstMapInfo map;

    if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
      g_byte_array_append (header, map.data, (guint) map.size);
      gst_buffer_unmap (buffer, &map);
    }
  }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&header));
  self->events.header (bytes, self->user_data);
}

static GstFlowReturn
on_new_sample (GstAppSink *sink, gpointer data)
{
  DaisEncoder *self = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;
  GstCaps *caps = sample != NULL ? gst_sample_get_caps (sample) : NULL;
  GstMapInfo map;
  g_autoptr (GMutexLocker) locker = NULL;

  if (buffer == NULL || caps == NULL)
    return GST_FLOW_EOS;
  locker = g_mutex_locker_new (&self->lock);
  if (self->closed)
    return GST_FLOW_FLUSHING;
  if (caps != self->header_caps) {
    gst_caps_replace (&self->header_caps, caps);
    tell_header (self, caps);
  }
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER) ||
      !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_OK;
  self->events.data (map.data, map.size,
      !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT),
      self->user_data);
  gst_buffer_unmap (buffer, &map);
  return GST_FLOW_OK;
}

static GstElement *
add_source (DaisEncoder *self, const gchar *name)
{
  GstElement *source = gst_bin_get_by_name (GST_BIN (self->pipeline), name);

  if (source == NULL)
    return NULL;
  g_object_set (source, "is-live", TRUE, "format", GST_FORMAT_TIME, "max-bytes",
      (guint64) 0, "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  if (g_str_equal (name, "picture"))
    g_object_set (source, "max-buffers", (guint64) PICTURES_MAX, NULL);
  else
    g_object_set (source, "max-time", (guint64) SOUND_QUEUE_MAX, NULL);
  return source;
}

static DaisEncoder *
encoder_new (const gchar *name, const gchar *launch,
    const DaisEncoderEvents *events, gpointer user_data)
{
  DaisEncoder *self = g_atomic_rc_box_new0 (DaisEncoder);
  GstAppSinkCallbacks callbacks = { .new_sample = on_new_sample };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstBus) bus = NULL;

  GST_DEBUG_CATEGORY_INIT (
      dais_encoder_debug, "daisencoder", 0, "Encoders of Dais");
  g_mutex_init (&self->lock);
  self->base = GST_CLOCK_TIME_NONE;
  self->picture_pts = GST_CLOCK_TIME_NONE;
  self->events = *events;
  self->user_data = user_data;
  self->pipeline = gst_parse_launch (launch, &error);
  if (error != NULL)
    g_warning ("no %s: %s; install the GStreamer plugins that README.md names",
        name, error->message);
  if (self->pipeline == NULL)
    self->pipeline = gst_pipeline_new (NULL);
  gst_object_ref_sink (self->pipeline);
  gst_object_set_name (GST_OBJECT (self->pipeline), name);
  self->picture = add_source (self, "picture");
  self->sound = add_source (self, "sound");
  self->vp8 = gst_bin_get_by_name (GST_BIN (self->pipeline), "vp8");
  sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "out");
  if (sink != NULL)
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks,
        dais_encoder_ref (self), (GDestroyNotify) dais_encoder_unref);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_bus_set_sync_handler (bus, on_bus_sync, NULL, NULL);
  self->bus_watch = gst_bus_add_watch (bus, on_bus_message, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

/**
 * dais_encoder_new_webm:
 * @name: the pipeline's name in logs
 * @feeds: what will be pushed, at least one
 * @events: (transfer none): whom to tell
 * @user_data: for @events
 *
 * Starts an encoder to streamable WebM, VP8 and Opus.
 *
 * Returns: (transfer full): ended by dais_encoder_free()
 */
DaisEncoder *
dais_encoder_new_webm (const gchar *name, DaisFeed feeds,
    const DaisEncoderEvents *events, gpointer user_data)
{
  g_autoptr (GString) launch = g_string_new (
      "webmmux name=mux streamable=true ! "
      "appsink name=out sync=false async=false ");

  if ((feeds & DAIS_FEED_VIDEO) != 0)
    g_string_append (launch,
        "appsrc name=picture ! vp8enc name=vp8 deadline=1 cpu-used=16 "
        "threads=1 end-usage=cbr lag-in-frames=0 keyframe-max-dist=60 "
        "min-quantizer=4 max-quantizer=56 buffer-size=1000 "
        "buffer-initial-size=500 buffer-optimal-size=600 ! mux.video_0 ");
  if ((feeds & DAIS_FEED_AUDIO) != 0)
    g_string_append (
        launch, "appsrc name=sound ! opusenc bitrate=128000 ! mux.audio_0 ");
  return encoder_new (name, launch->str, events, user_data);
}

/**
 * dais_encoder_new_jpeg:
 * @name: the pipeline's name in logs
 * @width: pixels; the height follows; 0 = the picture's own
 * @events: (transfer none): whom to tell; every picture is a key
 * @user_data: for @events
 *
 * Starts an encoder that makes a JPEG of every picture pushed.
 *
 * Returns: (transfer full): ended by dais_encoder_free()
 */
DaisEncoder *
dais_encoder_new_jpeg (const gchar *name, gint width,
    const DaisEncoderEvents *events, gpointer user_data)
{
  DaisEncoder *self = NULL;
  g_autoptr (GstElement) form = NULL;
  g_autoptr (GstCaps) caps = NULL;

  /* JPEG is full range; without the conversion black would be grey */
  self = encoder_new (name,
      "appsrc name=picture ! videoscale ! videoconvert ! "
      "capsfilter name=form ! jpegenc quality=80 ! "
      "appsink name=out sync=false async=false",
      events, user_data);
  caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "I420",
      "colorimetry", G_TYPE_STRING, "1:4:0:0", NULL);
  if (width > 0)
    gst_caps_set_simple (caps, "width", G_TYPE_INT, width, "pixel-aspect-ratio",
        GST_TYPE_FRACTION, 1, 1, NULL);
  form = gst_bin_get_by_name (GST_BIN (self->pipeline), "form");
  if (form != NULL)
    g_object_set (form, "caps", caps, NULL);
  return self;
}

DaisEncoder *
dais_encoder_ref (DaisEncoder *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
encoder_clear (gpointer data)
{
  DaisEncoder *self = data;

  gst_clear_caps (&self->header_caps);
  g_mutex_clear (&self->lock);
}

void
dais_encoder_unref (DaisEncoder *self)
{
  g_atomic_rc_box_release_full (self, encoder_clear);
}

static void
shut_down (GstElement *pipeline, gpointer data)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/**
 * dais_encoder_free:
 * @self: (transfer full): an encoder
 *
 * Ends the encoder: no event is told any more when this returns, and the
 * pipeline goes down on a thread of its own. Main thread.
 */
void
dais_encoder_free (DaisEncoder *self)
{
  g_autoptr (DaisEncoder) owned = self;
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
  gst_bus_remove_watch (bus);
  gst_clear_object (&self->picture);
  gst_clear_object (&self->sound);
  gst_clear_object (&self->vp8);
  gst_element_call_async (self->pipeline, shut_down, NULL, NULL);
  gst_clear_object (&self->pipeline);
}

/* Two megabits a second at 720p30, growing slower than the area. */
static void
fit_vp8 (DaisEncoder *self, GstCaps *caps)
{
  GstVideoInfo info;
  gdouble area = 0;

  if (self->vp8 == NULL || !gst_video_info_from_caps (&info, caps))
    return;
  area = (gdouble) info.width * info.height / (1280.0 * 720.0);
  g_object_set (self->vp8, "target-bitrate",
      (gint) (2000000 * (area < 1 ? 0.25 + 0.75 * area : area * 0.8 + 0.2)),
      "threads", info.height > 720 ? 2 : 1, NULL);
}

/* Keeps the muxer going when the sound has stopped. */
static void
fill_silence (DaisEncoder *self, GstClockTime picture_pts)
{
  GstClockTime length = 0;
  GstBuffer *silence = NULL;
  gsize size = 0;

  if (self->sound == NULL || picture_pts < self->sound_end + SILENCE_AFTER)
    return;
  length = picture_pts - self->sound_end - SILENCE_MARGIN;
  size = gst_util_uint64_scale (length, SOUND_RATE, GST_SECOND) * SOUND_FRAME;
  silence = gst_buffer_new_allocate (NULL, size, NULL);
  gst_buffer_memset (silence, 0, 0, size);
  GST_BUFFER_PTS (silence) = self->sound_end;
  GST_BUFFER_DURATION (silence) = length;
  self->sound_end += length;
  gst_app_src_push_buffer (GST_APP_SRC (self->sound), silence);
}

/* With the lock held: the time of buffer in this pipeline, or FALSE when it
 * comes too late to be of use. */
static gboolean
place_in_time (
    DaisEncoder *self, DaisFeed feed, GstBuffer *buffer, GstClockTime *pts)
{
  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (self->base))
    self->base = GST_BUFFER_PTS (buffer);
  if (GST_BUFFER_PTS (buffer) < self->base)
    return FALSE;
  *pts = GST_BUFFER_PTS (buffer) - self->base;
  if (feed == DAIS_FEED_VIDEO) {
    if (GST_CLOCK_TIME_IS_VALID (self->picture_pts) &&
        *pts <= self->picture_pts)
      return FALSE;
    self->picture_pts = *pts;
    fill_silence (self, *pts);
  } else {
    if (*pts + GST_MSECOND < self->sound_end)
      return FALSE;
    self->sound_end = *pts +
        gst_util_uint64_scale (
            gst_buffer_get_size (buffer), GST_SECOND, SOUND_RATE * SOUND_FRAME);
  }
  return TRUE;
}

/**
 * dais_encoder_is_behind:
 * @self: an encoder
 *
 * Any thread.
 *
 * Returns: whether it has as many pictures as it can hold and would throw away
 *     the oldest for one more
 */
gboolean
dais_encoder_is_behind (DaisEncoder *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return !self->closed && self->picture != NULL &&
      gst_app_src_get_current_level_buffers (GST_APP_SRC (self->picture)) >=
      PICTURES_MAX;
}

/**
 * dais_encoder_push:
 * @self: an encoder
 * @feed: which kind
 * @buffer: a frame; its memory is shared, not copied
 * @caps: of @buffer; the same throughout
 *
 * Any thread; never waits for the encoder. Nothing happens after
 * dais_encoder_free().
 */
void
dais_encoder_push (
    DaisEncoder *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GstElement *source = NULL;
  g_autoptr (GstCaps) present = NULL;
  GstBuffer *own = NULL;
  GstClockTime pts = 0;

  if (self->closed)
    return;
  source = feed == DAIS_FEED_VIDEO ? self->picture : self->sound;
  if (source == NULL || !place_in_time (self, feed, buffer, &pts))
    return;
  present = gst_app_src_get_caps (GST_APP_SRC (source));
  if (present == NULL) {
    if (feed == DAIS_FEED_VIDEO)
      fit_vp8 (self, caps);
    gst_app_src_set_caps (GST_APP_SRC (source), caps);
  }
  own = gst_buffer_copy (buffer);
  GST_BUFFER_PTS (own) = pts;
  GST_BUFFER_DTS (own) = GST_CLOCK_TIME_NONE;
  gst_app_src_push_buffer (GST_APP_SRC (source), own);
}
