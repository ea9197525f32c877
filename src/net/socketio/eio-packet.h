/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Engine.IO packet types, as they stand on the wire */
#define DAIS_EIO_OPEN    '0'
#define DAIS_EIO_CLOSE   '1'
#define DAIS_EIO_PING    '2'
#define DAIS_EIO_PONG    '3'
#define DAIS_EIO_MESSAGE '4'
#define DAIS_EIO_UPGRADE '5'
#define DAIS_EIO_NOOP    '6'

/**
 * DaisEioPacket:
 *
 * One Engine.IO packet on its way to any number of sessions. Its WebSocket
 * frame is encoded when the first socket needs it and then shared.
 */
typedef struct {
  guint refs;
  gchar type;
  gboolean is_text;
  GBytes *content; /* without the type */
  GBytes *frame;   /* (nullable) of EIO 4, and of EIO 3 for text */
  GBytes *frame3;  /* (nullable) of EIO 3 for binary */
} DaisEioPacket;

DaisEioPacket *
dais_eio_packet_new_text (gchar type, const gchar *text, gssize length);
DaisEioPacket *dais_eio_packet_new_binary (GBytes *bytes);
DaisEioPacket *dais_eio_packet_ref (DaisEioPacket *self);
void dais_eio_packet_unref (DaisEioPacket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisEioPacket, dais_eio_packet_unref)

GBytes *dais_eio_packet_get_frame (DaisEioPacket *self, guint version);
gsize dais_eio_packet_get_size (DaisEioPacket *self);

G_END_DECLS
