/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/config.h"
#include "core/slug.h"
#include "service/house-private.h"
#include "service/stream-list.h"

static gboolean
is_slug_taken (const gchar *slug, gpointer user_data)
{
  GHashTable *slugs = user_data;

  return g_hash_table_contains (slugs, slug);
}

static DaisMediaType
parse_type (const gchar *text)
{
  DaisMediaType type = DAIS_MEDIA_UNKNOWN;

  dais_media_type_from_string (text, &type, NULL);

  return type;
}

/* A stream that was added keeps its slug; one of the file comes next. */
static gboolean
load_configured (DaisStreams *self, GHashTable *slugs, GError **error)
{
  GPtrArray *specs = dais_config_get_streams (
      dais_house_get_config (dais_streams_get_house (self)));
  guint i;

  for (i = 0; i < specs->len; i++) {
    const DaisStreamSpec *spec = g_ptr_array_index (specs, i);
    g_autofree gchar *stem = dais_slug_from_name (spec->name, "stream");
    g_autofree gchar *slug = dais_slug_unique (stem, is_slug_taken, slugs);
    g_autoptr (DaisStream) stream = dais_stream_new (
        0, spec->name, slug, spec->uri, parse_type (spec->type), spec->options);

    if (!dais_stream_check (stream, TRUE, error)) {
      g_prefix_error (error, "stream '%s': ", spec->name);
      return FALSE;
    }
    g_hash_table_add (slugs, g_steal_pointer (&slug));
    dais_streams_put (self, stream, TRUE, g_get_real_time ());
  }

  return TRUE;
}

static gboolean
load_added (DaisStreams *self, GPtrArray *rows, GError **error)
{
  guint i;

  for (i = 0; i < rows->len; i++) {
    DaisStreamRow *row = g_ptr_array_index (rows, i);
    g_autoptr (GHashTable) options = NULL;
    g_autoptr (DaisStream) stream = NULL;

    if (dais_streams_has_name (self, row->name)) {
      g_warning ("stream '%s' was added, and stands in the configuration file "
                 "too: the file's is used",
          row->name);
      continue;
    }
    options = dais_stream_options_from_json (row->options, error);
    if (options == NULL) {
      g_prefix_error (error, "stream '%s': ", row->name);
      return FALSE;
    }
    stream = dais_stream_new (
        0, row->name, row->slug, row->uri, parse_type (row->type), options);
    dais_streams_put (self, stream, FALSE, row->created);
  }

  return TRUE;
}

/**
 * dais_streams_load:
 * @self: the streams
 * @error: return location
 *
 * Those of the configuration file, then those that were added.
 *
 * Returns: whether all of them could be read
 */
gboolean
dais_streams_load (DaisStreams *self, GError **error)
{
  g_autoptr (GHashTable) slugs = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) rows = dais_stream_rows_list (
      dais_house_get_store (dais_streams_get_house (self)), error);
  guint i;

  if (rows == NULL)
    return FALSE;

  for (i = 0; i < rows->len; i++) {
    DaisStreamRow *row = g_ptr_array_index (rows, i);

    g_hash_table_add (slugs, g_strdup (row->slug));
  }

  return load_configured (self, slugs, error) && load_added (self, rows, error);
}
