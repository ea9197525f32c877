/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/* May the caller watch this? mixed: slug is a room's url_name, else a stream's
 * slug. output: "webm", "mjpg", "jpg". Ask before taking the socket.
 * Errors: NOT_FOUND, UNAUTHENTICATED, DENIED, UNAVAILABLE (engine is down). */
gboolean dais_media_check (DaisHouse *house, DaisCaller *caller, gboolean mixed,
    const gchar *slug, const gchar *output, GError **error);

/* Hands a viewer's socket to the engine, which writes the whole response.
 * fd: (transfer full), closed here whatever happens; head: further header
 * lines. On an error nothing was written to it. */
void dais_media_add_viewer_async (DaisHouse *house, gboolean mixed,
    const gchar *slug, const gchar *output, gint fd, const gchar *head,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
gboolean dais_media_add_viewer_finish (
    DaisHouse *house, GAsyncResult *result, GError **error);

G_END_DECLS
