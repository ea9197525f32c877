/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisStreams:
 *
 * Raw streams (configured or added) and each room's mixed output, one list.
 * Signal "changed": an entry came, went or changed (name, type, health);
 * at most ten times a second.
 */
#define DAIS_TYPE_STREAMS (dais_streams_get_type ())
G_DECLARE_FINAL_TYPE (DaisStreams, dais_streams, DAIS, STREAMS, GObject)

/* Map by name, contract /streams. Cached per base URL ("http://hall:8080") and
 * per what the caller may see ("uri" needs MANAGE): callers with equal rights
 * get the same GBytes. (transfer full) */
GBytes *dais_streams_get_json (
    DaisStreams *self, DaisCaller *caller, const gchar *base_url, gchar **etag);
/* slug or name. NOT_FOUND. (transfer full) */
GBytes *dais_streams_get_one_json (DaisStreams *self, DaisCaller *caller,
    const gchar *base_url, const gchar *slug, GError **error);

/* json: {"name","uri","type"?,"options"?}. Needs MANAGE; file: and pipeline:
 * need ADMIN. Errors: INVALID, CONFLICT, DENIED, LIMITED, STORAGE. */
void dais_streams_add_async (DaisStreams *self, DaisCaller *caller,
    const gchar *json, gssize length, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full): the slug */
gchar *dais_streams_add_finish (
    DaisStreams *self, GAsyncResult *result, GError **error);

/* The same members, all optional; the slug stays. A stream of the configuration
 * file is read-only: DENIED. */
void dais_streams_change_async (DaisStreams *self, DaisCaller *caller,
    const gchar *slug, const gchar *json, gssize length,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
gboolean dais_streams_change_finish (
    DaisStreams *self, GAsyncResult *result, GError **error);

/* Rooms that show the stream switch it off, as a change of their own. */
void dais_streams_remove_async (DaisStreams *self, DaisCaller *caller,
    const gchar *slug, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
gboolean dais_streams_remove_finish (
    DaisStreams *self, GAsyncResult *result, GError **error);

/* Cameras and microphones: JSON array of {"name","kind","uri",…}, asked of the
 * engine program (dais-engine devices). Needs MANAGE. */
void dais_streams_list_devices_async (DaisStreams *self, DaisCaller *caller,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
GBytes *dais_streams_list_devices_finish (
    DaisStreams *self, GAsyncResult *result, GError **error);

G_END_DECLS
