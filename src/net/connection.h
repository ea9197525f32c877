/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/reactor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* An address and what it has open; shared by its connections and sockets, which
 * behind a proxy are not of the same address. */
typedef struct {
  gchar *address; /* no port */
  guint refs;
  guint n_anonymous; /* sockets that nobody signed in on */
} DaisPeer;

typedef struct _DaisAcceptor DaisAcceptor;
typedef struct _DaisConnection DaisConnection;

/**
 * DaisConnection:
 *
 * What we know of one accepted TCP connection, from accept to its end, whoever
 * reads from it: first nobody (it waits for a whole request head, which costs
 * no GSource), then libsoup, then perhaps a #DaisSocket. Its one timer is the
 * deadline of whatever it must do next. Main context only.
 */
struct _DaisConnection {
  guint refs;
  DaisAcceptor *acceptor; /* (owned) */
  DaisReactor *reactor;   /* (owned) */
  DaisPeer *peer;
  DaisWatch watch;
  DaisTimer timer;
  GList link;
  gint fd; /* -1: closed, or given away */
  guint is_tls : 1;
  guint is_idle : 1;     /* between two requests, nothing read of the next */
  guint is_detached : 1; /* its streams no longer close it */
  guint has_more : 1;    /* what is written next is a head before a body */
  gsize discarded;       /* bytes, while lingering */
  const gchar *why;      /* of the deadline, for the log */
  /* the peer hung up while a request waited for its answer */
  void (*hung_up) (DaisConnection *self, gpointer user_data);
  gpointer hung_up_data;
};

DaisConnection *dais_connection_new (DaisAcceptor *acceptor,
    DaisReactor *reactor, DaisPeer *peer, gint fd, gboolean is_tls);
DaisConnection *dais_connection_ref (DaisConnection *self);
void dais_connection_unref (DaisConnection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisConnection, dais_connection_unref)

DaisConnection *dais_connection_from_address (GSocketAddress *address);
void
dais_connection_set_address (DaisConnection *self, GSocketAddress *address);

void dais_connection_set_deadline (
    DaisConnection *self, guint delay_ms, const gchar *why);
void dais_connection_clear_deadline (DaisConnection *self);

void dais_connection_watch_hang_up (DaisConnection *self,
    void (*hung_up) (DaisConnection *self, gpointer user_data),
    gpointer user_data);
void dais_connection_unwatch_hang_up (DaisConnection *self);

void dais_connection_close (DaisConnection *self);
gint dais_connection_steal_fd (DaisConnection *self);
void dais_connection_linger (DaisConnection *self);
void dais_connection_answer_raw (
    DaisConnection *self, guint status, const gchar *text);

/* One line a second at most for what strangers can cause at will. */
void dais_net_log_limited (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
