/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/room.h"

G_BEGIN_DECLS

/* A write of the mixer's state in any form that contracts README §2 allows.
 * json: the client's own text of the state object. Needs CUT for pictures,
 * AUDIO for sound, BLANK for the scene "blank", each only for what changes.
 * if_rev: the revision that the caller saw, -1 = any. Unchanged state is
 * acknowledged without a new revision. The answer comes when the change is on
 * disk and handed to the engine, after "message".
 * Errors: INVALID, DENIED, NOT_FOUND (a stream), STALE, LIMITED, STORAGE. */
void dais_mix_write_async (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_mix_write_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error);

/* Any JSON up to 64 KiB, kept as written. Needs CUT. */
void dais_layout_write_async (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_layout_write_finish (
    DaisRoom *room, GAsyncResult *result, guint64 *rev, GError **error);

G_END_DECLS
