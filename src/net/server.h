/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/request.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define DAIS_TYPE_SERVER (dais_server_get_type ())
G_DECLARE_FINAL_TYPE (DaisServer, dais_server, DAIS, SERVER, GObject)

/* Limits of design §5; every one is a key of the configuration. */
typedef struct {
  gsize max_body;                /* bytes, 1 MiB; a route may ask for its own */
  gsize max_head;                /* bytes of a request's head, 64 KiB */
  gsize max_message;             /* bytes of one WebSocket message, 64 KiB */
  gsize max_queue;               /* bytes waiting for one socket, 1 MiB */
  guint max_sockets_per_address; /* anonymous only, 16 */
  guint header_timeout_ms;       /* 10,000: from accept to a whole head */
  guint keep_alive_ms;   /* 60,000: from an answer to the next request */
  guint max_connections; /* in all, 10,000; fewer if descriptors are fewer */
} DaisServerLimits;

void dais_server_limits_init (DaisServerLimits *limits);

DaisServer *dais_server_new (const DaisServerLimits *limits);
/* Reverse proxies, "10.0.0.1" or "10.0.0.0/8", whose X-Forwarded-For, -Proto
 * and -Host are believed. */
void dais_server_set_trusted_proxies (
    DaisServer *self, const gchar *const *networks);
/* Origins whose pages may use the server; NULL or "*" among them: all. */
void dais_server_set_origins (DaisServer *self, const gchar *const *origins);
/* What dais_request_get_base_url() gives, whatever the client asked for. */
void dais_server_set_public_url (DaisServer *self, const gchar *url);

/* url: "http://HOST:PORT" or "https://HOST:PORT", port 0 = any; certificate
 * and key files for https. Errors are in plain words ("port 8080 of 0.0.0.0 is
 * in use by another program; …"). */
gboolean dais_server_listen (DaisServer *self, const gchar *url,
    GTlsCertificate *certificate, GError **error);
/* The addresses it listens on, with the ports it got. (transfer full) */
GStrv dais_server_get_urls (DaisServer *self);
guint dais_server_get_n_connections (DaisServer *self);
guint dais_server_get_n_sockets (DaisServer *self);

/* pattern: segments of literal text, "<name>" (one segment, percent-decoded,
 * in dais_request_get_param()), and "<name...>" last (the rest). One exact
 * router: the longest literal match wins; one trailing slash is stripped except
 * on a pattern that ends in one. HEAD, OPTIONS, 404, 405 + Allow and CORS are
 * the server's own work (contracts README §1).
 * methods: "GET", "GET POST" …; "WEBSOCKET" for an upgrade of a GET.
 * max_body: 0 = the server's limit. */
typedef void (*DaisHandler) (DaisRequest *request, gpointer user_data);
void dais_server_add_route (DaisServer *self, const gchar *methods,
    const gchar *pattern, gsize max_body, DaisHandler handler,
    gpointer user_data);

/* Writes the body of an error that the server itself answers (404, 405, 413 …)
 * in the shape of the door that owns the path; by prefix, the longest wins. */
typedef void (*DaisErrorBody) (
    DaisRequest *request, guint status, const GError *error);
void dais_server_set_error_body (
    DaisServer *self, const gchar *path_prefix, DaisErrorBody write);

/* For a GET of a path that no route has, by somebody who asks for text/html: it
 * answers the 404 as a page. Everyone else gets the error body. */
void dais_server_set_missing_page (
    DaisServer *self, DaisHandler handler, gpointer user_data);

void dais_server_stop (DaisServer *self);

G_END_DECLS
