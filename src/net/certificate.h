/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* PEM files of a certificate (with its chain) and its key, for
 * dais_server_listen(); errors name the file and say how to mend it. */
GTlsCertificate *dais_certificate_load (
    const gchar *certificate_path, const gchar *key_path, GError **error);

G_END_DECLS
