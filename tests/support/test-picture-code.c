/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "picture-code.h"

#include <string.h>

#define WIDTH  1280
#define HEIGHT 720

static const PictureArea whole = { 0, 0, WIDTH, HEIGHT };

static void
test_back_and_forth (void)
{
  g_autofree guint8 *luma = g_malloc0 (WIDTH * HEIGHT);
  PictureCode codes[] = { { 0, 0, 0 }, { 255, 0xffffff, 0xffffffffffff },
    { 7, 123456, 987654321012 } };
  PictureReading reading;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    picture_code_draw (luma, WIDTH, &whole, &codes[i]);
    g_assert_true (picture_code_read (luma, WIDTH, 1, &whole, &reading));
    g_assert_cmpuint (reading.places, ==, PICTURE_CODE_PLACES);
    g_assert_false (reading.torn);
    g_assert_true (picture_code_same_frame (&reading.code, &codes[i]));
  }
}

static void
test_nothing_there (void)
{
  g_autofree guint8 *luma = g_malloc0 (WIDTH * HEIGHT);
  PictureReading reading;
  gint i;

  g_assert_false (picture_code_read (luma, WIDTH, 1, &whole, &reading));
  for (i = 0; i < WIDTH * HEIGHT; i++)
    luma[i] = (guint8) g_test_rand_int ();
  g_assert_false (picture_code_read (luma, WIDTH, 1, &whole, &reading));
}

static void
test_quarter_in_a_corner (void)
{
  g_autofree guint8 *luma = g_malloc0 (WIDTH * HEIGHT);
  PictureArea small = { WIDTH * 0.75, HEIGHT * 0.75, WIDTH * 0.25,
    HEIGHT * 0.25 };
  PictureCode under = { 1, 10, 1000 }, over = { 2, 20, 2000 };
  PictureReading reading;

  picture_code_draw (luma, WIDTH, &whole, &under);
  picture_code_draw (luma, WIDTH, &small, &over);
  g_assert_true (picture_code_read (luma, WIDTH, 1, &small, &reading));
  g_assert_true (picture_code_same_frame (&reading.code, &over));
  g_assert_true (picture_code_read (luma, WIDTH, 1, &whole, &reading));
  g_assert_true (picture_code_same_frame (&reading.code, &under));
  g_assert_cmpuint (reading.places, ==, PICTURE_CODE_PLACES - 1);
  g_assert_false (reading.torn);
}

static void
test_torn_is_seen (void)
{
  g_autofree guint8 *luma = g_malloc0 (WIDTH * HEIGHT);
  g_autofree guint8 *next = g_malloc0 (WIDTH * HEIGHT);
  PictureCode first = { 1, 10, 1000 }, second = { 1, 11, 1033 };
  PictureReading reading;

  picture_code_draw (luma, WIDTH, &whole, &first);
  picture_code_draw (next, WIDTH, &whole, &second);
  memcpy (luma, next, WIDTH * HEIGHT / 3);
  g_assert_true (picture_code_read (luma, WIDTH, 1, &whole, &reading));
  g_assert_true (reading.torn);
}

static void
test_half_of_a_fade_is_not_read (void)
{
  g_autofree guint8 *luma = g_malloc0 (WIDTH * HEIGHT);
  g_autofree guint8 *other = g_malloc0 (WIDTH * HEIGHT);
  PictureCode first = { 1, 0x5555, 0x123456789 };
  PictureCode second = { 2, 0xaaaa, 0x987654321 };
  PictureReading reading;
  gint i;

  picture_code_draw (luma, WIDTH, &whole, &first);
  picture_code_draw (other, WIDTH, &whole, &second);
  for (i = 0; i < WIDTH * HEIGHT; i++)
    luma[i] = (guint8) ((luma[i] + other[i]) / 2);
  g_assert_false (picture_code_read (luma, WIDTH, 1, &whole, &reading));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/support/picture-code/back-and-forth", test_back_and_forth);
  g_test_add_func ("/support/picture-code/nothing-there", test_nothing_there);
  g_test_add_func (
      "/support/picture-code/quarter-in-a-corner", test_quarter_in_a_corner);
  g_test_add_func ("/support/picture-code/torn-is-seen", test_torn_is_seen);
  g_test_add_func (
      "/support/picture-code/half-of-a-fade", test_half_of_a_fade_is_not_read);
  return g_test_run ();
}
