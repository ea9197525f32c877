/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "net/socketio/eio-packet.h"

G_BEGIN_DECLS

/**
 * DaisEioServer:
 *
 * Engine.IO 3 and 4 on one path of a #DaisServer: a connection that survives
 * its transport (polling, then WebSocket), with heartbeats. Knows nothing of
 * Socket.IO. Main context only.
 */
typedef struct _DaisEioServer DaisEioServer;
typedef struct _DaisEioSession DaisEioSession;

typedef struct {
  guint ping_interval_ms;   /* 25,000 */
  guint ping_timeout_ms;    /* 20,000 */
  guint upgrade_timeout_ms; /* 10,000 */
  gsize max_payload;        /* bytes of a message or a POST, 1,000,000 */
  guint max_sessions;       /* 20,000 */
} DaisEioOptions;

typedef struct {
  /* @request: the handshake, for what it says; it is answered already */
  void (*opened) (
      DaisEioSession *session, DaisRequest *request, gpointer user_data);
  /* text: valid UTF-8, NUL-ended */
  void (*message) (DaisEioSession *session, gboolean is_text, const gchar *data,
      gsize length, gpointer user_data);
  /* once; @reason as in engine.io: "transport close", "ping timeout"… */
  void (*closed) (
      DaisEioSession *session, const gchar *reason, gpointer user_data);
} DaisEioCallbacks;

void dais_eio_options_init (DaisEioOptions *options);
DaisEioServer *dais_eio_server_new (DaisServer *server, const gchar *path,
    const DaisEioOptions *options, const DaisEioCallbacks *callbacks,
    gpointer user_data);
/* Closes every session. The server must be stopped, or its route unused. */
void dais_eio_server_free (DaisEioServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisEioServer, dais_eio_server_free)
guint dais_eio_server_get_n_sessions (DaisEioServer *self);

DaisEioSession *dais_eio_session_ref (DaisEioSession *self);
void dais_eio_session_unref (DaisEioSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisEioSession, dais_eio_session_unref)
const gchar *dais_eio_session_get_id (DaisEioSession *self); /* secret */
guint dais_eio_session_get_version (DaisEioSession *self);   /* 3 or 4 */
gboolean dais_eio_session_is_open (DaisEioSession *self);
/* whether a volatile packet would leave now */
gboolean dais_eio_session_is_writable (DaisEioSession *self);
void dais_eio_session_send (DaisEioSession *self, DaisEioPacket *packet);
/* after what is queued */
void dais_eio_session_close (DaisEioSession *self, const gchar *reason);
/* cuts the transport, as a broken network would */
void dais_eio_session_drop (DaisEioSession *self);
void dais_eio_session_set_data (DaisEioSession *self, gpointer data);
gpointer dais_eio_session_get_data (DaisEioSession *self);

G_END_DECLS
