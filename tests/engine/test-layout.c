/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/layout.h"

static const DaisLayout plain = { DAIS_SCENE_FULL, 1280, 720,
  DAIS_CORNER_BOTTOM_RIGHT, 0.25, 0 };

static void
assert_sound (
    const DaisLayout *layout, const DaisRectangle *places, guint count)
{
  for (guint i = 0; i < count; i++) {
    const DaisRectangle *p = &places[i];
    gdouble shape = (gdouble) layout->width / layout->height;

    g_assert_cmpint ((p->x | p->y | p->width | p->height) & 1, ==, 0);
    g_assert_cmpint (p->x, >=, 0);
    g_assert_cmpint (p->y, >=, 0);
    g_assert_cmpint (p->width, >, 0);
    g_assert_cmpint (p->height, >, 0);
    g_assert_cmpint (p->x + p->width, <=, layout->width);
    g_assert_cmpint (p->y + p->height, <=, layout->height);
    /* the shape is kept, as well as even numbers allow */
    g_assert_cmpfloat (p->width, <=, (p->height + 2) * shape + 2);
    g_assert_cmpfloat (p->width, >=, (p->height - 2) * shape - 2);
    for (guint j = 0; j < i && layout->scene != DAIS_SCENE_PIP; j++) {
      const DaisRectangle *q = &places[j];

      g_assert_true (p->x >= q->x + q->width || q->x >= p->x + p->width ||
          p->y >= q->y + q->height || q->y >= p->y + p->height);
    }
  }
}

static void
test_full (void)
{
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];

  g_assert_cmpuint (dais_layout_solve (&plain, places), ==, 1);
  g_assert_cmpint (places[0].x, ==, 0);
  g_assert_cmpint (places[0].width, ==, 1280);
  g_assert_cmpint (places[0].height, ==, 720);
}

static void
test_pip (void)
{
  DaisLayout layout = plain;
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];

  layout.scene = DAIS_SCENE_PIP;
  g_assert_cmpuint (dais_layout_solve (&layout, places), ==, 2);
  g_assert_cmpint (places[0].width, ==, 1280);
  g_assert_cmpint (places[1].width, ==, 320);
  g_assert_cmpint (places[1].height, ==, 180);
  g_assert_cmpint (places[1].x, ==, 1280 - 320 - 26);
  g_assert_cmpint (places[1].y, ==, 720 - 180 - 26);
  layout.pip_corner = DAIS_CORNER_TOP_LEFT;
  dais_layout_solve (&layout, places);
  g_assert_cmpint (places[1].x, ==, 26);
  g_assert_cmpint (places[1].y, ==, 26);
  layout.pip_size = 7;
  dais_layout_solve (&layout, places);
  g_assert_cmpint (places[1].width, ==, 640);
  layout.pip_size = 0;
  dais_layout_solve (&layout, places);
  g_assert_cmpint (places[1].width, ==, 128);
}

static void
test_lecture (void)
{
  DaisLayout layout = plain;
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];

  layout.scene = DAIS_SCENE_LECTURE;
  g_assert_cmpuint (dais_layout_solve (&layout, places), ==, 2);
  g_assert_cmpint (places[0].width, >, 2 * places[1].width);
  g_assert_cmpint (places[1].x, >, places[0].x + places[0].width);
  assert_sound (&layout, places, 2);
}

static void
test_grid (void)
{
  DaisLayout layout = plain;
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];
  const gint widths[] = { 0, 1280, 616, 616, 616, 410, 410 };

  layout.scene = DAIS_SCENE_GRID;
  for (guint n = 0; n < 12; n++) {
    layout.grid_size = n;
    g_assert_cmpuint (dais_layout_solve (&layout, places), ==, MIN (n, 9));
    if (n > 0 && n < G_N_ELEMENTS (widths))
      g_assert_cmpint (ABS (places[0].width - widths[n]), <=, 12);
  }
  /* a row that is not full stands in the middle */
  layout.grid_size = 3;
  dais_layout_solve (&layout, places);
  g_assert_cmpint (
      ABS (places[2].x * 2 + places[2].width - layout.width), <=, 4);
}

static void
test_blank (void)
{
  DaisLayout layout = plain;
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];

  layout.scene = DAIS_SCENE_BLANK;
  g_assert_cmpuint (dais_layout_solve (&layout, places), ==, 0);
}

static void
test_all_sizes (void)
{
  const gint sizes[][2] = { { 1920, 1080 }, { 1280, 720 }, { 640, 360 },
    { 720, 1280 }, { 1024, 768 }, { 4096, 2160 }, { 100, 100 }, { 642, 362 } };
  DaisRectangle places[DAIS_LAYOUT_MAX_PLACES];

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint scene = 0; scene <= DAIS_SCENE_BLANK; scene++)
      for (guint corner = 0; corner < 4; corner++)
        for (guint n = 0; n < 10; n++) {
          DaisLayout layout = { (DaisScene) scene, sizes[i][0], sizes[i][1],
            (DaisCorner) corner, 0.1 + 0.045 * n, n };

          assert_sound (&layout, places, dais_layout_solve (&layout, places));
        }
}

static void
test_nicks (void)
{
  DaisScene scene = DAIS_SCENE_BLANK;
  DaisCorner corner = DAIS_CORNER_TOP_LEFT;

  g_assert_true (dais_scene_from_nick ("side-by-side", &scene));
  g_assert_cmpint (scene, ==, DAIS_SCENE_SIDE_BY_SIDE);
  g_assert_false (dais_scene_from_nick ("mosaic", &scene));
  g_assert_cmpint (scene, ==, DAIS_SCENE_SIDE_BY_SIDE);
  g_assert_true (dais_corner_from_nick ("bottom-left", &corner));
  g_assert_cmpint (corner, ==, DAIS_CORNER_BOTTOM_LEFT);
  g_assert_false (dais_corner_from_nick ("", &corner));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/layout/full", test_full);
  g_test_add_func ("/engine/layout/pip", test_pip);
  g_test_add_func ("/engine/layout/lecture", test_lecture);
  g_test_add_func ("/engine/layout/grid", test_grid);
  g_test_add_func ("/engine/layout/blank", test_blank);
  g_test_add_func ("/engine/layout/all-sizes", test_all_sizes);
  g_test_add_func ("/engine/layout/nicks", test_nicks);
  return g_test_run ();
}
