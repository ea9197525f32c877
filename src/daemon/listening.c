/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/listening.h"

#include "core/error.h"
#include "net/certificate.h"

/* Both files are named, or one that holds both, or none. */
static gboolean
load_certificate (
    DaisConfig *config, GTlsCertificate **certificate, GError **error)
{
  const DaisServerSettings *settings = dais_config_get_server (config);
  const gchar *key = settings->private_key[0] != '\0' ? settings->private_key
                                                      : settings->certificate;

  if (settings->certificate[0] == '\0')
    return TRUE;

  *certificate = dais_certificate_load (settings->certificate, key, error);
  return *certificate != NULL;
}

static gboolean
check_scheme (const gchar *url, GTlsCertificate *certificate, GError **error)
{
  if (certificate != NULL || !g_str_has_prefix (url, "https:"))
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "'%s' needs a certificate; set certificate and private_key, or use an "
      "http address",
      url);
  return FALSE;
}

/**
 * dais_listening_check:
 * @config: the configuration
 * @error: return location
 *
 * Returns: whether the certificate can be used and is there for each https
 *   address
 */
gboolean
dais_listening_check (DaisConfig *config, GError **error)
{
  gchar **urls = dais_config_get_server (config)->listen;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (!load_certificate (config, &certificate, error))
    return FALSE;

  for (guint i = 0; urls[i] != NULL; i++) {
    if (!check_scheme (urls[i], certificate, error))
      return FALSE;
  }
  return TRUE;
}

/**
 * dais_listening_open:
 * @server: the server
 * @config: the configuration
 * @error: return location
 *
 * Returns: whether the server listens on all of its addresses
 */
gboolean
dais_listening_open (DaisServer *server, DaisConfig *config, GError **error)
{
  gchar **urls = dais_config_get_server (config)->listen;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (!load_certificate (config, &certificate, error))
    return FALSE;

  for (guint i = 0; urls[i] != NULL; i++) {
    if (!check_scheme (urls[i], certificate, error) ||
        !dais_server_listen (server, urls[i], certificate, error))
      return FALSE;
  }
  return TRUE;
}

static const gchar *
get_port (const gchar *url)
{
  const gchar *colon = strrchr (url, ':');

  return colon != NULL ? colon + 1 : url;
}

/* A port that is ours cannot be tried: we are in the way ourselves. */
static gboolean
is_ours (gchar **urls, const gchar *url)
{
  for (guint i = 0; urls[i] != NULL; i++) {
    if (g_str_equal (get_port (urls[i]), get_port (url)))
      return TRUE;
  }
  return FALSE;
}

/**
 * dais_listening_try:
 * @now: the configuration that is in use
 * @next: the one that shall be
 * @error: return location
 *
 * Loads the certificate and takes the new addresses for a moment.
 *
 * Returns: whether nothing stands against @next
 */
gboolean
dais_listening_try (DaisConfig *now, DaisConfig *next, GError **error)
{
  gchar **ours = dais_config_get_server (now)->listen;
  gchar **urls = dais_config_get_server (next)->listen;
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (DaisServer) server = NULL;
  DaisServerLimits limits = { 0 };
  gboolean can = load_certificate (next, &certificate, error);

  dais_server_limits_init (&limits);
  server = dais_server_new (&limits);
  for (guint i = 0; can && urls[i] != NULL; i++) {
    can = check_scheme (urls[i], certificate, error) &&
        (is_ours (ours, urls[i]) ||
            dais_server_listen (server, urls[i], certificate, error));
  }
  dais_server_stop (server);
  return can;
}
