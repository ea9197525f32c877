/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-words.h"

#include "core/error.h"
#include "engine/control.h"

#include <gst/gst.h>

/* Elements say the same thing in many ways; the first that fits counts. */
static const struct {
  const gchar *pattern;
  const gchar *words; /* %W stands for where */
} rules[] = {
  { "connection refused", "connection refused by %W; is it switched on?" },
  { "no route to host|network is unreachable|host unreachable",
      "there is no way to %W; check the address and the network cable" },
  { "could not resolve|error resolving|name or service not known|"
    "cannot resolve|resolve host",
      "the name of %W is not known; check the address" },
  { "unauthori[sz]ed|\\b401\\b|not authori[sz]ed|authentication",
      "%W wants a user name and the right password" },
  { "forbidden|\\b403\\b", "%W does not allow it" },
  { "\\b404\\b|file not found|resource not found",
      "%W answers, but has nothing under that path" },
  { "address already in use|error binding",
      "%W is in use on this machine; choose another port" },
  { "device or resource busy|device .* is busy|is currently in use",
      "%W is in use by another program" },
  { "cannot identify device|no such device|no such file or directory|"
    "does not exist",
      "there is no %W; is it plugged in?" },
  { "permission denied|not permitted",
      "no permission for %W; the service's user must be in its group" },
  { "timed? ?out|timeout|does not answer", "%W does not answer" },
  { "connection reset|broken pipe|socket closed|connection (was )?closed|"
    "not connected|connection terminated|end.of.file",
      "%W closed the connection" },
  { "could not determine type|typefind|contains no|no decoder|no suitable|"
    "missing.*plug|no valid frames|unhandled stream",
      "what comes from %W is no picture or sound that can be decoded" },
  { "certificate|tls (handshake|connection)|handshake",
      "nobody vouches for the certificate of %W; the option insecure would "
      "take it all the same" },
  { "no space left on device",
      "the USB bus is too busy for %W; plug it into another port" },
  { "failed to allocate|input/output error|protocol error",
      "%W does not work; unplug it and plug it in again" },
  { "passphrase|badsecret|bad secret", "the passphrase is not that of %W" },
  { "could not open audio device|could not open device",
      "%W is not there or cannot be opened; is it plugged in?" },
  { "could not read from resource|could not open resource",
      "%W cannot be understood; is it what the address says?" },
  { "data stream error|not.negotiated",
      "what comes from %W cannot be used; is it what the address says?" },
  { "invalid data|corrupt|broken|failed to decode|could not decode|demux",
      "what comes from %W is broken" },
};

/* "10.0.0.5 port 554", "the camera '/dev/video0'": no path, no password */
static gchar *
where (const gchar *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const gchar *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;
  const gchar *rest = strchr (uri, ':');

  if (g_str_has_prefix (uri, "v4l2:"))
    return g_strdup_printf (
        "camera '%s'", g_str_has_prefix (rest, "://") ? rest + 3 : rest + 1);
  if (g_str_has_prefix (uri, "pulse:"))
    return g_strdup ("the sound server");
  if (g_str_has_prefix (uri, "alsa:"))
    return g_strdup_printf ("microphone '%s'",
        g_str_has_prefix (rest, "://") ? rest + 3 : rest + 1);
  if (g_str_has_prefix (uri, "file:"))
    return g_strdup_printf (
        "file '%s'", g_str_has_prefix (rest, "://") ? rest + 3 : rest + 1);
  if (host != NULL && *host != '\0') {
    gint port = g_uri_get_port (parsed);
    const gchar *scheme = g_uri_get_scheme (parsed);

    if (port <= 0)
      port = g_str_equal (scheme, "rtsp") ? 554
          : g_str_equal (scheme, "rtsps") ? 322
          : g_str_equal (scheme, "http")  ? 80
          : g_str_equal (scheme, "https") ? 443
          : g_str_equal (scheme, "rtmp")  ? 1935
                                          : 0;
    return port > 0 ? g_strdup_printf ("%s port %d", host, port)
                    : g_strdup (host);
  }
  if (parsed != NULL && g_uri_get_port (parsed) > 0)
    return g_strdup_printf ("port %d", g_uri_get_port (parsed));
  return g_strdup ("the source");
}

static guint
find_rule (const gchar *text)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (rules) &&
      !g_regex_match_simple (rules[i].pattern, text, G_REGEX_CASELESS, 0))
    i++;
  return i;
}

static gchar *
put_where (const gchar *words, const gchar *uri)
{
  g_autofree gchar *place = where (uri);
  g_auto (GStrv) parts = g_strsplit (words, "%W", -1);

  return g_strjoinv (place, parts);
}

/* --- causes that elements keep to their debug log --- */

#define CAUSE_FRESH_US G_USEC_PER_SEC

static GMutex cause_lock;
static gchar *cause; /* protected by cause_lock (nullable) */
static gint64 cause_us;

/* rtspsrc says "could not open resource" and souphttpsrc "internal data stream
 * error" on the bus, whatever the network said. Any thread. */
static void
on_debug (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  if (level != GST_LEVEL_ERROR && !g_str_equal (function, "_session_send_cb"))
    return;
  g_mutex_lock (&cause_lock);
  if (g_get_monotonic_time () - cause_us > CAUSE_FRESH_US)
    g_clear_pointer (&cause, g_free);
  /* The first is the reason, the others are what follows from it. */
  if (cause == NULL &&
      find_rule (gst_debug_message_get (message)) < G_N_ELEMENTS (rules)) {
    cause = g_strdup (gst_debug_message_get (message));
    cause_us = g_get_monotonic_time ();
  }
  g_mutex_unlock (&cause_lock);
}

static guint
find_rule_in_cause (void)
{
  guint rule = G_N_ELEMENTS (rules);

  g_mutex_lock (&cause_lock);
  if (cause != NULL && g_get_monotonic_time () - cause_us < CAUSE_FRESH_US)
    rule = find_rule (cause);
  g_clear_pointer (&cause, g_free);
  g_mutex_unlock (&cause_lock);
  return rule;
}

/**
 * dais_source_words_listen:
 *
 * Begins to remember the causes that elements only log. Once per process.
 */
void
dais_source_words_listen (void)
{
  gst_debug_add_log_function (on_debug, NULL, NULL);
  gst_debug_set_default_threshold (GST_LEVEL_ERROR);
  gst_debug_set_threshold_for_name ("souphttpsrc", GST_LEVEL_DEBUG);
  if (g_getenv ("GST_DEBUG") == NULL)
    gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_set_active (TRUE);
}

/**
 * dais_source_words:
 * @uri: the source's
 * @error: an element's, or one of ours that is in plain words already
 * @detail: (nullable): the debug text of a message
 *
 * Returns: (transfer full): one line for people, without passwords
 */
gchar *
dais_source_words (const gchar *uri, const GError *error, const gchar *detail)
{
  guint rule, other;
  g_autofree gchar *clean = NULL;

  if (error->domain == DAIS_ERROR)
    return dais_control_redact (error->message);
  rule = find_rule (error->message);
  other = detail != NULL ? find_rule (detail) : rule;
  rule = MIN (rule, other);
  other = find_rule_in_cause ();
  rule = MIN (rule, other);
  if (rule < G_N_ELEMENTS (rules))
    return put_where (rules[rule].words, uri);
  clean = dais_control_redact (error->message);
  g_strdelimit (clean, "\r\n", ' ');
  return g_steal_pointer (&clean);
}
