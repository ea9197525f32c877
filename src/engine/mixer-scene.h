/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/mixer.h"

G_BEGIN_DECLS

/* What a mixer shows at present and how it gets to what it shall show. Sets the
 * properties of compositor pads. No lock of its own. */
typedef struct _DaisMixerScene DaisMixerScene;

/* Whether pad has got a frame since the scene was set. */
typedef gboolean (*DaisMixerSceneIsFresh) (GstPad *pad, gpointer user_data);

DaisMixerScene *dais_mixer_scene_new (void);
void dais_mixer_scene_free (DaisMixerScene *self);

void
dais_mixer_scene_set_canvas (DaisMixerScene *self, const DaisCanvas *canvas);
void dais_mixer_scene_set (DaisMixerScene *self, const DaisMixerLayer *layers,
    guint n_layers, GstClockTime fade, guint64 serial);
void dais_mixer_scene_forget (DaisMixerScene *self, GstPad *pad);

gboolean dais_mixer_scene_tick (DaisMixerScene *self, GstClockTime now,
    DaisMixerSceneIsFresh is_fresh, gpointer user_data, guint64 *serial);
gboolean dais_mixer_scene_has_begun (DaisMixerScene *self);
gboolean dais_mixer_scene_is_empty (DaisMixerScene *self);
GstPad *dais_mixer_scene_get_cover (DaisMixerScene *self);

G_END_DECLS
