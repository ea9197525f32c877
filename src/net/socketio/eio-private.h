/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/request-private.h"
#include "net/socketio/eio-payload.h"
#include "net/socketio/eio.h"
#include "net/websocket.h"

G_BEGIN_DECLS

struct _DaisEioServer {
  DaisServer *server;   /* (owned) */
  DaisReactor *reactor; /* (owned) */
  DaisEioOptions options;
  DaisEioCallbacks callbacks;
  gpointer user_data;
  GHashTable
      *sessions; /* (element-type utf8 DaisEioSession) owns a reference */
};

typedef enum {
  DAIS_EIO_STATE_OPEN,
  DAIS_EIO_STATE_CLOSING, /* polling: the close packet waits for a GET */
  DAIS_EIO_STATE_CLOSED,
} DaisEioState;

/* A websocket that asks to become the transport. */
typedef struct {
  DaisEioSession *session; /* unowned */
  DaisSocket *socket;      /* (nullable) (owned) */
  DaisTimer timer;         /* the whole upgrade */
  DaisTimer noop;          /* answers held polls meanwhile */
  gboolean is_probed;
} DaisEioUpgrade;

struct _DaisEioSession {
  guint refs;
  DaisEioServer *server;
  gchar id[24];
  guint8 version;
  guint8 state;
  guint is_base64 : 1; /* EIO 3: takes no binary answers */
  guint awaits_pong : 1;
  DaisSocket *socket;      /* (nullable) (owned) the transport, once upgraded */
  DaisEioUpgrade *upgrade; /* (nullable) */
  GPtrArray *queue;        /* (nullable) (element-type DaisEioPacket) */
  gsize queued;            /* bytes */
  DaisRequest *poll;       /* (nullable) (owned) the GET that waits */
  DaisRequest *post;       /* (nullable) (owned) the POST that is coming in */
  const gchar *reason;     /* of the close, static */
  DaisTimer timer;         /* heartbeat; the close, while closing */
  DaisDeferred flush;
  gpointer data;
};

/* eio-session.c */
DaisEioSession *
dais_eio_session_new (DaisEioServer *server, guint version, gboolean is_base64);
void dais_eio_session_open (
    DaisEioSession *self, DaisRequest *request, DaisSocket *socket);
void dais_eio_session_finish (DaisEioSession *self, const gchar *reason);
/* FALSE: it was none of the protocol's and the session is over */
gboolean dais_eio_session_handle (DaisEioSession *self, gchar type,
    gboolean is_text, const gchar *data, gsize length);
void dais_eio_session_start_heartbeat (DaisEioSession *self);
GPtrArray *dais_eio_session_get_queue (DaisEioSession *self);
extern const DaisSocketCallbacks dais_eio_socket_callbacks;

/* eio-polling.c */
void dais_eio_polling_get (DaisEioSession *self, DaisRequest *request);
void dais_eio_polling_begin_post (DaisEioSession *self, DaisRequest *request);
void dais_eio_polling_post (DaisEioSession *self, DaisRequest *request);
void dais_eio_polling_flush (DaisEioSession *self);
void dais_eio_polling_answer (DaisEioSession *self, gchar type);
void dais_eio_polling_end (DaisEioSession *self);
void dais_eio_respond_error (DaisRequest *request, guint status, gint code);

/* eio-upgrade.c */
DaisSocketOptions dais_eio_socket_options (DaisEioServer *server);
void dais_eio_upgrade_begin (DaisEioSession *self, DaisRequest *request);
void dais_eio_upgrade_end (DaisEioSession *self);

G_END_DECLS
