/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-kind.h"

#include "core/error.h"

static const DaisSourceKind *const kinds[] = {
  &dais_kind_test,
  &dais_kind_v4l2,
  &dais_kind_alsa,
  &dais_kind_pulse,
  &dais_kind_file,
  &dais_kind_http,
  &dais_kind_https,
  &dais_kind_rtsp,
  &dais_kind_rtsps,
  &dais_kind_srt,
  &dais_kind_rtmp,
  &dais_kind_rtmps,
  &dais_kind_udp,
  &dais_kind_wire,
  &dais_kind_pipeline,
};

/**
 * dais_source_kind_find:
 * @error: DAIS_ERROR_INVALID, with the list of what is known
 *
 * Returns: (transfer none) (nullable): the kind for a stream's URI
 */
const DaisSourceKind *
dais_source_kind_find (const gchar *uri, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  g_autofree gchar *scheme = NULL;
  const gchar *colon = strchr (uri, ':');

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_ascii_strncasecmp (
            uri, kinds[i]->scheme, strlen (kinds[i]->scheme)) == 0)
      return kinds[i];
    g_string_append_printf (known, " %s", kinds[i]->scheme);
  }
  scheme = colon != NULL ? g_strndup (uri, (gsize) (colon - uri + 1))
                         : g_strdup ("(none)");
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "no source begins with '%.20s'; known are%s", scheme, known->str);
  return NULL;
}

/**
 * dais_source_spec_copy:
 *
 * Returns: (transfer full)
 */
DaisSourceSpec *
dais_source_spec_copy (const DaisSourceSpec *spec)
{
  DaisSourceSpec *copy = g_new0 (DaisSourceSpec, 1);

  copy->name = g_strdup (spec->name);
  copy->uri = g_strdup (spec->uri);
  copy->type = g_strdup (spec->type);
  copy->canvas = spec->canvas;
  if (spec->options != NULL)
    copy->options = g_hash_table_ref (spec->options);
  return copy;
}

void
dais_source_spec_free (DaisSourceSpec *spec)
{
  g_free (spec->name);
  g_free (spec->uri);
  g_free (spec->type);
  g_clear_pointer (&spec->options, g_hash_table_unref);
  g_free (spec);
}

/**
 * dais_build_option:
 *
 * Returns: (nullable): what the stream's options say of @name
 */
const gchar *
dais_build_option (DaisSourceBuild *build, const gchar *name)
{
  return build->spec->options != NULL
      ? g_hash_table_lookup (build->spec->options, name)
      : NULL;
}

/**
 * dais_build_wants:
 * @media: "audio" or "video"
 *
 * Returns: whether a stream of the asked type has that part
 */
gboolean
dais_build_wants (const DaisSourceSpec *spec, const gchar *media)
{
  return spec->type == NULL || *spec->type == '\0' ||
      g_str_equal (spec->type, "av") || g_str_equal (spec->type, media);
}

/**
 * dais_build_add:
 * @error: DAIS_ERROR_FAILED when the element is not installed
 *
 * Returns: (transfer none) (nullable): a new element in the pipeline
 */
GstElement *
dais_build_add (DaisSourceBuild *build, const gchar *factory, const gchar *name,
    GError **error)
{
  GstElement *element = gst_element_factory_make (factory, name);

  if (element == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the GStreamer element '%s' is not installed", factory);
    return NULL;
  }
  gst_bin_add (GST_BIN (build->pipeline), element);
  return element;
}

/**
 * dais_build_raw:
 * @element: its pad "src" gives raw pictures or sound
 */
gboolean
dais_build_raw (DaisSourceBuild *build, GstElement *element, GError **error)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");

  dais_chain_attach (build->chain, pad);
  return TRUE;
}

/* --- decoding; the handlers run on streaming threads --- */

static void
chain_closure_free (gpointer data, GClosure *closure)
{
  dais_chain_unref (data);
}

static void
connect_chain (GstElement *element, const gchar *signal, GCallback handler,
    DaisChain *chain)
{
  g_signal_connect_data (
      element, signal, handler, dais_chain_ref (chain), chain_closure_free, 0);
}

static void
on_decoded_pad (GstElement *decoder, GstPad *pad, DaisChain *chain)
{
  dais_chain_attach (chain, pad);
}

static gboolean
on_autoplug_continue (
    GstElement *decoder, GstPad *pad, GstCaps *caps, DaisChain *chain)
{
  return dais_chain_takes (chain, caps);
}

static GstElement *
add_decoder (DaisSourceBuild *build, GError **error)
{
  GstElement *decoder = dais_build_add (build, "decodebin", NULL, error);

  if (decoder == NULL)
    return NULL;
  connect_chain (
      decoder, "pad-added", G_CALLBACK (on_decoded_pad), build->chain);
  connect_chain (decoder, "autoplug-continue",
      G_CALLBACK (on_autoplug_continue), build->chain);
  return decoder;
}

/**
 * dais_build_decode:
 * @element: its pad "src" gives anything that can be decoded
 *
 * Attaches everything that is found in it.
 */
gboolean
dais_build_decode (DaisSourceBuild *build, GstElement *element, GError **error)
{
  GstElement *decoder = add_decoder (build, error);

  if (decoder == NULL)
    return FALSE;
  if (gst_element_link (element, decoder))
    return TRUE;
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_FAILED,
      "the decoder cannot be linked to the source");
  return FALSE;
}

/**
 * dais_build_decode_pad:
 * @pad: a pad that came up while running
 *
 * As dais_build_decode(). Any thread.
 */
void
dais_build_decode_pad (DaisSourceBuild *build, GstPad *pad)
{
  g_autoptr (GError) error = NULL;
  GstElement *decoder = add_decoder (build, &error);
  g_autoptr (GstPad) sink = NULL;

  if (decoder == NULL) {
    g_warning ("%s", error->message);
    return;
  }
  sink = gst_element_get_static_pad (decoder, "sink");
  gst_pad_link (pad, sink);
  gst_element_sync_state_with_parent (decoder);
}
