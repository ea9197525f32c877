/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/party-rest.h"

#define MAX_URL  2048
#define ID_CHARS 11

/* What may stand before a YouTube video's id. */
static const gchar *const YOUTUBE[] = { "youtube.com/embed/",
  "youtube.com/shorts/", "youtube.com/live/", "youtu.be/" };

/* Media of this server. */
static const gchar *const OWN_PATHS[] = { "/streaming/", "/recordings/" };

static const gchar *
skip (const gchar *text, const gchar *prefix)
{
  gsize length = strlen (prefix);

  return g_ascii_strncasecmp (text, prefix, length) == 0 ? text + length : text;
}

/* Eleven letters, digits, "-" or "_", and nothing that would make it longer. */
static gboolean
is_id (const gchar *text)
{
  for (guint i = 0; i < ID_CHARS; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
      return FALSE;

  return strchr ("?&#/", text[ID_CHARS]) != NULL;
}

static gboolean
is_youtube (const gchar *url)
{
  const gchar *rest = skip (url, "https://");
  const gchar *query = NULL;

  if (rest == url)
    rest = skip (url, "http://");
  rest = skip (skip (rest, "www."), "m.");

  for (guint i = 0; i < G_N_ELEMENTS (YOUTUBE); i++)
    if (g_ascii_strncasecmp (rest, YOUTUBE[i], strlen (YOUTUBE[i])) == 0)
      return is_id (rest + strlen (YOUTUBE[i]));

  query = skip (rest, "youtube.com/watch?");
  if (query == rest)
    return FALSE;
  while (!g_str_has_prefix (query, "v=")) {
    query = strchr (query, '&');
    if (query == NULL)
      return FALSE;
    query++;
  }

  return is_id (query + 2);
}

static gboolean
is_own_path (const gchar *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (OWN_PATHS); i++)
    if (g_str_has_prefix (path, OWN_PATHS[i]))
      return TRUE;

  return FALSE;
}

static gboolean
is_listed (const gchar *url, const gchar *const *video_hosts)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || video_hosts == NULL || g_uri_get_userinfo (uri) != NULL ||
      (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")))
    return FALSE;
  for (guint i = 0; video_hosts[i] != NULL; i++)
    if (g_ascii_strcasecmp (video_hosts[i], host) == 0)
      return TRUE;

  return FALSE;
}

/**
 * dais_party_video_is_acceptable:
 * @url: what a client wants to watch
 * @base_url: how the client reaches this server
 * @video_hosts: (nullable): hosts whose videos may be watched too
 *
 * Contracts README §3: a YouTube video, a media URL of this server, or one of a
 * listed host.
 *
 * Returns: whether a party may begin with it
 */
gboolean
dais_party_video_is_acceptable (
    const gchar *url, const gchar *base_url, const gchar *const *video_hosts)
{
  gsize length = strlen (base_url);

  if (strlen (url) > MAX_URL)
    return FALSE;
  for (const gchar *c = url; *c != '\0'; c++)
    if ((guchar) *c <= ' ' || (guchar) *c == 0x7f)
      return FALSE;

  return is_youtube (url) || is_own_path (url) ||
      (g_str_has_prefix (url, base_url) && is_own_path (url + length)) ||
      is_listed (url, video_hosts);
}
