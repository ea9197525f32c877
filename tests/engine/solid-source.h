/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"

#include <gst/gst.h>

/* A live source of pictures of one grey, timed on the shared clock, driven by
 * the main loop. */
typedef struct {
  GstElement *source; /* (nullable): appsrc */
  GstElement *mixer;  /* (nullable): fed instead */
  GstPad *pad;        /* (nullable): of mixer */
  DaisCanvas canvas;
  guint8 luma;
  GstBuffer *last; /* the newest picture */
  guint timer_id;
  guint64 frames;
} SolidSource;

SolidSource *
solid_source_new (GstBin *bin, const DaisCanvas *canvas, guint8 luma);
SolidSource *solid_source_new_for_mixer (
    GstElement *mixer, const DaisCanvas *canvas, guint8 luma);
void solid_source_free (SolidSource *self);
void solid_source_push (SolidSource *self);
void solid_source_run (SolidSource *self, gboolean run);

GstElement *test_pipeline_new (void);
guint8 picture_luma (
    GstBuffer *buffer, const DaisCanvas *canvas, gdouble x, gdouble y);
