/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/output.h"

#include "core/error.h"
#include "engine/output-channel.h"
#include "engine/output-http.h"

#define N_CHANNELS  3
#define MAX_VIEWERS 4096
/* of an output's name: by WebSocket messages */
#define SOCKET_SUFFIX "+ws"

struct _DaisOutput {
  GObject parent_instance;
  DaisOutputChannel *channels[N_CHANNELS];
  DaisFeed feeds;
  gint wanted; /* atomic: DaisFeed */
  guint viewers;
  gboolean stopped;
  GRWLock lock; /* read: channels may be pushed to */
};

enum {
  SIGNAL_VIEWERS_CHANGED,
  SIGNAL_WANTED_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisOutput, dais_output, G_TYPE_OBJECT)

static guint
count_viewers (DaisOutput *self)
{
  guint viewers = 0;

  for (guint i = 0; i < N_CHANNELS; i++)
    viewers += dais_output_channel_get_viewers (self->channels[i]);
  return viewers;
}

static void
on_channel_changed (gpointer data)
{
  g_autoptr (DaisOutput) self = g_object_ref (data);
  guint viewers = count_viewers (self);
  DaisFeed wanted = 0;

  for (guint i = 0; i < N_CHANNELS; i++)
    wanted |= dais_output_channel_get_wanted (self->channels[i]);
  if ((DaisFeed) g_atomic_int_get (&self->wanted) != wanted) {
    g_atomic_int_set (&self->wanted, (gint) wanted);
    g_signal_emit (self, signals[SIGNAL_WANTED_CHANGED], 0);
  }
  if (self->viewers != viewers && !self->stopped) {
    self->viewers = viewers;
    g_signal_emit (self, signals[SIGNAL_VIEWERS_CHANGED], 0);
  }
}

static void
dais_output_finalize (GObject *object)
{
  DaisOutput *self = DAIS_OUTPUT (object);

  dais_output_stop (self);
  g_rw_lock_clear (&self->lock);
  G_OBJECT_CLASS (dais_output_parent_class)->finalize (object);
}

static void
dais_output_class_init (DaisOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_output_finalize;

  signals[SIGNAL_VIEWERS_CHANGED] = g_signal_new ("viewers-changed",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 0);
  signals[SIGNAL_WANTED_CHANGED] = g_signal_new ("wanted-changed",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 0);
}

static void
dais_output_init (DaisOutput *self)
{
  g_rw_lock_init (&self->lock);
}

/**
 * dais_output_new:
 * @name: for logs and threads
 *
 * Returns: (transfer full): an output that nobody watches
 */
DaisOutput *
dais_output_new (const gchar *name)
{
  DaisOutput *self = g_object_new (DAIS_TYPE_OUTPUT, NULL);

  self->channels[0] = dais_output_channel_new_webm (
      name, on_channel_changed, self);
  self->channels[1] = dais_output_channel_new_mjpg (
      name, on_channel_changed, self);
  self->channels[2] = dais_output_channel_new_jpg (
      name, on_channel_changed, self);
  return self;
}

/**
 * dais_output_set_feeds:
 * @self: an output
 * @feeds: what will be pushed
 *
 * Nothing is encoded before this is called. A change ends the viewers of the
 * WebM stream, whose head tells what is in it. Main thread.
 */
void
dais_output_set_feeds (DaisOutput *self, DaisFeed feeds)
{
  if (self->stopped || self->feeds == feeds)
    return;
  self->feeds = feeds;
  for (guint i = 0; i < N_CHANNELS; i++)
    dais_output_channel_set_feeds (self->channels[i], feeds);
  on_channel_changed (self);
}

/**
 * dais_output_push:
 * @self: an output
 * @feed: which kind
 * @buffer: a raw frame, its PTS is running time on the shared clock
 * @caps: of @buffer
 *
 * Any thread; never blocks, and costs one atomic read while nobody takes it.
 */
void
dais_output_push (
    DaisOutput *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps)
{
  if (((DaisFeed) g_atomic_int_get (&self->wanted) & feed) == 0)
    return;
  g_rw_lock_reader_lock (&self->lock);
  for (guint i = 0; i < N_CHANNELS && self->channels[i] != NULL; i++)
    dais_output_channel_push (self->channels[i], feed, buffer, caps);
  g_rw_lock_reader_unlock (&self->lock);
}

/**
 * dais_output_takes:
 * @self: an output
 * @time: of a picture that may be made
 *
 * Where there is too little CPU the encoder of the programme falls behind;
 * pictures that it would only throw away are not worth making. Any thread.
 *
 * Returns: whether somebody can take that picture
 */
gboolean
dais_output_takes (DaisOutput *self, GstClockTime time)
{
  gboolean takes = TRUE;

  g_rw_lock_reader_lock (&self->lock);
  if (self->channels[0] != NULL &&
      dais_output_channel_is_behind (self->channels[0])) {
    takes = FALSE;
    for (guint i = 1; i < N_CHANNELS && !takes; i++)
      takes = dais_output_channel_is_due (self->channels[i], time);
  }
  g_rw_lock_reader_unlock (&self->lock);
  return takes;
}

typedef struct {
  DaisOutput *output;
  DaisFeed feed;
  GstCaps *caps; /* (nullable); the pad's streaming thread */
} Watch;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  gst_clear_caps (&watch->caps);
  g_clear_object (&watch->output);
  g_free (watch);
}

/* On the pad's streaming thread. */
static GstPadProbeReturn
on_pad_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Watch *watch = data;
  GstEvent *event = NULL;
  GstCaps *caps = NULL;

  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    if (watch->caps == NULL)
      watch->caps = gst_pad_get_current_caps (pad);
    if (watch->caps != NULL)
      dais_output_push (watch->output, watch->feed,
          GST_PAD_PROBE_INFO_BUFFER (info), watch->caps);
    return GST_PAD_PROBE_OK;
  }
  event = GST_PAD_PROBE_INFO_EVENT (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    gst_caps_replace (&watch->caps, caps);
  }
  return GST_PAD_PROBE_OK;
}

/**
 * dais_output_watch_pad:
 * @self: an output; kept alive by @pad
 * @feed: which kind
 * @pad: what passes here is pushed
 *
 * Main thread.
 */
void
dais_output_watch_pad (DaisOutput *self, DaisFeed feed, GstPad *pad)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->output = g_object_ref (self);
  watch->feed = feed;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_pad_data, watch, watch_free);
}

/* (nullable): the channel of a kind that is served now */
static DaisOutputChannel *
find_channel (
    DaisOutput *self, const gchar *kind, gsize length, gboolean socket)
{
  gboolean has_picture = self->feeds == 0 ||
      (self->feeds & DAIS_FEED_VIDEO) != 0;

  for (guint i = 0; i < N_CHANNELS && !self->stopped; i++) {
    const gchar *known = dais_output_channel_get_kind (self->channels[i]);

    if (strlen (known) == length && strncmp (known, kind, length) == 0 &&
        (has_picture || g_str_equal (known, "webm")) &&
        (!socket || dais_output_channel_takes_sockets (self->channels[i])))
      return self->channels[i];
  }
  return NULL;
}

/**
 * dais_output_add_viewer:
 * @self: an output
 * @output: "webm", "mjpg" or "jpg"; "webm+ws" or "mjpg+ws" for a viewer whose
 *     WebSocket handshake @head answers
 * @socket: a connected stream socket; a reference is taken on success
 * @head: header lines to be added to the response, each ended by CRLF
 * @error: DAIS_ERROR_NOT_FOUND for an @output that is not there,
 *     DAIS_ERROR_LIMITED when there are too many viewers, DAIS_ERROR_INVALID
 *     for a malformed @head
 *
 * Starts to serve a viewer: the whole response is written here, and the socket
 * closed. Main thread.
 *
 * Returns: whether the viewer is served
 */
gboolean
dais_output_add_viewer (DaisOutput *self, const gchar *output, GSocket *socket,
    const gchar *head, GError **error)
{
  gboolean is_socket = g_str_has_suffix (output, SOCKET_SUFFIX);
  gsize length = strlen (output) - (is_socket ? strlen (SOCKET_SUFFIX) : 0);
  DaisOutputChannel *channel = find_channel (self, output, length, is_socket);

  if (!dais_output_http_check_head (head, error))
    return FALSE;
  if (channel == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no output '%s' here; ask for webm%s", output,
        (self->feeds & DAIS_FEED_VIDEO) != 0 ? ", mjpg or jpg" : "");
    return FALSE;
  }
  if (count_viewers (self) >= MAX_VIEWERS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "there are %d viewers, the most that one output serves", MAX_VIEWERS);
    return FALSE;
  }
  if (is_socket)
    dais_output_channel_add_socket (channel, socket, head);
  else
    dais_output_channel_add (channel, socket, head);
  on_channel_changed (self);
  return TRUE;
}

/**
 * dais_output_get_wanted:
 * @self: an output
 *
 * Any thread.
 *
 * Returns: what somebody takes at present, 0 = nothing
 */
DaisFeed
dais_output_get_wanted (DaisOutput *self)
{
  return (DaisFeed) g_atomic_int_get (&self->wanted);
}

/**
 * dais_output_get_viewers:
 * @self: an output
 *
 * Main thread.
 *
 * Returns: (transfer floating): a{su}, output → how many viewers
 */
GVariant *
dais_output_get_viewers (DaisOutput *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  for (guint i = 0; i < N_CHANNELS && self->channels[i] != NULL; i++)
    g_variant_builder_add (&builder, "{su}",
        dais_output_channel_get_kind (self->channels[i]),
        dais_output_channel_get_viewers (self->channels[i]));
  return g_variant_builder_end (&builder);
}

/**
 * dais_output_stop:
 * @self: an output
 *
 * Ends all viewers and encoders; no signal comes after it. Does not wait for
 * pipelines. Main thread.
 */
void
dais_output_stop (DaisOutput *self)
{
  self->stopped = TRUE;
  g_atomic_int_set (&self->wanted, 0);
  g_rw_lock_writer_lock (&self->lock);
  for (guint i = 0; i < N_CHANNELS; i++)
    g_clear_pointer (&self->channels[i], dais_output_channel_free);
  g_rw_lock_writer_unlock (&self->lock);
}
