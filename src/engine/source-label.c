/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-label.h"

#include <pango/pangocairo.h>

#define FONT "Sans"
/* Shares of the picture's height. */
#define NAME_SIZE 0.060
#define TIME_SIZE 0.042
#define PADDING   0.022
#define MARGIN    0.045

/* Of 256: how much of the picture is left behind the text. */
#define SHADE 110
/* Luma of white in video range. */
#define WHITE 235

/* A plate with text. Used by the streaming thread alone. */
typedef struct {
  GstVideoInfo info;
  gchar *name;
  gint64 second;         /* that the plate shows, UTC */
  cairo_surface_t *mask; /* A8, even width and height (nullable) */
} Label;

static void
label_free (gpointer data)
{
  Label *self = data;

  g_clear_pointer (&self->mask, cairo_surface_destroy);
  g_free (self->name);
  g_free (self);
}

static PangoLayout *
make_line (cairo_t *cairo, const gchar *text, gdouble size, PangoWeight weight)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *font = pango_font_description_from_string (FONT);

  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, weight);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* Both lines on a plate of their size; a long name ends in an ellipsis. */
static cairo_surface_t *
draw_plate (const GstVideoInfo *info, const gchar *name, const gchar *time)
{
  gdouble height = info->height;
  gint padding = (gint) (PADDING * height);
  cairo_surface_t *probe = cairo_image_surface_create (CAIRO_FORMAT_A8, 8, 8);
  cairo_t *cairo = cairo_create (probe);
  g_autoptr (PangoLayout) large = make_line (
      cairo, name, NAME_SIZE * height, PANGO_WEIGHT_SEMIBOLD);
  g_autoptr (PangoLayout) small = make_line (
      cairo, time, TIME_SIZE * height, PANGO_WEIGHT_NORMAL);
  cairo_surface_t *plate;
  gint name_width, name_height, time_width, time_height;

  pango_layout_set_width (large, info->width / 2 * PANGO_SCALE);
  pango_layout_set_ellipsize (large, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_size (large, &name_width, &name_height);
  pango_layout_get_pixel_size (small, &time_width, &time_height);
  plate = cairo_image_surface_create (CAIRO_FORMAT_A8,
      GST_ROUND_UP_2 (MAX (name_width, time_width) + 2 * padding),
      GST_ROUND_UP_2 (name_height + time_height + 2 * padding));
  cairo_destroy (cairo);
  cairo_surface_destroy (probe);

  cairo = cairo_create (plate);
  cairo_move_to (cairo, padding, padding);
  pango_cairo_show_layout (cairo, large);
  cairo_move_to (cairo, padding, padding + name_height);
  pango_cairo_show_layout (cairo, small);
  cairo_destroy (cairo);
  cairo_surface_flush (plate);
  return plate;
}

static void
update (Label *self)
{
  gint64 second = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GDateTime) now = NULL;
  g_autofree gchar *time = NULL;

  if (self->mask != NULL && second == self->second)
    return;

  self->second = second;
  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%H:%M:%S");
  g_clear_pointer (&self->mask, cairo_surface_destroy);
  self->mask = draw_plate (&self->info, self->name, time);
}

static void
blend_luma (Label *self, GstVideoFrame *frame, gint left, gint top, gint width,
    gint height)
{
  const guint8 *mask = cairo_image_surface_get_data (self->mask);
  gint mask_stride = cairo_image_surface_get_stride (self->mask);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  guint8 *to = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0) + top * stride +
      left;

  for (gint y = 0; y < height; y++, mask += mask_stride, to += stride) {
    for (gint x = 0; x < width; x++) {
      gint shaded = 16 + (to[x] - 16) * SHADE / 256;

      to[x] = (guint8) (shaded + (WHITE - shaded) * mask[x] / 255);
    }
  }
}

static void
blend_chroma (GstVideoFrame *frame, guint plane, gint left, gint top,
    gint width, gint height)
{
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
  guint8 *to = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, plane) +
      top * stride + left;

  for (gint y = 0; y < height; y++, to += stride) {
    for (gint x = 0; x < width; x++)
      to[x] = (guint8) (128 + (to[x] - 128) * SHADE / 256);
  }
}

static void
blend (Label *self, GstVideoFrame *frame)
{
  gint margin = GST_ROUND_DOWN_2 ((gint) (MARGIN * self->info.height));
  gint width = MIN (
      cairo_image_surface_get_width (self->mask), self->info.width - margin);
  gint height = MIN (
      cairo_image_surface_get_height (self->mask), self->info.height - margin);
  gint top = GST_ROUND_DOWN_2 (self->info.height - margin - height);

  if (width <= 0 || height <= 0 || top < 0)
    return;

  blend_luma (self, frame, margin, top, width, height);
  for (guint plane = 1; plane <= 2; plane++)
    blend_chroma (frame, plane, margin / 2, top / 2, width / 2, height / 2);
}

/* In the streaming thread. */
static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Label *self = user_data;
  GstBuffer *buffer = gst_buffer_make_writable (
      GST_PAD_PROBE_INFO_BUFFER (info));
  GstVideoFrame frame;

  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  update (self);
  if (gst_video_frame_map (&frame, &self->info, buffer, GST_MAP_READWRITE)) {
    blend (self, &frame);
    gst_video_frame_unmap (&frame);
  }
  return GST_PAD_PROBE_OK;
}

/**
 * dais_label_attach:
 * @pad: a source pad with I420 pictures of the canvas
 * @canvas: their format
 * @name: what is written
 *
 * For pictures that are made here, so that people can tell one test camera
 * from another and see that it lives.
 */
void
dais_label_attach (GstPad *pad, const DaisCanvas *canvas, const gchar *name)
{
  Label *self = g_new0 (Label, 1);

  dais_caps_video_info (canvas, &self->info);
  self->name = g_strdup (name);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, self, label_free);
}
