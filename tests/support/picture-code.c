/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "picture-code.h"

#include <string.h>

/* A machine-readable code in the picture: who sent it, the how manieth frame
 * it is, and when it was made. Its first row of blocks is a fixed mark that
 * also tells black from white; six rows of 16 bits follow: id and upper frame
 * byte, lower frame bytes, three words of time, checksum. */

#define CODE_COLUMNS 16
#define CODE_ROWS    7
#define CODE_WORDS   (CODE_ROWS - 1)
#define CODE_MARK    0xb2d1
#define CODE_BLACK   24
#define CODE_WHITE   228
/* Less than this between the mark's black and white: not a code, or one that is
 * mixed with another picture. */
#define CODE_MIN_CONTRAST 64

static const struct {
  gint column;
  gint row;
} places[PICTURE_CODE_PLACES] = {
  { 24, 14 },
  { 2, 2 },
  { 46, 2 },
  { 2, 27 },
  { 46, 27 },
};

/* CRC-16/CCITT-FALSE over words, high byte first. */
static guint16
checksum (const guint16 *words, guint n_words)
{
  guint16 crc = 0xffff;
  guint i, bit;

  for (i = 0; i < n_words; i++) {
    crc ^= words[i];
    for (bit = 0; bit < 16; bit++)
      crc = (crc & 0x8000) ? (guint16) ((crc << 1) ^ 0x1021)
                           : (guint16) (crc << 1);
  }
  return crc;
}

static void
code_to_words (const PictureCode *code, guint16 words[CODE_WORDS])
{
  guint64 time_us = (guint64) code->time_us;

  words[0] = (guint16) ((code->id & 0xff) << 8 | ((code->frame >> 16) & 0xff));
  words[1] = (guint16) (code->frame & 0xffff);
  words[2] = (guint16) ((time_us >> 32) & 0xffff);
  words[3] = (guint16) ((time_us >> 16) & 0xffff);
  words[4] = (guint16) (time_us & 0xffff);
  words[5] = checksum (words, 5);
}

static gboolean
words_to_code (const guint16 words[CODE_WORDS], PictureCode *code)
{
  if (words[5] != checksum (words, 5))
    return FALSE;
  code->id = words[0] >> 8;
  code->frame = (guint) (words[0] & 0xff) << 16 | words[1];
  code->time_us = (gint64) words[2] << 32 | (gint64) words[3] << 16 | words[4];
  return TRUE;
}

static void
fill_blocks (guint8 *plane, gint stride, const PictureArea *area, gint column,
    gint row, gint columns, gint rows, guint8 value)
{
  gint x0 = (gint) (area->x + area->width * column / PICTURE_CODE_COLUMNS);
  gint x1 = (gint) (area->x +
      area->width * (column + columns) / PICTURE_CODE_COLUMNS);
  gint y0 = (gint) (area->y + area->height * row / PICTURE_CODE_ROWS);
  gint y1 = (gint) (area->y + area->height * (row + rows) / PICTURE_CODE_ROWS);
  gint y;

  for (y = y0; y < y1; y++)
    memset (plane + (gsize) y * stride + x0, value, (gsize) MAX (x1 - x0, 0));
}

static void
draw_row (guint8 *luma, gint stride, const PictureArea *area, gint column,
    gint row, guint16 bits)
{
  gint i;

  for (i = 0; i < CODE_COLUMNS; i++)
    fill_blocks (luma, stride, area, column + i, row, 1, 1,
        bits & (0x8000 >> i) ? CODE_WHITE : CODE_BLACK);
}

/**
 * picture_code_draw:
 * @luma: a grey or Y plane
 * @stride: bytes from one line to the next
 * @area: the part of the plane that is this picture
 * @code: what to write
 *
 * Draws @code in its five places.
 */
void
picture_code_draw (
    guint8 *luma, gint stride, const PictureArea *area, const PictureCode *code)
{
  guint16 words[CODE_WORDS];
  gint place, i;

  code_to_words (code, words);
  for (place = 0; place < PICTURE_CODE_PLACES; place++) {
    gint column = places[place].column, row = places[place].row;

    fill_blocks (luma, stride, area, column - 1, row - 1, CODE_COLUMNS + 2,
        CODE_ROWS + 2, CODE_BLACK);
    draw_row (luma, stride, area, column, row, CODE_MARK);
    for (i = 0; i < CODE_WORDS; i++)
      draw_row (luma, stride, area, column, row + 1 + i, words[i]);
  }
}

/**
 * picture_code_draw_i420:
 * @planes: Y, U and V
 * @strides: of each, in bytes
 * @area: the part of the picture to write on, in luma pixels
 * @code: what to write
 *
 * Draws @code in grey, so that a reader of RGB sees it as well.
 */
void
picture_code_draw_i420 (guint8 *const planes[3], const gint strides[3],
    const PictureArea *area, const PictureCode *code)
{
  PictureArea half = { area->x / 2, area->y / 2, area->width / 2,
    area->height / 2 };
  gint place, plane;

  picture_code_draw (planes[0], strides[0], area, code);
  for (plane = 1; plane < 3; plane++)
    for (place = 0; place < PICTURE_CODE_PLACES; place++)
      fill_blocks (planes[plane], strides[plane], &half,
          places[place].column - 1, places[place].row - 1, CODE_COLUMNS + 2,
          CODE_ROWS + 2, 128);
}

/* Average of the middle of a block: the edges are the neighbours' too. */
static guint
block_level (const guint8 *luma, gint stride, gint pixel_stride,
    const PictureArea *area, gint column, gint row)
{
  gdouble width = area->width / PICTURE_CODE_COLUMNS;
  gdouble height = area->height / PICTURE_CODE_ROWS;
  gint x0 = (gint) (area->x + width * (column + 0.3));
  gint x1 = (gint) (area->x + width * (column + 0.7));
  gint y0 = (gint) (area->y + height * (row + 0.3));
  gint y1 = (gint) (area->y + height * (row + 0.7));
  guint sum = 0, n = 0;
  gint x, y;

  for (y = y0; y <= y1; y++) {
    for (x = x0; x <= x1; x++, n++)
      sum += luma[(gsize) y * stride + (gsize) x * pixel_stride];
  }
  return sum / n;
}

/* How far apart the darkest white and the brightest black are, as a share of
 * what was drawn. Half of a cross-fade still reads as the stronger picture. */
static guint
measure_clarity (guint lowest_white, guint highest_black)
{
  if (lowest_white <= highest_black)
    return 0;
  return MIN (
      (lowest_white - highest_black) * 100 / (CODE_WHITE - CODE_BLACK), 100);
}

static gboolean
read_mark (const guint levels[CODE_COLUMNS], guint *threshold)
{
  guint white = 0, black = 0, n_white = 0;
  gint i;

  for (i = 0; i < CODE_COLUMNS; i++) {
    if (CODE_MARK & (0x8000 >> i)) {
      white += levels[i];
      n_white++;
    } else {
      black += levels[i];
    }
  }
  white /= n_white;
  black /= CODE_COLUMNS - n_white;
  if (white < black + CODE_MIN_CONTRAST)
    return FALSE;
  *threshold = (white + black) / 2;
  for (i = 0; i < CODE_COLUMNS; i++) {
    gboolean set = (CODE_MARK & (0x8000 >> i)) != 0;

    if ((levels[i] > *threshold) != set)
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_place (const guint8 *luma, gint stride, gint pixel_stride,
    const PictureArea *area, gint place, PictureCode *code, guint *clarity)
{
  gint column = places[place].column, row = places[place].row;
  guint levels[CODE_COLUMNS];
  guint16 words[CODE_WORDS] = { 0 };
  guint threshold, level, lowest_white = 255, highest_black = 0;
  gint i, j;

  for (i = 0; i < CODE_COLUMNS; i++)
    levels[i] = block_level (luma, stride, pixel_stride, area, column + i, row);
  if (!read_mark (levels, &threshold))
    return FALSE;
  for (j = 0; j < CODE_WORDS; j++) {
    for (i = 0; i < CODE_COLUMNS; i++) {
      level = block_level (
          luma, stride, pixel_stride, area, column + i, row + 1 + j);
      if (level > threshold) {
        words[j] |= (guint16) (0x8000 >> i);
        lowest_white = MIN (lowest_white, level);
      } else {
        highest_black = MAX (highest_black, level);
      }
    }
  }
  *clarity = measure_clarity (lowest_white, highest_black);
  return words_to_code (words, code);
}

/**
 * picture_code_read:
 * @luma: a grey or Y plane; also one channel of packed pixels
 * @stride: bytes from one line to the next
 * @pixel_stride: bytes from one pixel to the next, 1 for a plane
 * @area: where in the plane the whole sent picture stands, scaled or not; a
 *   part of it may be covered by something else
 * @reading: (out): what was found
 *
 * Returns: whether at least one of the five places could be read
 */
gboolean
picture_code_read (const guint8 *luma, gint stride, gint pixel_stride,
    const PictureArea *area, PictureReading *reading)
{
  gint place;

  memset (reading, 0, sizeof *reading);
  for (place = 0; place < PICTURE_CODE_PLACES; place++) {
    PictureCode code;
    guint clarity;

    if (!read_place (luma, stride, pixel_stride, area, place, &code, &clarity))
      continue;
    if (reading->places == 0 || clarity > reading->clarity)
      reading->clarity = clarity;
    if (reading->places > 0 && !picture_code_same_frame (&code, &reading->code))
      reading->torn = TRUE;
    if (reading->places == 0)
      reading->code = code;
    reading->places++;
  }
  return reading->places > 0;
}

/**
 * picture_code_same_frame:
 * @a: one code
 * @b: another
 *
 * Returns: whether both are the same frame of the same source
 */
gboolean
picture_code_same_frame (const PictureCode *a, const PictureCode *b)
{
  return a->id == b->id && a->frame == b->frame && a->time_us == b->time_us;
}
