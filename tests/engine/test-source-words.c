/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "engine/control.h"
#include "engine/source-kind.h"
#include "engine/source-words.h"

static void
test_words (void)
{
  const struct {
    const gchar *uri;
    const gchar *said;
    const gchar *words;
  } cases[] = {
    { "rtsp://u:secret@10.0.0.5/cam", "Could not connect: Connection refused",
        "connection refused by 10.0.0.5 port 554; is it switched on?" },
    { "http://cam.local:8080/v",
        "Error resolving “cam.local”: Name or service "
        "not known",
        "the name of cam.local port 8080 is not known; check the address" },
    { "rtsps://cam/x", "Unauthorized (401)",
        "cam port 322 wants a user name and the right password" },
    { "v4l2:///dev/video3", "Device '/dev/video3' is busy",
        "camera '/dev/video3' is in use by another program" },
    { "v4l2:///dev/video3", "Failed to allocate a buffer",
        "camera '/dev/video3' does not work; unplug it and plug it in again" },
    { "rtsp://cam/x", "Internal data stream error.",
        "what comes from cam port 554 cannot be used; is it what the address "
        "says?" },
    { "v4l2:/dev/video3", "Cannot identify device '/dev/video3'.",
        "there is no camera '/dev/video3'; is it plugged in?" },
    { "srt://:9000", "Passphrase does not match BADSECRET",
        "the passphrase is not that of port 9000" },
    { "file:///a/b.webm", "Could not determine type of stream.",
        "what comes from file '/a/b.webm' is no picture or sound that can be "
        "decoded" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (
        GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED, cases[i].said);
    g_autofree gchar *words = dais_source_words (cases[i].uri, error, NULL);

    g_assert_cmpstr (words, ==, cases[i].words);
  }
}

static void
test_no_secret_is_told (void)
{
  const gchar *uri = "rtsp://root:hunter2@10.0.0.5/cam?token=abc";
  g_autoptr (GError) error = g_error_new (GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_FAILED, "strange thing with %s today", uri);
  g_autofree gchar *words = dais_source_words (uri, error, NULL);
  g_autofree gchar *text = dais_control_redact (
      "a HTTP://a:b@h/x?y=z 'rtmp://k@h/s' and plain://h/p");

  g_assert_null (strstr (words, "hunter2"));
  g_assert_null (strstr (words, "abc"));
  g_assert_nonnull (strstr (words, "10.0.0.5"));
  g_assert_cmpstr (text, ==, "a HTTP://…@h/x?… 'rtmp://…@h/s' and plain://h/p");
}

static void
test_schemes (void)
{
  const gchar *const known[] = { "test:ball", "v4l2:///dev/video0",
    "alsa:default", "pulse:", "file:///x", "HTTP://h/x", "https://h/x",
    "rtsp://h/x", "rtsps://h/x", "srt://:9", "rtmp://h/a/b", "rtmps://h/a/b",
    "udp://0.0.0.0:5", "wire:/x", "pipeline:fakesrc" };
  const gchar *const unknown[] = { "", "x", "ftp://h", "testball", ":",
    "javascript:alert(1)" };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_nonnull (dais_source_kind_find (known[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (dais_source_kind_find (unknown[i], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/engine/source-words/words", test_words);
  g_test_add_func ("/engine/source-words/no-secret", test_no_secret_is_told);
  g_test_add_func ("/engine/source-words/schemes", test_schemes);
  return g_test_run ();
}
