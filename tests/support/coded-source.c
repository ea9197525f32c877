/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "coded-source.h"

#include "picture-code.h"

#include <gst/video/video.h>

#include <math.h>

/* A live test picture with the code in it, and a tone that tells the id too.
 * It is a launch line with two named elements, `video` (I420) and `audio`
 * (S16LE), that the caller's tail takes from. */

/* 200 Hz apart, so that counting zero crossings over 100 ms tells them apart.
 */
#define TONE_FIRST 400
#define TONE_STEP  200

typedef struct {
  guint id;
  guint frame;
} Painter;

/**
 * coded_source_options_init:
 * @options: (out): set to 1280x720 at 30, ball pattern, picture and tone, id 1
 */
void
coded_source_options_init (CodedSourceOptions *options)
{
  *options = (CodedSourceOptions){
    .id = 1,
    .width = 1280,
    .height = 720,
    .fps = 30,
    .pattern = "ball",
    .with_video = TRUE,
    .with_audio = TRUE,
    .num_buffers = -1,
    .num_audio_buffers = -1,
  };
}

/**
 * coded_source_tone:
 * @id: of a source
 *
 * Returns: its tone in hertz
 */
gdouble
coded_source_tone (guint id)
{
  return TONE_FIRST + TONE_STEP * (gdouble) (id % 32);
}

/**
 * coded_source_tone_to_id:
 * @hertz: a tone heard
 *
 * Returns: the id (modulo 32) it belongs to, 0xff when it is none of them
 */
guint
coded_source_tone_to_id (gdouble hertz)
{
  gdouble n = (hertz - TONE_FIRST) / TONE_STEP;

  if (n < -0.25 || n > 31.25 || fabs (n - round (n)) > 0.25)
    return 0xff;
  return (guint) round (n);
}

/**
 * coded_source_launch:
 * @options: what to make
 * @tail: a launch line that takes from `video.` and `audio.`
 *
 * Returns: (transfer full): a launch line
 */
gchar *
coded_source_launch (const CodedSourceOptions *options, const gchar *tail)
{
  GString *line = g_string_new (NULL);

  if (options->with_video)
    g_string_append_printf (line,
        "videotestsrc is-live=true pattern=%s num-buffers=%d "
        "! video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1,"
        "pixel-aspect-ratio=1/1,interlace-mode=progressive,colorimetry=bt709 "
        "! identity name=video ",
        options->pattern, options->num_buffers, options->width, options->height,
        options->fps);
  if (options->with_audio)
    g_string_append_printf (line,
        "audiotestsrc is-live=true samplesperbuffer=960 volume=0.5 freq=%d "
        "num-buffers=%d "
        "! audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved,"
        "channel-mask=(bitmask)0x3 "
        "! identity name=audio ",
        (gint) coded_source_tone (options->id), options->num_audio_buffers);
  g_string_append (line, tail);
  return g_string_free (line, FALSE);
}

static void
paint (GstBuffer *buffer, const GstVideoInfo *info, const PictureCode *code)
{
  GstVideoFrame frame;
  guint8 *planes[3];
  gint strides[3], i;
  PictureArea area = { 0, 0, GST_VIDEO_INFO_WIDTH (info),
    GST_VIDEO_INFO_HEIGHT (info) };

  if (!gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE))
    return;
  for (i = 0; i < 3; i++) {
    planes[i] = GST_VIDEO_FRAME_PLANE_DATA (&frame, i);
    strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE (&frame, i);
  }
  picture_code_draw_i420 (planes, strides, &area, code);
  gst_video_frame_unmap (&frame);
}

/* In the source's streaming thread. */
static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Painter *painter = user_data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoInfo info;
  PictureCode code = { painter->id, painter->frame, g_get_monotonic_time () };
  GstBuffer *buffer;

  if (!caps || !gst_video_info_from_caps (&info, caps))
    return GST_PAD_PROBE_OK;
  painter->frame = (painter->frame + 1) & PICTURE_CODE_MAX_FRAME;
  buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (probe));
  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  paint (buffer, &info, &code);
  return GST_PAD_PROBE_OK;
}

/**
 * coded_source_attach:
 * @bin: made from coded_source_launch()
 * @id: to write into the picture
 *
 * Starts writing the code into what passes the element `video`.
 *
 * Returns: whether there is such an element
 */
gboolean
coded_source_attach (GstBin *bin, guint id)
{
  g_autoptr (GstElement) video = gst_bin_get_by_name (bin, "video");
  g_autoptr (GstPad) pad = NULL;
  Painter *painter;

  if (!video)
    return FALSE;
  painter = g_new0 (Painter, 1);
  painter->id = id;
  pad = gst_element_get_static_pad (video, "sink");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, painter, g_free);
  return TRUE;
}
