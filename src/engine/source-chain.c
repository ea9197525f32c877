/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-chain.h"

#include "engine/source-channels.h"
#include "engine/source-timeline.h"
#include "engine/source-turn.h"

/* What comes so little before its time is let through. */
#define EARLY_NS G_GINT64_CONSTANT (2000000)
/* A pipeline that prerolls needs some data at its ends. */
#define FIRST_FRAMES 3

struct _DaisChain {
  gint refs;            /* atomic */
  GstElement *pipeline; /* (unowned): lives longer */
  DaisChainSettings settings;
  gint64 base_ns;                /* set while nothing flows */
  gint want_video, want_audio;   /* atomic */
  gint taken_video, taken_audio; /* atomic: a pad is attached */
  gint early_gate; /* atomic: pictures are gated before decoding */

  GMutex lock;
  GCond cond;
  /* protected by lock */
  gboolean closed;
  DaisTimeline timeline;
  guint64 pictures;
  guint64 sounds;
  guint waiting; /* threads with something whose time has not come */
};

typedef struct {
  DaisChain *chain; /* (owned) */
  gboolean video;
  gboolean early;
  /* protected by the chain's lock */
  gboolean flushing;
  guint passed;    /* since the stream began */
  gint64 stamp_ns; /* the newest as it came, -1 = none */
  gint64 row_ns;   /* see stamp_in_row() */
  DaisGrid grid;   /* of pictures that are worth converting */
} Gate;

/**
 * dais_chain_new:
 * @pipeline: the input's
 * @settings: copied
 *
 * Returns: (transfer full)
 */
DaisChain *
dais_chain_new (GstElement *pipeline, const DaisChainSettings *settings)
{
  DaisChain *self = g_new0 (DaisChain, 1);

  self->refs = 1;
  self->pipeline = pipeline;
  self->settings = *settings;
  dais_timeline_reset (&self->timeline, settings->live);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  return self;
}

DaisChain *
dais_chain_ref (DaisChain *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
dais_chain_unref (DaisChain *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

static void
chain_destroy (gpointer data)
{
  dais_chain_unref (data);
}

/* --- the gate --- */

static void
gate_free (gpointer data)
{
  Gate *gate = data;

  dais_chain_unref (gate->chain);
  g_free (gate);
}

/* When the data is meant to be shown, on the shared clock as far as the input
 * knows it. */
static gint64
stamp_of (DaisChain *self, const GstSegment *segment, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS_IS_VALID (buffer) ? GST_BUFFER_PTS (buffer)
                                                      : GST_BUFFER_DTS (buffer);
  guint64 running = GST_CLOCK_TIME_NONE;

  if (segment != NULL && segment->format == GST_FORMAT_TIME &&
      GST_CLOCK_TIME_IS_VALID (pts))
    running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return -1;
  return (gint64) running + self->base_ns;
}

static gint64
stamp_on_pad (DaisChain *self, GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (
      pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment = NULL;

  if (event != NULL)
    gst_event_parse_segment (event, &segment);
  return stamp_of (self, segment, buffer);
}

static gint64
length_of (DaisChain *self, GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  gint n = 0, d = 1;

  if (GST_BUFFER_DURATION_IS_VALID (buffer) && GST_BUFFER_DURATION (buffer) > 0)
    return (gint64) GST_BUFFER_DURATION (buffer);
  if (caps != NULL &&
      gst_structure_get_fraction (
          gst_caps_get_structure (caps, 0), "framerate", &n, &d) &&
      n > 0)
    return (gint64) gst_util_uint64_scale_int (GST_SECOND, d, n);
  return (gint64) dais_canvas_frame_duration (&self->settings.canvas);
}

static void
set_stamp (DaisChain *self, GstPad *pad, GstBuffer *buffer, gint64 stamp)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (
      pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment = NULL;

  if (event != NULL)
    gst_event_parse_segment (event, &segment);
  if (segment != NULL && segment->format == GST_FORMAT_TIME)
    GST_BUFFER_PTS (buffer) = gst_segment_position_from_running_time (
        segment, GST_FORMAT_TIME, (guint64) (stamp - self->base_ns));
}

/* Pictures of a file may have no times (a row of JPEGs) or all the same (a
 * GIF): nothing would hold them back, so each follows the one before. With the
 * lock held. */
static gint64
stamp_in_row (Gate *gate, GstPad *pad, GstPadProbeInfo *info, gint64 stamp)
{
  DaisChain *self = gate->chain;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean timed = stamp > gate->stamp_ns;

  if (!gate->video || !self->settings.paced || self->timeline.live)
    return stamp;
  if (timed)
    gate->stamp_ns = gate->row_ns = stamp;
  else
    stamp = gate->row_ns = MAX (gate->row_ns, self->base_ns);
  gate->row_ns += length_of (self, pad, buffer);
  if (timed)
    return stamp;
  buffer = gst_buffer_make_writable (buffer);
  set_stamp (self, pad, buffer, stamp);
  info->data = buffer;
  return stamp;
}

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

/* With the lock held. Returns: when it is to be shown */
static gint64
pace (Gate *gate, gint64 stamp, gint64 ahead)
{
  DaisChain *self = gate->chain;
  gint64 time = dais_timeline_map (
      &self->timeline, gate->video, stamp, now_ns () - ahead);

  if (!self->settings.paced || time - now_ns () <= EARLY_NS)
    return time;
  dais_guard_expect (self->settings.guard, gate->video, time);
  self->waiting++;
  while (!self->closed && !gate->flushing && time - now_ns () > EARLY_NS)
    g_cond_wait_until (&self->cond, &self->lock, time / 1000);
  self->waiting--;
  return time;
}

/* Whether the guard has a place for it: of sixty pictures a second half would
 * be decoded or converted for nothing. With the lock held. */
static gboolean
is_surplus (Gate *gate, gint64 time)
{
  return gate->video && time >= 0 && dais_grid_take (&gate->grid, time) < 0;
}

static GstPadProbeReturn
on_gate_buffer (Gate *gate, GstPad *pad, GstPadProbeInfo *info)
{
  DaisChain *self = gate->chain;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean leads = gate->early || !gate->video ||
      g_atomic_int_get (&self->early_gate) == 0;
  gint64 stamp = stamp_on_pad (self, pad, buffer), time = -1;
  gboolean first, surplus, closed;
  gint64 ahead = 0;

  /* A piece of sound is complete only after its last sample. */
  if (!gate->video && GST_BUFFER_DURATION_IS_VALID (buffer))
    ahead = (gint64) MIN (GST_BUFFER_DURATION (buffer), GST_SECOND / 2);
  g_mutex_lock (&self->lock);
  if (leads)
    stamp = stamp_in_row (gate, pad, info, stamp);
  if (leads && stamp >= 0 && !self->closed)
    time = pace (gate, stamp, ahead);
  if (leads && gate->video)
    self->pictures++;
  else if (leads)
    self->sounds++;
  first = ++gate->passed <= FIRST_FRAMES;
  surplus = leads && is_surplus (gate, time);
  closed = self->closed;
  g_mutex_unlock (&self->lock);
  if (closed)
    return GST_PAD_PROBE_DROP;
  if (!leads)
    return GST_PAD_PROBE_OK;
  dais_guard_note (self->settings.guard, gate->video);
  if (first ||
      (!surplus &&
          g_atomic_int_get (
              gate->video ? &self->want_video : &self->want_audio)))
    return GST_PAD_PROBE_OK;
  return GST_PAD_PROBE_DROP;
}

/* On the pad's streaming thread; flush events on the seeking one. */
static GstPadProbeReturn
on_gate (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Gate *gate = user_data;
  GstEvent *event;

  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0)
    return on_gate_buffer (gate, pad, info);
  event = GST_PAD_PROBE_INFO_EVENT (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START ||
      GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP ||
      GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
    g_mutex_lock (&gate->chain->lock);
    gate->flushing = GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START;
    gate->passed = 0;
    gate->stamp_ns = gate->row_ns = -1;
    g_cond_broadcast (&gate->chain->cond);
    g_mutex_unlock (&gate->chain->lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
add_gate (DaisChain *self, GstPad *pad, gboolean video, gboolean early)
{
  Gate *gate = g_new0 (Gate, 1);

  gate->chain = dais_chain_ref (self);
  gate->video = video;
  gate->early = early;
  gate->stamp_ns = gate->row_ns = -1;
  dais_grid_init (
      &gate->grid, self->settings.canvas.fps_n, self->settings.canvas.fps_d);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
          GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      on_gate, gate, gate_free);
}

/**
 * dais_chain_gate:
 * @pad: a source pad with pictures that stand alone, like JPEG
 *
 * Puts the gate before the decoder, so that unwanted pictures are not even
 * decoded.
 */
void
dais_chain_gate (DaisChain *self, GstPad *pad, gboolean video)
{
  if (g_atomic_int_compare_and_exchange (&self->early_gate, 0, 1))
    add_gate (self, pad, video, TRUE);
}

/* --- the end of the chain --- */

/* The last pad of a chain. What arrives is taken off it, so that nobody else
 * holds it: its stamps can be changed in place, and its memory goes back to its
 * pool. */
typedef struct {
  DaisChain *chain; /* (owned) */
  gboolean video;
  guint passed; /* streaming thread only: since the stream began */
} End;

static void
end_free (gpointer data)
{
  End *end = data;

  dais_chain_unref (end->chain);
  g_free (end);
}

static gint64
shown_at (DaisChain *self, GstPad *pad, GstBuffer *buffer)
{
  gint64 stamp = stamp_on_pad (self, pad, buffer);

  if (stamp < 0)
    return now_ns ();
  g_mutex_lock (&self->lock);
  if (self->timeline.started)
    stamp += self->timeline.shift_ns;
  if (self->timeline.catching)
    stamp = MIN (stamp, now_ns ());
  g_mutex_unlock (&self->lock);
  return stamp;
}

static GstPadProbeReturn
on_end_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  End *end = user_data;
  DaisChain *self = end->chain;
  gboolean keep;
  GstBuffer *buffer;
  gint64 time;

  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) ==
            GST_EVENT_STREAM_START ||
        GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) ==
            GST_EVENT_FLUSH_STOP)
      end->passed = 0;
    return GST_PAD_PROBE_OK;
  }
  buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  time = shown_at (self, pad, buffer);
  /* The sink needs the first ones, or the pipeline never starts. */
  keep = ++end->passed <= FIRST_FRAMES;
  if (keep)
    buffer = gst_buffer_copy (buffer);
  else
    info->data = NULL;
  if (end->video)
    dais_guard_push_video (self->settings.guard, buffer, time);
  else
    dais_guard_push_audio (self->settings.guard, buffer, time);
  return keep ? GST_PAD_PROBE_OK : GST_PAD_PROBE_HANDLED;
}

static GstPadProbeReturn
on_allocation (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  DaisChain *self = user_data;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION ||
      self->settings.answer == NULL ||
      !self->settings.answer (query, self->settings.user_data))
    return GST_PAD_PROBE_OK;
  return GST_PAD_PROBE_HANDLED;
}

static GstElement *
make_end (DaisChain *self, gboolean video)
{
  GstElement *sink = gst_element_factory_make (
      "fakesink", video ? "pictures" : "sound");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  End *end = g_new0 (End, 1);

  g_object_set (
      sink, "sync", FALSE, "enable-last-sample", FALSE, "qos", FALSE, NULL);
  end->chain = dais_chain_ref (self);
  end->video = video;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
          GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      on_end_buffer, end, end_free);
  if (video)
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH,
        on_allocation, dais_chain_ref (self), chain_destroy);
  return sink;
}

static GstCaps *
end_caps (DaisChain *self, gboolean video)
{
  GstCaps *caps;

  if (!video)
    return dais_caps_audio ();
  /* The rate is the guard's matter. */
  caps = dais_caps_video (&self->settings.canvas);
  gst_structure_remove_fields (
      gst_caps_get_structure (caps, 0), "framerate", "interlace-mode", NULL);
  return caps;
}

/* --- the chain --- */

/* Turned after the scaler, which makes a picture that lies then: videoflip does
 * not know every format. */
static guint
make_video (DaisChain *self, GstElement **elements)
{
  elements[0] = gst_element_factory_make ("deinterlace", NULL);
  elements[1] = gst_element_factory_make ("videoconvertscale", NULL);
  elements[2] = gst_element_factory_make ("videoflip", NULL);
  dais_turn_attach (elements[0], elements[2], self->settings.rotate);
  return 3;
}

static guint
make_audio (DaisChain *self, GstElement **elements)
{
  elements[0] = gst_element_factory_make ("audioconvert", NULL);
  elements[1] = gst_element_factory_make ("audioresample", NULL);
  dais_channels_attach (elements[0], self->settings.left, self->settings.right);
  return 2;
}

static void
run_chain (DaisChain *self, GstPad *pad, gboolean video)
{
  GstElement *filter = gst_element_factory_make ("capsfilter", NULL);
  g_autoptr (GstCaps) caps = end_caps (self, video);
  g_autoptr (GstPad) target = NULL;
  GstElement *elements[5];
  guint n = video ? make_video (self, elements) : make_audio (self, elements);

  elements[n++] = filter;
  elements[n++] = make_end (self, video);
  g_object_set (filter, "caps", caps, NULL);
  for (guint i = 0; i < n; i++)
    gst_bin_add (GST_BIN (self->pipeline), elements[i]);
  for (guint i = 0; i + 1 < n; i++)
    gst_element_link (elements[i], elements[i + 1]);
  target = gst_element_get_static_pad (elements[0], "sink");
  add_gate (self, pad, video, FALSE);
  if (gst_pad_link (pad, target) != GST_PAD_LINK_OK)
    g_warning ("a pad with %s does not fit", video ? "pictures" : "sound");
  for (guint i = n; i > 0; i--)
    gst_element_sync_state_with_parent (elements[i - 1]);
}

static void
discard (DaisChain *self, GstPad *pad)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) target = gst_element_get_static_pad (sink, "sink");

  g_object_set (
      sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), sink);
  gst_pad_link (pad, target);
  gst_element_sync_state_with_parent (sink);
}

static const gchar *
media_of (const GstCaps *caps)
{
  return caps == NULL || gst_caps_is_empty (caps) || gst_caps_is_any (caps)
      ? ""
      : gst_structure_get_name (gst_caps_get_structure (caps, 0));
}

/**
 * dais_chain_takes:
 * @caps: of a stream, coded or not
 *
 * Returns: whether such a stream is worth decoding
 */
gboolean
dais_chain_takes (DaisChain *self, const GstCaps *caps)
{
  const gchar *media = media_of (caps);
  g_autofree gchar *rtp = NULL;

  if (g_str_equal (media, "application/x-rtp"))
    media = gst_structure_get_string (
        gst_caps_get_structure (caps, 0), "media");
  if (media == NULL)
    return TRUE;
  if (g_str_has_prefix (media, "video"))
    return !self->settings.no_video;
  if (g_str_has_prefix (media, "audio"))
    return !self->settings.no_audio;
  return !g_str_has_prefix (media, "text/") &&
      !g_str_has_prefix (media, "subpicture/");
}

/**
 * dais_chain_attach:
 * @pad: an unlinked source pad in the pipeline
 *
 * Takes the first pad with raw pictures and the first with raw sound; others
 * are read and thrown away. Any thread.
 */
void
dais_chain_attach (DaisChain *self, GstPad *pad)
{
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (pad);
  g_autoptr (GstCaps) caps = current != NULL ? gst_caps_ref (current)
                                             : gst_pad_query_caps (pad, NULL);
  const gchar *media = media_of (caps);
  gboolean video = g_str_has_prefix (media, "video/x-raw");
  gboolean audio = g_str_has_prefix (media, "audio/x-raw");
  gint *taken = video ? &self->taken_video : &self->taken_audio;

  if ((!video && !audio) || !dais_chain_takes (self, caps) ||
      !g_atomic_int_compare_and_exchange (taken, 0, 1))
    discard (self, pad);
  else
    run_chain (self, pad, video);
}

/* --- from outside --- */

/**
 * dais_chain_set_live:
 *
 * The input turns out to come when it happens. Any thread.
 */
void
dais_chain_set_live (DaisChain *self)
{
  g_mutex_lock (&self->lock);
  dais_timeline_reset (&self->timeline, TRUE);
  g_mutex_unlock (&self->lock);
}

void
dais_chain_set_base (DaisChain *self, gint64 base_ns)
{
  self->base_ns = base_ns;
}

void
dais_chain_set_wanted (DaisChain *self, gboolean video, gboolean audio)
{
  g_atomic_int_set (&self->want_video, video);
  g_atomic_int_set (&self->want_audio, audio);
}

/**
 * dais_chain_close:
 *
 * Frees every thread that waits here; what comes from now on is dropped.
 */
void
dais_chain_close (DaisChain *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
dais_chain_is_closed (DaisChain *self)
{
  gboolean closed;

  g_mutex_lock (&self->lock);
  closed = self->closed;
  g_mutex_unlock (&self->lock);
  return closed;
}

gboolean
dais_chain_has_video (DaisChain *self)
{
  return g_atomic_int_get (&self->taken_video) != 0;
}

gboolean
dais_chain_has_audio (DaisChain *self)
{
  return g_atomic_int_get (&self->taken_audio) != 0;
}

/**
 * dais_chain_is_waiting:
 *
 * Returns: whether there is something whose time has not come yet, so that
 *     nothing coming is no silence
 */
gboolean
dais_chain_is_waiting (DaisChain *self)
{
  gboolean waiting;

  g_mutex_lock (&self->lock);
  waiting = self->waiting > 0;
  g_mutex_unlock (&self->lock);
  return waiting;
}

/**
 * dais_chain_get_count:
 *
 * Returns: how much has come, wanted or not
 */
guint64
dais_chain_get_count (DaisChain *self)
{
  guint64 count;

  g_mutex_lock (&self->lock);
  count = dais_chain_has_video (self) ? self->pictures : self->sounds;
  g_mutex_unlock (&self->lock);
  return count;
}
