/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/room.h"

G_BEGIN_DECLS

/* One talk object (contracts README §2), put under the key that its parts make:
 * room_date_talk-id[_post-edit-time]. Needs NOTE. */
void dais_talks_write_async (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* key: (out) (optional) (transfer full) */
gboolean dais_talks_write_finish (DaisRoom *room, GAsyncResult *result,
    guint64 *rev, gchar **key, GError **error);

void dais_talks_remove_async (DaisRoom *room, DaisCaller *caller,
    const gchar *key, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_talks_remove_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error);

G_END_DECLS
