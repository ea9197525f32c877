/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dais-engine-ipc.h"

#include <gst/gst.h>

/* A source engine as a process, and somebody who takes its pictures. */
typedef struct {
  gchar *runtime;
  gchar *socket;
  GSubprocess *process;
  GDBusConnection *connection;
  DaisIpcEngine *engine;
  DaisIpcSource *source;
  GstElement *taker;
  guint watchdog_id;
} SourceClient;

typedef struct {
  gint y, u, v;
} Colour;

extern const Colour colour_red, colour_blue, colour_green, colour_slate;

void source_client_start (SourceClient *self, gconstpointer data);
void source_client_stop (SourceClient *self, gconstpointer data);
/* settings: the text of an a{sv} */
gboolean source_client_configure (
    SourceClient *self, const gchar *settings, GError **error);
void source_client_set_uri (SourceClient *self, const gchar *uri);
void source_client_take (SourceClient *self, const gchar *suffix);
void source_client_leave (SourceClient *self);
GstSample *source_client_pull (SourceClient *self);
Colour source_client_colour (GstSample *sample);
void source_client_wait_colour (SourceClient *self, Colour wanted);
void source_client_wait_state (SourceClient *self, const gchar *state);
gboolean source_client_rests (SourceClient *self);
void source_client_run (guint ms);
void source_client_remove_folder (const gchar *path);
