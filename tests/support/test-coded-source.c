/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "coded-source.h"
#include "picture-code.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

/* What the code must survive on its way to a viewer: each path is a launch line
 * from the coded picture to a picture that is read. */

#define FRAMES 8

static guint
read_picture (GstSample *sample, guint id, gint *next_frame)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  PictureReading reading;
  PictureArea area = { 0 };
  gboolean read;

  g_assert_true (
      gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  g_assert_true (gst_video_frame_map (
      &frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ));
  area.width = GST_VIDEO_INFO_WIDTH (&info);
  area.height = GST_VIDEO_INFO_HEIGHT (&info);
  read = picture_code_read (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
      GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, 0), &area, &reading);
  gst_video_frame_unmap (&frame);
  g_assert_true (read);
  g_assert_false (reading.torn);
  g_assert_cmpuint (reading.code.id, ==, id);
  g_assert_cmpint ((gint) reading.code.frame, >=, *next_frame);
  g_assert_cmpint (reading.code.time_us, <=, g_get_monotonic_time ());
  *next_frame = (gint) reading.code.frame + 1;
  return reading.places;
}

static void
check_path (gconstpointer data)
{
  g_autofree gchar *tail = g_strconcat ("video. ! ",
      (const gchar *) data, /* a constant of ours */
      " ! appsink name=out sync=false", NULL);
  CodedSourceOptions options;
  g_autofree gchar *line = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) out = NULL;
  gint next_frame = 0, n = 0;

  coded_source_options_init (&options);
  options.id = 42;
  options.with_audio = FALSE;
  options.num_buffers = FRAMES;
  line = coded_source_launch (&options, tail);
  pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  g_assert_true (coded_source_attach (GST_BIN (pipeline), options.id));
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (TRUE) {
    g_autoptr (GstSample) sample = gst_app_sink_pull_sample (
        GST_APP_SINK (out));

    if (!sample)
      break;
    g_assert_cmpuint (read_picture (sample, options.id, &next_frame), ==,
        PICTURE_CODE_PLACES);
    n++;
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpint (n, ==, FRAMES);
}

static void
test_tones_are_told_apart (void)
{
  guint id;

  for (id = 0; id < 32; id++) {
    g_assert_cmpuint (coded_source_tone_to_id (coded_source_tone (id)), ==, id);
    g_assert_cmpuint (
        coded_source_tone_to_id (coded_source_tone (id) + 20), ==, id);
  }
  g_assert_cmpuint (coded_source_tone_to_id (500), ==, 0xff);
  g_assert_cmpuint (coded_source_tone_to_id (50), ==, 0xff);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/support/coded-source/tones", test_tones_are_told_apart);
  g_test_add_data_func ("/support/coded-source/raw", "identity", check_path);
  g_test_add_data_func ("/support/coded-source/vp8",
      "vp8enc deadline=1 cpu-used=16 target-bitrate=2000000 end-usage=cbr "
      "! vp8dec",
      check_path);
  g_test_add_data_func ("/support/coded-source/quarter",
      "videoscale ! video/x-raw,width=320,height=180", check_path);
  g_test_add_data_func ("/support/coded-source/quarter-jpeg",
      "videoscale ! video/x-raw,width=320,height=180 ! jpegenc quality=70 "
      "! jpegdec",
      check_path);
  g_test_add_data_func ("/support/coded-source/quarter-vp8",
      "videoscale ! video/x-raw,width=320,height=180 "
      "! vp8enc deadline=1 cpu-used=16 target-bitrate=500000 ! vp8dec",
      check_path);
  g_test_add_data_func ("/support/coded-source/full-hd-and-back",
      "videoscale ! video/x-raw,width=1920,height=1080 ! videoscale "
      "! video/x-raw,width=1280,height=720",
      check_path);
  g_test_add_data_func ("/support/coded-source/h264",
      "x264enc tune=zerolatency speed-preset=superfast bitrate=2000 "
      "! avdec_h264",
      check_path);
  return g_test_run ();
}
