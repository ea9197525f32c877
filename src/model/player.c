/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/player.h"

#include <math.h>

static gdouble
get_position (const DaisPlayer *self, gint64 now)
{
  return self->is_playing
      ? self->position + (gdouble) (now - self->since) / G_USEC_PER_SEC
      : self->position;
}

/**
 * dais_player_play:
 * @self: a player
 * @now: monotonic, µs
 *
 * Somebody started the video.
 */
void
dais_player_play (DaisPlayer *self, gint64 now)
{
  self->position = get_position (self, now);
  self->since = now;
  self->is_known = TRUE;
  self->is_playing = TRUE;
}

/**
 * dais_player_pause:
 * @self: a player
 * @now: monotonic, µs
 *
 * Somebody stopped the video.
 */
void
dais_player_pause (DaisPlayer *self, gint64 now)
{
  self->position = get_position (self, now);
  self->since = now;
  self->is_playing = FALSE;
}

/**
 * dais_player_seek:
 * @self: a player
 * @position: s
 * @now: monotonic, µs
 *
 * Somebody said where the video stands.
 *
 * Returns: whether that was a position
 */
gboolean
dais_player_seek (DaisPlayer *self, gdouble position, gint64 now)
{
  if (!isfinite (position) || position < 0)
    return FALSE;

  self->position = position;
  self->since = now;
  self->is_known = TRUE;

  return TRUE;
}

/**
 * dais_player_reset:
 * @self: a player
 *
 * Another video: nobody knows yet whether its players start by themselves.
 */
void
dais_player_reset (DaisPlayer *self)
{
  *self = (DaisPlayer){ 0 };
}

/**
 * dais_player_get:
 * @self: a player
 * @now: monotonic, µs
 * @position: (out): s
 *
 * Returns: whether the position is known
 */
gboolean
dais_player_get (const DaisPlayer *self, gint64 now, gdouble *position)
{
  if (!self->is_known)
    return FALSE;

  *position = get_position (self, now);
  return TRUE;
}
