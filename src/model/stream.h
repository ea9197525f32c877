/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DAIS_STREAM_MAX_URI     2048 /* bytes */
#define DAIS_STREAM_MAX_OPTIONS 32

typedef enum {
  DAIS_MEDIA_UNKNOWN, /* to be detected; "" */
  DAIS_MEDIA_AUDIO,
  DAIS_MEDIA_VIDEO,
  DAIS_MEDIA_AV,
} DaisMediaType;

/* (transfer none): "", "audio", "video", "av" */
const gchar *dais_media_type_to_string (DaisMediaType type);
gboolean dais_media_type_from_string (
    const gchar *text, DaisMediaType *type, GError **error);

typedef enum {
  DAIS_STREAM_CONNECTING,
  DAIS_STREAM_LIVE,
  DAIS_STREAM_LOST,
} DaisStreamState;

/* (transfer none): "connecting", "live", "lost" */
const gchar *dais_stream_state_to_string (DaisStreamState state);
/* unknown text is CONNECTING */
DaisStreamState dais_stream_state_from_string (const gchar *text);

/* How a stream is doing; changes by itself, is never stored. */
typedef struct {
  DaisStreamState state;
  gint64 since_us; /* UTC of the last change of state */
  gdouble fps;
  const gchar *error;  /* (nullable): plain words */
  DaisMediaType found; /* what was found in the stream, UNKNOWN before */
} DaisStreamHealth;

/**
 * DaisStream:
 *
 * A raw input: a camera, a microphone, a screen. Immutable, reference counted,
 * any thread. A change makes a new one.
 */
typedef struct _DaisStream DaisStream;

/* options: (nullable) (element-type utf8 utf8), copied. Nothing is checked:
 * for what comes from the store or was checked before. */
DaisStream *dais_stream_new (gint64 id, const gchar *name, const gchar *slug,
    const gchar *uri, DaisMediaType type, GHashTable *options);
DaisStream *dais_stream_ref (DaisStream *self);
void dais_stream_unref (DaisStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisStream, dais_stream_unref)

gint64 dais_stream_get_id (DaisStream *self); /* 0 = not stored yet */
const gchar *dais_stream_get_name (DaisStream *self);
const gchar *dais_stream_get_slug (DaisStream *self); /* (nullable): to make */
const gchar *dais_stream_get_uri (DaisStream *self);
DaisMediaType dais_stream_get_media_type (DaisStream *self);
GHashTable *dais_stream_get_options (DaisStream *self); /* (transfer none) */
gboolean dais_stream_equal (DaisStream *self, DaisStream *other);

/* The same stream once the store knows it. (transfer full) */
DaisStream *
dais_stream_with_identity (DaisStream *self, gint64 id, const gchar *slug);

/* POST /streams (present == NULL: name and uri must be there) and PUT: absent
 * members stay as in @present. trusted: the caller is an admin or the
 * configuration, so file: and pipeline: are allowed.
 * Returns: (transfer full) (nullable) */
DaisStream *dais_stream_from_json (
    JsonObject *object, DaisStream *present, gboolean trusted, GError **error);
/* The checks of from_json for a stream from elsewhere. */
gboolean dais_stream_check (DaisStream *self, gboolean trusted, GError **error);

/* One value of GET /streams. health and uri/options are left out when health
 * is NULL or with_uri is FALSE. */
void dais_stream_write_json (DaisStream *self, DaisJsonWriter *writer,
    const gchar *stream_url, const DaisStreamHealth *health, gboolean with_uri);

/* {"latency":"200"} for the store; from_json accepts what it wrote. */
gchar *dais_stream_options_to_json (GHashTable *options);
GHashTable *dais_stream_options_from_json (const gchar *json, GError **error);

G_END_DECLS
