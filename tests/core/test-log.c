/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-test"

#include "config.h"

#include "core/log.h"

static void
test_redact (void)
{
  static const gchar *const table[][2] = {
    { "rtsp://user:secret@host/x?token=y", "rtsp://…@host/x" },
    { "rtsp://user:se/cr@et@host:554/x", "rtsp://…@host:554/x" },
    { "rtsp://user:se?cret@host/x", "rtsp://…@host/x" },
    { "http://host:80/a.webm", "http://host:80/a.webm" },
    { "srt://host:9000?passphrase=abc", "srt://host:9000" },
    { "v4l2:///dev/video0", "v4l2:///dev/video0" },
    { "test:ball", "test:ball" },
    { "pipeline:videotestsrc ! secret", "pipeline:…" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree gchar *text = dais_log_redact_url (table[i][0]);

    g_assert_cmpstr (text, ==, table[i][1]);
  }
}

static void
test_lines (void)
{
  if (g_test_subprocess ()) {
    g_unsetenv ("G_MESSAGES_DEBUG");
    dais_log_init (FALSE);
    dais_log_room (G_LOG_LEVEL_MESSAGE, "hall", "opened\nby %s", "op");
    dais_log_stream (G_LOG_LEVEL_INFO, "cam", "not shown");
    g_message ("plain");
    dais_log_set_level (G_LOG_LEVEL_WARNING);
    g_message ("too low");
    dais_log_set_level (G_LOG_LEVEL_INFO);
    dais_log_stream (G_LOG_LEVEL_INFO, "cam", "shown");
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*test message ?hall? opened by op\n*");
  g_test_trap_assert_stderr ("*test message plain\n*");
  g_test_trap_assert_stderr ("*test info ?cam? shown\n*");
  g_test_trap_assert_stderr_unmatched ("*not shown*");
  g_test_trap_assert_stderr_unmatched ("*too low*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core/log/redact", test_redact);
  g_test_add_func ("/core/log/lines", test_lines);

  return g_test_run ();
}
