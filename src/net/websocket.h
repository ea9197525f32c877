/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/request.h"

G_BEGIN_DECLS

/**
 * DaisFrame:
 *
 * An encoded server-to-client WebSocket frame, made once and shared by every
 * socket that it goes to. It is a plain GBytes.
 */
GBytes *dais_frame_new_text (const gchar *text, gssize length);
GBytes *dais_frame_new_binary (gconstpointer data, gsize length);

/**
 * DaisSocket:
 *
 * One WebSocket on the house's own frame layer (RFC 6455, no extensions).
 * Plain C object with a reference count, light enough for 5,000 of them; lives
 * in the main context. After `closed` was called no callback comes again.
 */
typedef struct _DaisSocket DaisSocket;

#define DAIS_SOCKET_NEVER G_MAXUINT

typedef struct {
  /* text: valid UTF-8, NUL-ended; or binary bytes */
  void (*message) (DaisSocket *socket, gboolean is_text, const gchar *data,
      gsize length, gpointer user_data);
  /* once, whatever the cause; code 1006 for a torn connection */
  void (*closed) (DaisSocket *socket, guint code, gpointer user_data);
  /* the send queue has run empty after having been full (may be NULL) */
  void (*drained) (DaisSocket *socket, gpointer user_data);
} DaisSocketCallbacks;

typedef struct {
  const gchar *protocol;  /* echoed as Sec-WebSocket-Protocol, or NULL */
  gsize max_message;      /* 0 = the server's limit */
  gsize max_queue;        /* 0 = the server's limit; beyond it: dropped */
  guint ping_interval_ms; /* 0 = 30,000; DAIS_SOCKET_NEVER */
  /* no data and no pong for so long; 0 = 60,000; DAIS_SOCKET_NEVER */
  guint idle_timeout_ms;
  gboolean is_anonymous; /* counts against max_sockets_per_address */
} DaisSocketOptions;

/* Answers 101 and takes the connection over. Call in (or later than) the
 * handler of a "WEBSOCKET" route; refuse instead with dais_request_respond*().
 * Returns: (transfer none): valid until `closed`; ref it to keep it longer.
 * NULL when the handshake was bad (answered 400 already) or the address has too
 * many anonymous sockets (429). The callbacks are copied, and none of them
 * comes before this returns. */
DaisSocket *
dais_socket_accept (DaisRequest *request, const DaisSocketOptions *options,
    const DaisSocketCallbacks *callbacks, gpointer user_data);

DaisSocket *dais_socket_ref (DaisSocket *self);
void dais_socket_unref (DaisSocket *self);
gboolean dais_socket_is_open (DaisSocket *self);
/* frame: (transfer none). A socket whose queue would pass its limit is dropped.
 */
void dais_socket_send (DaisSocket *self, GBytes *frame);
/* Sent only when nothing is waiting before it. Returns: whether it was. */
gboolean dais_socket_send_volatile (DaisSocket *self, GBytes *frame);
void dais_socket_send_text (DaisSocket *self, const gchar *text);
gsize dais_socket_get_queued (DaisSocket *self); /* bytes */
/* whether a volatile frame would be sent now */
gboolean dais_socket_is_writable (DaisSocket *self);
/* Sends what is queued, then a close frame. */
void dais_socket_close (DaisSocket *self, guint code, const gchar *reason);
/* The same at once, without waiting for the peer's; `closed` follows, but not
 * from inside this call. */
void dais_socket_end (DaisSocket *self, guint code, const gchar *reason);
/* Cuts the connection at once, without a close frame; `closed` follows with
 * 1006, but not from inside this call. */
void dais_socket_drop (DaisSocket *self);
const gchar *dais_socket_get_address (DaisSocket *self); /* no port */
void
dais_socket_set_data (DaisSocket *self, gpointer data, GDestroyNotify destroy);
gpointer dais_socket_get_data (DaisSocket *self);

G_END_DECLS
