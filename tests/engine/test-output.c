/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "engine/output.h"

#include <glib-unix.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 20
#define WIDTH      320
#define HEIGHT     180

typedef struct {
  DaisOutput *output;
  GstCaps *picture_caps;
  GstCaps *sound_caps;
  guint feed_id;
  guint watchdog_id;
  guint64 frames;
  DaisFeed feeds;
  guint viewers_changed;
  guint32 noise;
} Fixture;

typedef struct {
  gint fd;
  GByteArray *got;
  guint source_id;
  gboolean ended;
  gint64 began_us;
  gint64 first_body_us; /* 0 = not yet */
} Viewer;

/* Noise, so that there is something to encode. */
static GstBuffer *
make_noise (Fixture *fixture, gsize size, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  for (gsize i = 0; i < map.size; i++) {
    fixture->noise = fixture->noise * 1664525 + 1013904223;
    map.data[i] = (guint8) (fixture->noise >> 24);
  }
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = GST_SECOND / 30;
  return buffer;
}

static void
push_picture (Fixture *fixture, GstClockTime pts)
{
  g_autoptr (GstBuffer) buffer = make_noise (
      fixture, WIDTH * HEIGHT * 3 / 2, pts);

  dais_output_push (
      fixture->output, DAIS_FEED_VIDEO, buffer, fixture->picture_caps);
}

static void
push_sound (Fixture *fixture, GstClockTime pts)
{
  g_autoptr (GstBuffer) buffer = make_noise (fixture, 1600 * 4, pts);

  dais_output_push (
      fixture->output, DAIS_FEED_AUDIO, buffer, fixture->sound_caps);
}

static gboolean
on_feed (gpointer data)
{
  Fixture *fixture = data;
  GstClockTime pts = 1000 * GST_SECOND +
      gst_util_uint64_scale (fixture->frames, GST_SECOND, 30);

  if ((fixture->feeds & DAIS_FEED_VIDEO) != 0)
    push_picture (fixture, pts);
  if ((fixture->feeds & DAIS_FEED_AUDIO) != 0)
    push_sound (fixture, pts);
  fixture->frames++;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_watchdog (gpointer data)
{
  g_assert_not_reached ();
}

static void
on_viewers_changed (DaisOutput *output, Fixture *fixture)
{
  fixture->viewers_changed++;
}

static void
set_up (Fixture *fixture, gconstpointer feeds)
{
  fixture->feeds = (DaisFeed) GPOINTER_TO_UINT (feeds);
  fixture->output = dais_output_new ("test");
  fixture->picture_caps = gst_caps_new_simple ("video/x-raw", "format",
      G_TYPE_STRING, "I420", "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT,
      HEIGHT, "framerate", GST_TYPE_FRACTION, 30, 1, NULL);
  fixture->sound_caps = gst_caps_new_simple ("audio/x-raw", "format",
      G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved", "rate",
      G_TYPE_INT, 48000, "channels", G_TYPE_INT, 2, NULL);
  g_signal_connect (fixture->output, "viewers-changed",
      G_CALLBACK (on_viewers_changed), fixture);
  dais_output_set_feeds (fixture->output, fixture->feeds);
  fixture->feed_id = g_timeout_add (33, on_feed, fixture);
  fixture->watchdog_id = g_timeout_add_seconds (
      PATIENCE_S, on_watchdog, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_source_remove (fixture->feed_id);
  g_source_remove (fixture->watchdog_id);
  dais_output_stop (fixture->output);
  g_assert_finalize_object (fixture->output);
  gst_clear_caps (&fixture->picture_caps);
  gst_clear_caps (&fixture->sound_caps);
}

static const guint8 *
find (GByteArray *in, const void *what, gsize size)
{
  return memmem (in->data, in->len, what, size);
}

static gboolean
on_viewer_readable (gint fd, GIOCondition condition, gpointer data)
{
  Viewer *viewer = data;
  guint8 buffer[65536];
  gssize n = read (fd, buffer, sizeof buffer);

  if (n <= 0) {
    viewer->ended = TRUE;
    viewer->source_id = 0;
    return G_SOURCE_REMOVE;
  }
  g_byte_array_append (viewer->got, buffer, (guint) n);
  if (viewer->first_body_us == 0 && find (viewer->got, "\r\n\r\n", 4) != NULL &&
      find (viewer->got, "\r\n\r\n", 4) + 4 <
          viewer->got->data + viewer->got->len)
    viewer->first_body_us = g_get_monotonic_time ();
  return G_SOURCE_CONTINUE;
}

static Viewer *
viewer_new (Fixture *fixture, const gchar *output)
{
  Viewer *viewer = g_new0 (Viewer, 1);
  gint ends[2];
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  socket = g_socket_new_from_fd (ends[0], NULL);
  viewer->fd = ends[1];
  viewer->got = g_byte_array_new ();
  viewer->began_us = g_get_monotonic_time ();
  viewer->source_id = g_unix_fd_add (
      viewer->fd, G_IO_IN | G_IO_HUP, on_viewer_readable, viewer);
  dais_output_add_viewer (
      fixture->output, output, socket, "X-Test: yes\r\n", &error);
  g_assert_no_error (error);
  return viewer;
}

static void
viewer_free (Viewer *viewer)
{
  g_clear_handle_id (&viewer->source_id, g_source_remove);
  close (viewer->fd);
  g_byte_array_unref (viewer->got);
  g_free (viewer);
}

static void
run_until_size (Viewer *viewer, guint size)
{
  while (viewer->got->len < size && !viewer->ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (viewer->got->len, >=, size);
}

static guint
count_viewers (Fixture *fixture, const gchar *output)
{
  g_autoptr (GVariant) viewers = g_variant_ref_sink (
      dais_output_get_viewers (fixture->output));
  guint32 count = 0;

  g_assert_true (g_variant_lookup (viewers, output, "u", &count));
  return count;
}

/* The first block behind the first cluster's time code is a key frame. */
static void
assert_webm (Viewer *viewer)
{
  const guint8 cluster_id[] = { 0x1f, 0x43, 0xb6, 0x75 };
  const guint8 *body = find (viewer->got, "\r\n\r\n", 4) + 4;
  const guint8 *cluster = find (viewer->got, cluster_id, sizeof cluster_id);
  const guint8 *block = NULL;

  g_assert_true (g_str_has_prefix ((gchar *) viewer->got->data,
      "HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\n"));
  g_assert_nonnull (find (viewer->got, "\r\nX-Test: yes\r\n", 15));
  g_assert_cmpmem (body, 4, "\x1a\x45\xdf\xa3", 4);
  g_assert_nonnull (cluster);
  block = memchr (cluster + 4, 0xa3, 64);
  g_assert_nonnull (block);
}

/* What ffprobe says of the first packet of the kind, "K…" for a key frame. */
static gchar *
probe (Viewer *viewer, const gchar *streams)
{
  g_autofree gchar *ffprobe = g_find_program_in_path ("ffprobe");
  g_autofree gchar *path = NULL;
  g_autofree gchar *answer = NULL;
  const guint8 *body = find (viewer->got, "\r\n\r\n", 4) + 4;
  gsize length = viewer->got->len - (gsize) (body - viewer->got->data);
  const gchar *argv[] = { ffprobe, "-v", "error", "-select_streams", streams,
    "-show_entries", "packet=flags", "-of", "csv=p=0", NULL, NULL };
  gint fd = -1;

  if (ffprobe == NULL)
    return g_strdup ("K no ffprobe here");
  fd = g_file_open_tmp ("dais-XXXXXX.webm", &path, NULL);
  g_assert_cmpint (write (fd, body, length), ==, (gssize) length);
  close (fd);
  argv[9] = path;
  g_assert_true (g_spawn_sync (NULL, (gchar **) argv, NULL,
      G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &answer, NULL, NULL, NULL));
  unlink (path);
  return g_steal_pointer (&answer);
}

static void
test_webm (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = viewer_new (fixture, "webm");
  g_autofree gchar *pictures = NULL;

  g_assert_cmpuint (
      dais_output_get_wanted (fixture->output), ==, fixture->feeds);
  run_until_size (viewer, 20000);
  g_test_message ("first body bytes after %.0f ms",
      (gdouble) (viewer->first_body_us - viewer->began_us) / 1000);
  assert_webm (viewer);
  pictures = probe (
      viewer, (fixture->feeds & DAIS_FEED_VIDEO) != 0 ? "v" : "a");
  g_assert_true (g_str_has_prefix (pictures, "K"));
  g_assert_cmpuint (count_viewers (fixture, "webm"), ==, 1);
  viewer_free (viewer);
}

/* Whenever a viewer comes, it begins with the header and a key frame. */
static void
test_join_any_time (Fixture *fixture, gconstpointer unused)
{
  Viewer *first = viewer_new (fixture, "webm");
  const guint sizes[] = { 30000, 100000, 200000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Viewer *later = NULL;
    g_autofree gchar *pictures = NULL;
    g_autofree gchar *sounds = NULL;

    run_until_size (first, sizes[i]);
    later = viewer_new (fixture, "webm");
    run_until_size (later, 40000);
    assert_webm (later);
    pictures = probe (later, "v");
    sounds = probe (later, "a");
    g_assert_true (g_str_has_prefix (pictures, "K"));
    g_assert_true (g_str_has_prefix (sounds, "K"));
    viewer_free (later);
  }
  viewer_free (first);
}

static void
test_gone_after_grace (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = viewer_new (fixture, "webm");
  gint64 left_us = 0;

  run_until_size (viewer, 4000);
  viewer_free (viewer);
  left_us = g_get_monotonic_time ();
  while (count_viewers (fixture, "webm") > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (dais_output_get_wanted (fixture->output), !=, 0);
  while (dais_output_get_wanted (fixture->output) != 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - left_us, >, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (fixture->viewers_changed, >=, 2);
}

static void
test_previews (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = viewer_new (fixture, "mjpg");
  guint64 began = fixture->frames;
  guint parts = 0;

  while (fixture->frames < began + 60)
    g_main_context_iteration (NULL, TRUE);
  for (const guint8 *at = viewer->got->data, *end = at + viewer->got->len;
       (at = memmem (at, (gsize) (end - at), "--dais\r\n", 8)) != NULL; at++)
    parts++;
  g_assert_cmpuint (parts, >=, 5);
  g_assert_cmpuint (parts, <=, 23);
  g_assert_nonnull (find (viewer->got, "boundary=dais\r\n", 15));
  viewer_free (viewer);
}

static void
test_snapshot (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < 3; i++) {
    Viewer *viewer = viewer_new (fixture, "jpg");
    const guint8 *body = NULL;
    const gchar *length = NULL;

    while (!viewer->ended)
      g_main_context_iteration (NULL, TRUE);
    body = find (viewer->got, "\r\n\r\n", 4) + 4;
    g_assert_cmpmem (body, 2, "\xff\xd8", 2);
    length = (const gchar *) find (viewer->got, "Content-Length: ", 16);
    g_assert_cmpuint (g_ascii_strtoull (length + 16, NULL, 10), ==,
        viewer->got->len - (gsize) (body - viewer->got->data));
    viewer_free (viewer);
  }
}

static void
test_no_picture (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = NULL;

  fixture->feeds = 0;
  viewer = viewer_new (fixture, "jpg");
  while (!viewer->ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (
      g_str_has_prefix ((gchar *) viewer->got->data, "HTTP/1.1 503 "));
  viewer_free (viewer);
}

/* Sound that stops must not stop the picture. */
static void
test_sound_stops (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = viewer_new (fixture, "webm");
  guint size = 0;

  run_until_size (viewer, 6000);
  fixture->feeds = DAIS_FEED_VIDEO;
  size = viewer->got->len;
  run_until_size (viewer, size + 150000);
  viewer_free (viewer);
}

static void
test_feeds_change (Fixture *fixture, gconstpointer unused)
{
  Viewer *viewer = viewer_new (fixture, "webm");

  run_until_size (viewer, 6000);
  dais_output_set_feeds (fixture->output, DAIS_FEED_VIDEO);
  while (!viewer->ended)
    g_main_context_iteration (NULL, TRUE);
  viewer_free (viewer);
}

static void
test_refusals (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      dais_output_add_viewer (fixture->output, "gif", socket, "", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (dais_output_add_viewer (
      fixture->output, "webm", socket, "X: 1\r\n\r\n<html>\r\n", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_clear_error (&error);
  dais_output_set_feeds (fixture->output, DAIS_FEED_AUDIO);
  g_assert_false (
      dais_output_add_viewer (fixture->output, "jpg", socket, "", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  const gpointer both = GUINT_TO_POINTER (DAIS_FEED_VIDEO | DAIS_FEED_AUDIO);
  const gpointer video = GUINT_TO_POINTER (DAIS_FEED_VIDEO);
  const gpointer audio = GUINT_TO_POINTER (DAIS_FEED_AUDIO);

  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
#define ADD(path, feeds, func) \
  g_test_add ("/engine/output/" path, Fixture, feeds, set_up, func, tear_down)
  ADD ("webm", both, test_webm);
  ADD ("webm-video-only", video, test_webm);
  ADD ("webm-audio-only", audio, test_webm);
  ADD ("join-any-time", both, test_join_any_time);
  if (g_test_slow ()) {
    ADD ("gone-after-grace", both, test_gone_after_grace);
    ADD ("no-picture", both, test_no_picture);
  }
  ADD ("previews", both, test_previews);
  ADD ("snapshot", both, test_snapshot);
  ADD ("sound-stops", both, test_sound_stops);
  ADD ("feeds-change", both, test_feeds_change);
  ADD ("refusals", both, test_refusals);
  return g_test_run ();
}
