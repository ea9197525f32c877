/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mock-camera.h"
#include "source-client.h"
#include "wire/wire.h"

#include <glib/gstdio.h>

#include <string.h>

/* Cameras and sound cards that are not there: V4L2 by umockdev, ALSA by its
 * file and null devices. What only a real desk shows stands in the operator's
 * guide. */

#define CAMERA "v4l2:///dev/video7"

typedef struct {
  SourceClient client;
  UMockdevTestbed *bed;
  MockCamera *camera;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->bed = umockdev_testbed_new ();
  f->camera = mock_camera_new (f->bed, 7);
  source_client_start (&f->client, data);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  source_client_stop (&f->client, data);
  mock_camera_free (f->camera);
  g_object_unref (f->bed);
}

static void
test_camera (Fixture *f, gconstpointer data)
{
  mock_camera_plug (f->camera);
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_red);
  source_client_wait_state (&f->client, "live");
  g_assert_cmpstr (dais_ipc_source_get_type_ (f->client.source), ==, "video");
  mock_camera_set_colour (f->camera, 32, 240, 118);
  source_client_wait_colour (&f->client, colour_blue);
}

/* Pulled out: slate and a reason that a person understands; put in again: back
 * on air without a touch. */
static void
test_pulled_out (Fixture *f, gconstpointer data)
{
  mock_camera_plug (f->camera);
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_red);
  mock_camera_unplug (f->camera);
  source_client_wait_colour (&f->client, colour_slate);
  source_client_wait_state (&f->client, "lost");
  while (strstr (dais_ipc_source_get_error (f->client.source),
             "is it plugged in?") == NULL)
    source_client_run (20);
  mock_camera_plug (f->camera);
  source_client_wait_colour (&f->client, colour_red);
  source_client_wait_state (&f->client, "live");
}

static void
test_missing (Fixture *f, gconstpointer data)
{
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_slate);
  source_client_wait_state (&f->client, "lost");
  g_assert_cmpstr (dais_ipc_source_get_error (f->client.source), ==,
      "there is no camera '/dev/video7'; is it plugged in?");
  mock_camera_plug (f->camera);
  source_client_wait_colour (&f->client, colour_red);
}

static void
test_busy (Fixture *f, gconstpointer data)
{
  mock_camera_set_busy (f->camera, TRUE);
  mock_camera_plug (f->camera);
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_slate);
  source_client_wait_state (&f->client, "lost");
  g_assert_cmpstr (dais_ipc_source_get_error (f->client.source), ==,
      "camera '/dev/video7' is in use by another program");
  mock_camera_set_busy (f->camera, FALSE);
  source_client_wait_colour (&f->client, colour_red);
  source_client_wait_state (&f->client, "live");
}

static void
on_state (GObject *source, GParamSpec *pspec, gpointer lost)
{
  if (g_strcmp0 (
          dais_ipc_source_get_state (DAIS_IPC_SOURCE (source)), "lost") == 0)
    ++*(guint *) lost;
}

/* Other settings, the same camera: it is not in its own way. */
static void
test_set_anew (Fixture *f, gconstpointer data)
{
  guint lost = 0;

  mock_camera_plug (f->camera);
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_red);
  g_signal_connect (
      f->client.source, "notify::state", G_CALLBACK (on_state), &lost);
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *settings = g_strdup_printf (
        "{'options': <{'rotate': '%s'}>}", i % 2 == 0 ? "180" : "0");
    g_autoptr (GError) error = NULL;

    g_assert_true (source_client_configure (&f->client, settings, &error));
    g_assert_no_error (error);
    source_client_wait_state (&f->client, "connecting");
    source_client_wait_state (&f->client, "live");
  }
  g_assert_cmpuint (lost, ==, 0);
  source_client_wait_colour (&f->client, colour_red);
}

/* Some cameras freeze: no error, only nothing more. */
static void
test_stuck (Fixture *f, gconstpointer data)
{
  mock_camera_plug (f->camera);
  source_client_set_uri (&f->client, CAMERA);
  source_client_take (&f->client, ".v");
  source_client_wait_colour (&f->client, colour_red);
  mock_camera_set_stuck (f->camera, TRUE);
  source_client_wait_colour (&f->client, colour_slate);
  source_client_wait_state (&f->client, "lost");
  mock_camera_set_stuck (f->camera, FALSE);
  source_client_wait_colour (&f->client, colour_red);
  source_client_wait_state (&f->client, "live");
}

/* --- the list --- */

typedef struct {
  GSubprocess *process;
  GDataInputStream *lines;
} List;

static gchar *
next_line (List *list)
{
  g_autoptr (GError) error = NULL;
  gchar *line = g_data_input_stream_read_line (list->lines, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);
  return line;
}

/* option: (nullable) */
static GSubprocess *
start_list (const gchar *option)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  /* GStreamer's own list complains of a device that is not ready yet */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  process = g_subprocess_launcher_spawn (
      launcher, &error, g_getenv ("DAIS_ENGINE"), "devices", option, NULL);
  g_assert_no_error (error);
  return process;
}

static void
test_list (void)
{
  g_autoptr (UMockdevTestbed) bed = umockdev_testbed_new ();
  MockCamera *camera = mock_camera_new (bed, 7);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *output = NULL;

  mock_camera_plug (camera);
  process = start_list (NULL);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (output, "\"name\":\"Mock Camera\""));
  g_assert_nonnull (strstr (output, "\"kind\":\"camera\""));
  g_assert_nonnull (strstr (output, "\"uri\":\"v4l2:///dev/video7\""));
  g_assert_nonnull (strstr (output, "\"320x240 30 fps YUY2\""));
  mock_camera_free (camera);
}

/* A line for each that is there, comes and goes while it runs, and no second
 * one. */
static void
test_hot_plug (void)
{
  g_autoptr (UMockdevTestbed) bed = umockdev_testbed_new ();
  MockCamera *first = mock_camera_new (bed, 3);
  MockCamera *second = mock_camera_new (bed, 7);
  List list = { 0 };

  mock_camera_plug (first);
  list.process = start_list ("--watch");
  list.lines = g_data_input_stream_new (
      g_subprocess_get_stdout_pipe (list.process));
  for (guint i = 0; i < 4; i++) {
    const gchar *const event = i == 2 ? "removed" : "added";
    g_autofree gchar *line = next_line (&list);

    g_test_message ("%s", line);
    g_assert_nonnull (strstr (line, event));
    g_assert_nonnull (strstr (line, i == 0 ? "/dev/video3" : "/dev/video7"));
    if (i == 0 || i == 2)
      mock_camera_plug (second);
    else if (i == 1)
      mock_camera_unplug (second);
  }
  g_subprocess_send_signal (list.process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (list.process, NULL, NULL));
  g_object_unref (list.lines);
  g_object_unref (list.process);
  mock_camera_free (first);
  mock_camera_free (second);
}

/* --- sound cards --- */

/* ALSA's file device reads what it "hears" from a file. */
static void
write_tone (const gchar *path)
{
  g_autoptr (GByteArray) tone = g_byte_array_new ();

  for (guint i = 0; i < 48000 * 20; i++) {
    gint16 value = (i / 48) % 2 == 0 ? 8000 : -8000;
    gint16 frame[2] = { GINT16_TO_LE (value), GINT16_TO_LE (value) };

    g_byte_array_append (tone, (const guint8 *) frame, sizeof frame);
  }
  g_assert_true (g_file_set_contents (
      path, (const gchar *) tone->data, (gssize) tone->len, NULL));
}

static void
write_cards (const gchar *folder)
{
  g_autofree gchar *tone = g_build_filename (folder, "tone.raw", NULL);
  g_autofree gchar *path = g_build_filename (folder, "alsa.conf", NULL);
  g_autofree gchar *text = g_strdup_printf (
      "</usr/share/alsa/alsa.conf>\n"
      "pcm.tone { type file slave { pcm { type null } } file /dev/null "
      "infile \"%s\" format raw }\n"
      "pcm.silence { type null }\n",
      tone);

  write_tone (tone);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_setenv ("ALSA_CONFIG_PATH", path, TRUE);
}

static gint
loudest (GstSample *sample)
{
  GstMapInfo map;
  gint most = 0;

  g_assert_true (
      gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ));
  for (gsize i = 0; i < map.size / 2; i++)
    most = MAX (most, ABS (((const gint16 *) (gconstpointer) map.data)[i]));
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  return most;
}

static void
hear (Fixture *f, const gchar *uri, gboolean loud)
{
  gboolean heard = FALSE;

  source_client_set_uri (&f->client, uri);
  source_client_take (&f->client, ".a");
  source_client_wait_state (&f->client, "live");
  g_assert_cmpstr (dais_ipc_source_get_type_ (f->client.source), ==, "audio");
  for (guint i = 0; i < 50 && !heard; i++) {
    g_autoptr (GstSample) sample = source_client_pull (&f->client);

    heard = loudest (sample) > 7000;
  }
  g_assert_cmpint (heard, ==, loud);
}

static void
test_sound_card (Fixture *f, gconstpointer data)
{
  hear (f, "alsa:tone", TRUE);
}

static void
test_silent_card (Fixture *f, gconstpointer data)
{
  hear (f, "alsa:silence", FALSE);
}

static void
test_no_such_card (Fixture *f, gconstpointer data)
{
  source_client_set_uri (&f->client, "alsa:hw:77");
  source_client_wait_state (&f->client, "lost");
  g_assert_cmpstr (dais_ipc_source_get_error (f->client.source), ==,
      "microphone 'hw:77' is not there or cannot be opened; is it plugged in?");
}

int
main (int argc, char **argv)
{
  g_autofree gchar *cards = g_dir_make_tmp ("dais-XXXXXX", NULL);
  int code;

  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  dais_wire_register ();
  write_cards (cards);
#define CASE(name, function) \
  g_test_add (               \
      "/engine/devices/" name, Fixture, NULL, set_up, function, tear_down)
  CASE ("camera", test_camera);
  CASE ("pulled-out", test_pulled_out);
  CASE ("missing", test_missing);
  CASE ("busy", test_busy);
  CASE ("set-anew", test_set_anew);
  CASE ("stuck", test_stuck);
  g_test_add_func ("/engine/devices/list", test_list);
  g_test_add_func ("/engine/devices/hot-plug", test_hot_plug);
  CASE ("sound-card", test_sound_card);
  CASE ("silent-card", test_silent_card);
  CASE ("no-such-card", test_no_such_card);
  code = g_test_run ();
  source_client_remove_folder (cards);
  return code;
}
