/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/scene.h"

G_BEGIN_DECLS

/* Shared by scene.c and scene-write.c, which alone may change one, and only
 * before anyone else has seen it. */
struct _DaisScene {
  DaisSceneKind kind;
  gchar *video; /* (nullable) */
  gchar *audio; /* (nullable) */
  gchar *pip;   /* (nullable) */
  DaisCorner pip_corner;
  gdouble pip_size;
  gchar **grid;       /* never NULL */
  GPtrArray *volumes; /* (element-type DaisVolume), sorted by name */
  gchar **mutes;      /* never NULL */
  gdouble master;
};

typedef struct {
  gdouble gain;
  gchar name[];
} DaisVolume;

#define DAIS_SCENE_DEFAULT_PIP_SIZE 0.25
#define DAIS_SCENE_DEFAULT_CORNER   DAIS_CORNER_BOTTOM_RIGHT

DaisScene *dais_scene_copy (DaisScene *self);
/* gain < 0 takes the name out */
void dais_scene_set_volume (DaisScene *self, const gchar *name, gdouble gain);
gboolean dais_scene_kind_from_string (const gchar *text, DaisSceneKind *kind);
gboolean dais_corner_from_string (const gchar *text, DaisCorner *corner);

G_END_DECLS
