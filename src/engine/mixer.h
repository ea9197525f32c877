/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"
#include "engine/layout.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* GStreamer's compositor with three changes: a single picture that fills the
 * canvas is passed on without being copied, a scene is applied to one output
 * frame as a whole, and inputs are fed without a queue: of what has come when
 * a frame is made, the newest is shown. See docs/decisions/011-mixer.md. */

/* One picture of a scene, the lowest first. */
typedef struct {
  GstPad *pad;
  DaisRectangle place;
  gboolean fresh; /* the scene waits, for a moment, for a frame to come */
} DaisMixerLayer;

GstElement *dais_mixer_new (const gchar *name, const DaisCanvas *canvas);

GstPad *dais_mixer_add_pad (GstElement *mixer);
void dais_mixer_remove_pad (GstElement *mixer, GstPad *pad);
void dais_mixer_feed (
    GstElement *mixer, GstPad *pad, GstBuffer *buffer, GstCaps *caps);

void dais_mixer_set_scene (GstElement *mixer, const DaisMixerLayer *layers,
    guint n_layers, GstClockTime fade, guint64 serial);

/* Whether anybody can take a frame of that time; on the mixing thread. */
typedef gboolean (*DaisMixerTakes) (GstClockTime time, gpointer user_data);
void dais_mixer_set_taker (
    GstElement *mixer, DaisMixerTakes takes, gpointer user_data);

guint64 dais_mixer_get_frames (GstElement *mixer);
guint64 dais_mixer_get_passed (GstElement *mixer);

/* An element message of this name with "serial" (uint64) and "running-time"
 * (uint64, ns) is posted when a frame shows a scene for the first time. */
#define DAIS_MIXER_APPLIED "dais-mixer-applied"

G_END_DECLS
