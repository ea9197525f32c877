/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/src.h"

#include "core/error.h"
#include "wire/link.h"
#include "wire/sink.h"

#include <gst/audio/audio.h>
#include <gst/video/video.h>

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (wire_src_debug);
#define GST_CAT_DEFAULT wire_src_debug

#define DELAY_MIN        (50 * GST_MSECOND)
#define DELAY_MAX        GST_SECOND
#define TROUBLE_EVERY_US (5 * G_USEC_PER_SEC)

/**
 * DaisWireSrc:
 *
 * Receives raw frames from a daiswiresink in another process. Connects by
 * itself, again and again, with a growing delay; a sender that ends is no end
 * of the stream. Pictures are used where they lie, sound is copied out.
 *
 * Locking order: the object's streaming thread takes no lock but this one.
 */
struct _DaisWireSrc {
  GstPushSrc parent_instance;

  GstPoll *poll;

  GMutex lock;
  /* protected by lock */
  gchar *path;
  gboolean hold;
  DaisWireLink *link; /* (nullable): set only by the streaming thread */
  guint64 received;
  guint64 reconnects;
  GstClockTime latency;

  /* streaming thread only */
  GstPollFD poll_fd;
  GstClockTime delay;
  gboolean have_caps;
  gboolean video;
  gboolean meta_ok; /* downstream reads GstVideoMeta */
  GstVideoInfo video_info;
  GstAudioInfo audio_info;
  gint64 trouble_us;
};

enum {
  PROP_0,
  PROP_PATH,
  PROP_HOLD,
  PROP_CONNECTED,
  PROP_LATENCY,
  PROP_FRAMES_RECEIVED,
  PROP_RECONNECTS,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (DAIS_WIRE_MEDIA));

G_DEFINE_FINAL_TYPE (DaisWireSrc, dais_wire_src, GST_TYPE_PUSH_SRC)

/* --- connection, streaming thread --- */

static void
drop_link (DaisWireSrc *self)
{
  DaisWireLink *link;

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  g_mutex_unlock (&self->lock);
  if (link == NULL)
    return;
  gst_poll_remove_fd (self->poll, &self->poll_fd);
  dais_wire_link_close (link);
  self->have_caps = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONNECTED]);
}

static gboolean
make_link (DaisWireSrc *self)
{
  DaisWireLink *link;
  int code = 0;

  g_mutex_lock (&self->lock);
  link = self->path == NULL
      ? NULL
      : dais_wire_link_new (self->path, self->hold, &code);
  self->link = link;
  if (link != NULL)
    self->reconnects++;
  g_mutex_unlock (&self->lock);
  if (link == NULL) {
    GST_LOG_OBJECT (self, "no sender: %s", g_strerror (code));
    return FALSE;
  }
  gst_poll_fd_init (&self->poll_fd);
  self->poll_fd.fd = dais_wire_link_get_socket (link);
  gst_poll_add_fd (self->poll, &self->poll_fd);
  gst_poll_fd_ctl_read (self->poll, &self->poll_fd, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONNECTED]);
  return TRUE;
}

static void
tell_trouble (DaisWireSrc *self, const GError *error)
{
  gint64 now = g_get_monotonic_time ();

  if (self->trouble_us != 0 && now - self->trouble_us < TROUBLE_EVERY_US)
    return;
  self->trouble_us = now;
  GST_ELEMENT_WARNING (self, RESOURCE, READ,
      ("dropped the sender on '%s': %s", self->path, error->message), (NULL));
}

/* FALSE = flushing */
static gboolean
wait_for_sender (DaisWireSrc *self)
{
  if (make_link (self))
    return TRUE;
  if (gst_poll_wait (self->poll, self->delay) < 0)
    return FALSE;
  self->delay = MIN (self->delay * 2, DELAY_MAX);
  return TRUE;
}

/* --- what comes --- */

static gboolean
refuse (GError **error, const gchar *what)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID, "%s", what);
  return FALSE;
}

static void
ask_meta (DaisWireSrc *self, GstCaps *caps)
{
  GstQuery *query = gst_query_new_allocation (caps, FALSE);

  self->meta_ok = gst_pad_peer_query (GST_BASE_SRC_PAD (self), query) &&
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  gst_query_unref (query);
}

static gboolean
read_caps (DaisWireSrc *self, GstCaps *caps)
{
  GstStructure *structure;
  GstCapsFeatures *features;

  if (caps == NULL || gst_caps_get_size (caps) != 1 ||
      !gst_caps_is_fixed (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  features = gst_caps_get_features (caps, 0);
  if (!gst_caps_features_is_equal (
          features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
    return FALSE;
  self->video = gst_structure_has_name (structure, "video/x-raw");
  if (self->video)
    return gst_video_info_from_caps (&self->video_info, caps) &&
        GST_VIDEO_INFO_FORMAT (&self->video_info) != GST_VIDEO_FORMAT_ENCODED &&
        self->video_info.size > 0;
  return gst_structure_has_name (structure, "audio/x-raw") &&
      gst_audio_info_from_caps (&self->audio_info, caps) &&
      self->audio_info.layout == GST_AUDIO_LAYOUT_INTERLEAVED;
}

static gboolean
on_caps (DaisWireSrc *self, const DaisWireCaps *message, GError **error)
{
  g_autofree gchar *text = g_strndup (message->text, message->length);
  g_autoptr (GstCaps) caps = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, "its caps are no text");
  caps = gst_caps_from_string (text);
  if (!read_caps (self, caps))
    return refuse (error, "its caps are no raw pictures or sound");
  if (!gst_base_src_set_caps (GST_BASE_SRC (self), caps))
    return refuse (error, "what it sends does not fit what follows");
  self->have_caps = TRUE;
  if (self->video)
    ask_meta (self, caps);
  return TRUE;
}

static gboolean
is_default_layout (DaisWireSrc *self, const DaisWireFrame *frame)
{
  for (guint i = 0; i < frame->n_planes; i++)
    if (frame->offsets[i] != self->video_info.offset[i] ||
        frame->strides[i] != self->video_info.stride[i])
      return FALSE;
  return TRUE;
}

/* Every row of every plane must lie inside of the frame. */
static gboolean
check_picture (DaisWireSrc *self, const DaisWireFrame *frame, GError **error)
{
  const GstVideoInfo *info = &self->video_info;
  const GstVideoFormatInfo *format = info->finfo;

  if (frame->n_planes == 0 || is_default_layout (self, frame))
    return frame->size >= info->size ||
        refuse (error, "a picture smaller than its caps say");
  if (frame->n_planes != GST_VIDEO_INFO_N_PLANES (info) ||
      GST_VIDEO_FORMAT_INFO_IS_TILED (format))
    return refuse (error, "a picture in an unknown layout");
  for (guint plane = 0; plane < frame->n_planes; plane++) {
    gint components[GST_VIDEO_MAX_COMPONENTS];
    guint64 height, width, stride = (guint64) frame->strides[plane];

    gst_video_format_info_component (format, plane, components);
    height = (guint64) GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (
        format, components[0], info->height);
    width = (guint64) MIN (info->stride[plane], G_MAXINT);
    if (GST_VIDEO_FORMAT_INFO_N_PLANES (format) > 1)
      width = (guint64) GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (
                  format, components[0], info->width) *
          (guint64) MAX (
              GST_VIDEO_FORMAT_INFO_PSTRIDE (format, components[0]), 1);
    if (stride < width || stride > G_MAXINT32 ||
        frame->offsets[plane] + stride * height > frame->size)
      return refuse (error, "a plane outside its picture");
  }
  return TRUE;
}

static void
stamp (DaisWireSrc *self, const DaisWireFrame *frame, GstBuffer *buffer)
{
  GstClockTimeDiff pts = (GstClockTimeDiff) frame->pts -
      dais_wire_clock_offset (GST_ELEMENT (self));

  GST_BUFFER_PTS (buffer) = pts > 0 ? (GstClockTime) pts : 0;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = frame->duration;
  GST_BUFFER_FLAG_SET (buffer,
      frame->flags &
          (GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_CORRUPTED |
              GST_BUFFER_FLAG_GAP));
}

static GstBuffer *
to_default_layout (DaisWireSrc *self, GstBuffer *buffer)
{
  GstBuffer *copy = gst_buffer_new_allocate (NULL, self->video_info.size, NULL);
  GstVideoFrame in, out;

  if (gst_video_frame_map (&in, &self->video_info, buffer, GST_MAP_READ)) {
    if (gst_video_frame_map (&out, &self->video_info, copy, GST_MAP_WRITE)) {
      gst_video_frame_copy (&out, &in);
      gst_video_frame_unmap (&out);
    }
    gst_video_frame_unmap (&in);
  }
  gst_buffer_copy_into (
      copy, buffer, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_unref (buffer);
  return copy;
}

static GstBuffer *
take_picture (DaisWireSrc *self, const DaisWireFrame *frame, GstMemory *memory)
{
  GstBuffer *buffer = gst_buffer_new ();
  gboolean other = frame->n_planes > 0 && !is_default_layout (self, frame);

  gst_buffer_append_memory (buffer, memory);
  stamp (self, frame, buffer);
  if (other) {
    gsize offsets[GST_VIDEO_MAX_PLANES] = { 0 };
    gint strides[GST_VIDEO_MAX_PLANES] = { 0 };

    for (guint i = 0; i < frame->n_planes; i++) {
      offsets[i] = frame->offsets[i];
      strides[i] = frame->strides[i];
    }
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_INFO_FORMAT (&self->video_info),
        (guint) self->video_info.width, (guint) self->video_info.height,
        frame->n_planes, offsets, strides);
  }
  return other && !self->meta_ok ? to_default_layout (self, buffer) : buffer;
}

static GstBuffer *
take_sound (DaisWireSrc *self, const DaisWireFrame *frame, GstMemory *memory)
{
  GstBuffer *buffer = NULL;
  GstMapInfo map;

  if (gst_memory_map (memory, &map, GST_MAP_READ)) {
    buffer = gst_buffer_new_memdup (map.data, map.size);
    gst_memory_unmap (memory, &map);
    stamp (self, frame, buffer);
  }
  gst_memory_unref (memory);
  return buffer;
}

static gboolean
on_frame (DaisWireSrc *self, const DaisWireFrame *frame, GstBuffer **buffer,
    GError **error)
{
  GstMemory *memory = dais_wire_link_wrap (self->link, frame);
  gboolean good = self->have_caps ||
      refuse (error, "a frame came before its caps");

  if (good && self->video)
    good = check_picture (self, frame, error);
  else if (good)
    good = (frame->size > 0 &&
               frame->size % (guint) self->audio_info.bpf == 0) ||
        refuse (error, "a piece of sound of a wrong size");
  if (!good) {
    gst_memory_unref (memory);
    return FALSE;
  }
  *buffer = self->video ? take_picture (self, frame, memory)
                        : take_sound (self, frame, memory);
  self->delay = DELAY_MIN;
  g_mutex_lock (&self->lock);
  self->received++;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static void
on_readable (DaisWireSrc *self, GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;
  DaisWireMessage message;
  DaisWireIo result = dais_wire_link_receive (self->link, &message, &error);
  gboolean good = TRUE;

  if (result == DAIS_WIRE_IO_AGAIN)
    return;
  if (result == DAIS_WIRE_IO_OK && message.head.type == DAIS_WIRE_CAPS)
    good = on_caps (self, &message.caps, &error);
  else if (result == DAIS_WIRE_IO_OK)
    good = on_frame (self, &message.frame, buffer, &error);
  if (error != NULL && !GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (self)))
    tell_trouble (self, error);
  if (good && result == DAIS_WIRE_IO_OK)
    return;
  drop_link (self);
}

static GstFlowReturn
dais_wire_src_create (GstPushSrc *push, GstBuffer **buffer)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (push);

  *buffer = NULL;
  while (*buffer == NULL) {
    if (self->link == NULL) {
      if (!wait_for_sender (self))
        return GST_FLOW_FLUSHING;
      continue;
    }
    if (gst_poll_wait (self->poll, GST_CLOCK_TIME_NONE) < 0) {
      if (errno == EBUSY)
        return GST_FLOW_FLUSHING;
      continue; /* EAGAIN, EINTR */
    }
    on_readable (self, buffer);
    /* A sender that is there but no good must not be asked in a circle. */
    if (self->link == NULL) {
      if (gst_poll_wait (self->poll, self->delay) < 0 && errno == EBUSY)
        return GST_FLOW_FLUSHING;
      self->delay = MIN (self->delay * 2, DELAY_MAX);
    }
  }
  return GST_FLOW_OK;
}

/* --- base class --- */

static gboolean
dais_wire_src_start (GstBaseSrc *base)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (base);

  self->delay = DELAY_MIN;
  self->have_caps = FALSE;
  self->trouble_us = 0;
  return TRUE;
}

static gboolean
dais_wire_src_stop (GstBaseSrc *base)
{
  drop_link (DAIS_WIRE_SRC (base));
  return TRUE;
}

static gboolean
dais_wire_src_unlock (GstBaseSrc *base)
{
  gst_poll_set_flushing (DAIS_WIRE_SRC (base)->poll, TRUE);
  return TRUE;
}

static gboolean
dais_wire_src_unlock_stop (GstBaseSrc *base)
{
  gst_poll_set_flushing (DAIS_WIRE_SRC (base)->poll, FALSE);
  return TRUE;
}

/* The sender decides on the caps, when it is there. */
static gboolean
dais_wire_src_negotiate (GstBaseSrc *base)
{
  return TRUE;
}

static gboolean
dais_wire_src_query (GstBaseSrc *base, GstQuery *query)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (base);

  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY) {
    g_mutex_lock (&self->lock);
    gst_query_set_latency (query, TRUE, self->latency, GST_CLOCK_TIME_NONE);
    g_mutex_unlock (&self->lock);
    return TRUE;
  }
  return GST_BASE_SRC_CLASS (dais_wire_src_parent_class)->query (base, query);
}

static void
set_hold (DaisWireSrc *self, gboolean hold)
{
  g_mutex_lock (&self->lock);
  if (self->hold != hold && self->link != NULL)
    dais_wire_link_set_hold (self->link, hold);
  self->hold = hold;
  g_mutex_unlock (&self->lock);
}

static void
dais_wire_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (object);

  switch (id) {
    case PROP_PATH:
      g_mutex_lock (&self->lock);
      g_free (self->path);
      self->path = g_value_dup_string (value);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_HOLD:
      set_hold (self, g_value_get_boolean (value));
      break;
    case PROP_LATENCY:
      g_mutex_lock (&self->lock);
      self->latency = g_value_get_uint64 (value);
      g_mutex_unlock (&self->lock);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dais_wire_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (object);

  g_mutex_lock (&self->lock);
  switch (id) {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_HOLD:
      g_value_set_boolean (value, self->hold);
      break;
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->link != NULL);
      break;
    case PROP_LATENCY:
      g_value_set_uint64 (value, self->latency);
      break;
    case PROP_FRAMES_RECEIVED:
      g_value_set_uint64 (value, self->received);
      break;
    case PROP_RECONNECTS:
      g_value_set_uint64 (value, self->reconnects);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  g_mutex_unlock (&self->lock);
}

static void
dais_wire_src_finalize (GObject *object)
{
  DaisWireSrc *self = DAIS_WIRE_SRC (object);

  gst_poll_free (self->poll);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (dais_wire_src_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags settable = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  props[PROP_PATH] = g_param_spec_string ("path", "Path",
      "File name of the sender's socket", NULL,
      settable | GST_PARAM_MUTABLE_READY);
  props[PROP_HOLD] = g_param_spec_boolean ("hold", "Hold",
      "Be sent nothing; when it ends, the newest frame comes at once", FALSE,
      settable | GST_PARAM_MUTABLE_PLAYING);
  props[PROP_CONNECTED] = g_param_spec_boolean ("connected", "Connected",
      "Whether there is a sender; notified from the streaming thread", FALSE,
      readable);
  props[PROP_LATENCY] = g_param_spec_uint64 ("latency", "Latency",
      "Answered to latency queries, in ns", 0, G_MAXUINT64, 0,
      settable | GST_PARAM_MUTABLE_PLAYING);
  props[PROP_FRAMES_RECEIVED] = g_param_spec_uint64 ("frames-received",
      "Frames received", "Frames since the element was made", 0, G_MAXUINT64, 0,
      readable);
  props[PROP_RECONNECTS] = g_param_spec_uint64 ("reconnects", "Reconnects",
      "Connections since the element was made", 0, G_MAXUINT64, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dais_wire_src_class_init (DaisWireSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      wire_src_debug, "daiswiresrc", 0, "raw frames from other processes");
  object_class->set_property = dais_wire_src_set_property;
  object_class->get_property = dais_wire_src_get_property;
  object_class->finalize = dais_wire_src_finalize;
  install_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Dais wire source",
      "Source", "Receives raw frames from another process", "The Dais authors");
  base_class->start = dais_wire_src_start;
  base_class->stop = dais_wire_src_stop;
  base_class->unlock = dais_wire_src_unlock;
  base_class->unlock_stop = dais_wire_src_unlock_stop;
  base_class->negotiate = dais_wire_src_negotiate;
  base_class->query = dais_wire_src_query;
  GST_PUSH_SRC_CLASS (klass)->create = dais_wire_src_create;
}

static void
dais_wire_src_init (DaisWireSrc *self)
{
  self->poll = gst_poll_new (TRUE);
  g_mutex_init (&self->lock);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}
