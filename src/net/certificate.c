/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/certificate.h"

#include "core/error.h"

#include <errno.h>
#include <unistd.h>

static gboolean
check_readable (const gchar *path, const gchar *what, GError **error)
{
  if (access (path, R_OK) == 0)
    return TRUE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "cannot read the %s %s: %s", what, path,
      errno == EACCES
          ? "permission denied; let the server's user read it (chgrp, chmod)"
          : g_strerror (errno));
  return FALSE;
}

/**
 * dais_certificate_load:
 * @certificate_path: PEM file, the server's certificate first
 * @key_path: PEM file of its private key, without a password
 * @error: DAIS_ERROR_INVALID in plain words
 *
 * Reads files; for the start of the program only.
 *
 * Returns: (transfer full): a certificate
 */
GTlsCertificate *
dais_certificate_load (
    const gchar *certificate_path, const gchar *key_path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GDateTime) end = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ())) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "this machine has no TLS for GLib; install glib-networking");
    return NULL;
  }
  if (!check_readable (certificate_path, "certificate", error) ||
      !check_readable (key_path, "key", error))
    return NULL;
  certificate = g_tls_certificate_new_from_files (
      certificate_path, key_path, &cause);
  if (certificate == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the certificate %s and the key %s are of no use: %s; both must be "
        "PEM files, and the key must be the certificate's and have no password",
        certificate_path, key_path, cause->message);
    return NULL;
  }
  end = g_tls_certificate_get_not_valid_after (certificate);
  if (end != NULL && g_date_time_compare (end, now) < 0)
    g_warning ("the certificate %s has expired; browsers will refuse it",
        certificate_path);
  return g_steal_pointer (&certificate);
}
