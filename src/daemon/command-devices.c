/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "core/json-reader.h"
#include "core/log.h"
#include "daemon/command.h"
#include "service/callers.h"
#include "service/house.h"
#include "service/streams.h"

#include <glib/gi18n.h>

typedef struct {
  GMainLoop *loop;
  GBytes *json; /* (nullable) */
  GError *error;
} Listing;

static void
listing_clear (Listing *self)
{
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->json, g_bytes_unref);
  g_clear_error (&self->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listing, listing_clear)

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listing *self = user_data;

  self->json = dais_streams_list_devices_finish (
      DAIS_STREAMS (source), result, &self->error);
  g_main_loop_quit (self->loop);
}

static gboolean
print_table (GBytes *json)
{
  g_autoptr (JsonNode) node = dais_json_parse (
      g_bytes_get_data (json, NULL), (gssize) g_bytes_get_size (json), NULL);
  JsonArray *devices = NULL;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;

  devices = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (devices); i++) {
    JsonObject *device = json_array_get_object_element (devices, i);
    const gchar *name = "";
    const gchar *uri = "";

    dais_json_get_string (device, "name", &name, NULL);
    dais_json_get_string (device, "uri", &uri, NULL);
    g_print ("%-40s %s\n", uri, name);
  }
  if (json_array_get_length (devices) == 0)
    g_printerr (_ ("No camera and no microphone is connected.\n"));

  return TRUE;
}

/**
 * dais_command_devices:
 * @argc: number of words
 * @argv: "devices" and what follows
 *
 * Returns: the exit code
 */
DaisExit
dais_command_devices (gint argc, gchar **argv)
{
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("List as JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (Listing) listing = { 0 };
  g_autoptr (DaisConfig) config = NULL;
  g_autoptr (DaisHouse) house = NULL;
  g_autofree gchar *data = NULL;
  DaisCallers *callers = NULL;

  if (!dais_command_parse (&argc, &argv, entries, NULL,
          _ ("Lists this machine's cameras and microphones, each with the "
             "address that opens it."),
          0))
    return DAIS_EXIT_USAGE;

  dais_log_init (FALSE);
  config = dais_config_new ();
  data = dais_config_get_data_dir (config);
  house = dais_house_new (config, data, NULL);
  callers = dais_house_get_callers (house);
  listing.loop = g_main_loop_new (NULL, FALSE);
  dais_streams_list_devices_async (dais_house_get_streams (house),
      dais_callers_get_console (callers), NULL, on_listed, &listing);
  g_main_loop_run (listing.loop);

  if (listing.json == NULL) {
    dais_command_complain ("%s", listing.error->message);
    return DAIS_EXIT_FAILED;
  }
  if (!as_json)
    return print_table (listing.json) ? DAIS_EXIT_OK : DAIS_EXIT_FAILED;

  g_print ("%.*s\n", (gint) g_bytes_get_size (listing.json),
      (const gchar *) g_bytes_get_data (listing.json, NULL));
  return DAIS_EXIT_OK;
}
