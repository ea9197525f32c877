/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "engine/source-kind.h"
#include "engine/source-options.h"

/* Small blocks, so that sound is not late. */
#define PERIOD_US 10000
#define BUFFER_US 200000
/* What GStreamer can convert. */
#define MAX_CHANNELS 64

static DaisKindFlags
device_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LIVE | DAIS_KIND_NEAR;
}

/* v4l2:///dev/video0, v4l2:/dev/video0 → /dev/video0 */
static const gchar *
device_path (const DaisSourceSpec *spec, const DaisSourceKind *kind)
{
  const gchar *rest = spec->uri + strlen (kind->scheme);

  return g_str_has_prefix (rest, "//") ? rest + 2 : rest;
}

/* JPEG pictures stand alone: the gate can stop them before the decoder. */
static GstPadProbeReturn
on_camera_caps (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
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

/* The camera's own choice is often its largest and slowest mode: ask for the
 * canvas first, then for anything. */
static GstCaps *
camera_caps (DaisSourceBuild *build)
{
  const gchar *wish = dais_build_option (build, "caps");
  const DaisCanvas *canvas = &build->spec->canvas;
  GstCaps *caps;

  if (wish != NULL)
    return gst_caps_from_string (wish);
  caps = gst_caps_new_empty ();
  for (guint i = 0; i < 2; i++)
    gst_caps_append_structure (caps,
        gst_structure_new (i == 0 ? "video/x-raw" : "image/jpeg", "width",
            G_TYPE_INT, canvas->width, "height", G_TYPE_INT, canvas->height,
            "framerate", GST_TYPE_FRACTION_RANGE, canvas->fps_n, canvas->fps_d,
            DAIS_CANVAS_MAX_FPS, 1, NULL));
  gst_caps_append (caps,
      gst_caps_from_string ("video/x-raw; image/jpeg; "
                            "video/x-h264"));
  return caps;
}

static gboolean
v4l2_build (DaisSourceBuild *build, GError **error)
{
  const gchar *path = device_path (build->spec, &dais_kind_v4l2);
  GstElement *source, *filter;
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (*path != '/') {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' names no device; write v4l2:///dev/video0", build->spec->uri);
    return FALSE;
  }
  caps = camera_caps (build);
  source = dais_build_add (build, "v4l2src", "camera", error);
  filter = dais_build_add (build, "capsfilter", NULL, error);
  if (source == NULL || filter == NULL)
    return FALSE;
  g_object_set (source, "device", path, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link (source, filter);
  pad = gst_element_get_static_pad (filter, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_camera_caps,
      dais_chain_ref (build->chain), chain_destroy);
  return dais_build_decode (build, filter, error);
}

static gboolean
sound_build (DaisSourceBuild *build, const gchar *factory, const gchar *device,
    GError **error)
{
  GstElement *source, *filter;
  g_autoptr (GstCaps) caps = NULL;
  guint left, right;

  if (!dais_build_wants (build->spec, "audio")) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' is a microphone, its type cannot be video", build->spec->uri);
    return FALSE;
  }
  source = dais_build_add (build, factory, "microphone", error);
  filter = dais_build_add (build, "capsfilter", NULL, error);
  if (source == NULL || filter == NULL)
    return FALSE;
  if (*device != '\0')
    g_object_set (source, "device", device, NULL);
  g_object_set (source, "latency-time", (gint64) PERIOD_US, "buffer-time",
      (gint64) BUFFER_US, "provide-clock", FALSE, NULL);
  /* Else a card of eight channels is opened with its first two. */
  dais_source_options_channels (build->spec->options, &left, &right);
  caps = gst_caps_new_simple ("audio/x-raw", "channels", GST_TYPE_INT_RANGE,
      (gint) MAX (MAX (left, right), 1), MAX_CHANNELS, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link (source, filter);
  return dais_build_raw (build, filter, error);
}

static gboolean
alsa_build (DaisSourceBuild *build, GError **error)
{
  return sound_build (
      build, "alsasrc", device_path (build->spec, &dais_kind_alsa), error);
}

static gboolean
pulse_build (DaisSourceBuild *build, GError **error)
{
  return sound_build (
      build, "pulsesrc", device_path (build->spec, &dais_kind_pulse), error);
}

const DaisSourceKind dais_kind_v4l2 = { "v4l2:", v4l2_build, device_flags };
const DaisSourceKind dais_kind_alsa = { "alsa:", alsa_build, device_flags };
const DaisSourceKind dais_kind_pulse = { "pulse:", pulse_build, device_flags };
