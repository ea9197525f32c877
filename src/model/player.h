/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisPlayer:
 *
 * Where a video that is watched together stands, by the server's own clock. A
 * plain value; zeroed it knows nothing.
 */
typedef struct {
  gboolean is_known;
  gboolean is_playing;
  gdouble position; /* s, at @since */
  gint64 since;     /* monotonic, µs */
} DaisPlayer;

/* now: monotonic, µs. A video that nobody has said anything about begins at 0.
 */
void dais_player_play (DaisPlayer *self, gint64 now);
void dais_player_pause (DaisPlayer *self, gint64 now);
/* FALSE: no position (not finite, or negative); nothing changes */
gboolean dais_player_seek (DaisPlayer *self, gdouble position, gint64 now);
/* Another video. */
void dais_player_reset (DaisPlayer *self);
/* FALSE: not known */
gboolean
dais_player_get (const DaisPlayer *self, gint64 now, gdouble *position);

G_END_DECLS
