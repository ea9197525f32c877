/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dais-engine-ipc.h"
#include "engine/caps.h"
#include "solid-source.h"

#include <gst/gst.h>

#define ROOM_SENDERS 4

/* A room engine as a process, and senders of pictures and sound for it. */
typedef struct {
  gchar *runtime;
  DaisCanvas canvas;
  GSubprocess *process;
  GDBusConnection *connection;
  DaisIpcEngine *engine;
  DaisIpcRoom *room;
  GstElement *pipelines[ROOM_SENDERS];
  SolidSource *pictures[ROOM_SENDERS];
  GstElement *sounds[ROOM_SENDERS]; /* appsrc */
  guint sound_id;
  guint64 sound_frame;
  guint watchdog_id;
} RoomClient;

void room_client_start (RoomClient *self, const DaisCanvas *canvas);
void room_client_stop (RoomClient *self);
void room_client_send (RoomClient *self, guint sender, guint8 luma);
void room_client_stop_sending (RoomClient *self, guint sender);
void room_client_configure (RoomClient *self, guint first, guint count);
guint64 room_client_apply (RoomClient *self, const gchar *state);
GBytes *room_client_fetch (RoomClient *self, const gchar *output, gsize size);
gint room_client_watch (RoomClient *self, const gchar *output);
GBytes *room_client_jpeg (RoomClient *self);
guint8 room_client_luma (GBytes *jpeg, gdouble x, gdouble y);
void room_client_run (RoomClient *self, guint ms);
gboolean room_client_ping (RoomClient *self, guint64 *frames);
void
room_client_wait_luma (RoomClient *self, gdouble x, gdouble y, guint8 luma);
