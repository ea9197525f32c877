/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "net/websocket.h"
#include "raw-client.h"

/* A server with one WebSocket at /ws, which echoes, and a client that writes
 * frames by hand. */
typedef struct {
  DaisServer *server;
  gchar *url;
  DaisSocket *socket; /* the newest */
  guint n_closed;
  guint close_code;
  guint n_drained;
  guint n_messages;
  gboolean is_silent; /* no echo */
  DaisSocketOptions options;
} SocketFixture;

#define HANDSHAKE                                                    \
  "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"            \
  "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

void socket_set_up (SocketFixture *fixture, gconstpointer data);
void socket_tear_down (SocketFixture *fixture, gconstpointer data);
/* (transfer full): upgraded */
RawClient *open_socket (SocketFixture *fixture);
/* A masked client frame; head is its first byte. */
GByteArray *frame_new (guint8 head, const void *data, gsize length);
void
send_frame (RawClient *client, guint8 head, const void *data, gssize length);
void
expect_frame (RawClient *client, guint8 head, const void *data, gssize length);
void expect_close (SocketFixture *fixture, RawClient *client, guint code);
