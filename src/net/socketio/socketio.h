/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"

G_BEGIN_DECLS

/**
 * DaisSioServer:
 *
 * Socket.IO (clients 1.x to 4.x at once) on one path of a #DaisServer. Knows no
 * room but its own: named groups of sockets. Plain C objects in the main
 * context; a broadcast is encoded once, whatever number of sockets it goes to.
 *
 * Arguments are JSON texts. What a client sent is given as it was written, so
 * that relaying keeps every digit; what is sent out is written as ASCII.
 */
typedef struct _DaisSioServer DaisSioServer;
typedef struct _DaisSioNamespace DaisSioNamespace;
typedef struct _DaisSioSocket DaisSioSocket;

typedef struct {
  guint ping_interval_ms;   /* 25,000 */
  guint ping_timeout_ms;    /* 20,000 */
  guint upgrade_timeout_ms; /* 10,000 */
  guint connect_timeout_ms; /* 45,000: to join a first namespace */
  gsize max_payload;        /* bytes, 1,000,000 */
  guint max_sessions;       /* 20,000 */
  /* connection state recovery: how long a lost socket may come back; 0 = off */
  guint recovery_ms;
  /* python-socketio's clients may show a bare string instead of an object */
  gboolean takes_text_auth;
} DaisSioOptions;

/* An event from a client; valid during the callback. */
typedef struct {
  const gchar *name;
  GPtrArray *args;        /* (element-type utf8) JSON texts, without the name */
  GPtrArray *attachments; /* (nullable) (element-type GBytes) */
  gint64 ack_id;          /* -1 = no answer wanted; else for _ack() */
} DaisSioEvent;

typedef struct {
  /* May refuse: FALSE, and *message (transfer full) for the client, and perhaps
   * *data (transfer full), JSON text. NULL = everybody may connect.
   * @auth: (nullable): JSON of the CONNECT, an object, or a string where the
   * options take one. EIO 3 has only the query. */
  gboolean (*connecting) (DaisSioSocket *socket, const gchar *auth,
      gchar **message, gchar **data, gpointer user_data);
  void (*connected) (DaisSioSocket *socket, gpointer user_data);
  void (*event) (
      DaisSioSocket *socket, const DaisSioEvent *event, gpointer user_data);
  /* Once per `connected`. The socket is in its rooms still, but takes nothing.
   * @reason: as in socket.io: "transport close", "client namespace
   * disconnect"… */
  void (*disconnected) (
      DaisSioSocket *socket, const gchar *reason, gpointer user_data);
} DaisSioCallbacks;

void dais_sio_options_init (DaisSioOptions *options);
DaisSioServer *dais_sio_server_new (
    DaisServer *server, const gchar *path, const DaisSioOptions *options);
/* dais_server_stop() comes first. Every socket is disconnected. */
void dais_sio_server_free (DaisSioServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisSioServer, dais_sio_server_free)
guint dais_sio_server_get_n_sessions (DaisSioServer *self);

/* name: "/" or "/custom". (transfer none) */
DaisSioNamespace *dais_sio_server_add_namespace (DaisSioServer *self,
    const gchar *name, const DaisSioCallbacks *callbacks, gpointer user_data);

/* args: (nullable): JSON values with commas between them, e.g. "1,{\"a\":2}".
 * room: (nullable): NULL = every socket; a socket's id is a room of its own.
 * except: (nullable): a socket that does not get it. */
void dais_sio_namespace_emit (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, const gchar *event, const gchar *args);
/* Not to sockets that could not take it at once. */
void
dais_sio_namespace_emit_volatile (DaisSioNamespace *self, const gchar *room,
    DaisSioSocket *except, const gchar *event, const gchar *args);
/* (element-type DaisSioSocket) (transfer container): the members now */
GPtrArray *
dais_sio_namespace_get_sockets (DaisSioNamespace *self, const gchar *room);
guint dais_sio_namespace_count (DaisSioNamespace *self, const gchar *room);

DaisSioSocket *dais_sio_socket_ref (DaisSioSocket *self);
void dais_sio_socket_unref (DaisSioSocket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisSioSocket, dais_sio_socket_unref)
const gchar *dais_sio_socket_get_id (DaisSioSocket *self);
DaisSioNamespace *dais_sio_socket_get_namespace (DaisSioSocket *self);
gboolean dais_sio_socket_is_connected (DaisSioSocket *self);
/* Also during `connecting`, which may refuse it. */
gboolean dais_sio_socket_is_recovered (DaisSioSocket *self);
void dais_sio_socket_refuse_recovery (DaisSioSocket *self);
/* (nullable): the owner's text, that a recovered socket still has */
void dais_sio_socket_keep (DaisSioSocket *self, const gchar *text);
const gchar *dais_sio_socket_get_kept (DaisSioSocket *self);
guint dais_sio_socket_get_eio_version (DaisSioSocket *self); /* 3 or 4 */
/* Of the handshake request. (nullable) (transfer full) */
gchar *dais_sio_socket_get_query (DaisSioSocket *self, const gchar *name);
const gchar *dais_sio_socket_get_address (DaisSioSocket *self);
const gchar *dais_sio_socket_get_base_url (DaisSioSocket *self);
/* (nullable) value of a cookie. (transfer full) */
gchar *dais_sio_socket_get_cookie (DaisSioSocket *self, const gchar *name);

void dais_sio_socket_emit (
    DaisSioSocket *self, const gchar *event, const gchar *args);
/* attachments: (element-type GBytes): what the placeholders in @args
 * ({"_placeholder":true,"num":0}) stand for */
void dais_sio_socket_emit_binary (DaisSioSocket *self, const gchar *event,
    const gchar *args, GPtrArray *attachments);
gboolean dais_sio_socket_emit_volatile (
    DaisSioSocket *self, const gchar *event, const gchar *args);
/* answer: called once, args NULL when the socket went before it answered */
typedef void (*DaisSioAnswer) (
    DaisSioSocket *socket, GPtrArray *args, gpointer user_data);
void dais_sio_socket_ask (DaisSioSocket *self, const gchar *event,
    const gchar *args, DaisSioAnswer answer, gpointer user_data);
/* attachments: (nullable) */
void dais_sio_socket_ack (DaisSioSocket *self, gint64 ack_id, const gchar *args,
    GPtrArray *attachments);

void dais_sio_socket_join (DaisSioSocket *self, const gchar *room);
void dais_sio_socket_leave (DaisSioSocket *self, const gchar *room);
void dais_sio_socket_leave_all (DaisSioSocket *self);
gboolean dais_sio_socket_is_in (DaisSioSocket *self, const gchar *room);
/* hard: with its connection and all namespaces; else a "41". `disconnected`
 * comes from inside the call. */
void dais_sio_socket_disconnect (DaisSioSocket *self, gboolean hard);
/* As if the network had failed. */
void dais_sio_socket_drop_transport (DaisSioSocket *self);
void dais_sio_socket_set_data (
    DaisSioSocket *self, gpointer data, GDestroyNotify destroy);
gpointer dais_sio_socket_get_data (DaisSioSocket *self);

G_END_DECLS
