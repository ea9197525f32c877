/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "model/revision.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DAIS_SCENE_MAX_GRID     9
#define DAIS_SCENE_MAX_NAMES    64 /* volumes, mutes */
#define DAIS_SCENE_MAX_GAIN     4.0
#define DAIS_SCENE_MIN_PIP      0.1
#define DAIS_SCENE_MAX_PIP      0.5
#define DAIS_TRANSITION_MAX_MS  10000
#define DAIS_TRANSITION_FADE_MS 300 /* where a fade names no length */

typedef enum {
  DAIS_SCENE_FULL,
  DAIS_SCENE_PIP,
  DAIS_SCENE_SIDE_BY_SIDE,
  DAIS_SCENE_LECTURE,
  DAIS_SCENE_GRID,
  DAIS_SCENE_BLANK,
} DaisSceneKind;

typedef enum {
  DAIS_CORNER_TOP_LEFT,
  DAIS_CORNER_TOP_RIGHT,
  DAIS_CORNER_BOTTOM_LEFT,
  DAIS_CORNER_BOTTOM_RIGHT,
} DaisCorner;

typedef struct {
  gboolean fade; /* FALSE = cut */
  guint ms;
} DaisTransition;

/**
 * DaisScene:
 *
 * The state of a room's mixer (contracts README §2, "state"), streams by
 * display name. Immutable, reference counted, any thread.
 */
typedef struct _DaisScene DaisScene;

/* Nothing on air: full, no video, audio or pip; bottom right, 0.25, master 1 */
DaisScene *dais_scene_new (void);
DaisScene *dais_scene_ref (DaisScene *self);
void dais_scene_unref (DaisScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisScene, dais_scene_unref)

DaisSceneKind dais_scene_get_kind (DaisScene *self);
const gchar *dais_scene_kind_to_string (DaisSceneKind kind);
const gchar *dais_scene_get_video (DaisScene *self); /* (nullable): off */
const gchar *dais_scene_get_audio (DaisScene *self); /* (nullable): off */
const gchar *dais_scene_get_pip (DaisScene *self);   /* (nullable): off */
DaisCorner dais_scene_get_pip_corner (DaisScene *self);
const gchar *dais_corner_to_string (DaisCorner corner);
gdouble dais_scene_get_pip_size (DaisScene *self); /* share of the width */
/* (transfer none), NULL-ended, never NULL */
const gchar *const *dais_scene_get_grid (DaisScene *self);
const gchar *const *dais_scene_get_mutes (DaisScene *self);
gdouble dais_scene_get_master (DaisScene *self);
/* The i-th name of volumes, sorted; NULL past the end. */
const gchar *dais_scene_get_volume (DaisScene *self, guint i, gdouble *gain);

gboolean dais_scene_equal (DaisScene *self, DaisScene *other);
/* Whether a stream is named anywhere in it. */
gboolean dais_scene_names (DaisScene *self, const gchar *stream);
/* The scene after a stream was renamed, or removed (new_name NULL).
 * (transfer full) */
DaisScene *dais_scene_with_stream_renamed (
    DaisScene *self, const gchar *name, const gchar *new_name);

/* What a write is checked against. */
typedef struct {
  /* whether a stream of that name exists and is for this room */
  gboolean (*has_stream) (const gchar *name, gpointer user_data);
  /* (nullable): the name behind an index of config.media, for older clients */
  const gchar *(*name_at) (guint index, gpointer user_data);
  gpointer user_data;
} DaisSceneLookup;

/* What a write means to change, for the grants that it needs. */
typedef enum {
  DAIS_SCENE_CHANGES_PICTURE = 1 << 0, /* cut */
  DAIS_SCENE_CHANGES_SOUND = 1 << 1,   /* audio */
  DAIS_SCENE_CHANGES_BLANK = 1 << 2,   /* blank: into it or out of it */
} DaisSceneChanges;

DaisSceneChanges dais_scene_compare (DaisScene *before, DaisScene *after);

/* A write of a client against the present scene. Absent members stay, null is
 * off. transition: (out) (optional). lookup NULL accepts every name.
 * Returns: (transfer full) (nullable) */
DaisScene *dais_scene_apply_json (DaisScene *present, JsonNode *write,
    const DaisSceneLookup *lookup, DaisTransition *transition, GError **error);
/* What write_members() wrote, as the store keeps it. (transfer full) */
DaisScene *dais_scene_from_text (const gchar *json, GError **error);

/* All members, inside an object. */
void dais_scene_write_members (DaisScene *self, DaisJsonWriter *writer);
/* The served state: members and the stamp. revision NULL leaves it out. */
void dais_scene_write_json (
    DaisScene *self, DaisJsonWriter *writer, const DaisRevision *revision);
gchar *dais_scene_to_text (DaisScene *self); /* (transfer full) */

G_END_DECLS
