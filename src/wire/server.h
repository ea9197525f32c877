/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wire/protocol.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define DAIS_WIRE_MAX_PEERS 32
/* Frames that one consumer may hold or have waiting. */
#define DAIS_WIRE_HELD_VIDEO 5
#define DAIS_WIRE_HELD_AUDIO 16

/* The sending end's socket, its peers and the thread that hears them. */
typedef struct _DaisWireServer DaisWireServer;

typedef struct {
  /* The number of consumers changed. From the server's thread, no lock held. */
  void (*clients) (gpointer user_data);
  /* A peer was dropped for what it did. Same. */
  void (*trouble) (const gchar *what, gpointer user_data);
} DaisWireServerEvents;

DaisWireServer *
dais_wire_server_new (const gchar *path, guint mode, GstAllocator *allocator,
    const DaisWireServerEvents *events, gpointer user_data, GError **error);
void dais_wire_server_free (DaisWireServer *self);

void dais_wire_server_set_caps (
    DaisWireServer *self, const gchar *caps, gboolean video);
void dais_wire_server_send (
    DaisWireServer *self, DaisWireFrame *frame, int fd, GstBuffer *buffer);
guint dais_wire_server_get_clients (DaisWireServer *self);
void dais_wire_server_get_counts (
    DaisWireServer *self, guint64 *sent, guint64 *dropped);

G_END_DECLS
