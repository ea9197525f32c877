/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "coded-source.h"

#include <glib-unix.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <stdlib.h>

/* coded-sender [options] TAIL...: a camera for tests. TAIL is a launch line
 * that takes from `video.` and `audio.`, for example
 *   coded-sender --id 3 video. ! queue ! daiswiresink path=/tmp/x
 * With --rtsp the tail names payloaders (pay0, pay1) and is served by RTSP at
 * the address that is printed on standard output. */

static gint id = 1;
static gint fps = 30;
static gint seconds = 0;
static gint count = -1;
static gint audio_count = -1;
static gint port = 0;
static gchar *password = NULL;
static gchar *size = NULL;
static gchar *pattern = NULL;
static gboolean no_audio = FALSE;
static gboolean no_video = FALSE;
static gboolean rtsp = FALSE;
static gchar **tail = NULL;

static const GOptionEntry entries[] = {
  { "id", 0, 0, G_OPTION_ARG_INT, &id, "written into the picture", "N" },
  { "size", 0, 0, G_OPTION_ARG_STRING, &size, "1280x720", "WxH" },
  { "fps", 0, 0, G_OPTION_ARG_INT, &fps, "30", "N" },
  { "pattern", 0, 0, G_OPTION_ARG_STRING, &pattern, "of videotestsrc", "NAME" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "then end", "N" },
  { "frames", 0, 0, G_OPTION_ARG_INT, &count, "then end", "N" },
  { "audio-buffers", 0, 0, G_OPTION_ARG_INT, &audio_count, "of 20 ms, then end",
      "N" },
  { "no-audio", 0, 0, G_OPTION_ARG_NONE, &no_audio, NULL, NULL },
  { "no-video", 0, 0, G_OPTION_ARG_NONE, &no_video, NULL, NULL },
  { "rtsp", 0, 0, G_OPTION_ARG_NONE, &rtsp, "serve the tail by RTSP", NULL },
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "of RTSP, 0 = any", "N" },
  { "password", 0, 0, G_OPTION_ARG_STRING, &password,
      "of RTSP, the user's name is operator", "WORD" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &tail, NULL, "TAIL" },
  { NULL },
};

typedef struct {
  GMainLoop *loop;
  gint status;
} Sender;

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Sender *sender = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_printerr ("coded-sender: %s: %s\n", GST_MESSAGE_SRC_NAME (message),
        error->message);
    sender->status = EXIT_FAILURE;
    g_main_loop_quit (sender->loop);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    g_main_loop_quit (sender->loop);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_end (gpointer user_data)
{
  Sender *sender = user_data;

  g_main_loop_quit (sender->loop);
  return G_SOURCE_CONTINUE;
}

static GstElement *
play (const gchar *line, Sender *sender)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstClock) clock = NULL;

  if (!pipeline || error) {
    g_printerr ("coded-sender: %s\n", error->message);
    return NULL;
  }
  coded_source_attach (GST_BIN (pipeline), (guint) id);
  bus = gst_element_get_bus (pipeline);
  gst_bus_add_watch (bus, on_message, sender);
  /* As an engine does, so that a wire's times mean the same on both sides. */
  clock = g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "monotonic", NULL);
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (pipeline, 0);
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE)
    return NULL;
  return g_steal_pointer (&pipeline);
}

static void
on_media (GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer data)
{
  g_autoptr (GstElement) bin = gst_rtsp_media_get_element (media);

  coded_source_attach (GST_BIN (bin), (guint) id);
}

/* Whoever does not say the password is sent away. */
static void
demand_password (GstRTSPServer *server, GstRTSPMediaFactory *factory)
{
  g_autoptr (GstRTSPAuth) auth = gst_rtsp_auth_new ();
  GstRTSPToken *token = gst_rtsp_token_new (
      GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);
  g_autofree gchar *basic = gst_rtsp_auth_make_basic ("operator", password);

  gst_rtsp_auth_add_basic (auth, basic, token);
  gst_rtsp_token_unref (token);
  gst_rtsp_media_factory_add_role (factory, "viewer",
      GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
      GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
  gst_rtsp_server_set_auth (server, auth);
}

static GstRTSPServer *
serve (const gchar *line)
{
  g_autoptr (GstRTSPServer) server = gst_rtsp_server_new ();
  g_autoptr (GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points (
      server);
  GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new ();
  g_autofree gchar *bin = g_strdup_printf ("( %s )", line);
  g_autofree gchar *service = g_strdup_printf ("%d", port);

  gst_rtsp_media_factory_set_launch (factory, bin);
  gst_rtsp_media_factory_set_shared (factory, TRUE);
  g_signal_connect (factory, "media-configure", G_CALLBACK (on_media), NULL);
  if (password)
    demand_password (server, factory);
  gst_rtsp_mount_points_add_factory (mounts, "/camera", factory);
  gst_rtsp_server_set_address (server, "127.0.0.1");
  gst_rtsp_server_set_service (server, service);
  if (!gst_rtsp_server_attach (server, NULL))
    return NULL;
  g_print (
      "rtsp://127.0.0.1:%d/camera\n", gst_rtsp_server_get_bound_port (server));
  return g_steal_pointer (&server);
}

static gboolean
parse (int *argc, char ***argv, CodedSourceOptions *options)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("-- TAIL...");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, &error)) {
    g_printerr ("coded-sender: %s\n", error->message);
    return FALSE;
  }
  coded_source_options_init (options);
  options->id = (guint) id;
  options->fps = fps;
  options->num_buffers = count;
  options->num_audio_buffers = audio_count;
  options->with_audio = !no_audio;
  options->with_video = !no_video;
  if (pattern)
    options->pattern = pattern;
  parts = g_strsplit (size ? size : "1280x720", "x", 2);
  options->width = (gint) g_ascii_strtoll (parts[0], NULL, 10);
  options->height = parts[1] ? (gint) g_ascii_strtoll (parts[1], NULL, 10) : 0;
  if (!tail || options->width < 64 || options->height < 36) {
    g_printerr ("coded-sender: a tail and a size of at least 64x36 needed\n");
    return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstRTSPServer) server = NULL;
  g_autofree gchar *words = NULL;
  g_autofree gchar *line = NULL;
  Sender sender = { loop, EXIT_SUCCESS };
  CodedSourceOptions options;

  if (!parse (&argc, &argv, &options))
    return 2;
  words = g_strjoinv (" ", tail);
  line = coded_source_launch (&options, words);
  if (rtsp)
    server = serve (line);
  else
    pipeline = play (line, &sender);
  if (!server && !pipeline)
    return EXIT_FAILURE;
  g_unix_signal_add (SIGTERM, on_end, &sender);
  g_unix_signal_add (SIGINT, on_end, &sender);
  if (seconds > 0)
    g_timeout_add_seconds ((guint) seconds, on_end, &sender);
  g_main_loop_run (loop);
  if (pipeline)
    gst_element_set_state (pipeline, GST_STATE_NULL);
  return sender.status;
}
