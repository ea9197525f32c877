/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/connection.h"
#include "net/router.h"
#include "net/server-private.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

struct _DaisRequest {
  GObject parent_instance;

  DaisServer *server;         /* (owned) */
  SoupServerMessage *message; /* (nullable) (owned) NULL: over, or stolen */
  DaisConnection *connection; /* (owned) */
  GCancellable *cancellable;
  const DaisRoute *route; /* (nullable) */
  GStrv values;           /* (nullable) of the route's parameters */
  gchar *path;            /* decoded */
  GHashTable *query;      /* (nullable) parsed when asked for */
  GHashTable *cookies;    /* (nullable) parsed when asked for */
  GBytes *body;           /* (nullable) */
  gchar *base_url;        /* (nullable) made when asked for */
  gchar *address;         /* (nullable) made when asked for */
  gchar *token;           /* (nullable) made when asked for */
  gsize max_body;
  gsize received;
  guint method; /* DaisMethods; 0 = one we do not know */
  /* (nullable) an upgrade was agreed to, but the connection ended first */
  void (*lost) (gpointer data);
  gpointer lost_data;
  guint32 is_upgrade : 1;
  guint32 is_responded : 1;
  guint32 is_paused : 1;
  guint32 is_stolen : 1;
  guint32 is_refused : 1; /* answered before the body was read */
  guint32 has_cache_rule : 1;
};

DaisRequest *dais_request_new (
    DaisServer *server, SoupServerMessage *message, DaisConnection *connection);
void dais_request_finish (DaisRequest *self);
void dais_request_pause (DaisRequest *self);
void dais_request_resume (DaisRequest *self);
SoupMessageHeaders *dais_request_get_response_headers (DaisRequest *self);
void dais_request_add_common_headers (DaisRequest *self);
/* (transfer full) (element-type utf8 utf8) */
GHashTable *dais_request_parse_cookies (const gchar *header);

/* Takes the stream from libsoup, outside its own callbacks, and throws the
 * SoupServerMessage away. (transfer full) (nullable) */
GIOStream *dais_request_take_stream (DaisRequest *self);
/* Writes what was responded so far itself, and closes the connection without
 * reading the rest of the body. */
void dais_request_cut_short (DaisRequest *self);

/* form.c */
GHashTable *
dais_form_parse (SoupMessageHeaders *headers, GBytes *body, GError **error);

G_END_DECLS
