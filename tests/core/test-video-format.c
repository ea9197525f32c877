/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/video-format.h"

static void
test_size (void)
{
  static const gchar *const bad[] = { "", "x", "1280", "1280x", "1280x720x2",
    "1280x721", "-1280x720", "32x32", "5000x720", "1280 x720", "0x0" };
  DaisVideoFormat format = { 0 };
  g_autofree gchar *text = NULL;

  g_assert_true (dais_video_format_parse_size (&format, "1280x720", NULL));
  text = dais_video_format_size_to_string (&format);
  g_assert_cmpstr (text, ==, "1280x720");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (dais_video_format_parse_size (&format, bad[i], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
  g_assert_cmpuint (format.width, ==, 1280);
}

static void
test_fps (void)
{
  static const gchar *const good[][2] = { { "30", "30" },
    { "29.97", "30000/1001" }, { "23.976", "24000/1001" },
    { "30000/1001", "30000/1001" }, { "12.5", "12500/1000" },
    { "59.94", "60000/1001" }, { "50.0", "50" } };
  static const gchar *const bad[] = { "", "0", "121", "nan", "1/0", "30/1/1",
    "0.5", "30fps", "-30", "1/2" };
  DaisVideoFormat format = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *text = NULL;

    g_assert_true (dais_video_format_parse_fps (&format, good[i][0], NULL));
    text = dais_video_format_fps_to_string (&format);
    g_assert_cmpstr (text, ==, good[i][1]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (dais_video_format_parse_fps (&format, bad[i], NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core/video-format/size", test_size);
  g_test_add_func ("/core/video-format/fps", test_fps);

  return g_test_run ();
}
