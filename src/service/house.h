/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _DaisCallers DaisCallers; /* service/callers.h */
typedef struct _DaisRooms DaisRooms;     /* service/rooms.h */
typedef struct _DaisStreams DaisStreams; /* service/streams.h */

/**
 * DaisHouse:
 *
 * The whole venue as the doors see it: ties store, auth, supervisor and
 * configuration together and owns the use cases. Lives in the main context;
 * nothing in it blocks, except the start of the store.
 */
#define DAIS_TYPE_HOUSE (dais_house_get_type ())
G_DECLARE_FINAL_TYPE (DaisHouse, dais_house, DAIS, HOUSE, GObject)

/* data_dir exists and is writable; runtime_dir: see supervisor, NULL for the
 * command line (no engines). config: (transfer none) */
DaisHouse *dais_house_new (
    DaisConfig *config, const gchar *data_dir, const gchar *runtime_dir);

/* Opens and migrates the database: all that the user commands need. May block
 * for the disk, so before the main loop runs. */
gboolean dais_house_open (DaisHouse *self, GError **error);

/* Loads rooms and streams, makes the first admin, starts or adopts the engines
 * (does not wait for them). After dais_house_open(). */
void dais_house_start_async (DaisHouse *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* password: (out) (transfer full) (nullable): of the account "admin" when this
 * start made it; to be shown once, it is kept nowhere */
gboolean dais_house_start_finish (
    DaisHouse *self, GAsyncResult *result, gchar **password, GError **error);

/* An orderly end: the engines stop too, then the store is closed. */
void dais_house_stop_async (DaisHouse *self, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean
dais_house_stop_finish (DaisHouse *self, GAsyncResult *result, GError **error);

/* All (transfer none), never NULL, live as long as the house. */
DaisCallers *dais_house_get_callers (DaisHouse *self);
DaisRooms *dais_house_get_rooms (DaisHouse *self);
DaisStreams *dais_house_get_streams (DaisHouse *self);

/* {"type":type,"data":json,"rev":rev}, the frame text of the venue contract.
 * rev < 0 leaves it out; reset adds "reset":true. json: ready JSON text.
 * Returns: (transfer full) */
GBytes *
dais_message_new (const gchar *type, GBytes *json, gint64 rev, gboolean reset);

G_END_DECLS
