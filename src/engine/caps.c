/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/caps.h"

#include "core/error.h"

static gboolean
read_key (GVariantDict *settings, const gchar *key, gint lowest, gint highest,
    gint *value, GError **error)
{
  guint32 given = 0;

  if (!g_variant_dict_lookup (settings, key, "u", &given)) {
    if (!g_variant_dict_contains (settings, key))
      return TRUE;
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' must be an unsigned number", key);
    return FALSE;
  }
  if (given < (guint32) lowest || given > (guint32) highest) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' is %u, must be %d to %d", key, given, lowest, highest);
    return FALSE;
  }
  *value = (gint) given;
  return TRUE;
}

/**
 * dais_canvas_read:
 * @canvas: (inout): changed only when all keys are good
 * @settings: the dictionary of a Configure call
 * @error: DAIS_ERROR_INVALID
 *
 * Reads width, height (pixels, even), fps-n and fps-d.
 *
 * Returns: whether every key that is there was good
 */
gboolean
dais_canvas_read (DaisCanvas *canvas, GVariantDict *settings, GError **error)
{
  DaisCanvas read = *canvas;

  if (!read_key (settings, "width", DAIS_CANVAS_MIN_SIZE, DAIS_CANVAS_MAX_SIZE,
          &read.width, error) ||
      !read_key (settings, "height", DAIS_CANVAS_MIN_SIZE, DAIS_CANVAS_MAX_SIZE,
          &read.height, error) ||
      !read_key (settings, "fps-n", 1, 120000, &read.fps_n, error) ||
      !read_key (settings, "fps-d", 1, 1001, &read.fps_d, error))
    return FALSE;
  if (read.width % 2 != 0 || read.height % 2 != 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "a picture of %dx%d has an odd side, both must be even", read.width,
        read.height);
    return FALSE;
  }
  if (read.fps_n / read.fps_d > DAIS_CANVAS_MAX_FPS ||
      read.fps_n < read.fps_d) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "%d/%d frames a second, must be 1 to %d", read.fps_n, read.fps_d,
        DAIS_CANVAS_MAX_FPS);
    return FALSE;
  }
  *canvas = read;
  return TRUE;
}

/**
 * dais_canvas_equal:
 *
 * Returns: whether both have the same size and rate
 */
gboolean
dais_canvas_equal (const DaisCanvas *a, const DaisCanvas *b)
{
  return a->width == b->width && a->height == b->height &&
      a->fps_n == b->fps_n && a->fps_d == b->fps_d;
}

/**
 * dais_canvas_frame_duration:
 *
 * Returns: nanoseconds from one picture to the next
 */
GstClockTime
dais_canvas_frame_duration (const DaisCanvas *canvas)
{
  return gst_util_uint64_scale_int (GST_SECOND, canvas->fps_d, canvas->fps_n);
}

/**
 * dais_caps_video:
 *
 * Returns: (transfer full): the one raw picture format of this canvas
 */
GstCaps *
dais_caps_video (const DaisCanvas *canvas)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "I420",
      "width", G_TYPE_INT, canvas->width, "height", G_TYPE_INT, canvas->height,
      "framerate", GST_TYPE_FRACTION, canvas->fps_n, canvas->fps_d,
      "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, "interlace-mode",
      G_TYPE_STRING, "progressive", "colorimetry", G_TYPE_STRING, "bt709",
      NULL);
}

/**
 * dais_caps_audio:
 *
 * Returns: (transfer full): S16LE, 48 kHz, stereo, interleaved
 */
GstCaps *
dais_caps_audio (void)
{
  return gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE",
      "rate", G_TYPE_INT, DAIS_AUDIO_RATE, "channels", G_TYPE_INT,
      DAIS_AUDIO_CHANNELS, "layout", G_TYPE_STRING, "interleaved",
      "channel-mask", GST_TYPE_BITMASK, (guint64) 0x3, NULL);
}

/**
 * dais_caps_video_info:
 * @info: (out caller-allocates): strides and offsets of that format
 */
void
dais_caps_video_info (const DaisCanvas *canvas, GstVideoInfo *info)
{
  g_autoptr (GstCaps) caps = dais_caps_video (canvas);

  gst_video_info_from_caps (info, caps);
}
