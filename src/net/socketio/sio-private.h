/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/reactor.h"
#include "net/socketio/eio.h"
#include "net/socketio/sio-packet.h"
#include "net/socketio/socketio.h"

G_BEGIN_DECLS

typedef struct _DaisSioClient DaisSioClient;
typedef struct _DaisSioRecovery DaisSioRecovery;

struct _DaisSioServer {
  DaisEioServer *eio;
  DaisReactor *reactor; /* (owned) */
  DaisSioOptions options;
  GHashTable *namespaces; /* (element-type utf8 DaisSioNamespace) owned */
};

struct _DaisSioNamespace {
  DaisSioServer *server;
  gchar *name;
  DaisSioCallbacks callbacks;
  gpointer user_data;
  GHashTable *sockets;       /* (element-type utf8 DaisSioSocket) owned */
  GHashTable *rooms;         /* (element-type utf8 DaisSioRoom) owned */
  DaisSioRecovery *recovery; /* (nullable) */
};

typedef struct {
  gchar *name;
  GPtrArray *members; /* (element-type DaisSioSocket) unowned */
} DaisSioRoom;

/* One Engine.IO session and what is joined on it. */
struct _DaisSioClient {
  guint refs;
  DaisSioServer *server;
  DaisEioSession *session; /* (owned) */
  GPtrArray *sockets;      /* (element-type DaisSioSocket) owned */
  DaisTimer timer;         /* until the first namespace is joined */
  gchar *query;            /* (nullable) of the handshake */
  gchar *cookies;          /* (nullable) header */
  gchar *base_url;         /* a GRefString */
  gchar *address;          /* a GRefString */
  DaisSioPacket *partial;  /* (nullable) a binary packet */
  GPtrArray *attachments;  /* (nullable) (element-type GBytes) of it */
};

struct _DaisSioSocket {
  guint refs;
  DaisSioClient *client; /* (owned) */
  DaisSioNamespace *space;
  gchar *id;
  gchar *pid;       /* (nullable) secret; with recovery */
  gchar *kept;      /* (nullable) the owner's, for who comes back */
  gchar *query;     /* (nullable) of an EIO 3 CONNECT, before the handshake's */
  GPtrArray *rooms; /* (nullable) (element-type DaisSioRoom) unowned */
  GHashTable *asked; /* (nullable) (element-type gint64 Question) */
  gint64 next_ack;
  guint is_connected : 1;
  guint is_recovered : 1;
  gpointer data;
  GDestroyNotify destroy;
};

/* An encoded packet with its attachments, for any number of sockets. */
typedef struct {
  DaisEioPacket *text;
  DaisEioPacket *plain; /* (nullable) for EIO 3, where that is not the same */
  GPtrArray *binaries;  /* (nullable) (element-type DaisEioPacket) */
} DaisSioMessage;

void dais_sio_message_init (DaisSioMessage *self, DaisSioNamespace *space,
    DaisSioType type, gint64 id, const gchar *json, GPtrArray *attachments);
/* The same without an offset, of which clients of EIO 3 know nothing. */
void dais_sio_message_set_plain (
    DaisSioMessage *self, DaisSioNamespace *space, const gchar *json);
void dais_sio_message_clear (DaisSioMessage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaisSioMessage, dais_sio_message_clear)
void dais_sio_message_send (DaisSioMessage *self, DaisSioClient *client);
/* ["event",args…,"offset"] in ASCII. (transfer full) */
gchar *dais_sio_make_event_json (
    const gchar *event, const gchar *args, const gchar *offset);

/* sio-client.c */
extern const DaisEioCallbacks dais_sio_eio_callbacks;
DaisSioClient *dais_sio_client_ref (DaisSioClient *self);
void dais_sio_client_unref (DaisSioClient *self);
void dais_sio_client_send_text (DaisSioClient *self, DaisSioType type,
    const gchar *name, const gchar *json);
void dais_sio_client_forget (DaisSioClient *self, DaisSioSocket *socket);

/* sio-connect.c: a client joins a namespace */
void dais_sio_client_connect (DaisSioClient *self, const gchar *name,
    const gchar *auth, const gchar *query);

/* sio-socket.c */
DaisSioSocket *dais_sio_socket_new (
    DaisSioClient *client, DaisSioNamespace *space, const gchar *id);
void dais_sio_socket_close (DaisSioSocket *self, const gchar *reason);
void dais_sio_socket_handle (
    DaisSioSocket *self, const DaisSioPacket *packet, GPtrArray *attachments);

/* sio-rooms.c */
void dais_sio_room_free (DaisSioRoom *room);
void dais_sio_namespace_broadcast (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, gboolean is_volatile, const gchar *event,
    const gchar *args, GPtrArray *attachments);

/* sio-recovery.c */
DaisSioRecovery *dais_sio_recovery_new (guint max_ms);
void dais_sio_recovery_free (DaisSioRecovery *self);
/* Remembers an event; returns its offset. (transfer full) */
gchar *dais_sio_recovery_next_offset (DaisSioRecovery *self);
void dais_sio_recovery_add_event (DaisSioRecovery *self, const gchar *offset,
    const gchar *room, const gchar *except_id, DaisSioMessage *message);
void
dais_sio_recovery_add_session (DaisSioRecovery *self, DaisSioSocket *socket);
gboolean dais_sio_recovery_is_recoverable (const gchar *reason);
/* What a client may come back to. */
typedef struct {
  gchar *id;
  gchar *pid;
  gchar *kept; /* (nullable) */
  GStrv rooms;
  gint64 until_us;
} DaisSioLost;
void dais_sio_lost_free (DaisSioLost *lost);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisSioLost, dais_sio_lost_free)
/* (transfer full) (nullable) */
DaisSioLost *dais_sio_recovery_take (
    DaisSioRecovery *self, const gchar *pid, const gchar *offset);
void dais_sio_recovery_replay (DaisSioRecovery *self, const DaisSioLost *lost,
    const gchar *offset, DaisSioClient *client);

G_END_DECLS
