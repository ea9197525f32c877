/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/output-channel.h"

#include "engine/coalescer.h"
#include "engine/encoder.h"
#include "engine/fan-out.h"
#include "engine/output-http.h"
#include "engine/webm-walk.h"

#define GRACE_S         5
#define PICTURE_GRACE_S 2
#define RETRY_S         1
#define PIECE_US        (100 * G_TIME_SPAN_MILLISECOND)
#define PREVIEW_WIDTH   320
#define PREVIEW_EVERY   (95 * GST_MSECOND) /* ten a second, with some slack */
#define PICTURE_AGE_US  G_USEC_PER_SEC
#define PICTURE_WAIT_US (3 * G_USEC_PER_SEC)
#define WAIT_CHECK_MS   250

typedef enum {
  KIND_WEBM,
  KIND_MJPG,
  KIND_JPG
} Kind;

static const gchar *const kind_names[] = { "webm", "mjpg", "jpg" };

/* Somebody who waits for a picture. */
typedef struct {
  GSocket *socket;
  gchar *head;
  gint64 until_us;
} Request;

struct _DaisOutputChannel {
  Kind kind;
  gchar *name;
  DaisOutputChannelChanged changed;
  gpointer user_data;
  DaisFeed feeds;      /* 0 = not known yet */
  DaisFanOut *fan_out; /* (nullable): until the first viewer */
  guint grace_id;
  guint retry_id;
  guint wait_id;
  GPtrArray *requests; /* (element-type Request) */
  GSource *wake;       /* from any thread: look what has changed */
  gint stale;          /* atomic: the encoder must be made anew */
  gint picture_wanted; /* atomic: of KIND_JPG */

  GMutex lock;
  DaisEncoder *encoder;     /* (nullable); protected by lock */
  GstCaps *picture_caps;    /* (nullable): of this encoder; protected by lock */
  GstCaps *sound_caps;      /* (nullable): of this encoder; protected by lock */
  GstClockTime preview_due; /* protected by lock */
  GBytes *picture;          /* (nullable): newest JPEG; protected by lock */
  gint64 picture_us;        /* its age; protected by lock */

  DaisCoalescer *coalescer; /* (nullable): the encoder's streaming thread */
  DaisWebmWalk walk;        /* the encoder's streaming thread */
};

static void start_encoder (DaisOutputChannel *self);

static void
request_free (Request *request)
{
  g_clear_object (&request->socket);
  g_free (request->head);
  g_free (request);
}

static void
wake (DaisOutputChannel *self)
{
  g_source_set_ready_time (self->wake, 0);
}

static void
on_viewer_gone (gpointer data)
{
  wake (data);
}

static void
on_encoder_header (GBytes *header, gpointer data)
{
  DaisOutputChannel *self = data;

  dais_fan_out_set_header (self->fan_out, header);
}

static void
on_piece (GBytes *piece, gboolean key, gpointer data)
{
  DaisOutputChannel *self = data;

  dais_fan_out_push (self->fan_out, piece, key);
}

static void
on_encoder_data (gconstpointer bytes, gsize size, gboolean key, gpointer data)
{
  DaisOutputChannel *self = data;
  g_autoptr (GBytes) part = NULL;

  if (self->kind == KIND_WEBM) {
    dais_coalescer_add (self->coalescer, bytes, size, key,
        dais_webm_walk (&self->walk, bytes, size), g_get_monotonic_time ());
  } else if (self->kind == KIND_MJPG) {
    part = dais_output_http_part (bytes, size);
    dais_fan_out_push (self->fan_out, part, TRUE);
  } else {
    g_mutex_lock (&self->lock);
    g_clear_pointer (&self->picture, g_bytes_unref);
    self->picture = g_bytes_new (bytes, size);
    self->picture_us = g_get_monotonic_time ();
    g_mutex_unlock (&self->lock);
    wake (self);
  }
}

static void
on_encoder_failed (gpointer data)
{
  DaisOutputChannel *self = data;

  g_atomic_int_set (&self->stale, TRUE);
  wake (self);
}

static void
stop_encoder (DaisOutputChannel *self)
{
  DaisEncoder *encoder = NULL;

  g_clear_handle_id (&self->grace_id, g_source_remove);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_mutex_lock (&self->lock);
  encoder = g_steal_pointer (&self->encoder);
  gst_clear_caps (&self->picture_caps);
  gst_clear_caps (&self->sound_caps);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&encoder, dais_encoder_free);
  g_clear_pointer (&self->coalescer, dais_coalescer_free);
  if (self->fan_out != NULL)
    dais_fan_out_restart (self->fan_out);
}

static gboolean
on_retry (gpointer data)
{
  DaisOutputChannel *self = data;

  self->retry_id = 0;
  if (dais_output_channel_get_viewers (self) > 0)
    start_encoder (self);
  self->changed (self->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_grace_over (gpointer data)
{
  DaisOutputChannel *self = data;

  self->grace_id = 0;
  stop_encoder (self);
  self->changed (self->user_data);
  return G_SOURCE_REMOVE;
}

/* Answers those who wait, or tells them after a while that there is nothing. */
static void
answer_requests (DaisOutputChannel *self)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (GBytes) picture = NULL;

  g_mutex_lock (&self->lock);
  if (self->picture != NULL && now_us - self->picture_us < PICTURE_AGE_US)
    picture = g_bytes_ref (self->picture);
  g_mutex_unlock (&self->lock);
  for (guint i = self->requests->len; i > 0; i--) {
    Request *request = g_ptr_array_index (self->requests, i - 1);
    g_autoptr (GBytes) response = NULL;

    if (picture != NULL)
      response = dais_output_http_picture (picture, request->head);
    else if (now_us >= request->until_us)
      response = dais_output_http_no_picture (request->head);
    else
      continue;
    dais_fan_out_add (self->fan_out, request->socket, response, TRUE);
    g_ptr_array_remove_index (self->requests, i - 1);
  }
}

static gboolean
on_wait_check (gpointer data)
{
  DaisOutputChannel *self = data;

  answer_requests (self);
  g_atomic_int_set (&self->picture_wanted, self->requests->len > 0);
  wake (self);
  if (self->requests->len > 0)
    return G_SOURCE_CONTINUE;
  self->wait_id = 0;
  return G_SOURCE_REMOVE;
}

static void
begin_grace (DaisOutputChannel *self)
{
  if (dais_output_channel_get_viewers (self) > 0)
    g_clear_handle_id (&self->grace_id, g_source_remove);
  else if (self->encoder != NULL && self->grace_id == 0)
    self->grace_id = g_timeout_add_seconds (
        self->kind == KIND_JPG ? PICTURE_GRACE_S : GRACE_S, on_grace_over,
        self);
}

static gboolean
on_wake (gpointer data)
{
  DaisOutputChannel *self = data;

  g_source_set_ready_time (self->wake, -1);
  if (g_atomic_int_exchange (&self->stale, FALSE) && self->encoder != NULL) {
    stop_encoder (self);
    self->retry_id = g_timeout_add_seconds (RETRY_S, on_retry, self);
  }
  if (self->requests->len > 0)
    answer_requests (self);
  begin_grace (self);
  self->changed (self->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_wake (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs wake_funcs = { .dispatch = dispatch_wake };

static DaisOutputChannel *
channel_new (Kind kind, const gchar *name, DaisOutputChannelChanged changed,
    gpointer user_data)
{
  DaisOutputChannel *self = g_new0 (DaisOutputChannel, 1);

  self->kind = kind;
  self->name = g_strdup_printf ("%s-%s", name, kind_names[kind]);
  self->changed = changed;
  self->user_data = user_data;
  self->requests = g_ptr_array_new_with_free_func (
      (GDestroyNotify) request_free);
  g_mutex_init (&self->lock);
  self->wake = g_source_new (&wake_funcs, sizeof (GSource));
  g_source_set_callback (self->wake, on_wake, self, NULL);
  g_source_attach (self->wake, g_main_context_get_thread_default ());
  return self;
}

/**
 * dais_output_channel_new_webm:
 * @name: for logs
 * @changed: (scope notified): called on the main context
 * @user_data: for @changed
 *
 * Returns: (transfer full): a channel of never-ending WebM
 */
DaisOutputChannel *
dais_output_channel_new_webm (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data)
{
  return channel_new (KIND_WEBM, name, changed, user_data);
}

/**
 * dais_output_channel_new_mjpg:
 * @name: for logs
 * @changed: (scope notified): called on the main context
 * @user_data: for @changed
 *
 * Returns: (transfer full): a channel of small pictures, ten a second
 */
DaisOutputChannel *
dais_output_channel_new_mjpg (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data)
{
  return channel_new (KIND_MJPG, name, changed, user_data);
}

/**
 * dais_output_channel_new_jpg:
 * @name: for logs
 * @changed: (scope notified): called on the main context
 * @user_data: for @changed
 *
 * Returns: (transfer full): a channel that answers each viewer with one
 *     picture, at most a second old
 */
DaisOutputChannel *
dais_output_channel_new_jpg (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data)
{
  return channel_new (KIND_JPG, name, changed, user_data);
}

/**
 * dais_output_channel_free:
 * @self: (transfer full): a channel
 *
 * Sends its viewers away.
 */
void
dais_output_channel_free (DaisOutputChannel *self)
{
  g_source_destroy (self->wake);
  g_clear_handle_id (&self->wait_id, g_source_remove);
  stop_encoder (self);
  g_clear_pointer (&self->fan_out, dais_fan_out_free);
  g_source_unref (self->wake);
  g_ptr_array_unref (self->requests);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

const gchar *
dais_output_channel_get_kind (DaisOutputChannel *self)
{
  return kind_names[self->kind];
}

static void
start_encoder (DaisOutputChannel *self)
{
  const DaisEncoderEvents events = { on_encoder_header, on_encoder_data,
    on_encoder_failed };
  DaisEncoder *encoder = NULL;

  g_clear_handle_id (&self->grace_id, g_source_remove);
  if (self->encoder != NULL || self->retry_id != 0 || self->feeds == 0)
    return;
  if (self->kind == KIND_WEBM) {
    self->coalescer = dais_coalescer_new (PIECE_US, on_piece, self);
    self->walk = (DaisWebmWalk){ { 0 }, 0, 0 };
    encoder = dais_encoder_new_webm (self->name, self->feeds, &events, self);
  } else if ((self->feeds & DAIS_FEED_VIDEO) != 0) {
    encoder = dais_encoder_new_jpeg (
        self->name, self->kind == KIND_MJPG ? PREVIEW_WIDTH : 0, &events, self);
  }
  g_mutex_lock (&self->lock);
  self->preview_due = 0;
  self->encoder = encoder;
  g_mutex_unlock (&self->lock);
}

/**
 * dais_output_channel_set_feeds:
 * @self: a channel
 * @feeds: what is pushed from now on
 *
 * Begins the stream anew when that changes.
 */
void
dais_output_channel_set_feeds (DaisOutputChannel *self, DaisFeed feeds)
{
  if (self->feeds == feeds)
    return;
  self->feeds = feeds;
  if (self->encoder != NULL)
    stop_encoder (self);
  if (dais_output_channel_get_viewers (self) > 0)
    start_encoder (self);
}

/**
 * dais_output_channel_add:
 * @self: a channel
 * @socket: the viewer's
 * @head: header lines for the response, checked
 *
 * Starts to serve a viewer, and the encoder if it is not there.
 */
void
dais_output_channel_add (
    DaisOutputChannel *self, GSocket *socket, const gchar *head)
{
  g_autoptr (GBytes) response = NULL;
  Request *request = NULL;

  if (self->fan_out == NULL)
    self->fan_out = dais_fan_out_new (
        self->name, self->kind == KIND_WEBM, on_viewer_gone, self);
  if (self->kind == KIND_JPG) {
    request = g_new0 (Request, 1);
    request->socket = g_object_ref (socket);
    request->head = g_strdup (head);
    request->until_us = g_get_monotonic_time () + PICTURE_WAIT_US;
    g_ptr_array_add (self->requests, request);
    answer_requests (self);
    g_atomic_int_set (&self->picture_wanted, self->requests->len > 0);
    if (self->requests->len > 0 && self->wait_id == 0)
      self->wait_id = g_timeout_add (WAIT_CHECK_MS, on_wait_check, self);
  } else {
    response = dais_output_http_stream_head (
        self->kind == KIND_WEBM ? DAIS_OUTPUT_HTTP_WEBM : DAIS_OUTPUT_HTTP_MJPG,
        head);
    dais_fan_out_add (self->fan_out, socket, response, FALSE);
  }
  start_encoder (self);
  wake (self);
}

/**
 * dais_output_channel_takes_sockets:
 * @self: a channel
 *
 * Returns: whether dais_output_channel_add_socket() may be called
 */
gboolean
dais_output_channel_takes_sockets (DaisOutputChannel *self)
{
  return self->kind != KIND_JPG;
}

/**
 * dais_output_channel_add_socket:
 * @self: a channel of a stream without end
 * @socket: the viewer's
 * @head: header lines that answer its WebSocket handshake, checked
 *
 * Starts to serve a viewer by WebSocket messages. A browser opens only six
 * plain connections to a server, but hundreds of these.
 */
void
dais_output_channel_add_socket (
    DaisOutputChannel *self, GSocket *socket, const gchar *head)
{
  g_autoptr (GBytes) response = dais_output_http_socket_head (head);

  if (self->fan_out == NULL)
    self->fan_out = dais_fan_out_new (
        self->name, self->kind == KIND_WEBM, on_viewer_gone, self);
  dais_fan_out_add_socket (self->fan_out, socket, response);
  start_encoder (self);
  wake (self);
}

/**
 * dais_output_channel_get_wanted:
 * @self: a channel
 *
 * Returns: what must be pushed at present
 */
DaisFeed
dais_output_channel_get_wanted (DaisOutputChannel *self)
{
  if (self->encoder == NULL && dais_output_channel_get_viewers (self) == 0)
    return 0;
  if (self->kind != KIND_WEBM)
    return DAIS_FEED_VIDEO;
  return self->feeds != 0 ? self->feeds : DAIS_FEED_VIDEO | DAIS_FEED_AUDIO;
}

/**
 * dais_output_channel_get_viewers:
 * @self: a channel
 *
 * Returns: how many there are
 */
guint
dais_output_channel_get_viewers (DaisOutputChannel *self)
{
  guint viewers = self->requests->len;

  return self->fan_out == NULL
      ? viewers
      : viewers + dais_fan_out_get_viewers (self->fan_out);
}

/* With the lock held: the picture or sound has changed its form. */
static gboolean
form_changed (DaisOutputChannel *self, DaisFeed feed, GstCaps *caps)
{
  GstCaps **present = feed == DAIS_FEED_VIDEO ? &self->picture_caps
                                              : &self->sound_caps;

  if (*present == NULL)
    *present = gst_caps_ref (caps);
  if (*present == caps || gst_caps_is_equal (*present, caps))
    return FALSE;
  return TRUE;
}

/* With the lock held: whether this picture is one too many. */
static gboolean
is_surplus (DaisOutputChannel *self, DaisFeed feed, GstBuffer *buffer)
{
  if (self->kind == KIND_JPG)
    return feed != DAIS_FEED_VIDEO ||
        !g_atomic_int_compare_and_exchange (&self->picture_wanted, TRUE, FALSE);
  if (self->kind == KIND_MJPG) {
    if (feed != DAIS_FEED_VIDEO || GST_BUFFER_PTS (buffer) < self->preview_due)
      return TRUE;
    self->preview_due = GST_BUFFER_PTS (buffer) + PREVIEW_EVERY;
  }
  return FALSE;
}

/**
 * dais_output_channel_is_behind:
 * @self: a channel
 *
 * Any thread.
 *
 * Returns: whether its encoder cannot take a picture now
 */
gboolean
dais_output_channel_is_behind (DaisOutputChannel *self)
{
  gboolean behind;

  g_mutex_lock (&self->lock);
  behind = self->encoder != NULL && dais_encoder_is_behind (self->encoder);
  g_mutex_unlock (&self->lock);
  return behind;
}

/**
 * dais_output_channel_is_due:
 * @self: a channel
 * @time: of a picture
 *
 * Any thread.
 *
 * Returns: whether it would take that picture
 */
gboolean
dais_output_channel_is_due (DaisOutputChannel *self, GstClockTime time)
{
  gboolean due;

  g_mutex_lock (&self->lock);
  due = self->encoder != NULL && !dais_encoder_is_behind (self->encoder) &&
      (self->kind == KIND_JPG ? g_atomic_int_get (&self->picture_wanted)
                              : time >= self->preview_due);
  g_mutex_unlock (&self->lock);
  return due;
}

/**
 * dais_output_channel_push:
 * @self: a channel
 * @feed: which kind
 * @buffer: a frame
 * @caps: of @buffer
 *
 * Any thread.
 */
void
dais_output_channel_push (
    DaisOutputChannel *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps)
{
  g_autoptr (DaisEncoder) encoder = NULL;

  g_mutex_lock (&self->lock);
  if (self->encoder != NULL && !is_surplus (self, feed, buffer)) {
    if (form_changed (self, feed, caps)) {
      g_atomic_int_set (&self->stale, TRUE);
      wake (self);
    } else {
      encoder = dais_encoder_ref (self->encoder);
    }
  }
  g_mutex_unlock (&self->lock);
  if (encoder != NULL)
    dais_encoder_push (encoder, feed, buffer, caps);
}
