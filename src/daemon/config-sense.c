/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/config-sense.h"

#include "model/stream.h"

static void
complain (GPtrArray *problems, DaisConfig *config, const gchar *kind,
    const gchar *name, const gchar *key, const gchar *message)
{
  g_autofree gchar *group = g_strdup_printf ("%s \"%s\"", kind, name);
  g_autofree gchar *place = dais_config_locate (config, group, key);

  g_ptr_array_add (problems, g_strdup_printf ("%s: %s", place, message));
}

static void
check_stream (
    GPtrArray *problems, DaisConfig *config, const DaisStreamSpec *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisStream) stream = NULL;
  DaisMediaType type = DAIS_MEDIA_UNKNOWN;

  dais_media_type_from_string (spec->type, &type, NULL);
  stream = dais_stream_new (
      0, spec->name, NULL, spec->uri, type, spec->options);
  if (!dais_stream_check (stream, TRUE, &error))
    complain (problems, config, "stream", spec->name, "uri", error->message);
}

static gboolean
is_stream (DaisConfig *config, const gchar *name)
{
  GPtrArray *streams = dais_config_get_streams (config);

  for (guint i = 0; i < streams->len; i++) {
    const DaisStreamSpec *spec = g_ptr_array_index (streams, i);

    if (g_str_equal (spec->name, name))
      return TRUE;
  }
  return FALSE;
}

static void
check_room (GPtrArray *problems, DaisConfig *config, const DaisRoomSpec *spec)
{
  for (guint i = 0; spec->streams != NULL && spec->streams[i] != NULL; i++) {
    g_autofree gchar *message = NULL;

    if (is_stream (config, spec->streams[i]))
      continue;
    message = g_strdup_printf ("'streams' names '%s', which is no [stream] of "
                               "this file",
        spec->streams[i]);
    complain (problems, config, "room", spec->name, "streams", message);
  }
}

/**
 * dais_config_sense_load:
 * @path: a file
 * @problems: (out) (transfer full) (element-type utf8): what is wrong in it,
 *   each with its line; may be empty
 *
 * Reads a configuration as the server uses it: also addresses of an unknown
 * kind and rooms with streams that are not there are wrong.
 *
 * Returns: (transfer full) (nullable): the configuration, %NULL when something
 *   is wrong in it
 */
DaisConfig *
dais_config_sense_load (const gchar *path, GPtrArray **problems)
{
  g_autoptr (DaisConfig) config = dais_config_load (path, problems);
  GPtrArray *streams = NULL;
  GPtrArray *rooms = NULL;

  if (config == NULL)
    return NULL;

  streams = dais_config_get_streams (config);
  rooms = dais_config_get_rooms (config);
  for (guint i = 0; i < streams->len; i++)
    check_stream (*problems, config, g_ptr_array_index (streams, i));
  for (guint i = 0; i < rooms->len; i++)
    check_room (*problems, config, g_ptr_array_index (rooms, i));

  return (*problems)->len == 0 ? g_steal_pointer (&config) : NULL;
}
