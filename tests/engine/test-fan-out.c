/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/fan-out.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 8000

typedef struct {
  DaisFanOut *fan_out;
  gint gone; /* atomic */
} Fixture;

static void
on_gone (gpointer data)
{
  Fixture *fixture = data;

  g_atomic_int_inc (&fixture->gone);
}

static void
set_up (Fixture *fixture, gconstpointer with_header)
{
  fixture->fan_out = dais_fan_out_new (
      "test", GPOINTER_TO_INT (with_header), on_gone, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_clear_pointer (&fixture->fan_out, dais_fan_out_free);
}

/* The viewer's end of a socket pair whose other end is served. */
static gint
add_viewer (Fixture *fixture, const gchar *head, gboolean last)
{
  gint ends[2];
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (head, strlen (head));

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  socket = g_socket_new_from_fd (ends[0], NULL);
  g_assert_nonnull (socket);
  dais_fan_out_add (fixture->fan_out, socket, bytes, last);
  return ends[1];
}

static gint
add_socket (Fixture *fixture, const gchar *head)
{
  gint ends[2];
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (head, strlen (head));

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  socket = g_socket_new_from_fd (ends[0], NULL);
  g_assert_nonnull (socket);
  dais_fan_out_add_socket (fixture->fan_out, socket, bytes);
  return ends[1];
}

static void
push (Fixture *fixture, const gchar *text, gboolean key)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  dais_fan_out_push (fixture->fan_out, bytes, key);
}

static void
push_header (Fixture *fixture, const gchar *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  dais_fan_out_set_header (fixture->fan_out, bytes);
}

/* Reads exactly what is expected. */
static void
expect (gint fd, const gchar *text)
{
  gsize want = strlen (text);
  g_autofree gchar *got = g_malloc0 (want + 1);
  gsize have = 0;

  while (have < want) {
    struct pollfd ready = { fd, POLLIN, 0 };
    gssize n = 0;

    g_assert_cmpint (poll (&ready, 1, PATIENCE_MS), ==, 1);
    n = read (fd, got + have, want - have);
    g_assert_cmpint (n, >, 0);
    have += (gsize) n;
  }
  g_assert_cmpstr (got, ==, text);
}

static void
expect_nothing (gint fd)
{
  struct pollfd ready = { fd, POLLIN, 0 };

  g_assert_cmpint (poll (&ready, 1, 30), ==, 0);
}

static void
expect_end (gint fd)
{
  gchar byte = 0;

  g_assert_cmpint (read (fd, &byte, 1), ==, 0);
  close (fd);
}

static void
wait_for_gone (Fixture *fixture, gint count)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_MS * 1000;

  while (g_atomic_int_get (&fixture->gone) < count) {
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    poll (NULL, 0, 5);
  }
}

static void
test_begins_with_key (Fixture *fixture, gconstpointer unused)
{
  gint early = add_viewer (fixture, "head;", FALSE);
  gint late = -1;

  expect (early, "head;");
  push (fixture, "never seen;", FALSE);
  push_header (fixture, "header;");
  push (fixture, "k1;", TRUE);
  push (fixture, "d1;", FALSE);
  expect (early, "header;k1;d1;");
  push (fixture, "k2;", TRUE);
  push (fixture, "d2;", FALSE);
  expect (early, "k2;d2;");
  late = add_viewer (fixture, "head;", FALSE);
  expect (late, "head;header;k2;d2;");
  push (fixture, "d3;", FALSE);
  expect (early, "d3;");
  expect (late, "d3;");
  g_assert_cmpuint (dais_fan_out_get_viewers (fixture->fan_out), ==, 2);
  close (early);
  close (late);
  wait_for_gone (fixture, 2);
  g_assert_cmpuint (dais_fan_out_get_viewers (fixture->fan_out), ==, 0);
}

static void
test_waits_for_key (Fixture *fixture, gconstpointer unused)
{
  gint viewer = add_viewer (fixture, "head;", FALSE);

  push (fixture, "d1;", FALSE);
  expect (viewer, "head;");
  expect_nothing (viewer);
  push (fixture, "k1;", TRUE);
  expect (viewer, "k1;");
  close (viewer);
}

static void
test_last (Fixture *fixture, gconstpointer unused)
{
  gint viewer = add_viewer (fixture, "all there is", TRUE);

  expect (viewer, "all there is");
  expect_end (viewer);
  wait_for_gone (fixture, 1);
}

static void
test_restart (Fixture *fixture, gconstpointer unused)
{
  gint old = add_viewer (fixture, "h;", FALSE);
  gint new = -1;

  push_header (fixture, "A;");
  push (fixture, "k;", TRUE);
  expect (old, "h;A;k;");
  dais_fan_out_restart (fixture->fan_out);
  expect_end (old);
  new = add_viewer (fixture, "h;", FALSE);
  expect (new, "h;");
  expect_nothing (new);
  push_header (fixture, "B;");
  push (fixture, "k2;", TRUE);
  expect (new, "B;k2;");
  dais_fan_out_finish (fixture->fan_out);
  expect_end (new);
}

/* A viewer that does not read holds one piece, and goes on with a key. */
static void
test_slow_viewer_jumps (Fixture *fixture, gconstpointer unused)
{
  gint slow = add_viewer (fixture, "", FALSE);
  g_autofree gchar *filler = g_strnfill (200000, '.');
  g_autoptr (GString) seen = g_string_new (NULL);
  gchar buffer[65536];
  guint newest = 0;

  for (guint i = 0; i < 300; i++) {
    g_autofree gchar *piece = g_strdup_printf (
        "<%c%03u%s>", i % 10 == 0 ? 'k' : 'd', i, filler);

    push (fixture, piece, i % 10 == 0);
  }
  while (newest < 299) {
    struct pollfd ready = { slow, POLLIN, 0 };
    gssize n = 0;
    const gchar *last = NULL;

    g_assert_cmpint (poll (&ready, 1, PATIENCE_MS), ==, 1);
    n = read (slow, buffer, sizeof buffer);
    g_assert_cmpint (n, >, 0);
    for (gssize i = 0; i < n; i++)
      if (buffer[i] != '.')
        g_string_append_c (seen, buffer[i]);
    last = strrchr (seen->str, '<');
    if (last != NULL && strlen (last) >= 5)
      newest = (guint) g_ascii_strtoull (last + 2, NULL, 10);
  }
  /* <k000><d001>…: whole pieces in order, each jump lands on a key */
  for (guint at = 0, before = 0; at + 6 <= seen->len; at += 6) {
    guint number = (guint) g_ascii_strtoull (seen->str + at + 2, NULL, 10);

    g_assert_cmpint (seen->str[at], ==, '<');
    g_assert_cmpint (seen->str[at + 5], ==, '>');
    if (at > 0 && number != before + 1)
      g_assert_cmpint (seen->str[at + 1], ==, 'k');
    before = number;
  }
  g_assert_cmpuint (seen->len / 6, <, 300);
  close (slow);
}

static void
test_a_dead_viewer_disturbs_nobody (Fixture *fixture, gconstpointer unused)
{
  gint good = add_viewer (fixture, "", FALSE);
  gint bad[20];
  g_autofree gchar *large = g_strnfill (300000, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = add_viewer (fixture, "", FALSE);
  for (guint i = 0; i < 50; i++) {
    push (fixture, large, TRUE);
    expect (good, large);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    close (bad[i]);
  wait_for_gone (fixture, (gint) G_N_ELEMENTS (bad));
  push (fixture, "still there", TRUE);
  expect (good, "still there");
  close (good);
}

static void
test_talkative_viewer (Fixture *fixture, gconstpointer unused)
{
  gint viewer = add_viewer (fixture, "head", FALSE);

  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (write (viewer, "GET / HTTP/1.1\r\n\r\n", 18), ==, 18);
  push (fixture, "body", TRUE);
  expect (viewer, "headbody");
  close (viewer);
}

static void
test_many_come_and_go (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < 400; i++) {
    gint viewer = add_viewer (fixture, "head", FALSE);

    push (fixture, "piece", i % 3 == 0);
    if (i % 2 == 0)
      expect (viewer, "head");
    close (viewer);
  }
  wait_for_gone (fixture, 400);
  g_assert_cmpuint (dais_fan_out_get_viewers (fixture->fan_out), ==, 0);
}

/* Reads one binary message of a server (RFC 6455 §5.2). */
static void
expect_message (gint fd, gconstpointer data, gsize size)
{
  guint8 head[10];
  gsize length = 0;
  gsize have = 0;
  gint more = 0;
  g_autofree guint8 *got = g_malloc (size);

  g_assert_cmpint (recv (fd, head, 2, MSG_WAITALL), ==, 2);
  g_assert_cmphex (head[0], ==, 0x82);
  more = head[1] == 126 ? 2 : head[1] == 127 ? 8 : 0;
  if (more == 0)
    length = head[1];
  else
    g_assert_cmpint (recv (fd, head + 2, (gsize) more, MSG_WAITALL), ==, more);
  for (gint i = 0; i < more; i++)
    length = length << 8 | head[2 + i];
  g_assert_cmpuint (length, ==, size);
  while (have < size) {
    gssize n = recv (fd, got + have, size - have, 0);

    g_assert_cmpint (n, >, 0);
    have += (gsize) n;
  }
  g_assert_cmpmem (got, size, data, size);
}

/* One ring serves both kinds; the three forms of a length; a slow reader gets
 * its message in pieces. */
static void
test_web_sockets (Fixture *fixture, gconstpointer unused)
{
  static const gsize sizes[] = { 1, 125, 126, 65535, 65536, 3000000 };
  gint plain = add_viewer (fixture, "head;", FALSE);
  gint framed = add_socket (fixture, "101;");
  static const guint8 good_bye[] = { 0x88, 0x82, 0, 0, 0, 0, 3, 0xe8 };

  expect (plain, "head;");
  expect (framed, "101;");
  push_header (fixture, "header;");
  push (fixture, "k1;", TRUE);
  expect (plain, "header;k1;");
  expect_message (framed, "header;", 7);
  expect_message (framed, "k1;", 3);
  close (plain);
  wait_for_gone (fixture, 1);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *text = g_strnfill (sizes[i], 'a');

    push (fixture, text, TRUE);
    expect_message (framed, text, sizes[i]);
  }
  g_assert_cmpint (
      write (framed, good_bye, sizeof good_bye), ==, sizeof good_bye);
  wait_for_gone (fixture, 2);
  close (framed);
}

int
main (int argc, char **argv)
{
  const gpointer header = GINT_TO_POINTER (TRUE);

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/engine/fan-out/begins-with-key", Fixture, header, set_up,
      test_begins_with_key, tear_down);
  g_test_add ("/engine/fan-out/waits-for-key", Fixture, NULL, set_up,
      test_waits_for_key, tear_down);
  g_test_add (
      "/engine/fan-out/last", Fixture, header, set_up, test_last, tear_down);
  g_test_add ("/engine/fan-out/restart", Fixture, header, set_up, test_restart,
      tear_down);
  g_test_add ("/engine/fan-out/slow-viewer-jumps", Fixture, NULL, set_up,
      test_slow_viewer_jumps, tear_down);
  g_test_add ("/engine/fan-out/dead-viewer-disturbs-nobody", Fixture, NULL,
      set_up, test_a_dead_viewer_disturbs_nobody, tear_down);
  g_test_add ("/engine/fan-out/talkative-viewer", Fixture, NULL, set_up,
      test_talkative_viewer, tear_down);
  g_test_add ("/engine/fan-out/web-sockets", Fixture, header, set_up,
      test_web_sockets, tear_down);
  g_test_add ("/engine/fan-out/many-come-and-go", Fixture, NULL, set_up,
      test_many_come_and_go, tear_down);
  return g_test_run ();
}
