/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

#define DAIS_CANVAS_MIN_SIZE 16
#define DAIS_CANVAS_MAX_SIZE 4096
#define DAIS_CANVAS_MAX_FPS  120
#define DAIS_AUDIO_RATE      48000
#define DAIS_AUDIO_CHANNELS  2

/* The size and rate of a picture; every raw picture between engines is I420,
 * bt709, square pixels, progressive. */
typedef struct {
  gint width;
  gint height;
  gint fps_n;
  gint fps_d;
} DaisCanvas;

#define DAIS_CANVAS_DEFAULT ((DaisCanvas){ 1280, 720, 30, 1 })

/* Reads the keys width, height, fps-n and fps-d of Configure; what is absent
 * stays as it is. Sizes are even. DAIS_ERROR_INVALID names the key. */
gboolean
dais_canvas_read (DaisCanvas *canvas, GVariantDict *settings, GError **error);
gboolean dais_canvas_equal (const DaisCanvas *a, const DaisCanvas *b);
GstClockTime dais_canvas_frame_duration (const DaisCanvas *canvas);

GstCaps *dais_caps_video (const DaisCanvas *canvas); /* (transfer full) */
GstCaps *dais_caps_audio (void);                     /* (transfer full) */
void dais_caps_video_info (const DaisCanvas *canvas, GstVideoInfo *info);

G_END_DECLS
