/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/room.h"

G_BEGIN_DECLS

/* One note object: without "id" = add, with "id" = modify, with "id" and
 * "deleted":true = remove; or the older {"notes":{…}} form; or an array of such
 * objects (all or nothing). Needs NOTE; somebody else's note: NOTE is enough.
 * Errors: INVALID, DENIED, NOT_FOUND, STALE, LIMITED, STORAGE. */
void dais_notes_write_async (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* note: (out) (optional) (transfer full) (nullable): JSON of the note as it is
 * now, NULL when it was removed; the last one of an array */
gboolean dais_notes_write_finish (DaisRoom *room, GAsyncResult *result,
    guint64 *rev, GBytes **note, GError **error);

void dais_notes_remove_async (DaisRoom *room, DaisCaller *caller, gint64 id,
    gint64 if_rev, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
gboolean dais_notes_remove_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error);

G_END_DECLS
