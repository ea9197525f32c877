/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-tap.h"

#include <gst/app/gstappsrc.h>

#define RETRY_MS  1000
#define MAX_QUEUE 4

struct _DaisTap {
  GstElement *pipeline;
  GstElement *app;
  GstElement *wire;
  GstPad *wire_pad;
  guint bus_id;
  guint retry_id;
  gulong notify_id;
  void (*clients_changed) (gpointer user_data);
  gpointer user_data;
  gint clients;       /* atomic */
  gint ready_id;      /* atomic: a main loop call is under way */
  GMainContext *main; /* (unowned) */
  gint refs;          /* atomic */
};

static void
tap_unref (DaisTap *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  gst_clear_object (&self->wire_pad);
  gst_clear_object (&self->wire);
  gst_clear_object (&self->app);
  gst_clear_object (&self->pipeline);
  g_free (self);
}

static gboolean
tell_clients (gpointer user_data)
{
  DaisTap *self = user_data;

  g_atomic_int_set (&self->ready_id, 0);
  if (self->clients_changed != NULL)
    self->clients_changed (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_told (gpointer user_data)
{
  tap_unref (user_data);
}

/* From the wire's own thread. */
static void
on_clients (GstElement *wire, GParamSpec *pspec, DaisTap *self)
{
  guint clients = 0;

  g_object_get (wire, "clients", &clients, NULL);
  g_atomic_int_set (&self->clients, (gint) clients);
  if (!g_atomic_int_compare_and_exchange (&self->ready_id, 0, 1))
    return;
  g_atomic_int_inc (&self->refs);
  g_main_context_invoke_full (
      self->main, G_PRIORITY_DEFAULT, tell_clients, self, on_told);
}

static gboolean
on_retry (gpointer user_data)
{
  DaisTap *self = user_data;

  self->retry_id = 0;
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return G_SOURCE_REMOVE;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  DaisTap *self = user_data;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR || self->retry_id != 0)
    return G_SOURCE_CONTINUE;
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  self->retry_id = g_timeout_add (RETRY_MS, on_retry, self);
  return G_SOURCE_CONTINUE;
}

static GstElement *
add (DaisTap *self, const gchar *factory, const gchar *name)
{
  GstElement *element = gst_element_factory_make (factory, name);

  if (element == NULL) {
    g_critical ("the GStreamer element '%s' is missing", factory);
    return NULL;
  }
  gst_bin_add (GST_BIN (self->pipeline), element);
  return element;
}

static void
link_scaled (DaisTap *self, const DaisCanvas *size)
{
  GstElement *scale = add (self, "videoconvertscale", "scale");
  GstElement *filter = add (self, "capsfilter", "size");
  g_autoptr (GstCaps) caps = dais_caps_video (size);

  if (scale == NULL || filter == NULL)
    return;
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link_many (self->app, scale, filter, self->wire, NULL);
}

/**
 * dais_tap_new:
 * @suffix: of the socket's path, ".v" for example
 * @caps: what is pushed
 * @size: (nullable): what to scale pictures to
 * @clients_changed: (scope forever): void (*) (gpointer user_data), on the
 *     main loop
 *
 * Returns: (transfer full): the open socket; a path that is not free is tried
 *     again every second
 */
DaisTap *
dais_tap_new (DaisControl *control, const gchar *suffix, GstCaps *caps,
    const DaisCanvas *size, GCallback clients_changed, gpointer user_data)
{
  DaisTap *self = g_new0 (DaisTap, 1);
  g_autofree gchar *path = dais_control_wire_path (control, suffix);
  g_autofree gchar *name = g_strconcat ("wire", suffix, NULL);
  g_autoptr (GstBus) bus = NULL;

  self->refs = 1;
  self->clients_changed = (void (*) (gpointer)) clients_changed;
  self->user_data = user_data;
  self->pipeline = dais_control_pipeline_new (control, name);
  self->app = gst_object_ref (add (self, "appsrc", "frames"));
  self->wire = gst_object_ref (add (self, "daiswiresink", "wire"));
  self->wire_pad = gst_element_get_static_pad (self->wire, "sink");
  g_object_set (self->app, "caps", caps, "format", GST_FORMAT_TIME, "is-live",
      TRUE, "max-bytes", (guint64) 0, "max-buffers", (guint64) MAX_QUEUE,
      "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  g_object_set (self->wire, "path", path, "sync", FALSE, "async", FALSE, NULL);
  if (size != NULL)
    link_scaled (self, size);
  else
    gst_element_link (self->app, self->wire);
  self->notify_id = g_signal_connect (
      self->wire, "notify::clients", G_CALLBACK (on_clients), self);
  bus = gst_element_get_bus (self->pipeline);
  self->bus_id = gst_bus_add_watch (bus, on_message, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

/**
 * dais_tap_free:
 *
 * Closes the socket. No push may be under way or come later.
 */
void
dais_tap_free (DaisTap *self)
{
  self->clients_changed = NULL;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_handle_id (&self->bus_id, g_source_remove);
  /* Nothing here can block: no device, no network. */
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_signal_handler (&self->notify_id, self->wire);
  tap_unref (self);
}

guint
dais_tap_get_clients (DaisTap *self)
{
  return (guint) g_atomic_int_get (&self->clients);
}

/**
 * dais_tap_get_frames:
 *
 * Returns: frames given to consumers since the start
 */
guint64
dais_tap_get_frames (DaisTap *self)
{
  guint64 sent = 0;

  g_object_get (self->wire, "frames-sent", &sent, NULL);
  return sent;
}

/**
 * dais_tap_push:
 * @buffer: (transfer none): in the caps given, PTS on the shared clock; must
 *     not be written any more
 *
 * Nothing happens while there is no client.
 */
void
dais_tap_push (DaisTap *self, GstBuffer *buffer)
{
  if (g_atomic_int_get (&self->clients) > 0)
    gst_app_src_push_buffer (GST_APP_SRC (self->app), gst_buffer_ref (buffer));
}

/**
 * dais_tap_answer:
 * @query: an allocation query from upstream of a push
 *
 * Offers the shared memory, so that pictures are made where they will be read.
 *
 * Returns: whether the query was answered
 */
gboolean
dais_tap_answer (DaisTap *self, GstQuery *query)
{
  return gst_pad_query (self->wire_pad, query);
}

/**
 * dais_tap_get_allocator:
 *
 * Returns: (transfer full) (nullable): makes shared memory
 */
GstAllocator *
dais_tap_get_allocator (DaisTap *self)
{
  g_autoptr (GstCaps) caps = gst_app_src_get_caps (GST_APP_SRC (self->app));
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  GstAllocator *allocator = NULL;

  if (gst_pad_query (self->wire_pad, query) &&
      gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  gst_query_unref (query);
  return allocator;
}
