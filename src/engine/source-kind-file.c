/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "engine/source-kind.h"
#include "engine/source-options.h"

#define HTTP_TIMEOUT_S 5

static DaisKindFlags
file_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LOOPS | DAIS_KIND_NEAR;
}

static gboolean
file_build (DaisSourceBuild *build, GError **error)
{
  g_autofree gchar *path = g_filename_from_uri (build->spec->uri, NULL, error);
  GstElement *source;

  if (path == NULL)
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (
        error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no file '%s'", path);
    return FALSE;
  }
  source = dais_build_add (build, "filesrc", "file", error);
  if (source == NULL)
    return FALSE;
  g_object_set (source, "location", path, NULL);
  return dais_build_decode (build, source, error);
}

static DaisKindFlags
http_flags (const DaisSourceSpec *spec)
{
  return 0;
}

static GstPadProbeReturn
on_http_caps (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCaps *caps = NULL;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (GST_PAD_PROBE_INFO_EVENT (info), &caps);
  if (gst_structure_has_name (gst_caps_get_structure (caps, 0), "image/jpeg"))
    dais_chain_gate (user_data, pad, TRUE);
  return GST_PAD_PROBE_REMOVE;
}

static void
chain_destroy (gpointer data)
{
  dais_chain_unref (data);
}

static void
on_part_pad (GstElement *demuxer, GstPad *pad, DaisChain *chain)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_http_caps,
      dais_chain_ref (chain), chain_destroy);
}

/* MJPEG: pictures stand alone and can be left undecoded. */
static void
on_element_added (
    GstBin *bin, GstBin *parent, GstElement *element, DaisChain *chain)
{
  GstElementFactory *factory = gst_element_get_factory (element);

  if (factory == NULL ||
      g_strcmp0 (GST_OBJECT_NAME (factory), "multipartdemux") != 0)
    return;
  /* Else the decoder waits seconds for a second stream. */
  g_object_set (element, "single-stream", TRUE, NULL);
  g_signal_connect (element, "pad-added", G_CALLBACK (on_part_pad), chain);
}

/* What has no length is made while we read it. Streaming thread, once. */
static GstPadProbeReturn
on_first_bytes (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  gint64 length = 0;

  if (!gst_pad_query_duration (pad, GST_FORMAT_BYTES, &length) || length <= 0)
    dais_chain_set_live (user_data);
  return GST_PAD_PROBE_REMOVE;
}

static gboolean
http_build (DaisSourceBuild *build, GError **error)
{
  GstElement *source = dais_build_add (build, "souphttpsrc", "http", error);
  g_autoptr (GstPad) pad = NULL;

  if (source == NULL)
    return FALSE;
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_first_bytes,
      dais_chain_ref (build->chain), chain_destroy);
  /* Pictures without stamps of their own get the time of their arrival. */
  g_object_set (source, "location", build->spec->uri, "timeout", HTTP_TIMEOUT_S,
      "retries", 0, "do-timestamp", TRUE, "user-agent", "dais/" DAIS_VERSION,
      "ssl-strict",
      !dais_source_options_is_set (build->spec->options, "insecure"), NULL);
  g_signal_connect_data (build->pipeline, "deep-element-added",
      G_CALLBACK (on_element_added), dais_chain_ref (build->chain),
      (GClosureNotify) (GCallback) chain_destroy, 0);
  return dais_build_decode (build, source, error);
}

const DaisSourceKind dais_kind_file = { "file:", file_build, file_flags };
const DaisSourceKind dais_kind_http = { "http:", http_build, http_flags };
const DaisSourceKind dais_kind_https = { "https:", http_build, http_flags };
