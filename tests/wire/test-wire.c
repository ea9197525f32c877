/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-test"
#include "config.h"

#include "wire/link.h"
#include "wire/wire.h"

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE    (8 * GST_SECOND)
#define PICTURE     "video/x-raw,format=I420,width=64,height=48,framerate=30/1"
#define PICTURE_LEN (64 * 48 * 3 / 2)
#define SOUND \
  "audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved"

typedef struct {
  gchar *folder;
  gchar *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("dais-wire-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "v", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

/* --- pipelines --- */

static GstElement *
on_shared_clock (GstElement *pipeline)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_base_time (pipeline, 0);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  return pipeline;
}

static void
set_path (GstElement *pipeline, const gchar *path)
{
  g_autoptr (GstElement) wire = gst_bin_get_by_name (
      GST_BIN (pipeline), "wire");

  g_object_set (wire, "path", path, NULL);
}

static GstElement *
make_sender (Fixture *f, const gchar *caps_text)
{
  GstElement *pipeline = gst_parse_launch (
      "appsrc name=app format=time is-live=true ! "
      "daiswiresink name=wire sync=false async=false",
      NULL);
  g_autoptr (GstElement) app = gst_bin_get_by_name (GST_BIN (pipeline), "app");
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);

  g_object_set (app, "caps", caps, NULL);
  set_path (pipeline, f->path);
  return on_shared_clock (pipeline);
}

static GstElement *
make_receiver (Fixture *f)
{
  GstElement *pipeline = gst_parse_launch (
      "daiswiresrc name=wire ! appsink name=app sync=false async=false", NULL);

  set_path (pipeline, f->path);
  return on_shared_clock (pipeline);
}

static GstElement *
play (GstElement *pipeline)
{
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  return pipeline;
}

static void
end (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpint (GST_OBJECT_REFCOUNT_VALUE (pipeline), ==, 1);
  gst_object_unref (pipeline);
}

static void
push (GstElement *pipeline, gsize size, guint8 fill, GstClockTime pts)
{
  g_autoptr (GstElement) app = gst_bin_get_by_name (GST_BIN (pipeline), "app");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_memset (buffer, 0, fill, size);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = GST_SECOND / 30;
  g_assert_cmpint (
      gst_app_src_push_buffer (GST_APP_SRC (app), buffer), ==, GST_FLOW_OK);
}

static GstSample *
pull (GstElement *pipeline, GstClockTime timeout)
{
  g_autoptr (GstElement) app = gst_bin_get_by_name (GST_BIN (pipeline), "app");

  return gst_app_sink_try_pull_sample (GST_APP_SINK (app), timeout);
}

static guint64
get_count (GstElement *pipeline, const gchar *property)
{
  g_autoptr (GstElement) wire = gst_bin_get_by_name (
      GST_BIN (pipeline), "wire");
  guint64 count = 0;
  guint clients = 0;

  if (g_str_equal (property, "clients")) {
    g_object_get (wire, property, &clients, NULL);
    return clients;
  }
  g_object_get (wire, property, &count, NULL);
  return count;
}

/* Waits without taking the processor. */
static void
wait_for_count (GstElement *pipeline, const gchar *property, guint64 count)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) PATIENCE / 1000;

  while (get_count (pipeline, property) != count) {
    g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    poll (NULL, 0, 5);
  }
}

static void
assert_sample (GstSample *sample, gsize size, guint8 fill, GstClockTime pts)
{
  GstBuffer *buffer;
  g_autofree guint8 *expected = g_malloc (size);

  g_assert_nonnull (sample);
  buffer = gst_sample_get_buffer (sample);
  memset (expected, fill, size);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, size);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, pts);
  g_assert_cmpint (gst_buffer_memcmp (buffer, 0, expected, size), ==, 0);
}

/* --- cases --- */

static void
test_frames_are_exact (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *receiver = play (make_receiver (f));

  wait_for_count (sender, "clients", 1);
  for (guint i = 0; i < 60; i++) {
    GstClockTime pts = 5 * GST_SECOND + i * 33333333 + 7;
    g_autoptr (GstSample) sample = NULL;

    push (sender, PICTURE_LEN, (guint8) i, pts);
    sample = pull (receiver, PATIENCE);
    assert_sample (sample, PICTURE_LEN, (guint8) i, pts);
    g_assert_cmpuint (GST_BUFFER_DURATION (gst_sample_get_buffer (sample)), ==,
        GST_SECOND / 30);
  }
  g_assert_cmpuint (get_count (sender, "frames-dropped"), ==, 0);
  end (receiver);
  wait_for_count (sender, "clients", 0);
  end (sender);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_late_join_gets_the_newest (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *first = play (make_receiver (f));
  GstElement *late;
  g_autoptr (GstSample) one = NULL;
  g_autoptr (GstSample) two = NULL;
  g_autoptr (GstSample) again = NULL;

  wait_for_count (sender, "clients", 1);
  push (sender, PICTURE_LEN, 1, GST_SECOND);
  push (sender, PICTURE_LEN, 2, 2 * GST_SECOND);
  one = pull (first, PATIENCE);
  two = pull (first, PATIENCE);
  assert_sample (two, PICTURE_LEN, 2, 2 * GST_SECOND);
  late = play (make_receiver (f));
  again = pull (late, PATIENCE);
  assert_sample (again, PICTURE_LEN, 2, 2 * GST_SECOND);
  end (late);
  end (first);
  end (sender);
}

static void
test_hold (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *receiver = make_receiver (f);
  GstElement *other = play (make_receiver (f));
  g_autoptr (GstElement) wire = gst_bin_get_by_name (
      GST_BIN (receiver), "wire");
  GstSample *sample;

  g_object_set (wire, "hold", TRUE, NULL);
  play (receiver);
  wait_for_count (sender, "clients", 2);
  for (guint i = 1; i <= 8; i++) {
    push (sender, PICTURE_LEN, (guint8) i, i * GST_SECOND);
    gst_sample_unref (pull (other, PATIENCE));
  }
  g_assert_cmpuint (get_count (receiver, "frames-received"), ==, 0);
  g_object_set (wire, "hold", FALSE, NULL);
  sample = pull (receiver, PATIENCE);
  assert_sample (sample, PICTURE_LEN, 8, 8 * GST_SECOND);
  gst_sample_unref (sample);
  push (sender, PICTURE_LEN, 9, 9 * GST_SECOND);
  sample = pull (receiver, PATIENCE);
  assert_sample (sample, PICTURE_LEN, 9, 9 * GST_SECOND);
  gst_sample_unref (sample);
  end (receiver);
  end (other);
  end (sender);
}

static void
test_sender_restarts (Fixture *f, gconstpointer data)
{
  GstElement *receiver = play (make_receiver (f));

  for (guint round = 1; round <= 3; round++) {
    GstElement *sender = play (make_sender (f, PICTURE));
    g_autoptr (GstSample) sample = NULL;

    wait_for_count (sender, "clients", 1);
    push (sender, PICTURE_LEN, (guint8) round, round * GST_SECOND);
    sample = pull (receiver, PATIENCE);
    assert_sample (sample, PICTURE_LEN, (guint8) round, round * GST_SECOND);
    end (sender);
  }
  end (receiver);
}

static void
test_slow_consumer_loses_only_itself (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *good = play (make_receiver (f));
  int code = 0;
  DaisWireLink *slow;

  slow = dais_wire_link_new (f->path, FALSE, &code);
  g_assert_nonnull (slow);
  wait_for_count (sender, "clients", 2);
  for (guint i = 0; i < 100; i++) {
    g_autoptr (GstSample) sample = NULL;

    push (sender, PICTURE_LEN, (guint8) i, i * GST_MSECOND);
    sample = pull (good, PATIENCE);
    assert_sample (sample, PICTURE_LEN, (guint8) i, i * GST_MSECOND);
  }
  g_assert_cmpuint (get_count (sender, "frames-dropped"), ==, 95);
  dais_wire_link_close (slow); /* as a killed process would */
  wait_for_count (sender, "clients", 1);
  end (good);
  end (sender);
}

static int
connect_raw (const gchar *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (
      connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
assert_closed (int fd)
{
  struct pollfd item = { fd, POLLIN, 0 };
  gchar bytes[sizeof (DaisWireMessage)];
  gssize length;

  do {
    g_assert_cmpint (poll (&item, 1, 8000), ==, 1);
    length = recv (fd, bytes, sizeof bytes, 0);
  } while (length > 0);
  close (fd);
}

static void
test_garbage_consumers (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *good = play (make_receiver (f));
  g_autoptr (GstBus) bus = gst_element_get_bus (sender);
  g_autoptr (GstMessage) warning = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);

  wait_for_count (sender, "clients", 1);
  for (guint i = 0; i < 40; i++) {
    guint8 bytes[600];
    int fd = connect_raw (f->path);
    DaisWireHold hello = { dais_wire_head (DAIS_WIRE_HELLO), 0, 0 };
    g_autoptr (GstSample) sample = NULL;

    for (guint k = 0; k < sizeof bytes; k++)
      bytes[k] = (guint8) g_rand_int (random);
    if (i % 2 == 1)
      g_assert_cmpint (send (fd, &hello, sizeof hello, 0), >, 0);
    if (i % 4 == 3) /* a good head before the noise */
      memcpy (bytes, &hello, sizeof (DaisWireHead));
    send (fd, bytes, 1 + (gsize) g_rand_int_range (random, 0, 599), 0);
    assert_closed (fd);
    push (sender, PICTURE_LEN, (guint8) i, i * GST_MSECOND);
    sample = pull (good, PATIENCE);
    assert_sample (sample, PICTURE_LEN, (guint8) i, i * GST_MSECOND);
  }
  warning = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  g_assert_nonnull (warning);
  end (good);
  end (sender);
}

/* A sender that lies, in as many ways as there are rounds. */
static void
lie (int fd, guint round)
{
  DaisWireCaps caps = { .head = dais_wire_head (DAIS_WIRE_CAPS) };
  DaisWireFrame frame = {
    .head = dais_wire_head (DAIS_WIRE_FRAME),
    .slot = 1,
    .map_size = PICTURE_LEN,
    .size = PICTURE_LEN,
  };
  int memory = memfd_create ("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_strlcpy (caps.text,
      round == 0 ? "video/x-raw,format=I420,width=64000,height=64000" : PICTURE,
      sizeof caps.text);
  caps.length = (guint32) strlen (caps.text);
  g_assert_cmpint (ftruncate (memory, round == 1 ? 10 : PICTURE_LEN), ==, 0);
  if (round != 2)
    fcntl (memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  if (round == 3)
    frame.size = PICTURE_LEN / 2;
  if (round == 4)
    frame.offset = G_MAXUINT64 - 10;
  if (round == 5) {
    frame.n_planes = 3;
    frame.strides[0] = frame.strides[1] = frame.strides[2] = 1000;
  }
  if (round == 6)
    g_strlcpy (caps.text, "\xff\xfe", sizeof caps.text);
  if (round != 7)
    dais_wire_send (fd, &caps, dais_wire_caps_size (&caps), -1);
  if (round != 8)
    dais_wire_send (fd, &frame, sizeof frame, memory);
  else
    dais_wire_send (fd, &frame, sizeof frame, -1);
  close (memory);
}

static void
test_lying_senders (Fixture *f, gconstpointer data)
{
  GstElement *receiver = make_receiver (f);
  GstElement *sender;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  struct pollfd item = { listener, POLLIN, 0 };
  g_autoptr (GstSample) sample = NULL;

  g_strlcpy (address.sun_path, f->path, sizeof address.sun_path);
  g_assert_cmpint (
      bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 4), ==, 0);
  play (receiver);
  for (guint round = 0; round <= 8; round++) {
    int fd;

    g_assert_cmpint (poll (&item, 1, 8000), ==, 1);
    fd = accept (listener, NULL, NULL);
    lie (fd, round);
    assert_closed (fd);
  }
  g_assert_cmpuint (get_count (receiver, "frames-received"), ==, 0);
  close (listener);
  g_unlink (f->path);
  sender = play (make_sender (f, PICTURE));
  wait_for_count (sender, "clients", 1);
  push (sender, PICTURE_LEN, 77, GST_SECOND);
  sample = pull (receiver, PATIENCE);
  assert_sample (sample, PICTURE_LEN, 77, GST_SECOND);
  end (receiver);
  end (sender);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
test_reconnects_leave_nothing (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  guint before = 0;

  for (guint i = 0; i < 205; i++) {
    struct pollfd item = { -1, POLLIN, 0 };
    int code = 0;
    DaisWireLink *link = dais_wire_link_new (f->path, FALSE, &code);
    DaisWireMessage message = { 0 };

    g_assert_nonnull (link);
    item.fd = dais_wire_link_get_socket (link);
    wait_for_count (sender, "clients", 1);
    push (sender, PICTURE_LEN, 5, GST_SECOND);
    while (message.head.type != DAIS_WIRE_FRAME) {
      g_assert_cmpint (poll (&item, 1, 8000), ==, 1);
      g_assert_cmpint (dais_wire_link_receive (link, &message, NULL), !=,
          DAIS_WIRE_IO_CLOSED);
    }
    gst_memory_unref (dais_wire_link_wrap (link, &message.frame));
    dais_wire_link_close (link);
    wait_for_count (sender, "clients", 0);
    if (i == 4)
      before = count_fds ();
  }
  g_assert_cmpuint (count_fds (), ==, before);
  end (sender);
}

static void
assert_refused (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  end (pipeline);
}

static void
test_path_is_taken (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *receiver = play (make_receiver (f));
  g_autoptr (GstSample) sample = NULL;

  wait_for_count (sender, "clients", 1);
  assert_refused (make_sender (f, PICTURE));
  push (sender, PICTURE_LEN, 3, GST_SECOND);
  sample = pull (receiver, PATIENCE);
  assert_sample (sample, PICTURE_LEN, 3, GST_SECOND);
  end (receiver);
  end (sender);
  g_assert_true (g_file_set_contents (f->path, "no socket", -1, NULL));
  assert_refused (make_sender (f, PICTURE));
  g_assert_true (g_file_test (f->path, G_FILE_TEST_IS_REGULAR));
}

static void
test_stale_socket_is_replaced (Fixture *f, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int dead = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, f->path, sizeof address.sun_path);
  g_assert_cmpint (
      bind (dead, (struct sockaddr *) &address, sizeof address), ==, 0);
  close (dead);
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
  end (play (make_sender (f, PICTURE)));
}

static void
test_sound_is_cut_in_pieces (Fixture *f, gconstpointer data)
{
  const gsize size = 48000 / 4 * 4; /* a quarter of a second */
  GstElement *sender = play (make_sender (f, SOUND));
  GstElement *receiver = play (make_receiver (f));
  const gsize sizes[] = { 19200, 19200, 9600 };

  wait_for_count (sender, "clients", 1);
  push (sender, size, 9, GST_SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GstSample) sample = pull (receiver, PATIENCE);

    assert_sample (sample, sizes[i], 9, GST_SECOND + i * 100 * GST_MSECOND);
  }
  end (receiver);
  end (sender);
}

/* What does not lie in our memory, and not in the plain layout, is copied row
 * by row. */
static void
test_foreign_layout (Fixture *f, gconstpointer data)
{
  GstElement *sender = play (make_sender (f, PICTURE));
  GstElement *receiver = play (make_receiver (f));
  g_autoptr (GstElement) app = gst_bin_get_by_name (GST_BIN (sender), "app");
  gsize offsets[4] = { 0, 100 * 48, 100 * 48 + 60 * 24 };
  gint strides[4] = { 100, 60, 60 };
  GstBuffer *buffer = gst_buffer_new_allocate (
      NULL, 100 * 48 + 60 * 24 * 2, NULL);
  g_autoptr (GstSample) sample = NULL;

  gst_buffer_memset (buffer, 0, 0xee, (gsize) -1);
  for (gsize y = 0; y < 48; y++)
    gst_buffer_memset (buffer, y * 100, 33, 64);
  for (gsize y = 0; y < 48; y++)
    gst_buffer_memset (buffer, 100 * 48 + y * 60, 33, 32);
  gst_buffer_add_video_meta_full (
      buffer, 0, GST_VIDEO_FORMAT_I420, 64, 48, 3, offsets, strides);
  GST_BUFFER_PTS (buffer) = GST_SECOND;
  wait_for_count (sender, "clients", 1);
  gst_app_src_push_buffer (GST_APP_SRC (app), buffer);
  sample = pull (receiver, PATIENCE);
  assert_sample (sample, PICTURE_LEN, 33, GST_SECOND);
  g_assert_cmpuint (get_count (sender, "frames-copied"), ==, 1);
  end (receiver);
  end (sender);
}

static void
test_upstream_writes_into_shared_memory (Fixture *f, gconstpointer data)
{
  GstElement *sender = gst_parse_launch (
      "videotestsrc is-live=true num-buffers=12 ! " PICTURE
      " ! daiswiresink name=wire sync=false async=false",
      NULL);
  GstElement *receiver = make_receiver (f);

  set_path (sender, f->path);
  play (on_shared_clock (sender));
  play (receiver);
  for (guint i = 0; i < 5; i++) {
    g_autoptr (GstSample) sample = pull (receiver, PATIENCE);

    g_assert_nonnull (sample);
  }
  g_assert_cmpuint (get_count (sender, "frames-copied"), ==, 0);
  end (receiver);
  end (sender);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  dais_wire_register ();
#define CASE(name, function) \
  g_test_add ("/wire/wire/" name, Fixture, NULL, set_up, function, tear_down)
  CASE ("frames-are-exact", test_frames_are_exact);
  CASE ("late-join", test_late_join_gets_the_newest);
  CASE ("hold", test_hold);
  CASE ("sender-restarts", test_sender_restarts);
  CASE ("slow-consumer", test_slow_consumer_loses_only_itself);
  CASE ("garbage-consumers", test_garbage_consumers);
  CASE ("lying-senders", test_lying_senders);
  CASE ("reconnects", test_reconnects_leave_nothing);
  CASE ("taken-path", test_path_is_taken);
  CASE ("stale-socket", test_stale_socket_is_replaced);
  CASE ("sound", test_sound_is_cut_in_pieces);
  CASE ("foreign-layout", test_foreign_layout);
  CASE ("shared-memory", test_upstream_writes_into_shared_memory);
  return g_test_run ();
}
