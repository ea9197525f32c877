/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/layout.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a room mixes, as the daemon told it by Apply. */
typedef struct {
  DaisScene scene;
  gchar *video; /* a stream's slug, "" = off */
  gchar *audio;
  gchar *pip;
  DaisCorner pip_corner;
  gdouble pip_size;
  gchar **grid;        /* slugs */
  GHashTable *volumes; /* (element-type utf8 gdouble) */
  gchar **mutes;       /* slugs */
  gdouble master;
  guint fade_ms; /* 0 = a cut */
} DaisRoomState;

/* A stream and where it is to be seen. */
typedef struct {
  const gchar *slug; /* lives as long as the state */
  DaisRectangle place;
} DaisRoomLayer;

DaisRoomState *dais_room_state_new (void);
DaisRoomState *dais_room_state_read (GVariant *state, GError **error);
void dais_room_state_free (DaisRoomState *self);

guint dais_room_state_get_layers (DaisRoomState *self, gint width, gint height,
    DaisRoomLayer layers[DAIS_LAYOUT_MAX_PLACES]);
gdouble dais_room_state_get_gain (DaisRoomState *self, const gchar *slug);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRoomState, dais_room_state_free)

/* A stream that a room may use. */
typedef struct {
  gchar *slug;
  gchar *video; /* the wire's path, "" = none */
  gchar *audio; /* the wire's path, "" = none */
} DaisRoomInput;

GPtrArray *dais_room_inputs_read (GVariant *inputs, GError **error);

G_END_DECLS
