/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/devices.h"

#include "core/json-writer.h"

#include <glib-unix.h>

#include <stdio.h>
#include <sysexits.h>

#define MAX_MODES 24

/* Which source opens what which element would. */
static const struct {
  const gchar *factory;
  const gchar *prefix;
  const gchar *kind;
} openers[] = {
  { "v4l2src", "v4l2://", "camera" },
  { "alsasrc", "alsa:", "microphone" },
  { "pulsesrc", "pulse:", "microphone" },
};

/* --- one device --- */

static gchar *
find_uri (GstDevice *device, const gchar **kind)
{
  GstElement *element = gst_device_create_element (device, NULL);
  GstElementFactory *factory;
  g_autofree gchar *path = NULL;
  gchar *uri = NULL;

  if (element == NULL)
    return NULL;
  gst_object_ref_sink (element);
  factory = gst_element_get_factory (element);
  for (guint i = 0; i < G_N_ELEMENTS (openers); i++)
    if (factory != NULL &&
        g_strcmp0 (GST_OBJECT_NAME (factory), openers[i].factory) == 0) {
      g_object_get (element, "device", &path, NULL);
      *kind = openers[i].kind;
      uri = path != NULL ? g_strconcat (openers[i].prefix, path, NULL) : NULL;
    }
  gst_object_unref (element);
  return uri;
}

static gchar *
describe_mode (const GstStructure *mode)
{
  const gchar *media = gst_structure_get_name (mode);
  const gchar *format = gst_structure_get_string (mode, "format");
  gint width, height, n, d;
  g_autoptr (GString) text = g_string_new (NULL);

  if (gst_structure_get_int (mode, "width", &width) &&
      gst_structure_get_int (mode, "height", &height))
    g_string_append_printf (text, "%dx%d ", width, height);
  if (gst_structure_get_fraction (mode, "framerate", &n, &d) && d > 0)
    g_string_append_printf (text, "%.4g fps ", (gdouble) n / d);
  if (gst_structure_get_int (mode, "rate", &n))
    g_string_append_printf (text, "%d Hz ", n);
  g_string_append (text, format != NULL ? format : media);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
write_modes (DaisJsonWriter *json, GstDevice *device)
{
  g_autoptr (GstCaps) caps = gst_device_get_caps (device);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  guint n = caps != NULL ? gst_caps_get_size (caps) : 0;

  dais_json_writer_name (json, "modes");
  dais_json_writer_begin_array (json);
  for (guint i = 0; i < n && g_hash_table_size (seen) < MAX_MODES; i++) {
    gchar *mode = describe_mode (gst_caps_get_structure (caps, i));

    if (!g_hash_table_contains (seen, mode))
      dais_json_writer_string (json, mode);
    g_hash_table_add (seen, mode);
  }
  dais_json_writer_end_array (json);
}

/* The monitor of a loudspeaker is no microphone. */
static gboolean
is_monitor (GstDevice *device)
{
  g_autoptr (GstStructure) properties = gst_device_get_properties (device);

  return properties != NULL &&
      g_strcmp0 (gst_structure_get_string (properties, "device.class"),
          "monitor") == 0;
}

/**
 * dais_devices_describe:
 * @event: (nullable): "added" or "removed", becomes the member event
 *
 * Returns: (transfer full) (nullable): a JSON object
 */
gchar *
dais_devices_describe (GstDevice *device, const gchar *event)
{
  g_autoptr (DaisJsonWriter) json = NULL;
  g_autofree gchar *name = gst_device_get_display_name (device);
  const gchar *kind = NULL;
  g_autofree gchar *uri = is_monitor (device) ? NULL : find_uri (device, &kind);

  if (uri == NULL)
    return NULL;
  json = dais_json_writer_new ();
  dais_json_writer_begin_object (json);
  if (event != NULL)
    dais_json_writer_name_string (json, "event", event);
  dais_json_writer_name_string (json, "name", name);
  dais_json_writer_name_string (json, "kind", kind);
  dais_json_writer_name_string (json, "uri", uri);
  write_modes (json, device);
  dais_json_writer_end_object (json);
  return dais_json_writer_steal (json);
}

/* --- all of them --- */

static GstDeviceMonitor *
start_monitor (void)
{
  GstDeviceMonitor *monitor = gst_device_monitor_new ();

  gst_device_monitor_add_filter (monitor, "Video/Source", NULL);
  gst_device_monitor_add_filter (monitor, "Audio/Source", NULL);
  if (gst_device_monitor_start (monitor))
    return monitor;
  gst_object_unref (monitor);
  return NULL;
}

static int
list (GstDeviceMonitor *monitor)
{
  GList *devices = gst_device_monitor_get_devices (monitor);
  g_autoptr (GString) array = g_string_new ("[");

  for (GList *at = devices; at != NULL; at = at->next) {
    g_autofree gchar *one = dais_devices_describe (at->data, NULL);

    if (one == NULL)
      continue;
    if (array->len > 1)
      g_string_append_c (array, ',');
    g_string_append (array, one);
  }
  g_list_free_full (devices, gst_object_unref);
  g_string_append_c (array, ']');
  g_print ("%s\n", array->str);
  return EX_OK;
}

static void
tell (GstDevice *device, const gchar *event)
{
  g_autofree gchar *line = dais_devices_describe (device, event);

  if (line != NULL)
    g_print ("%s\n", line);
  fflush (stdout);
}

/* known: what was told. A device that is there when the monitor starts is in
 * its list and in a message too. */
static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer known)
{
  g_autoptr (GstDevice) device = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_ADDED) {
    gst_message_parse_device_added (message, &device);
    if (g_hash_table_add (known, gst_object_ref (device)))
      tell (device, "added");
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_REMOVED) {
    gst_message_parse_device_removed (message, &device);
    g_hash_table_remove (known, device);
    tell (device, "removed");
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static int
watch_changes (GstDeviceMonitor *monitor)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GstBus) bus = gst_device_monitor_get_bus (monitor);
  g_autoptr (GHashTable) known = g_hash_table_new_full (
      NULL, NULL, gst_object_unref, NULL);
  GList *devices = gst_device_monitor_get_devices (monitor);
  guint bus_id = gst_bus_add_watch (bus, on_message, known);
  guint term_id = g_unix_signal_add (SIGTERM, on_signal, loop);
  guint int_id = g_unix_signal_add (SIGINT, on_signal, loop);

  for (GList *at = devices; at != NULL; at = at->next)
    if (g_hash_table_add (known, gst_object_ref (at->data)))
      tell (at->data, "added");
  g_list_free_full (devices, gst_object_unref);
  g_main_loop_run (loop);
  g_source_remove (bus_id);
  g_source_remove (term_id);
  g_source_remove (int_id);
  return EX_OK;
}

/**
 * dais_devices_run:
 * @watch: FALSE: one JSON array, then the end. TRUE: a line for each device
 *     that is there, with "event": "added", then for each that comes or goes
 *
 * Returns: EX_OK or EX_UNAVAILABLE
 */
int
dais_devices_run (gboolean watch)
{
  g_autoptr (GstDeviceMonitor) monitor = start_monitor ();
  int code;

  if (monitor == NULL) {
    g_warning ("no GStreamer plugin lists devices; install "
               "gstreamer1.0-plugins-good and gstreamer1.0-alsa");
    return EX_UNAVAILABLE;
  }
  code = watch ? watch_changes (monitor) : list (monitor);
  gst_device_monitor_stop (monitor);
  return code;
}
