/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_LAYOUT_MAX_PLACES 9
#define DAIS_LAYOUT_PIP_MIN    0.1
#define DAIS_LAYOUT_PIP_MAX    0.5

typedef enum {
  DAIS_SCENE_FULL,
  DAIS_SCENE_PIP,
  DAIS_SCENE_SIDE_BY_SIDE,
  DAIS_SCENE_LECTURE,
  DAIS_SCENE_GRID,
  DAIS_SCENE_BLANK,
} DaisScene;

typedef enum {
  DAIS_CORNER_TOP_LEFT,
  DAIS_CORNER_TOP_RIGHT,
  DAIS_CORNER_BOTTOM_LEFT,
  DAIS_CORNER_BOTTOM_RIGHT,
} DaisCorner;

typedef struct {
  gint x;
  gint y;
  gint width;
  gint height;
} DaisRectangle;

/* What is to be laid out on a canvas. All pictures have the canvas's shape. */
typedef struct {
  DaisScene scene;
  gint width;
  gint height;
  DaisCorner pip_corner;
  gdouble pip_size; /* share of the width */
  guint grid_size;  /* pictures in the grid, more than nine are not shown */
} DaisLayout;

gboolean dais_scene_from_nick (const gchar *nick, DaisScene *scene);
gboolean dais_corner_from_nick (const gchar *nick, DaisCorner *corner);

guint dais_layout_solve (
    const DaisLayout *layout, DaisRectangle places[DAIS_LAYOUT_MAX_PLACES]);

G_END_DECLS
