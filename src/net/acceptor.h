/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/connection.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisAcceptor:
 *
 * Listens, accepts, counts and keeps connections waiting until a whole request
 * head has come (plain) or TLS stands; only then are they handed on. So a
 * thousand connections that say nothing, or say it one byte at a time, cost one
 * epoll entry each and go after the header timeout.
 */
typedef void (*DaisAcceptedFunc) (DaisConnection *connection, GIOStream *stream,
    GSocketAddress *local, GSocketAddress *remote, gpointer user_data);

typedef struct {
  guint header_timeout_ms;
  guint max_connections;
  gsize max_head; /* bytes */
} DaisAcceptorLimits;

DaisAcceptor *
dais_acceptor_new (DaisReactor *reactor, const DaisAcceptorLimits *limits,
    DaisAcceptedFunc accepted, gpointer user_data);
DaisAcceptor *dais_acceptor_ref (DaisAcceptor *self);
void dais_acceptor_unref (DaisAcceptor *self);

gboolean dais_acceptor_listen (DaisAcceptor *self, const gchar *url,
    GTlsCertificate *certificate, GError **error);
GStrv dais_acceptor_get_urls (DaisAcceptor *self);
guint dais_acceptor_get_n_connections (DaisAcceptor *self);
/* Open WebSockets; link: the socket's own, its data set. */
void dais_acceptor_add_socket (DaisAcceptor *self, GList *link);
void dais_acceptor_remove_socket (DaisAcceptor *self, GList *link);
void dais_acceptor_each_socket (
    DaisAcceptor *self, GFunc function, gpointer user_data);
guint dais_acceptor_get_n_sockets (DaisAcceptor *self);
void dais_acceptor_stop (DaisAcceptor *self);

/* Of an address without a port; given back with _release_peer(). */
DaisPeer *dais_acceptor_take_peer (DaisAcceptor *self, const gchar *address);
void dais_acceptor_release_peer (DaisAcceptor *self, DaisPeer *peer);

/* for connection.c */
void dais_acceptor_hold (DaisAcceptor *self, DaisConnection *connection);
void dais_acceptor_release (DaisAcceptor *self, DaisConnection *connection);
void
dais_acceptor_connection_gone (DaisAcceptor *self, DaisConnection *connection);

G_END_DECLS
