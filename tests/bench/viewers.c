/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* viewers [--count N] [--seconds S] URL: many HTTP viewers of one stream that
 * read and throw away, cheaply, so that the server's cost is what is measured.
 * After a second of settling it counts for S seconds and prints one JSON line.
 */

static gint count = 1;
static gint seconds = 5;
static gint settle = 2;
static gchar **addresses = NULL;

static const GOptionEntry entries[] = {
  { "count", 0, 0, G_OPTION_ARG_INT, &count, "viewers", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "how long to count", "N" },
  { "settle", 0, 0, G_OPTION_ARG_INT, &settle, "before counting", "N" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &addresses, NULL,
      "URL" },
  { NULL },
};

typedef struct {
  int socket;
  gboolean connected;
  gboolean closed;
  gint64 asked_us;
  gint64 first_us;
  guint64 bytes; /* while counting */
} Viewer;

typedef struct {
  int epoll;
  gchar *request;
  GSocketAddress *address;
  Viewer *viewers;
  gboolean counting;
} Crowd;

static gboolean
start_viewer (Crowd *crowd, Viewer *viewer)
{
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (crowd->address);
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT,
    .data.ptr = viewer };

  g_socket_address_to_native (crowd->address, &native, sizeof native, NULL);
  viewer->socket = socket (
      native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  viewer->asked_us = g_get_monotonic_time ();
  if (viewer->socket < 0 ||
      (connect (viewer->socket, (struct sockaddr *) &native,
           (socklen_t) size) != 0 &&
          errno != EINPROGRESS))
    return FALSE;
  return epoll_ctl (crowd->epoll, EPOLL_CTL_ADD, viewer->socket, &event) == 0;
}

static void
end_viewer (Viewer *viewer)
{
  if (viewer->closed)
    return;
  viewer->closed = TRUE;
  close (viewer->socket);
}

static void
ask (Crowd *crowd, Viewer *viewer)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = viewer };
  gsize length = strlen (crowd->request);

  viewer->connected = TRUE;
  if (send (viewer->socket, crowd->request, length, MSG_NOSIGNAL) !=
      (gssize) length)
    end_viewer (viewer);
  else
    epoll_ctl (crowd->epoll, EPOLL_CTL_MOD, viewer->socket, &event);
}

static void
take (Crowd *crowd, Viewer *viewer)
{
  static guint8 waste[262144];
  gssize got = recv (viewer->socket, waste, sizeof waste, 0);

  if (got <= 0) {
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
      end_viewer (viewer);
    return;
  }
  if (viewer->first_us == 0)
    viewer->first_us = g_get_monotonic_time ();
  if (crowd->counting)
    viewer->bytes += (guint64) got;
}

static void
run_until (Crowd *crowd, gint64 end_us)
{
  struct epoll_event events[256];

  while (TRUE) {
    gint64 left = end_us - g_get_monotonic_time ();
    int n, i;

    if (left <= 0)
      return;
    n = epoll_wait (
        crowd->epoll, events, G_N_ELEMENTS (events), (int) (left / 1000) + 1);
    for (i = 0; i < n; i++) {
      Viewer *viewer = events[i].data.ptr;

      if (viewer->closed)
        continue;
      if (!viewer->connected && (events[i].events & (EPOLLOUT | EPOLLERR)))
        ask (crowd, viewer);
      if (!viewer->closed && (events[i].events & (EPOLLIN | EPOLLHUP)))
        take (crowd, viewer);
    }
  }
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static void
print_result (Crowd *crowd, gdouble passed_s)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GArray) waits = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree gchar *text = NULL;
  guint64 total = 0, least = G_MAXUINT64, most = 0;
  gint i, closed = 0;

  for (i = 0; i < count; i++) {
    Viewer *viewer = &crowd->viewers[i];
    gint64 wait_us = viewer->first_us - viewer->asked_us;

    total += viewer->bytes;
    least = MIN (least, viewer->bytes);
    most = MAX (most, viewer->bytes);
    closed += viewer->closed;
    if (viewer->first_us > 0)
      g_array_append_val (waits, wait_us);
  }
  g_array_sort (waits, compare_times);
  json_builder_begin_object (json);
#define NUMBER(name, value)                  \
  json_builder_set_member_name (json, name); \
  json_builder_add_double_value (json, (gdouble) (value))
  NUMBER ("count", count);
  NUMBER ("served", waits->len);
  NUMBER ("closed", closed);
  NUMBER ("seconds", passed_s);
  NUMBER ("bits_per_second", (gdouble) total * 8 / count / passed_s);
  NUMBER ("least_bits_per_second", (gdouble) least * 8 / passed_s);
  NUMBER ("most_bits_per_second", (gdouble) most * 8 / passed_s);
  if (waits->len > 0) {
    NUMBER ("first_byte_p50_ms",
        (gdouble) g_array_index (waits, gint64, waits->len / 2) / 1000);
    NUMBER ("first_byte_max_ms",
        (gdouble) g_array_index (waits, gint64, waits->len - 1) / 1000);
  }
#undef NUMBER
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

static gboolean
resolve (const gchar *url, Crowd *crowd)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  const gchar *query;

  if (!uri)
    return FALSE;
  query = g_uri_get_query (uri);
  crowd->address = g_inet_socket_address_new_from_string (
      g_uri_get_host (uri), (guint) g_uri_get_port (uri));
  crowd->request = g_strdup_printf (
      "GET %s%s%s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", g_uri_get_path (uri),
      query ? "?" : "", query ? query : "", g_uri_get_host (uri),
      g_uri_get_port (uri));
  return crowd->address != NULL;
}

static void
watch (Crowd *crowd)
{
  gint64 begin_us;
  gint i;

  for (i = 0; i < count; i++) {
    if (!start_viewer (crowd, &crowd->viewers[i]))
      end_viewer (&crowd->viewers[i]);
    if (i % 50 == 49)
      run_until (crowd, g_get_monotonic_time () + 5000);
  }
  run_until (crowd, g_get_monotonic_time () + settle * G_USEC_PER_SEC);
  g_print ("counting\n");
  crowd->counting = TRUE;
  begin_us = g_get_monotonic_time ();
  run_until (crowd, begin_us + seconds * G_USEC_PER_SEC);
  print_result (
      crowd, (gdouble) (g_get_monotonic_time () - begin_us) / G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  struct rlimit limit;
  Crowd crowd = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !addresses ||
      !resolve (addresses[0], &crowd)) {
    g_printerr ("viewers: %s\n", error ? error->message : "an address needed");
    return 2;
  }
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  crowd.epoll = epoll_create1 (EPOLL_CLOEXEC);
  crowd.viewers = g_new0 (Viewer, count);
  watch (&crowd);
  g_free (crowd.viewers);
  g_free (crowd.request);
  g_object_unref (crowd.address);
  return EXIT_SUCCESS;
}
