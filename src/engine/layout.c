/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/layout.h"

/* Where the pictures of a scene go. Every coordinate is even, since the canvas
 * has half as many colour samples in each direction. */

#define MARGIN         0.02 /* of the width */
#define LECTURE_SLIDES 0.74 /* of what the margins leave */

static const gchar *const scene_nicks[] = { "full", "pip", "side-by-side",
  "lecture", "grid", "blank", NULL };
static const gchar *const corner_nicks[] = { "top-left", "top-right",
  "bottom-left", "bottom-right", NULL };

static gboolean
find_nick (const gchar *const *nicks, const gchar *nick, gint *found)
{
  for (gint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], nick)) {
      *found = i;
      return TRUE;
    }
  return FALSE;
}

/**
 * dais_scene_from_nick:
 * @nick: as in the contract, such as "side-by-side"
 * @scene: (out): untouched when it is none
 *
 * Source: contracts/README.md §2.
 *
 * Returns: whether there is such a scene
 */
gboolean
dais_scene_from_nick (const gchar *nick, DaisScene *scene)
{
  gint found = 0;

  if (!find_nick (scene_nicks, nick, &found))
    return FALSE;
  *scene = (DaisScene) found;
  return TRUE;
}

/**
 * dais_corner_from_nick:
 * @nick: as in the contract, such as "top-left"
 * @corner: (out): untouched when it is none
 *
 * Source: contracts/README.md §2.
 *
 * Returns: whether there is such a corner
 */
gboolean
dais_corner_from_nick (const gchar *nick, DaisCorner *corner)
{
  gint found = 0;

  if (!find_nick (corner_nicks, nick, &found))
    return FALSE;
  *corner = (DaisCorner) found;
  return TRUE;
}

static gint
even (gdouble value)
{
  return ((gint) (value + 0.5)) & ~1;
}

/* The largest picture of the canvas's shape in a cell, in its middle. */
static DaisRectangle
fit (const DaisLayout *layout, gdouble x, gdouble y, gdouble width,
    gdouble height)
{
  gdouble scale = MIN (width / layout->width, height / layout->height);
  gdouble w = layout->width * scale;
  gdouble h = layout->height * scale;

  return (DaisRectangle){ even (x + (width - w) / 2),
    even (y + (height - h) / 2), MAX (even (w), 2), MAX (even (h), 2) };
}

static guint
solve_pip (const DaisLayout *layout, DaisRectangle *places)
{
  gdouble size = CLAMP (
      layout->pip_size, DAIS_LAYOUT_PIP_MIN, DAIS_LAYOUT_PIP_MAX);
  gint margin = even (layout->width * MARGIN);
  DaisRectangle pip = fit (
      layout, 0, 0, layout->width * size, layout->height * size);
  gboolean right = layout->pip_corner == DAIS_CORNER_TOP_RIGHT ||
      layout->pip_corner == DAIS_CORNER_BOTTOM_RIGHT;
  gboolean bottom = layout->pip_corner == DAIS_CORNER_BOTTOM_LEFT ||
      layout->pip_corner == DAIS_CORNER_BOTTOM_RIGHT;

  pip.x = right ? layout->width - margin - pip.width : margin;
  pip.y = bottom ? layout->height - margin - pip.height : margin;
  places[1] = pip;
  return 2;
}

static guint
solve_side_by_side (const DaisLayout *layout, DaisRectangle *places)
{
  gdouble margin = layout->width * MARGIN;
  gdouble width = (layout->width - 3 * margin) / 2;

  places[0] = fit (layout, margin, 0, width, layout->height);
  places[1] = fit (layout, 2 * margin + width, 0, width, layout->height);
  return 2;
}

/* Slides large at the left, the speaker small beside their upper edge. */
static guint
solve_lecture (const DaisLayout *layout, DaisRectangle *places)
{
  gdouble margin = layout->width * MARGIN;
  gdouble room = layout->width - 3 * margin;
  gdouble slides = room * LECTURE_SLIDES;

  places[0] = fit (layout, margin, 0, slides, layout->height);
  places[1] = fit (
      layout, 2 * margin + slides, 0, room - slides, layout->height);
  places[1].y = places[0].y;
  return 2;
}

static guint
solve_grid (const DaisLayout *layout, DaisRectangle *places)
{
  guint count = MIN (layout->grid_size, DAIS_LAYOUT_MAX_PLACES);
  guint columns = count > 4 ? 3 : count > 1 ? 2 : 1;
  guint rows = (count + columns - 1) / columns;
  gdouble margin = count > 1 ? layout->width * MARGIN / 2 : 0;
  gdouble width = (layout->width - (columns + 1) * margin) / columns;
  gdouble height = 0;

  if (count == 0)
    return 0;
  height = (layout->height - (rows + 1) * margin) / rows;
  for (guint i = 0; i < count; i++) {
    guint row = i / columns;
    guint in_row = MIN (columns, count - row * columns);
    gdouble indent = (columns - in_row) * (width + margin) / 2;

    places[i] = fit (layout, indent + margin + (i % columns) * (width + margin),
        margin + row * (height + margin), width, height);
  }
  return count;
}

/**
 * dais_layout_solve:
 * @layout: what is to be laid out
 * @places: (out caller-allocates): the places, the lowest first
 *
 * In a pip, side-by-side and lecture scene the first place is for the main
 * picture and the second for the other one; in a grid they go row by row. Any
 * thread.
 *
 * Returns: how many places there are, 0 to DAIS_LAYOUT_MAX_PLACES
 */
guint
dais_layout_solve (
    const DaisLayout *layout, DaisRectangle places[DAIS_LAYOUT_MAX_PLACES])
{
  places[0] = (DaisRectangle){ 0, 0, layout->width, layout->height };
  switch (layout->scene) {
    case DAIS_SCENE_PIP:
      return solve_pip (layout, places);
    case DAIS_SCENE_SIDE_BY_SIDE:
      return solve_side_by_side (layout, places);
    case DAIS_SCENE_LECTURE:
      return solve_lecture (layout, places);
    case DAIS_SCENE_GRID:
      return solve_grid (layout, places);
    case DAIS_SCENE_BLANK:
      return 0;
    case DAIS_SCENE_FULL:
    default:
      return 1;
  }
}
