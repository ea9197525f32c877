/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "solid-source.h"

#include "engine/mixer.h"

#include <gst/app/app.h>

GstElement *
test_pipeline_new (void)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  g_autoptr (GstClock) clock = g_object_new (
      GST_TYPE_SYSTEM_CLOCK, "clock-type", GST_CLOCK_TYPE_MONOTONIC, NULL);

  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (pipeline, 0);
  return gst_object_ref_sink (pipeline);
}

static gboolean
on_timer (gpointer data)
{
  solid_source_push (data);
  return G_SOURCE_CONTINUE;
}

SolidSource *
solid_source_new (GstBin *bin, const DaisCanvas *canvas, guint8 luma)
{
  SolidSource *self = g_new0 (SolidSource, 1);
  g_autoptr (GstCaps) caps = dais_caps_video (canvas);

  self->source = gst_element_factory_make ("appsrc", NULL);
  self->canvas = *canvas;
  self->luma = luma;
  g_object_set (self->source, "is-live", TRUE, "format", GST_FORMAT_TIME,
      "caps", caps, "max-buffers", (guint64) 2, "max-bytes", (guint64) 0,
      "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  if (bin != NULL)
    gst_bin_add (bin, self->source);
  return self;
}

/* Feeds a mixer's pad of its own. */
SolidSource *
solid_source_new_for_mixer (
    GstElement *mixer, const DaisCanvas *canvas, guint8 luma)
{
  SolidSource *self = g_new0 (SolidSource, 1);

  self->mixer = mixer;
  self->pad = dais_mixer_add_pad (mixer);
  self->canvas = *canvas;
  self->luma = luma;
  return self;
}

void
solid_source_free (SolidSource *self)
{
  solid_source_run (self, FALSE);
  if (self->pad != NULL)
    dais_mixer_remove_pad (self->mixer, self->pad);
  gst_clear_buffer (&self->last);
  g_free (self);
}

void
solid_source_push (SolidSource *self)
{
  gsize luma = (gsize) self->canvas.width * (gsize) self->canvas.height;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, luma * 3 / 2, NULL);

  gst_buffer_memset (buffer, 0, self->luma, luma);
  gst_buffer_memset (buffer, luma, 128, luma / 2);
  GST_BUFFER_PTS (buffer) = (GstClockTime) g_get_monotonic_time () *
      GST_USECOND;
  GST_BUFFER_DURATION (buffer) = dais_canvas_frame_duration (&self->canvas);
  self->frames++;
  gst_buffer_replace (&self->last, buffer);
  if (self->mixer != NULL) {
    g_autoptr (GstCaps) caps = dais_caps_video (&self->canvas);

    dais_mixer_feed (self->mixer, self->pad, buffer, caps);
  } else {
    gst_app_src_push_buffer (GST_APP_SRC (self->source), buffer);
  }
}

void
solid_source_run (SolidSource *self, gboolean run)
{
  g_clear_handle_id (&self->timer_id, g_source_remove);
  if (run)
    self->timer_id = g_timeout_add (
        (guint) (1000 * self->canvas.fps_d / self->canvas.fps_n), on_timer,
        self);
}

/* x and y are shares of the canvas. */
guint8
picture_luma (GstBuffer *buffer, const DaisCanvas *canvas, gdouble x, gdouble y)
{
  guint8 luma = 0;
  gsize offset = (gsize) (y * canvas->height) * (gsize) canvas->width +
      (gsize) (x * canvas->width);

  g_assert_cmpuint (gst_buffer_extract (buffer, offset, &luma, 1), ==, 1);
  return luma;
}
