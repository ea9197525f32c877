/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/video-format.h"

#include "core/error.h"

#include <math.h>

#define MIN_SIDE   64
#define MAX_WIDTH  4096
#define MAX_HEIGHT 2304
#define MAX_FPS    120

static gboolean
parse_number (const gchar *text, guint min, guint max, guint *value)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL))
    return FALSE;
  *value = (guint) number;
  return TRUE;
}

/**
 * dais_video_format_parse_size:
 * @self: gets width and height when @text is good
 * @text: text from anywhere, as "1280x720"
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Sides are even, for I420 halves its colour planes.
 *
 * Returns: %TRUE when @text is a size within the limits
 */
gboolean
dais_video_format_parse_size (
    DaisVideoFormat *self, const gchar *text, GError **error)
{
  g_auto (GStrv) sides = g_strsplit (text, "x", 3);
  guint width;
  guint height;

  if (g_strv_length (sides) != 2 ||
      !parse_number (sides[0], MIN_SIDE, MAX_WIDTH, &width) ||
      !parse_number (sides[1], MIN_SIDE, MAX_HEIGHT, &height) ||
      width % 2 != 0 || height % 2 != 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%.40s' is no picture size; write it as 1280x720, even numbers from "
        "%dx%d to %dx%d",
        text, MIN_SIDE, MIN_SIDE, MAX_WIDTH, MAX_HEIGHT);
    return FALSE;
  }
  self->width = width;
  self->height = height;
  return TRUE;
}

/* The rates of NTSC are fractions whose decimals people round. */
static gboolean
parse_decimal (const gchar *text, guint *fps_n, guint *fps_d)
{
  static const guint ntsc[] = { 24, 30, 60, 120 };
  gchar *end;
  gdouble rate = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !(rate >= 1 && rate <= MAX_FPS))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (ntsc); i++) {
    if (fabs (rate - ntsc[i] * 1000 / 1001.0) < 0.006) {
      *fps_n = ntsc[i] * 1000;
      *fps_d = 1001;
      return TRUE;
    }
  }
  *fps_n = (guint) lround (rate * 1000);
  *fps_d = 1000;
  if (*fps_n % 1000 == 0) {
    *fps_n /= 1000;
    *fps_d = 1;
  }
  return TRUE;
}

/**
 * dais_video_format_parse_fps:
 * @self: gets fps_n and fps_d when @text is good
 * @text: text from anywhere, as "30", "29.97" or "30000/1001"
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE when @text is a rate from 1 to 120
 */
gboolean
dais_video_format_parse_fps (
    DaisVideoFormat *self, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 3);
  guint length = g_strv_length (parts);
  guint fps_n = 0;
  guint fps_d = 0;
  gboolean ok = FALSE;

  if (length == 1)
    ok = parse_decimal (parts[0], &fps_n, &fps_d);
  else if (length == 2)
    ok = parse_number (parts[0], 1, 1000000, &fps_n) &&
        parse_number (parts[1], 1, 10000, &fps_d) && fps_n >= fps_d &&
        fps_n <= fps_d * MAX_FPS;
  if (!ok) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%.40s' is no picture rate; write 30, 29.97 or 30000/1001, from 1 to "
        "%d",
        text, MAX_FPS);
    return FALSE;
  }
  self->fps_n = fps_n;
  self->fps_d = fps_d;
  return TRUE;
}

/**
 * dais_video_format_size_to_string:
 * @self: a format
 *
 * Returns: (transfer full): as "1280x720"
 */
gchar *
dais_video_format_size_to_string (const DaisVideoFormat *self)
{
  return g_strdup_printf ("%ux%u", self->width, self->height);
}

/**
 * dais_video_format_fps_to_string:
 * @self: a format
 *
 * Returns: (transfer full): as "30" or "30000/1001"
 */
gchar *
dais_video_format_fps_to_string (const DaisVideoFormat *self)
{
  if (self->fps_d == 1)
    return g_strdup_printf ("%u", self->fps_n);
  return g_strdup_printf ("%u/%u", self->fps_n, self->fps_d);
}
