/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/control.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisBodyClass:
 * @kind: "source" or "room", as on the command line and in the property Kind
 * @create: makes the body; nothing plays before its Configure. Cannot fail:
 *     what is wrong is told later, by state
 * @get_interface: (transfer none): the body's own D-Bus interface
 *     (DaisIpcSource, DaisIpcRoom); exported on every connection, its handlers
 *     are called on the main loop
 * @ping: pictures that left the raw output so far, and whether nobody takes
 *     them so that they may stand still
 * @add_viewer: @socket is a connected stream socket; the body takes a
 *     reference on it when it succeeds. DAIS_ERROR_NOT_FOUND for an unknown
 *     @output, DAIS_ERROR_LIMITED past the limit of viewers
 * @set_levels: Levels on or off
 * @stop: begins the orderly end; calls dais_control_stopped() when all is
 *     written and down, at the latest after two seconds the process exits
 * @free: the last call
 *
 * What one kind of engine does, seen by the process frame. All calls come from
 * the main loop and must not block.
 */
typedef struct {
  const gchar *kind;
  gpointer (*create) (DaisControl *control);
  GDBusInterfaceSkeleton *(*get_interface) (gpointer body);
  void (*ping) (gpointer body, guint64 *frames, gboolean *resting);
  gboolean (*add_viewer) (gpointer body, const gchar *output, GSocket *socket,
      const gchar *head, GError **error);
  void (*set_levels) (gpointer body, gboolean on);
  void (*stop) (gpointer body);
  void (*free) (gpointer body);
} DaisBodyClass;

extern const DaisBodyClass dais_source_body; /* source.c */
extern const DaisBodyClass dais_room_body;   /* room.c */

G_END_DECLS
