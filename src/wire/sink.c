/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/sink.h"

#include "core/error.h"
#include "wire/memory.h"
#include "wire/server.h"

#include <gst/audio/audio.h>
#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (wire_sink_debug);
#define GST_CAT_DEFAULT wire_sink_debug

#define DEFAULT_MODE     0600
#define POOL_MIN         2
#define COPY_POOL_MAX    16
#define AUDIO_POOL_MAX   64
#define AUDIO_MAX_LENGTH (100 * GST_MSECOND)
#define TROUBLE_EVERY_US G_USEC_PER_SEC

/**
 * DaisWireSink:
 *
 * Gives raw frames to any number of daiswiresrc in other processes through
 * shared memory. Upstream gets the shared memory to write into; what comes in
 * other memory is copied once. It never waits for a consumer.
 *
 * Time stamps leave as instants of the system's monotonic clock, so that they
 * mean the same in every process.
 */
struct _DaisWireSink {
  GstBaseSink parent_instance;

  GstAllocator *allocator;

  GMutex lock;
  /* protected by lock */
  gchar *path;
  guint mode;
  DaisWireServer *server; /* (nullable): from READY to PAUSED and back */
  gint64 trouble_us;

  /* streaming thread only */
  gboolean have_caps;
  gboolean video;
  GstVideoInfo video_info;
  GstAudioInfo audio_info;
  GstBufferPool *pool; /* (nullable): for copies */
  guint64 copied;
};

enum {
  PROP_0,
  PROP_PATH,
  PROP_MODE,
  PROP_CLIENTS,
  PROP_FRAMES_SENT,
  PROP_FRAMES_DROPPED,
  PROP_FRAMES_COPIED,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DAIS_WIRE_MEDIA));

G_DEFINE_FINAL_TYPE (DaisWireSink, dais_wire_sink, GST_TYPE_BASE_SINK)

/* --- time --- */

/**
 * dais_wire_clock_offset:
 * @element: in a pipeline that plays
 *
 * Returns: what to add to a running time of @element to get nanoseconds on the
 *     system's monotonic clock; just the base time when the pipeline is on that
 *     clock, which keeps time stamps exact
 */
GstClockTimeDiff
dais_wire_clock_offset (GstElement *element)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);
  g_autoptr (GstClock) monotonic = gst_system_clock_obtain ();
  GstClockTimeDiff offset = (GstClockTimeDiff) gst_element_get_base_time (
      element);

  if (clock != NULL && clock != monotonic)
    offset += GST_CLOCK_DIFF (
        gst_clock_get_time (clock), gst_clock_get_time (monotonic));
  return offset;
}

static GstClockTime
wire_time (DaisWireSink *self, GstClockTime pts)
{
  GstBaseSink *base = GST_BASE_SINK (self);
  guint64 running = GST_CLOCK_TIME_NONE;
  GstClockTimeDiff instant;

  if (GST_CLOCK_TIME_IS_VALID (pts) && base->segment.format == GST_FORMAT_TIME)
    running = gst_segment_to_running_time (
        &base->segment, GST_FORMAT_TIME, pts);
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return (GstClockTime) g_get_monotonic_time () * GST_USECOND;
  instant = (GstClockTimeDiff) running +
      dais_wire_clock_offset (GST_ELEMENT (self));
  return instant > 0 ? (GstClockTime) instant : 0;
}

/* --- pools --- */

static GstBufferPool *
make_pool (
    DaisWireSink *self, GstCaps *caps, gsize size, gboolean video, guint most)
{
  GstBufferPool *pool = video ? gst_video_buffer_pool_new ()
                              : gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  gst_buffer_pool_config_set_params (
      config, caps, (guint) size, POOL_MIN, most);
  gst_buffer_pool_config_set_allocator (config, self->allocator, &params);
  if (video)
    gst_buffer_pool_config_add_option (
        config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (gst_buffer_pool_set_config (pool, config))
    return pool;
  gst_object_unref (pool);
  return NULL;
}

static gboolean
dais_wire_sink_propose_allocation (GstBaseSink *base, GstQuery *query)
{
  DaisWireSink *self = DAIS_WIRE_SINK (base);
  g_autoptr (GstBufferPool) pool = NULL;
  GstVideoInfo info;
  GstCaps *caps;
  gboolean need_pool;

  gst_query_parse_allocation (query, &caps, &need_pool);
  if (caps == NULL || !gst_video_info_from_caps (&info, caps))
    return TRUE; /* audio is copied: it is small and comes in any size */
  if (need_pool)
    pool = make_pool (self, caps, info.size, TRUE, 0);
  /* No upper limit, so that upstream never waits: how much stays out is
   * bounded by what the consumers may hold. */
  gst_query_add_allocation_pool (query, pool, (guint) info.size, POOL_MIN, 0);
  gst_query_add_allocation_param (query, self->allocator, NULL);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static void
drop_pool (DaisWireSink *self)
{
  if (self->pool != NULL)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
}

/* A piece of at most 100 ms. */
static gsize
audio_piece (DaisWireSink *self)
{
  return (gsize) gst_util_uint64_scale (
             AUDIO_MAX_LENGTH, (guint64) self->audio_info.rate, GST_SECOND) *
      (gsize) self->audio_info.bpf;
}

static GstBuffer *
new_copy_buffer (DaisWireSink *self)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT,
  };
  g_autoptr (GstCaps) caps = NULL;
  GstBuffer *buffer = NULL;

  if (self->pool == NULL) {
    caps = gst_pad_get_current_caps (GST_BASE_SINK_PAD (self));
    self->pool = make_pool (self, caps,
        self->video ? self->video_info.size : audio_piece (self), self->video,
        self->video ? COPY_POOL_MAX : AUDIO_POOL_MAX);
    if (self->pool == NULL || !gst_buffer_pool_set_active (self->pool, TRUE)) {
      drop_pool (self);
      return NULL;
    }
  }
  gst_buffer_pool_acquire_buffer (self->pool, &buffer, &params);
  return buffer;
}

/* --- frames --- */

static gboolean
fill_layout (DaisWireFrame *frame, GstBuffer *buffer)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  frame->n_planes = 0;
  if (meta == NULL)
    return TRUE;
  if (meta->n_planes > DAIS_WIRE_MAX_PLANES)
    return FALSE;
  frame->n_planes = meta->n_planes;
  for (guint i = 0; i < meta->n_planes; i++) {
    if (meta->stride[i] <= 0)
      return FALSE;
    frame->strides[i] = meta->stride[i];
    frame->offsets[i] = meta->offset[i];
  }
  return TRUE;
}

/* Whether the buffer lies in one slot of ours, as it can be sent. */
static gboolean
is_sendable (DaisWireSink *self, GstBuffer *buffer, DaisWireSlot *slot)
{
  return gst_buffer_n_memory (buffer) == 1 &&
      dais_wire_allocator_get_slot (
          self->allocator, gst_buffer_peek_memory (buffer, 0), slot);
}

static void
send_slot (DaisWireSink *self, GstBuffer *buffer, const DaisWireSlot *slot,
    const GstBuffer *timing)
{
  DaisWireFrame frame = { .slot = slot->slot };

  if (!fill_layout (&frame, buffer))
    return;
  frame.flags = GST_BUFFER_FLAGS (timing) &
      (GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_CORRUPTED |
          GST_BUFFER_FLAG_GAP);
  frame.pts = wire_time (self, GST_BUFFER_PTS (timing));
  frame.duration = GST_BUFFER_DURATION (timing);
  frame.map_size = slot->map_size;
  frame.offset = slot->offset;
  frame.size = slot->size;
  dais_wire_server_send (self->server, &frame, slot->fd, buffer);
}

static gboolean
copy_picture (DaisWireSink *self, GstBuffer *from, GstBuffer *to)
{
  GstVideoFrame in, out;
  gboolean copied = FALSE;

  if (!gst_video_frame_map (&in, &self->video_info, from, GST_MAP_READ))
    return FALSE;
  if (gst_video_frame_map (&out, &self->video_info, to, GST_MAP_WRITE)) {
    copied = gst_video_frame_copy (&out, &in);
    gst_video_frame_unmap (&out);
  }
  gst_video_frame_unmap (&in);
  return copied;
}

static void
send_copy (DaisWireSink *self, GstBuffer *buffer)
{
  g_autoptr (GstBuffer) copy = new_copy_buffer (self);
  DaisWireSlot slot;

  if (copy == NULL)
    return; /* everything is out with consumers */
  self->copied++;
  if (copy_picture (self, buffer, copy) && is_sendable (self, copy, &slot))
    send_slot (self, copy, &slot, buffer);
}

static void
send_audio (DaisWireSink *self, GstBuffer *buffer)
{
  gsize left = gst_buffer_get_size (buffer);
  gsize piece = audio_piece (self);
  gsize at = 0;

  while (left >= (gsize) self->audio_info.bpf) {
    g_autoptr (GstBuffer) copy = new_copy_buffer (self);
    gsize size = MIN (left, piece);
    GstMapInfo map;
    DaisWireSlot slot;

    if (copy == NULL || !gst_buffer_map (copy, &map, GST_MAP_WRITE))
      return;
    gst_buffer_extract (buffer, at, map.data, size);
    gst_buffer_unmap (copy, &map);
    gst_buffer_set_size (copy, (gssize) size);
    GST_BUFFER_FLAGS (copy) = GST_BUFFER_FLAGS (buffer);
    GST_BUFFER_PTS (copy) = GST_BUFFER_PTS (buffer);
    if (GST_BUFFER_PTS_IS_VALID (buffer))
      GST_BUFFER_PTS (copy) += gst_util_uint64_scale (
          at / (gsize) self->audio_info.bpf, GST_SECOND,
          (guint64) self->audio_info.rate);
    GST_BUFFER_DURATION (copy) = gst_util_uint64_scale (
        size / (gsize) self->audio_info.bpf, GST_SECOND,
        (guint64) self->audio_info.rate);
    self->copied++;
    if (is_sendable (self, copy, &slot))
      send_slot (self, copy, &slot, copy);
    at += size;
    left -= size;
  }
}

static GstFlowReturn
dais_wire_sink_render (GstBaseSink *base, GstBuffer *buffer)
{
  DaisWireSink *self = DAIS_WIRE_SINK (base);
  DaisWireSlot slot;

  if (!self->have_caps)
    return GST_FLOW_NOT_NEGOTIATED;
  if (!self->video)
    send_audio (self, buffer);
  else if (is_sendable (self, buffer, &slot))
    send_slot (self, buffer, &slot, buffer);
  else
    send_copy (self, buffer);
  return GST_FLOW_OK;
}

static gboolean
dais_wire_sink_set_caps (GstBaseSink *base, GstCaps *caps)
{
  DaisWireSink *self = DAIS_WIRE_SINK (base);
  g_autofree gchar *text = gst_caps_to_string (caps);
  GstCapsFeatures *features = gst_caps_get_features (caps, 0);

  drop_pool (self);
  self->video = gst_structure_has_name (
      gst_caps_get_structure (caps, 0), "video/x-raw");
  self->have_caps = strlen (text) <= DAIS_WIRE_MAX_CAPS &&
      gst_caps_features_is_equal (
          features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY) &&
      (self->video ? gst_video_info_from_caps (&self->video_info, caps)
                   : gst_audio_info_from_caps (&self->audio_info, caps));
  if (self->have_caps)
    dais_wire_server_set_caps (self->server, text, self->video);
  return self->have_caps;
}

/* --- events of the server's thread --- */

static void
on_clients (gpointer user_data)
{
  g_object_notify_by_pspec (user_data, props[PROP_CLIENTS]);
}

static void
on_trouble (const gchar *what, gpointer user_data)
{
  DaisWireSink *self = user_data;
  gint64 now = g_get_monotonic_time ();
  gboolean tell;

  g_mutex_lock (&self->lock);
  tell = now - self->trouble_us > TROUBLE_EVERY_US;
  if (tell)
    self->trouble_us = now;
  g_mutex_unlock (&self->lock);
  if (tell)
    GST_ELEMENT_WARNING (
        self, RESOURCE, READ, ("dropped a consumer: %s", what), (NULL));
}

static const DaisWireServerEvents server_events = { on_clients, on_trouble };

/* --- states and properties --- */

static gboolean
dais_wire_sink_start (GstBaseSink *base)
{
  DaisWireSink *self = DAIS_WIRE_SINK (base);
  g_autoptr (GError) error = NULL;
  DaisWireServer *server;

  if (self->path == NULL || *self->path == '\0') {
    GST_ELEMENT_ERROR (
        self, RESOURCE, NOT_FOUND, ("the property 'path' is not set"), (NULL));
    return FALSE;
  }
  server = dais_wire_server_new (
      self->path, self->mode, self->allocator, &server_events, self, &error);
  if (server == NULL) {
    if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_CONFLICT))
      GST_ELEMENT_ERROR (self, RESOURCE, BUSY, ("%s", error->message), (NULL));
    else
      GST_ELEMENT_ERROR (
          self, RESOURCE, OPEN_WRITE, ("%s", error->message), (NULL));
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  self->server = server;
  g_mutex_unlock (&self->lock);
  self->have_caps = FALSE;
  return TRUE;
}

static gboolean
dais_wire_sink_stop (GstBaseSink *base)
{
  DaisWireSink *self = DAIS_WIRE_SINK (base);
  DaisWireServer *server;

  g_mutex_lock (&self->lock);
  server = g_steal_pointer (&self->server);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&server, dais_wire_server_free);
  drop_pool (self);
  return TRUE;
}

static void
get_count (DaisWireSink *self, guint id, GValue *value)
{
  guint64 sent = 0, dropped = 0;
  guint clients = 0;

  g_mutex_lock (&self->lock);
  if (self->server != NULL) {
    dais_wire_server_get_counts (self->server, &sent, &dropped);
    clients = dais_wire_server_get_clients (self->server);
  }
  g_mutex_unlock (&self->lock);
  if (id == PROP_CLIENTS)
    g_value_set_uint (value, clients);
  else
    g_value_set_uint64 (value,
        id == PROP_FRAMES_SENT          ? sent
            : id == PROP_FRAMES_DROPPED ? dropped
                                        : self->copied);
}

static void
dais_wire_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DaisWireSink *self = DAIS_WIRE_SINK (object);

  switch (id) {
    case PROP_PATH:
      g_mutex_lock (&self->lock);
      g_value_set_string (value, self->path);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_MODE:
      g_value_set_uint (value, self->mode);
      break;
    case PROP_CLIENTS:
    case PROP_FRAMES_SENT:
    case PROP_FRAMES_DROPPED:
    case PROP_FRAMES_COPIED:
      get_count (self, id, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dais_wire_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DaisWireSink *self = DAIS_WIRE_SINK (object);

  switch (id) {
    case PROP_PATH:
      g_mutex_lock (&self->lock);
      g_free (self->path);
      self->path = g_value_dup_string (value);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_MODE:
      self->mode = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dais_wire_sink_finalize (GObject *object)
{
  DaisWireSink *self = DAIS_WIRE_SINK (object);

  gst_object_unref (self->allocator);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dais_wire_sink_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags settable = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  props[PROP_PATH] = g_param_spec_string (
      "path", "Path", "File name of the socket to listen on", NULL, settable);
  props[PROP_MODE] = g_param_spec_uint ("mode", "Mode",
      "Permissions of the socket's file (decimal: 384 = 0600 this user only, "
      "438 = 0666 everybody)",
      0, 0777, DEFAULT_MODE, settable);
  props[PROP_CLIENTS] = g_param_spec_uint ("clients", "Clients",
      "Consumers that are connected", 0, G_MAXUINT, 0, readable);
  props[PROP_FRAMES_SENT] = g_param_spec_uint64 ("frames-sent", "Frames sent",
      "Frames given to a consumer, counted for each", 0, G_MAXUINT64, 0,
      readable);
  props[PROP_FRAMES_DROPPED] = g_param_spec_uint64 ("frames-dropped",
      "Frames dropped", "Frames that a consumer was too slow for", 0,
      G_MAXUINT64, 0, readable);
  props[PROP_FRAMES_COPIED] = g_param_spec_uint64 ("frames-copied",
      "Frames copied", "Frames that did not come in our own memory", 0,
      G_MAXUINT64, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dais_wire_sink_class_init (DaisWireSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      wire_sink_debug, "daiswiresink", 0, "raw frames to other processes");
  object_class->get_property = dais_wire_sink_get_property;
  object_class->set_property = dais_wire_sink_set_property;
  object_class->finalize = dais_wire_sink_finalize;
  install_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Dais wire sink",
      "Sink", "Gives raw frames to other processes through shared memory",
      "The Dais authors");
  base_class->start = dais_wire_sink_start;
  base_class->stop = dais_wire_sink_stop;
  base_class->set_caps = dais_wire_sink_set_caps;
  base_class->propose_allocation = dais_wire_sink_propose_allocation;
  base_class->render = dais_wire_sink_render;
}

static void
dais_wire_sink_init (DaisWireSink *self)
{
  g_mutex_init (&self->lock);
  self->mode = DEFAULT_MODE;
  self->allocator = dais_wire_allocator_new ();
  gst_base_sink_set_last_sample_enabled (GST_BASE_SINK (self), FALSE);
}
