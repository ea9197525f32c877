/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  gboolean is_tls;
  gchar *host; /* as it was written; "*" = every interface */
  guint16 port;
} DaisListenUrl;

void dais_listen_url_clear (DaisListenUrl *url);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaisListenUrl, dais_listen_url_clear)

gboolean
dais_listen_url_parse (const gchar *text, DaisListenUrl *url, GError **error);
GSocket *dais_listen_socket_new (const DaisListenUrl *url, GError **error);

G_END_DECLS
