/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/source-chain.h"

G_BEGIN_DECLS

/* What a stream is asked to be. */
typedef struct {
  gchar *name;
  gchar *uri;
  gchar *type;         /* "audio", "video", "av" or "" = find out */
  GHashTable *options; /* (element-type utf8 utf8) */
  DaisCanvas canvas;
} DaisSourceSpec;

DaisSourceSpec *dais_source_spec_copy (const DaisSourceSpec *spec);
void dais_source_spec_free (DaisSourceSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisSourceSpec, dais_source_spec_free)

typedef enum {
  /* It brings data at its own pace, or none until somebody sends. */
  DAIS_KIND_LIVE = 1 << 0,
  /* Its stamps are right as they are; nothing is held back. */
  DAIS_KIND_EXACT = 1 << 1,
  /* Made here: it need not run while nobody looks. */
  DAIS_KIND_RESTS = 1 << 2,
  /* Begins again at its end. */
  DAIS_KIND_LOOPS = 1 << 3,
  /* Waits for others to send: silence is no reason to build it again. */
  DAIS_KIND_WAITS = 1 << 4,
  /* On this machine: asked for more often. */
  DAIS_KIND_NEAR = 1 << 5,
} DaisKindFlags;

typedef struct _DaisSourceBuild DaisSourceBuild;

/* One way to get at pictures and sound. */
typedef struct {
  const gchar *scheme; /* with the colon */
  /* Makes the elements; DAIS_ERROR_INVALID when the URI is no good. */
  gboolean (*build) (DaisSourceBuild *build, GError **error);
  DaisKindFlags (*flags) (const DaisSourceSpec *spec);
  /* In plain words what it is doing while nothing came yet. (nullable)
   * (transfer full) */
  gchar *(*waiting) (const DaisSourceSpec *spec);
} DaisSourceKind;

struct _DaisSourceBuild {
  const DaisSourceSpec *spec;
  GstElement *pipeline;
  DaisChain *chain;
};

const DaisSourceKind *dais_source_kind_find (const gchar *uri, GError **error);

/* For the kinds. */
const gchar *dais_build_option (DaisSourceBuild *build, const gchar *name);
GstElement *dais_build_add (DaisSourceBuild *build, const gchar *factory,
    const gchar *name, GError **error);
gboolean
dais_build_raw (DaisSourceBuild *build, GstElement *element, GError **error);
gboolean
dais_build_decode (DaisSourceBuild *build, GstElement *element, GError **error);
void dais_build_decode_pad (DaisSourceBuild *build, GstPad *pad);
gboolean dais_build_wants (const DaisSourceSpec *spec, const gchar *media);

extern const DaisSourceKind dais_kind_test;
extern const DaisSourceKind dais_kind_v4l2;
extern const DaisSourceKind dais_kind_alsa;
extern const DaisSourceKind dais_kind_pulse;
extern const DaisSourceKind dais_kind_file;
extern const DaisSourceKind dais_kind_http;
extern const DaisSourceKind dais_kind_https;
extern const DaisSourceKind dais_kind_rtsp;
extern const DaisSourceKind dais_kind_rtsps;
extern const DaisSourceKind dais_kind_srt;
extern const DaisSourceKind dais_kind_rtmp;
extern const DaisSourceKind dais_kind_rtmps;
extern const DaisSourceKind dais_kind_udp;
extern const DaisSourceKind dais_kind_wire;
extern const DaisSourceKind dais_kind_pipeline;

G_END_DECLS
