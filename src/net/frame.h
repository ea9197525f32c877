/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/websocket.h"

G_BEGIN_DECLS

/* opcodes, RFC 6455 §11.8 */
#define DAIS_FRAME_TEXT   0x1
#define DAIS_FRAME_BINARY 0x2
#define DAIS_FRAME_CLOSE  0x8
#define DAIS_FRAME_PING   0x9
#define DAIS_FRAME_PONG   0xa

GBytes *dais_frame_new (guint8 opcode, gconstpointer data, gsize length);
GBytes *dais_frame_new_close (guint code, const gchar *reason);

G_END_DECLS
