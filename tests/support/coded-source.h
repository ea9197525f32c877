/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct {
  guint id;
  gint width;
  gint height;
  gint fps;
  const gchar *pattern; /* of videotestsrc */
  gboolean with_video;
  gboolean with_audio;
  gint num_buffers;       /* pictures until the end, -1 = endless */
  gint num_audio_buffers; /* of 20 ms */
} CodedSourceOptions;

void coded_source_options_init (CodedSourceOptions *options);
gchar *
coded_source_launch (const CodedSourceOptions *options, const gchar *tail);
gboolean coded_source_attach (GstBin *bin, guint id);
gdouble coded_source_tone (guint id);
guint coded_source_tone_to_id (gdouble hertz);

G_END_DECLS
