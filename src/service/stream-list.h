/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: the raw streams. */

#include "model/stream.h"
#include "service/streams.h"
#include "store/streams.h"
#include "supervisor/engine-handle.h"

G_BEGIN_DECLS

typedef struct {
  DaisStreams *list; /* not owned */
  DaisStream *stream;
  gboolean configured; /* of the configuration file: read-only */
  gboolean busy;       /* a change of it is on its way to the disk */
  gint64 created;
  DaisEngineHandle *engine; /* (nullable) */
  GVariant *settings;       /* (nullable) what the engine was told last */
  gchar *error;             /* (nullable) the engine's, without secrets */
  /* as told last */
  DaisStreamState state;
  DaisMediaType found;
  gdouble fps;
} DaisStreamEntry;

DaisStreams *dais_streams_new (DaisHouse *house);
/* Those of the configuration, then those of the store. */
gboolean dais_streams_load (DaisStreams *self, GError **error);

/* (transfer none) (element-type DaisStreamEntry) in the order of their age */
GPtrArray *dais_streams_get_entries (DaisStreams *self);
/* New or renamed, on their way to the disk: their names are taken already.
 * (transfer none) (element-type DaisStream) */
GPtrArray *dais_streams_get_arriving (DaisStreams *self);
DaisStreamEntry *
dais_streams_find_slug (DaisStreams *self, const gchar *slug); /* (nullable) */
DaisStreamEntry *
dais_streams_find_name (DaisStreams *self, const gchar *name); /* (nullable) */
gboolean dais_streams_has_name (DaisStreams *self, const gchar *name);
DaisHouse *dais_streams_get_house (DaisStreams *self);

/* stream: (transfer none) */
DaisStreamEntry *dais_streams_put (
    DaisStreams *self, DaisStream *stream, gboolean configured, gint64 created);
void dais_streams_take_out (DaisStreams *self, DaisStreamEntry *entry);
void dais_stream_entry_set_stream (DaisStreamEntry *self, DaisStream *stream);
void
dais_stream_entry_get_health (DaisStreamEntry *self, DaisStreamHealth *health);
/* (transfer none): as it is served */
const gchar *dais_stream_entry_get_type (DaisStreamEntry *self);

void dais_stream_entry_health_changed (DaisStreamEntry *self);

/* The list has changed: forget the texts, emit "changed" soon. */
void dais_streams_touch (DaisStreams *self);

/* "<base>/streaming/<slug>.webm". (transfer full) */
gchar *dais_streams_make_url (
    const gchar *base_url, const gchar *slug, gboolean mixed);

G_END_DECLS
