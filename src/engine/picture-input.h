/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"
#include "engine/room-state.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* One stream's picture on its way to the mixer. While it is hidden the sender
 * is told to hold, and nothing of it costs anything. Main thread. */
typedef struct _DaisPictureInput DaisPictureInput;

DaisPictureInput *dais_picture_input_new (GstElement *pipeline,
    GstElement *mixer, const DaisCanvas *canvas, const DaisRoomInput *settings);
void dais_picture_input_detach (DaisPictureInput *self);
void dais_picture_input_remove (DaisPictureInput *self);
void dais_picture_input_free_stopped (DaisPictureInput *self);

gboolean dais_picture_input_matches (
    DaisPictureInput *self, const DaisRoomInput *settings);
const gchar *dais_picture_input_get_slug (DaisPictureInput *self);
GstPad *dais_picture_input_get_pad (DaisPictureInput *self);

gboolean dais_picture_input_show (DaisPictureInput *self);
void dais_picture_input_request (DaisPictureInput *self);
void dais_picture_input_hide (DaisPictureInput *self, gint64 at_us);
void dais_picture_input_check (DaisPictureInput *self);

G_END_DECLS
