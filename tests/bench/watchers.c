/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include <gio/gio.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* watchers [--count N] HOST PORT PATH: many watch sockets on one room. Prints
 * "ready" when all have their first messages, then for each revision that all
 * have seen one line: revision, monotonic µs at the first and at the last
 * watcher, bytes of the message. Ends on SIGTERM or when standard input ends.
 */

#define MAX_REVISIONS 100000
#define BUFFER        65536

static gint count = 10;

static const GOptionEntry entries[] = {
  { "count", 0, 0, G_OPTION_ARG_INT, &count, "sockets", "N" },
  { NULL },
};

typedef struct {
  int socket;
  gboolean asked;
  gboolean upgraded;
  guint n_messages;
  GByteArray *rest; /* a head, or the begin of a message, that is not whole */
} Watcher;

typedef struct {
  guint seen;
  gint64 first_us;
  guint bytes;
} Revision;

typedef struct {
  int epoll;
  gchar *request;
  Watcher *watchers;
  Revision *revisions;
  gint ready;
  gint closed;
} Crowd;

static void
end_watcher (Crowd *crowd, Watcher *watcher)
{
  if (watcher->socket < 0)
    return;
  close (watcher->socket);
  watcher->socket = -1;
  crowd->closed++;
}

/* "…"rev":17}": our server writes the revision of the message last. */
static gint
find_revision (const gchar *text, gsize length)
{
  static const gchar key[] = "\"rev\":";
  const gchar *found = NULL;
  const gchar *p = text;

  while ((p = memmem (p, length - (gsize) (p - text), key, sizeof key - 1)))
    found = p++;
  return found ? (gint) g_ascii_strtoll (found + sizeof key - 1, NULL, 10) : -1;
}

static void
see_message (Crowd *crowd, Watcher *watcher, const gchar *text, gsize length)
{
  static const gchar state[] = "{\"type\":\"state\"";
  gint64 now_us = g_get_monotonic_time ();
  g_autofree gchar *copy = NULL;
  Revision *revision;
  gint rev;

  if (++watcher->n_messages == 5)
    crowd->ready++;
  if (watcher->n_messages <= 5 || length < sizeof state ||
      memcmp (text, state, sizeof state - 1) != 0)
    return;
  copy = g_strndup (text, length);
  rev = find_revision (copy, length);
  if (rev < 0 || rev >= MAX_REVISIONS)
    return;
  revision = &crowd->revisions[rev];
  if (revision->seen++ == 0) {
    revision->first_us = now_us;
    revision->bytes = (guint) length;
  }
  if (revision->seen == (guint) count)
    g_print ("%d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u\n", rev,
        revision->first_us, now_us, revision->bytes);
}

/* Returns: how many bytes were whole frames */
static gsize
see_frames (Crowd *crowd, Watcher *watcher, const guint8 *data, gsize length)
{
  gsize done = 0;

  while (length - done >= 2) {
    const guint8 *p = data + done;
    guint64 size = p[1] & 0x7f;
    gsize head = 2;

    if (size == 126 && length - done >= 4) {
      size = (guint64) p[2] << 8 | p[3];
      head = 4;
    } else if (size == 127 && length - done >= 10) {
      guint i;

      for (size = 0, i = 2; i < 10; i++)
        size = size << 8 | p[i];
      head = 10;
    } else if (size >= 126) {
      break;
    }
    if (length - done < head + size)
      break;
    if ((p[0] & 0x0f) == 1)
      see_message (crowd, watcher, (const gchar *) p + head, (gsize) size);
    done += head + (gsize) size;
  }
  return done;
}

static void
take (Crowd *crowd, Watcher *watcher)
{
  static guint8 buffer[BUFFER];
  gssize got = recv (watcher->socket, buffer, sizeof buffer, 0);
  const guint8 *data = buffer;
  gsize length, done = 0;

  if (got <= 0) {
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
      end_watcher (crowd, watcher);
    return;
  }
  length = (gsize) got;
  if (watcher->rest) {
    g_byte_array_append (watcher->rest, buffer, (guint) got);
    data = watcher->rest->data;
    length = watcher->rest->len;
  }
  if (!watcher->upgraded) {
    const guint8 *end = memmem (data, length, "\r\n\r\n", 4);

    if (end) {
      watcher->upgraded = TRUE;
      done = (gsize) (end + 4 - data);
    }
  }
  if (watcher->upgraded)
    done += see_frames (crowd, watcher, data + done, length - done);
  if (done < length) {
    GByteArray *rest = g_byte_array_new ();

    g_byte_array_append (rest, data + done, (guint) (length - done));
    g_clear_pointer (&watcher->rest, g_byte_array_unref);
    watcher->rest = rest;
  } else {
    g_clear_pointer (&watcher->rest, g_byte_array_unref);
  }
}

static void
ask (Crowd *crowd, Watcher *watcher)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = watcher };
  gsize length = strlen (crowd->request);

  watcher->asked = TRUE;
  if (send (watcher->socket, crowd->request, length, MSG_NOSIGNAL) !=
      (gssize) length)
    end_watcher (crowd, watcher);
  else
    epoll_ctl (crowd->epoll, EPOLL_CTL_MOD, watcher->socket, &event);
}

static void
turn (Crowd *crowd, int timeout_ms)
{
  struct epoll_event events[512];
  int n = epoll_wait (crowd->epoll, events, G_N_ELEMENTS (events), timeout_ms);
  int i;

  for (i = 0; i < n; i++) {
    Watcher *watcher = events[i].data.ptr;

    if (!watcher)
      exit (EXIT_SUCCESS); /* standard input has ended */
    if (watcher->socket >= 0 && !watcher->asked)
      ask (crowd, watcher);
    if (watcher->socket >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP)))
      take (crowd, watcher);
  }
}

static gboolean
start_watcher (Crowd *crowd, Watcher *watcher, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = g_htons (port),
    .sin_addr = { g_htonl (INADDR_LOOPBACK) } };
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT,
    .data.ptr = watcher };

  watcher->socket = socket (
      AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (watcher->socket < 0 ||
      (connect (watcher->socket, (struct sockaddr *) &address,
           sizeof address) != 0 &&
          errno != EINPROGRESS))
    return FALSE;
  return epoll_ctl (crowd->epoll, EPOLL_CTL_ADD, watcher->socket, &event) == 0;
}

static gboolean
gather (Crowd *crowd, guint16 port)
{
  gint64 end_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  gint i;

  for (i = 0; i < count; i++) {
    if (!start_watcher (crowd, &crowd->watchers[i], port))
      return FALSE;
    /* no more than a listen queue holds */
    while (i - crowd->ready > 200 && g_get_monotonic_time () < end_us)
      turn (crowd, 50);
  }
  while (crowd->ready < count && g_get_monotonic_time () < end_us)
    turn (crowd, 50);
  return crowd->ready == count;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("HOST PORT PATH");
  g_autoptr (GError) error = NULL;
  struct epoll_event end = { .events = EPOLLIN | EPOLLHUP, .data.ptr = NULL };
  struct rlimit limit;
  Crowd crowd = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 4)
    return 2;
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  crowd.request = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: %s:%s\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      argv[3], argv[1], argv[2]);
  crowd.epoll = epoll_create1 (EPOLL_CLOEXEC);
  crowd.watchers = g_new0 (Watcher, count);
  crowd.revisions = g_new0 (Revision, MAX_REVISIONS);
  if (!gather (&crowd, (guint16) g_ascii_strtoull (argv[2], NULL, 10))) {
    g_print ("only %d of %d, %d closed\n", crowd.ready, count, crowd.closed);
    return EXIT_FAILURE;
  }
  g_print ("ready\n");
  epoll_ctl (crowd.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &end);
  while (TRUE)
    turn (&crowd, 1000);
}
