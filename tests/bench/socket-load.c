/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Thousands of Socket.IO clients over WebSocket in one thread, as light as can
 * be, against any server that has the events `join` and `to-room`: what a
 * server's CPU buys in deliveries, what a connection costs. Prints one JSON
 * object. */

#define IN_FLIGHT 100
#define ROOM      "42[\"room\",\""

static gint port = 0;
static gint server_pid = 0;
static gint n_clients = 100;
static gint outstanding = 4;
static gdouble seconds = 5;
static gdouble idle_seconds = 0;

static const GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "of the server on 127.0.0.1", "N" },
  { "pid", 0, 0, G_OPTION_ARG_INT, &server_pid, "of the server", "N" },
  { "clients", 0, 0, G_OPTION_ARG_INT, &n_clients, "receivers", "N" },
  { "outstanding", 0, 0, G_OPTION_ARG_INT, &outstanding,
      "broadcasts under way in the closed loop", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "of each load", "S" },
  { "idle", 0, 0, G_OPTION_ARG_DOUBLE, &idle_seconds, "of silence", "S" },
  { NULL },
};

typedef enum {
  CONNECTING,
  SHAKING,
  OPENING,
  JOINING,
  READY
} State;

typedef struct {
  gint fd;
  State state;
  guint length;
  guint8 buffer[4096];
} Client;

static Client *clients;
static gint epoll_fd;
static guint n_started;
static guint n_ready;

/* the load */
static guint64 n_deliveries;
static guint64 n_complete; /* broadcasts that reached everybody */
static gboolean is_closed_loop;
static gboolean is_measured;
static GArray *latencies; /* µs */

static void
send_text (Client *client, const gchar *text)
{
  gsize length = strlen (text);
  guint8 frame[512] = { 0x81, (guint8) (0x80 | length) };

  g_assert_cmpuint (length, <, 126);
  memcpy (frame + 6, text, length); /* the mask is zero */
  if (send (client->fd, frame, length + 6, MSG_NOSIGNAL) !=
      (gssize) (length + 6))
    g_error ("cannot send: %s", g_strerror (errno));
}

static void
start_client (Client *client)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
    .sin_port = htons ((guint16) port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = client };
  const gint one = 1;

  client->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (client->fd < 0)
    g_error ("cannot make a socket: %s", g_strerror (errno));
  setsockopt (client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  client->state = CONNECTING;
  if (connect (client->fd, (struct sockaddr *) &address, sizeof address) < 0 &&
      errno != EINPROGRESS)
    g_error ("cannot connect: %s", g_strerror (errno));
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
  n_started++;
}

static void
shake_hands (Client *client)
{
  static const gchar request[] =
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
      "Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

  if (send (client->fd, request, sizeof request - 1, MSG_NOSIGNAL) !=
      sizeof request - 1)
    g_error ("cannot send a handshake: %s", g_strerror (errno));
  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
  client->state = SHAKING;
}

/* 64 bytes with the time of sending at a fixed place */
static void
broadcast (void)
{
  gchar text[126];

  g_snprintf (text, sizeof text,
      "42[\"to-room\",\"r\",\"%020" G_GINT64_FORMAT "x%043d\"]",
      g_get_monotonic_time (), 0);
  send_text (&clients[0], text);
}

static void
handle_text (Client *client, const gchar *text, gsize length)
{
  if (length >= 2 && text[0] == '4' && text[1] == '2') {
    if (length < sizeof ROOM + 20 || memcmp (text, ROOM, sizeof ROOM - 1) != 0)
      return;
    n_deliveries++;
    if (is_measured) {
      guint32 late = (guint32) (g_get_monotonic_time () -
          g_ascii_strtoll (text + sizeof ROOM - 1, NULL, 10));

      g_array_append_val (latencies, late);
    }
    if (n_deliveries % (guint) n_clients == 0) {
      n_complete++;
      if (is_closed_loop)
        broadcast ();
    }
  } else if (text[0] == '2') {
    send_text (client, "3");
  } else if (text[0] == '0') {
    send_text (client, "40");
    client->state = OPENING;
  } else if (client->state == OPENING && text[1] == '0') {
    send_text (client, "420[\"join\",\"r\"]");
    client->state = JOINING;
  } else if (client->state == JOINING && text[1] == '3') {
    client->state = READY;
    n_ready++;
    if (n_started < (guint) n_clients)
      start_client (&clients[n_started]);
  }
}

static void
handle_frames (Client *client)
{
  guint at = 0;

  while (client->length - at >= 2) {
    guint8 *frame = client->buffer + at;
    guint size = frame[1];
    guint head = 2;

    if (size == 126) {
      if (client->length - at < 4)
        break;
      size = (guint) frame[2] << 8 | frame[3];
      head = 4;
    }
    if (client->length - at < head + size)
      break;
    if ((frame[0] & 0xf) == 8)
      g_error ("the server closed a client");
    handle_text (client, (const gchar *) frame + head, size);
    at += head + size;
  }
  memmove (client->buffer, client->buffer + at, client->length - at);
  client->length -= at;
}

static void
on_readable (Client *client)
{
  gssize n = recv (client->fd, client->buffer + client->length,
      sizeof client->buffer - client->length - 1, 0);
  gchar *end;

  if (n <= 0)
    g_error ("a client was cut off: %s", n < 0 ? g_strerror (errno) : "end");
  client->length += (guint) n;
  client->buffer[client->length] = '\0';
  if (client->state == SHAKING) {
    end = strstr ((gchar *) client->buffer, "\r\n\r\n");
    if (end == NULL)
      return;
    if (!g_str_has_prefix ((gchar *) client->buffer, "HTTP/1.1 101"))
      g_error ("no handshake: %s", client->buffer);
    end += 4;
    client->length -= (guint) (end - (gchar *) client->buffer);
    memmove (client->buffer, end, client->length);
    client->state = OPENING;
  }
  handle_frames (client);
}

/* Until the time, or until everybody is ready when @until is 0. */
static void
turn (gint64 until)
{
  struct epoll_event events[256];

  while (until > 0 ? g_get_monotonic_time () < until
                   : n_ready < (guint) n_clients) {
    gint wait = until > 0
        ? (gint) MAX ((until - g_get_monotonic_time ()) / 1000, 0)
        : 1000;
    gint n = epoll_wait (epoll_fd, events, 256, MIN (wait, 1000));

    for (gint i = 0; i < n; i++) {
      Client *client = events[i].data.ptr;

      if (client->state == CONNECTING)
        shake_hands (client);
      else
        on_readable (client);
    }
  }
}

/* seconds, of all threads; /proc counts whole ticks only */
static gdouble
server_cpu (void)
{
  struct timespec used;
  clockid_t clock;

  if (clock_getcpuclockid (server_pid, &clock) != 0 ||
      clock_gettime (clock, &used) != 0)
    g_error ("the server is gone");
  return (gdouble) used.tv_sec + (gdouble) used.tv_nsec / 1e9;
}

static gdouble
server_rss_kib (void)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", server_pid);
  g_autofree gchar *text = NULL;
  const gchar *line;

  g_file_get_contents (path, &text, NULL, NULL);
  line = text != NULL ? strstr (text, "VmRSS:") : NULL;
  return line != NULL ? g_ascii_strtod (line + 6, NULL) : 0;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  guint32 one = *(const guint32 *) a;
  guint32 two = *(const guint32 *) b;

  return one < two ? -1 : one > two;
}

static gdouble
percentile_ms (gdouble share)
{
  if (latencies->len == 0)
    return 0;
  return g_array_index (latencies, guint32,
             (guint) ((gdouble) (latencies->len - 1) * share)) /
      1000.0;
}

static void
report_load (JsonBuilder *out, const gchar *name, gdouble wall, gdouble cpu)
{
  g_array_sort (latencies, compare);
  json_builder_set_member_name (out, name);
  json_builder_begin_object (out);
  json_builder_set_member_name (out, "deliveries_per_s");
  json_builder_add_double_value (out, latencies->len / wall);
  json_builder_set_member_name (out, "deliveries_per_cpu_s");
  json_builder_add_double_value (out, cpu > 0 ? latencies->len / cpu : 0);
  json_builder_set_member_name (out, "server_cores");
  json_builder_add_double_value (out, cpu / wall);
  json_builder_set_member_name (out, "p50_ms");
  json_builder_add_double_value (out, percentile_ms (0.5));
  json_builder_set_member_name (out, "p99_ms");
  json_builder_add_double_value (out, percentile_ms (0.99));
  json_builder_end_object (out);
}

static void
start_measuring (void)
{
  g_array_set_size (latencies, 0);
  is_measured = TRUE;
}

/* As many broadcasts as the server manages with a few under way. */
static void
run_saturated (JsonBuilder *out)
{
  gdouble cpu;
  gint64 begin;

  is_closed_loop = TRUE;
  for (gint i = 0; i < outstanding; i++)
    broadcast ();
  turn (g_get_monotonic_time () + G_USEC_PER_SEC);
  start_measuring ();
  cpu = server_cpu ();
  begin = g_get_monotonic_time ();
  turn (begin + (gint64) (seconds * G_USEC_PER_SEC));
  cpu = server_cpu () - cpu;
  is_measured = FALSE;
  is_closed_loop = FALSE;
  report_load (out, "saturated",
      (gdouble) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC, cpu);
  turn (g_get_monotonic_time () + G_USEC_PER_SEC);
}

/* 10,000 deliveries a second, whether they arrive or not. */
static void
run_steady (JsonBuilder *out)
{
  gint64 gap = (gint64) G_USEC_PER_SEC * n_clients / 10000;
  gint64 begin = g_get_monotonic_time ();
  gint64 end = begin + (gint64) (seconds * G_USEC_PER_SEC);
  gdouble cpu = server_cpu ();

  start_measuring ();
  for (gint64 at = begin; at < end; at += gap) {
    broadcast ();
    turn (at + gap);
  }
  cpu = server_cpu () - cpu;
  is_measured = FALSE;
  report_load (out, "steady",
      (gdouble) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC, cpu);
}

static void
add_number (JsonBuilder *out, const gchar *name, gdouble value)
{
  json_builder_set_member_name (out, name);
  json_builder_add_double_value (out, value);
}

static void
run (JsonBuilder *out)
{
  gdouble rss = server_rss_kib ();
  gdouble cpu = server_cpu ();

  for (gint i = 0; i < MIN (IN_FLIGHT, n_clients); i++)
    start_client (&clients[i]);
  turn (0);
  add_number (out, "clients", n_clients);
  add_number (out, "accept_cpu_s", server_cpu () - cpu);
  turn (g_get_monotonic_time () + G_USEC_PER_SEC / 2);
  add_number (out, "kib_per_connection", (server_rss_kib () - rss) / n_clients);
  if (idle_seconds > 0) {
    cpu = server_cpu ();
    turn (g_get_monotonic_time () + (gint64) (idle_seconds * G_USEC_PER_SEC));
    add_number (out, "idle_cores", (server_cpu () - cpu) / idle_seconds);
  }
  if (seconds > 0) {
    run_steady (out);
    run_saturated (out);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (JsonBuilder) out = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit files;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || port == 0 ||
      server_pid == 0) {
    g_printerr ("%s\n", error != NULL ? error->message : "--port and --pid");
    return 64;
  }
  getrlimit (RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit (RLIMIT_NOFILE, &files);
  clients = g_new0 (Client, n_clients);
  latencies = g_array_new (FALSE, FALSE, sizeof (guint32));
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  json_builder_begin_object (out);
  run (out);
  json_builder_end_object (out);
  root = json_builder_get_root (out);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
  return 0;
}
