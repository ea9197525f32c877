/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "engine/source-kind.h"

/* --- wire:/PATH[?audio=/PATH]: what anybody feeds with daiswiresink --- */

static DaisKindFlags
wire_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LIVE | DAIS_KIND_EXACT | DAIS_KIND_WAITS;
}

static gboolean
split_paths (
    const DaisSourceSpec *spec, gchar **video, gchar **audio, GError **error)
{
  const gchar *rest = spec->uri + strlen (dais_kind_wire.scheme);
  const gchar *query;
  g_autoptr (GHashTable) given = NULL;

  *video = *audio = NULL;
  if (g_str_has_prefix (rest, "//"))
    rest += 2;
  query = strchr (rest, '?');
  if (query != NULL) {
    given = g_uri_parse_params (query + 1, -1, "&", 0, error);
    if (given == NULL)
      return FALSE;
    *audio = g_strdup (g_hash_table_lookup (given, "audio"));
  }
  *video = query != NULL ? g_strndup (rest, (gsize) (query - rest))
                         : g_strdup (rest);
  if ((**video == '/' || (**video == '\0' && *audio != NULL)) &&
      (*audio == NULL || **audio == '/'))
    return TRUE;
  g_clear_pointer (video, g_free);
  g_clear_pointer (audio, g_free);
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "a wire: source needs whole paths: wire:/run/dais/in/cam1, with sound "
      "wire:/run/dais/in/cam1?audio=/run/dais/in/cam1.a");
  return FALSE;
}

static gchar *
wire_waiting (const DaisSourceSpec *spec)
{
  return g_strdup ("waiting for somebody to send with daiswiresink");
}

static gboolean
add_wire (DaisSourceBuild *build, const gchar *path, const gchar *media,
    GError **error)
{
  GstElement *source = dais_build_add (build, "daiswiresrc", NULL, error);
  GstElement *filter = dais_build_add (build, "capsfilter", NULL, error);
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (media);

  if (source == NULL || filter == NULL)
    return FALSE;
  g_object_set (source, "path", path, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link (source, filter);
  return dais_build_raw (build, filter, error);
}

static gboolean
wire_build (DaisSourceBuild *build, GError **error)
{
  gboolean sound_only = g_strcmp0 (build->spec->type, "audio") == 0;
  g_autofree gchar *first = NULL;
  g_autofree gchar *audio = NULL;

  if (!split_paths (build->spec, &first, &audio, error))
    return FALSE;
  if (*first != '\0' && !(sound_only && audio != NULL) &&
      !add_wire (
          build, first, sound_only ? "audio/x-raw" : "video/x-raw", error))
    return FALSE;
  return audio == NULL || !dais_build_wants (build->spec, "audio") ||
      add_wire (build, audio, "audio/x-raw", error);
}

/* --- pipeline: and a gst-launch line; only the configuration file and admins
 * may set one --- */

static DaisKindFlags
pipeline_flags (const DaisSourceSpec *spec)
{
  return 0;
}

/* Makes a pad from inside of the bin linkable outside. */
static GstPad *
expose (GstBin *bin, GstPad *pad)
{
  GstPad *ghost = gst_ghost_pad_new (NULL, pad);

  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (bin), ghost);
  return ghost;
}

static guint
attach_named (DaisSourceBuild *build, GstBin *bin, const gchar *name)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (bin, name);
  g_autoptr (GstPad) pad = element != NULL
      ? gst_element_get_static_pad (element, "src")
      : NULL;

  if (pad == NULL || gst_pad_is_linked (pad))
    return 0;
  dais_chain_attach (build->chain, expose (bin, pad));
  return 1;
}

/* The free pads, raw ones as they are, others through a decoder. */
static guint
attach_free (DaisSourceBuild *build, GstBin *bin)
{
  guint found = 0;

  for (;; found++) {
    g_autoptr (GstPad) pad = gst_bin_find_unlinked_pad (bin, GST_PAD_SRC);
    g_autoptr (GstCaps) caps = NULL;
    const gchar *media;

    if (pad == NULL)
      return found;
    caps = gst_pad_query_caps (pad, NULL);
    media = gst_caps_is_any (caps) || gst_caps_is_empty (caps)
        ? ""
        : gst_structure_get_name (gst_caps_get_structure (caps, 0));
    if (g_str_has_suffix (media, "/x-raw"))
      dais_chain_attach (build->chain, expose (bin, pad));
    else
      dais_build_decode_pad (build, expose (bin, pad));
  }
}

static gboolean
pipeline_build (DaisSourceBuild *build, GError **error)
{
  const gchar *line = build->spec->uri + strlen (dais_kind_pipeline.scheme);
  g_autoptr (GError) parse_error = NULL;
  GstElement *parsed = gst_parse_launch_full (line, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_PLACE_IN_BIN, &parse_error);
  guint found;

  if (parsed == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the pipeline cannot be read: %s", parse_error->message);
    return FALSE;
  }
  if (!GST_IS_BIN (parsed)) { /* a line of one element */
    GstElement *bin = gst_bin_new (NULL);

    gst_bin_add (GST_BIN (bin), parsed);
    parsed = bin;
  }
  gst_bin_add (GST_BIN (build->pipeline), parsed);
  found = attach_named (build, GST_BIN (parsed), "video");
  found += attach_named (build, GST_BIN (parsed), "audio");
  found += attach_free (build, GST_BIN (parsed));
  if (found > 0)
    return TRUE;
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the pipeline has no free end that gives pictures or sound");
  return FALSE;
}

const DaisSourceKind dais_kind_wire = {
  "wire:",
  wire_build,
  wire_flags,
  wire_waiting,
};
const DaisSourceKind dais_kind_pipeline = {
  "pipeline:",
  pipeline_build,
  pipeline_flags,
};
