/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The picture is thought of as 64 columns by 36 rows of blocks. A code is 16
 * columns by 7 rows of them with one block of quiet border, and stands in five
 * places: near each corner and in the middle, so that a corner that another
 * picture covers, or a crop of the sides, leaves some to read. */
#define PICTURE_CODE_COLUMNS 64
#define PICTURE_CODE_ROWS    36
#define PICTURE_CODE_PLACES  5

#define PICTURE_CODE_MAX_ID    0xff
#define PICTURE_CODE_MAX_FRAME 0xffffff

typedef struct {
  guint id;       /* of the source, up to PICTURE_CODE_MAX_ID */
  guint frame;    /* counts from 0, wraps after PICTURE_CODE_MAX_FRAME */
  gint64 time_us; /* the sender's g_get_monotonic_time(), 48 bits of it */
} PictureCode;

/* Part of a picture, in pixels. */
typedef struct {
  gdouble x;
  gdouble y;
  gdouble width;
  gdouble height;
} PictureArea;

typedef struct {
  guint places;  /* how many of the five could be read */
  gboolean torn; /* two of them are not from the same frame */
  guint clarity; /* per cent: less when another picture shines through */
  PictureCode code;
} PictureReading;

void picture_code_draw (guint8 *luma, gint stride, const PictureArea *area,
    const PictureCode *code);
void picture_code_draw_i420 (guint8 *const planes[3], const gint strides[3],
    const PictureArea *area, const PictureCode *code);
gboolean picture_code_read (const guint8 *luma, gint stride, gint pixel_stride,
    const PictureArea *area, PictureReading *reading);
gboolean picture_code_same_frame (const PictureCode *a, const PictureCode *b);

G_END_DECLS
