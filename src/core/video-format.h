/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A canvas: size in pixels and pictures a second as a fraction. */
typedef struct {
  guint width;
  guint height;
  guint fps_n;
  guint fps_d;
} DaisVideoFormat;

/* "1280x720"; both even, 64x64 to 4096x2304 */
gboolean dais_video_format_parse_size (
    DaisVideoFormat *self, const gchar *text, GError **error);
/* "30", "29.97" or "30000/1001"; 1 to 120 */
gboolean dais_video_format_parse_fps (
    DaisVideoFormat *self, const gchar *text, GError **error);
/* (transfer full) */
gchar *dais_video_format_size_to_string (const DaisVideoFormat *self);
gchar *dais_video_format_fps_to_string (const DaisVideoFormat *self);

G_END_DECLS
