/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/frame-queue.h"
#include "net/frame-reader.h"
#include "net/request-private.h"
#include "net/websocket.h"

G_BEGIN_DECLS

typedef enum {
  STATE_CONNECTING, /* the 101 is not written yet */
  STATE_OPEN,
  STATE_CLOSING, /* our close frame is queued or sent; we wait for theirs */
  STATE_ENDING,  /* nothing more is read; what is queued goes out, then the end
                  */
  STATE_DROPPED, /* the end comes at the end of this turn */
  STATE_CLOSED,
} DaisSocketState;

struct _DaisSocket {
  guint refs;
  DaisSocketState state;
  GList link;                 /* in the acceptor's list */
  DaisConnection *connection; /* (owned) */
  DaisPeer *peer;             /* (owned) behind a proxy not the connection's */
  DaisRequest *request;       /* (nullable) (owned) until the 101 is written */
  GIOStream *tls;             /* (nullable) then instead of the watch: */
  GSource *tls_input;         /* (nullable) */
  GSource *tls_output;        /* (nullable) */
  DaisWatch watch;
  DaisTimer timer;
  DaisDeferred flush;
  DaisFrameReader reader;
  DaisFrameQueue queue;
  gsize max_queue;
  gsize spare; /* beyond max_queue, while a longer frame waits */
  guint ping_ms;
  guint idle_ms;
  gint64 heard_us;
  guint16 close_code;
  guint is_anonymous : 1;
  guint is_blocked : 1; /* the kernel takes no more; waits for EPOLLOUT */
  guint was_blocked : 1;
  DaisSocketCallbacks callbacks;
  gpointer user_data;
  gpointer data;
  GDestroyNotify destroy;
};

static inline DaisReactor *
dais_socket_get_reactor (DaisSocket *self)
{
  return self->connection->reactor;
}

static inline void
dais_socket_clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* websocket-write.c */
void dais_socket_queue_frame (DaisSocket *self, GBytes *frame);
void dais_socket_write_queue (DaisSocket *self);

void dais_socket_init_callbacks (DaisSocket *self);
void dais_socket_become_open (DaisSocket *self, GIOStream *stream);
void dais_socket_forget_request (DaisSocket *self);

G_END_DECLS
