/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/webm-walk.h"

/* EBML head, a segment and a cluster of unknown size, a timecode, two blocks */
static const guint8 stream[] = { 0x1a, 0x45, 0xdf, 0xa3, 0x82, 1, 2, 0x18, 0x53,
  0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x43, 0xb6,
  0x75, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7, 0x81, 5, 0xa3,
  0x40, 0x03, 0xa3, 0x81, 0xe7, 0xa3, 0x80 };
/* where an element ends, counted in bytes from the beginning */
static const gsize ends[] = { 7, 19, 31, 34, 40, 42 };

static gboolean
is_end (gsize offset)
{
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    if (ends[i] == offset)
      return TRUE;
  }
  return FALSE;
}

static void
test_every_cut (void)
{
  for (gsize step = 1; step <= sizeof stream; step++) {
    DaisWebmWalk walk = { { 0 }, 0, 0 };

    for (gsize at = 0; at < sizeof stream; at += step) {
      gsize size = MIN (step, sizeof stream - at);

      g_assert_cmpint (
          dais_webm_walk (&walk, stream + at, size), ==, is_end (at + size));
    }
  }
}

static void
test_no_webm (void)
{
  DaisWebmWalk walk = { { 0 }, 0, 0 };
  static const guint8 zeros[64] = { 0 };

  g_assert_true (dais_webm_walk (&walk, zeros, sizeof zeros));
  g_assert_true (dais_webm_walk (&walk, zeros, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/webm-walk/every-cut", test_every_cut);
  g_test_add_func ("/engine/webm-walk/no-webm", test_no_webm);
  return g_test_run ();
}
