/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/metrics.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "doors/venue-private.h"

#include <sys/resource.h>
#include <unistd.h>

struct _DaisMetricsDoor {
  DaisHouse *house;
  DaisVenueDoor *venue;
  gint64 started_us; /* UTC */
};

/* ---- Prometheus text format 0.0.4 ---- */

static void
describe (
    GString *text, const gchar *name, const gchar *type, const gchar *help)
{
  g_string_append_printf (
      text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_value (GString *text, const gchar *name, gdouble value)
{
  gchar digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (
      text, "%s %s\n", name, g_ascii_dtostr (digits, sizeof digits, value));
}

static void
append_gauge (
    GString *text, const gchar *name, const gchar *help, gdouble value)
{
  describe (text, name, "gauge", help);
  append_value (text, name, value);
}

/* ---- what is counted ---- */

static void
append_process (DaisMetricsDoor *self, GString *text)
{
  struct rusage usage = { 0 };
  g_autoptr (GDir) fds = g_dir_open ("/proc/self/fd", 0, NULL);
  g_autofree gchar *statm = NULL;
  guint n_fds = 0;

  getrusage (RUSAGE_SELF, &usage);
  describe (text, "process_cpu_seconds_total", "counter",
      "Processor time of the daemon, without engines.");
  append_value (text, "process_cpu_seconds_total",
      (gdouble) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
          (gdouble) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);

  while (fds != NULL && g_dir_read_name (fds) != NULL)
    n_fds++;
  append_gauge (text, "process_open_fds", "Open file descriptors.", n_fds);

  /* Second number of statm: resident pages. */
  if (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL)) {
    const gchar *resident = strchr (statm, ' ');

    if (resident != NULL)
      append_gauge (text, "process_resident_memory_bytes",
          "Resident memory of the daemon, without engines.",
          (gdouble) g_ascii_strtoull (resident + 1, NULL, 10) *
              (gdouble) sysconf (_SC_PAGESIZE));
  }

  append_gauge (text, "process_start_time_seconds",
      "When the daemon was started, Unix time.",
      (gdouble) self->started_us / 1e6);
}

static const gchar *
get_health (JsonNode *stream)
{
  JsonObject *object = json_node_get_object (stream);
  JsonObject *health = NULL;
  const gchar *state = NULL;

  if (!dais_json_get_object (object, "health", &health, NULL) ||
      health == NULL || !dais_json_get_string (health, "state", &state, NULL))
    return NULL;

  return state;
}

static void
append_streams (DaisMetricsDoor *self, DaisCaller *caller, GString *text)
{
  static const gchar *const STATES[] = { "connecting", "live", "lost" };
  g_autoptr (GBytes) json = dais_streams_get_json (
      dais_house_get_streams (self->house), caller, "http://localhost", NULL);
  g_autoptr (JsonObject) streams = dais_json_parse_object (
      g_bytes_get_data (json, NULL), (gssize) g_bytes_get_size (json), NULL);
  guint counts[G_N_ELEMENTS (STATES)] = { 0 };
  g_autoptr (GList) members = NULL;

  if (streams == NULL)
    return;

  members = json_object_get_values (streams);
  for (GList *l = members; l != NULL; l = l->next) {
    const gchar *state = get_health (l->data);

    for (guint i = 0; i < G_N_ELEMENTS (STATES); i++)
      counts[i] += g_strcmp0 (state, STATES[i]) == 0;
  }

  describe (text, "dais_streams", "gauge", "Streams by health.");
  for (guint i = 0; i < G_N_ELEMENTS (STATES); i++)
    g_string_append_printf (
        text, "dais_streams{state=\"%s\"} %u\n", STATES[i], counts[i]);
}

static void
append_rooms (DaisMetricsDoor *self, DaisCaller *caller, GString *text)
{
  DaisRooms *rooms = dais_house_get_rooms (self->house);
  g_autoptr (GBytes) json = dais_rooms_get_json (rooms, caller, NULL);
  g_autoptr (JsonObject) map = dais_json_parse_object (
      g_bytes_get_data (json, NULL), (gssize) g_bytes_get_size (json), NULL);
  g_autoptr (GList) names = NULL;

  if (map == NULL)
    return;

  append_gauge (text, "dais_rooms", "Rooms.", json_object_get_size (map));
  describe (text, "dais_room_revision", "counter",
      "Confirmed changes of a room since it was made.");
  names = json_object_get_members (map);
  for (GList *l = names; l != NULL; l = l->next) {
    DaisRoom *room = dais_rooms_find (
        rooms, caller, l->data, DAIS_FACET_MIXER, NULL);

    if (room != NULL)
      g_string_append_printf (text,
          "dais_room_revision{room=\"%s\"} %" G_GUINT64_FORMAT "\n",
          dais_room_get_url_name (room), dais_room_get_rev (room));
  }
}

static void
on_metrics (DaisRequest *request, gpointer user_data)
{
  DaisMetricsDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = NULL;
  GString *text = NULL;

  if (caller == NULL)
    return;
  if (!dais_caller_check (caller, DAIS_GRANT_MANAGE, NULL, &error)) {
    dais_venue_fail (request, g_steal_pointer (&error));
    return;
  }

  text = g_string_new (NULL);
  describe (text, "dais_build_info", "gauge", "The version that runs.");
  g_string_append (text, "dais_build_info{version=\"" DAIS_VERSION "\"} 1\n");
  append_streams (self, caller, text);
  append_rooms (self, caller, text);
  append_gauge (text, "dais_watch_sockets", "Open watch sockets.",
      dais_venue_door_count_sockets (self->venue));
  append_process (self, text);

  body = g_string_free_to_bytes (text);
  dais_request_respond (
      request, 200, "text/plain; version=0.0.4; charset=utf-8", body);
}

static void
on_health (DaisRequest *request, gpointer user_data)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "status", "ok");
  dais_json_writer_name_string (writer, "version", DAIS_VERSION);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/**
 * dais_metrics_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 * @venue: the venue door, for its sockets
 *
 * Figures for those who look after the machine, and a sign of life.
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisMetricsDoor *
dais_metrics_door_new (
    DaisServer *server, DaisHouse *house, DaisVenueDoor *venue)
{
  DaisMetricsDoor *self = g_new0 (DaisMetricsDoor, 1);

  self->house = g_object_ref (house);
  self->venue = venue;
  self->started_us = g_get_real_time ();
  dais_server_set_error_body (server, "/metrics", dais_venue_error_body);
  dais_server_set_error_body (server, "/healthz", dais_venue_error_body);
  dais_server_add_route (server, "GET", "/metrics", 0, on_metrics, self);
  dais_server_add_route (server, "GET", "/healthz", 0, on_health, self);

  return self;
}

/**
 * dais_metrics_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_metrics_door_free (DaisMetricsDoor *self)
{
  g_object_unref (self->house);
  g_free (self);
}
