/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/slate.h"

#include <pango/pangocairo.h>

#define FONT "Sans"
/* Shares of the picture's height. */
#define TITLE_SIZE    0.085
#define SUBTITLE_SIZE 0.045
#define LINE_GAP      0.03
#define MARGIN        0.08 /* of the width */

static PangoLayout *
make_layout (cairo_t *cairo, const DaisCanvas *canvas, const gchar *text,
    gdouble size, PangoWeight weight)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *font = pango_font_description_from_string (FONT);

  pango_font_description_set_absolute_size (
      font, size * canvas->height * PANGO_SCALE);
  pango_font_description_set_weight (font, weight);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_width (
      layout, (int) (canvas->width * (1.0 - 2 * MARGIN) * PANGO_SCALE));
  pango_layout_set_height (layout, -2); /* two lines, then an ellipsis */
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

static void
paint (cairo_t *cairo, const DaisCanvas *canvas, const gchar *title,
    const gchar *subtitle)
{
  g_autoptr (PangoLayout) large = make_layout (
      cairo, canvas, title, TITLE_SIZE, PANGO_WEIGHT_SEMIBOLD);
  g_autoptr (PangoLayout) small = make_layout (
      cairo, canvas, subtitle, SUBTITLE_SIZE, PANGO_WEIGHT_NORMAL);
  gdouble gap = LINE_GAP * canvas->height;
  gdouble x = MARGIN * canvas->width;
  gdouble y;
  int large_height, small_height;

  cairo_set_source_rgb (cairo, 0.10, 0.11, 0.13);
  cairo_paint (cairo);
  pango_layout_get_pixel_size (large, NULL, &large_height);
  pango_layout_get_pixel_size (small, NULL, &small_height);
  y = (canvas->height - large_height - small_height - gap) / 2;
  cairo_set_source_rgb (cairo, 0.93, 0.94, 0.95);
  cairo_move_to (cairo, x, y);
  pango_cairo_show_layout (cairo, large);
  cairo_set_source_rgb (cairo, 0.60, 0.63, 0.67);
  cairo_move_to (cairo, x, y + large_height + gap);
  pango_cairo_show_layout (cairo, small);
}

static gboolean
convert (cairo_surface_t *surface, const DaisCanvas *canvas, GstBuffer *to)
{
  GstVideoInfo in_info, out_info;
  GstVideoFrame in, out;
  GstVideoConverter *converter;
  GstBuffer *from;

  dais_caps_video_info (canvas, &out_info);
  gst_video_info_set_format (&in_info, GST_VIDEO_FORMAT_BGRx,
      (guint) canvas->width, (guint) canvas->height);
  in_info.fps_n = out_info.fps_n;
  in_info.fps_d = out_info.fps_d;
  from = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY,
      cairo_image_surface_get_data (surface), in_info.size, 0, in_info.size,
      NULL, NULL);
  converter = gst_video_converter_new (&in_info, &out_info, NULL);
  if (converter != NULL &&
      gst_video_frame_map (&in, &in_info, from, GST_MAP_READ)) {
    if (gst_video_frame_map (&out, &out_info, to, GST_MAP_WRITE)) {
      gst_video_converter_frame (converter, &in, &out);
      gst_video_frame_unmap (&out);
    }
    gst_video_frame_unmap (&in);
  }
  gst_buffer_unref (from);
  if (converter == NULL)
    return FALSE;
  gst_video_converter_free (converter);
  return TRUE;
}

/**
 * dais_slate_new:
 * @canvas: size of the picture
 * @title: the large line: the stream's or room's display name
 * @subtitle: the small line: what is the matter
 * @allocator: (nullable): where the picture shall lie, shared memory for
 *     example
 *
 * Paints the picture that stands in for one that does not come. Takes some
 * milliseconds; keep it. Any thread.
 *
 * Returns: (transfer full) (nullable): I420, without time stamps; NULL when
 *     the memory is not to be had
 */
GstBuffer *
dais_slate_new (const DaisCanvas *canvas, const gchar *title,
    const gchar *subtitle, GstAllocator *allocator)
{
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, canvas->width, canvas->height);
  cairo_t *cairo = cairo_create (surface);
  GstVideoInfo info;
  GstBuffer *buffer;

  paint (cairo, canvas, title, subtitle);
  cairo_destroy (cairo);
  cairo_surface_flush (surface);
  dais_caps_video_info (canvas, &info);
  buffer = gst_buffer_new_allocate (allocator, info.size, NULL);
  if (buffer != NULL && !convert (surface, canvas, buffer))
    g_clear_pointer (&buffer, gst_buffer_unref);
  cairo_surface_destroy (surface);
  return buffer;
}
