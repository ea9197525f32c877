/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisRequest:
 *
 * One HTTP request on its way to one answer. A handler may answer at once or
 * keep a reference and answer later: the message is paused when the handler
 * returns without an answer. When the client goes away, @cancellable of the
 * request is cancelled and a later answer is dropped silently.
 * Lives in the main context.
 */
#define DAIS_TYPE_REQUEST (dais_request_get_type ())
G_DECLARE_FINAL_TYPE (DaisRequest, dais_request, DAIS, REQUEST, GObject)

const gchar *dais_request_get_method (DaisRequest *self); /* HEAD says GET */
gboolean dais_request_is_head (DaisRequest *self);        /* no body goes out */
const gchar *dais_request_get_path (DaisRequest *self);   /* decoded */
/* a "<name>" of the route's pattern, decoded; never NULL for a name it has */
const gchar *dais_request_get_param (DaisRequest *self, const gchar *name);
/* (nullable) a field of the query */
const gchar *dais_request_get_query (DaisRequest *self, const gchar *name);
/* (nullable) */
const gchar *dais_request_get_header (DaisRequest *self, const gchar *name);
/* Whether no other site's page makes it: only then a cookie counts. */
gboolean dais_request_is_own_page (DaisRequest *self);
/* Whether another site's page made it: it neither gets nor ends a session. */
gboolean dais_request_is_foreign_page (DaisRequest *self);
/* (nullable) value of a cookie */
const gchar *dais_request_get_cookie (DaisRequest *self, const gchar *name);
GBytes *dais_request_get_body (DaisRequest *self); /* whole, never NULL */
const gchar *dais_request_get_address (DaisRequest *self); /* peer's, no port */
gboolean dais_request_is_tls (DaisRequest *self);
/* "http://hall:8080", from the Host header (checked: letters, digits, ".-:[]"),
 * for absolute URLs. X-Forwarded-Proto/-Host only where configured. */
const gchar *dais_request_get_base_url (DaisRequest *self);
GCancellable *dais_request_get_cancellable (DaisRequest *self);
/* Bearer of the Authorization header, else ?access_token=. (nullable) */
const gchar *dais_request_get_token (DaisRequest *self);
/* Fields of an urlencoded or multipart body, or the string members of a JSON
 * object. (transfer full) (element-type utf8 utf8), NULL + error when neither
 */
GHashTable *dais_request_get_form (DaisRequest *self, GError **error);

/* Response headers; before responding. */
void dais_request_add_header (
    DaisRequest *self, const gchar *name, const gchar *value);

void dais_request_respond (
    DaisRequest *self, guint status, const gchar *content_type, GBytes *body);
/* body: (transfer full) JSON text */
void dais_request_respond_json (DaisRequest *self, guint status, gchar *json);
void
dais_request_respond_text (DaisRequest *self, guint status, const gchar *text);
/* etag is quoted here; answers 304 by itself on If-None-Match */
void dais_request_respond_cached (DaisRequest *self, const gchar *content_type,
    GBytes *body, const gchar *etag);
/* DaisError code → HTTP status, the one table of the house (net/respond.c) */
guint dais_error_to_status (const GError *error);

/* Takes the connection out of HTTP, nothing written yet. For plain TCP
 * *fd is a duplicate that the caller owns; over TLS *fd is one end of a socket
 * pair whose other end the server relays to the client. The response is the
 * caller's (or another process's) to write. */
gboolean dais_request_steal_fd (DaisRequest *self, gint *fd, GError **error);
/* Of a "WEBSOCKET" route whose socket another process will serve: checks the
 * client's handshake, and adds the headers that answer it, so that
 * dais_request_get_response_head() has them. FALSE: answered 400 already. */
gboolean dais_request_shake_hands (DaisRequest *self);

/* Header lines ("Name: value\r\n"…) that a response of ours would carry:
 * CORS, security headers, those added. For a stolen answer. (transfer full) */
gchar *dais_request_get_response_head (DaisRequest *self);

G_END_DECLS
