/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "engine/source-kind.h"
#include "engine/source-options.h"

#include <gst/net/net.h>

#define RTSP_LATENCY_MS  80
#define RTSP_TIMEOUT_US  5000000
#define SRT_LATENCY_MS   80
#define RTMP_TIMEOUT_S   5
#define UDP_BUFFER_BYTES (2 * 1024 * 1024)
/* After so much silence another sender may take the port. */
#define UDP_SILENCE_US (2 * G_USEC_PER_SEC)

/* --- rtsp: --- */

static DaisKindFlags
pull_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LIVE;
}

typedef struct {
  DaisSourceBuild build;
  DaisChain *chain; /* (owned) */
} PadTaker;

static void
pad_taker_free (gpointer data, GClosure *closure)
{
  PadTaker *taker = data;

  dais_chain_unref (taker->chain);
  g_free (taker);
}

static void
on_rtsp_pad (GstElement *source, GstPad *pad, PadTaker *taker)
{
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

  if (dais_chain_takes (taker->chain, caps))
    dais_build_decode_pad (&taker->build, pad);
}

/* FALSE = the server need not send that stream. */
static gboolean
on_select_stream (
    GstElement *source, guint number, GstCaps *caps, PadTaker *taker)
{
  return dais_chain_takes (taker->chain, caps);
}

static gboolean
rtsp_build (DaisSourceBuild *build, GError **error)
{
  const gchar *transport = dais_build_option (build, "transport");
  GstElement *source = dais_build_add (build, "rtspsrc", "rtsp", error);
  PadTaker *taker;

  if (source == NULL)
    return FALSE;
  g_object_set (source, "location", build->spec->uri, "latency",
      dais_source_options_number (
          build->spec->options, "latency", RTSP_LATENCY_MS),
      "tcp-timeout", (guint64) RTSP_TIMEOUT_US, "timeout",
      (guint64) RTSP_TIMEOUT_US, "teardown-timeout",
      (guint64) (100 * GST_MSECOND), "user-agent", "dais/" DAIS_VERSION, NULL);
  /* In one connection unless asked otherwise: it passes every network and
   * loses nothing. */
  gst_util_set_object_arg (G_OBJECT (source), "protocols",
      g_strcmp0 (transport, "udp") == 0 ? "udp+udp-mcast" : "tcp");
  taker = g_new0 (PadTaker, 1);
  taker->chain = dais_chain_ref (build->chain);
  taker->build.pipeline = build->pipeline;
  taker->build.chain = build->chain;
  g_signal_connect_data (
      source, "pad-added", G_CALLBACK (on_rtsp_pad), taker, pad_taker_free, 0);
  g_signal_connect (
      source, "select-stream", G_CALLBACK (on_select_stream), taker);
  return TRUE;
}

/* --- srt: --- */

static gboolean
srt_listens (const DaisSourceSpec *spec)
{
  g_autoptr (GUri) uri = g_uri_parse (spec->uri, G_URI_FLAGS_NONE, NULL);
  const gchar *query = uri != NULL ? g_uri_get_query (uri) : NULL;

  if (uri == NULL)
    return FALSE;
  if (query != NULL && strstr (query, "mode=") != NULL)
    return strstr (query, "mode=listener") != NULL;
  return g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0';
}

static DaisKindFlags
srt_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LIVE | (srt_listens (spec) ? DAIS_KIND_WAITS : 0);
}

static gint
port_of (const DaisSourceSpec *spec)
{
  g_autoptr (GUri) uri = g_uri_parse (spec->uri, G_URI_FLAGS_NONE, NULL);

  return uri != NULL ? g_uri_get_port (uri) : -1;
}

static gchar *
sender_waiting (const DaisSourceSpec *spec)
{
  gboolean srt = g_str_has_prefix (spec->uri, "srt:");

  if (srt && !srt_listens (spec))
    return NULL;
  return g_strdup_printf ("waiting for somebody to send to %s port %d",
      srt ? "srt" : "udp", port_of (spec));
}

static gboolean
srt_build (DaisSourceBuild *build, GError **error)
{
  const gchar *passphrase = dais_build_option (build, "passphrase");
  GstElement *source;

  if (port_of (build->spec) <= 0) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "an srt: source needs a port: srt://camera:9000 calls, srt://:9000 "
        "waits to be called");
    return FALSE;
  }
  source = dais_build_add (build, "srtsrc", "srt", error);
  if (source == NULL)
    return FALSE;
  g_object_set (source, "latency",
      (gint) dais_source_options_number (
          build->spec->options, "latency", SRT_LATENCY_MS),
      "uri", build->spec->uri, "auto-reconnect", FALSE, NULL);
  if (srt_listens (build->spec))
    gst_util_set_object_arg (G_OBJECT (source), "mode", "listener");
  if (passphrase != NULL)
    g_object_set (source, "passphrase", passphrase, NULL);
  return dais_build_decode (build, source, error);
}

/* --- rtmp: --- */

static gboolean
rtmp_build (DaisSourceBuild *build, GError **error)
{
  GstElement *source = dais_build_add (build, "rtmp2src", "rtmp", error);

  if (source == NULL)
    return FALSE;
  g_object_set (source, "location", build->spec->uri, "timeout",
      (guint) RTMP_TIMEOUT_S, "idle-timeout", (guint) RTMP_TIMEOUT_S, NULL);
  return dais_build_decode (build, source, error);
}

/* --- udp: --- */

static DaisKindFlags
udp_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_LIVE | DAIS_KIND_WAITS;
}

typedef struct {
  GSocketAddress *sender; /* (nullable) */
  gint64 heard_us;
} Claim;

static void
claim_free (gpointer data)
{
  Claim *claim = data;

  g_clear_object (&claim->sender);
  g_free (claim);
}

static gboolean
same_sender (GSocketAddress *a, GSocketAddress *b)
{
  GInetSocketAddress *one = G_INET_SOCKET_ADDRESS (a);
  GInetSocketAddress *other = G_INET_SOCKET_ADDRESS (b);

  return g_inet_socket_address_get_port (one) ==
      g_inet_socket_address_get_port (other) &&
      g_inet_address_equal (g_inet_socket_address_get_address (one),
          g_inet_socket_address_get_address (other));
}

/* Who came first keeps the port; what a second sender throws in would only
 * break the first one's picture. Streaming thread. */
static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Claim *claim = user_data;
  GstNetAddressMeta *meta = gst_buffer_get_net_address_meta (
      GST_PAD_PROBE_INFO_BUFFER (info));
  gint64 now = g_get_monotonic_time ();

  if (meta == NULL || !G_IS_INET_SOCKET_ADDRESS (meta->addr))
    return GST_PAD_PROBE_OK;
  if (claim->sender == NULL || now - claim->heard_us > UDP_SILENCE_US)
    g_set_object (&claim->sender, meta->addr);
  if (!same_sender (claim->sender, meta->addr))
    return GST_PAD_PROBE_DROP;
  claim->heard_us = now;
  return GST_PAD_PROBE_OK;
}

static gboolean
udp_build (DaisSourceBuild *build, GError **error)
{
  GstElement *source = dais_build_add (build, "udpsrc", "udp", error);
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/mpegts",
      "systemstream", G_TYPE_BOOLEAN, TRUE, "packetsize", G_TYPE_INT, 188,
      NULL);
  g_autoptr (GstPad) pad = NULL;

  if (source == NULL)
    return FALSE;
  if (port_of (build->spec) <= 0) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "a udp: source needs a port: udp://0.0.0.0:5004");
    return FALSE;
  }
  g_object_set (source, "uri", build->spec->uri, "caps", caps, "buffer-size",
      UDP_BUFFER_BYTES, "reuse", FALSE, NULL);
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet, g_new0 (Claim, 1), claim_free);
  return dais_build_decode (build, source, error);
}

const DaisSourceKind dais_kind_rtsp = { "rtsp:", rtsp_build, pull_flags };
const DaisSourceKind dais_kind_rtsps = { "rtsps:", rtsp_build, pull_flags };
const DaisSourceKind dais_kind_srt = {
  "srt:",
  srt_build,
  srt_flags,
  sender_waiting,
};
const DaisSourceKind dais_kind_rtmp = { "rtmp:", rtmp_build, pull_flags };
const DaisSourceKind dais_kind_rtmps = { "rtmps:", rtmp_build, pull_flags };
const DaisSourceKind dais_kind_udp = {
  "udp:",
  udp_build,
  udp_flags,
  sender_waiting,
};
