/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/reactor.h"
#include "net/server.h"

G_BEGIN_DECLS

DaisReactor *dais_server_get_reactor (DaisServer *self);
const DaisServerLimits *dais_server_get_limits (DaisServer *self);
gboolean dais_server_is_trusted_proxy (DaisServer *self, const gchar *text);
gboolean dais_server_is_open_to (DaisServer *self, const gchar *origin);
const gchar *dais_server_get_public_url (DaisServer *self); /* (nullable) */
/* An error of the server's own, in the shape of the door that owns the path. */
void dais_server_write_error (
    DaisServer *self, DaisRequest *request, guint status, const GError *error);
/* @begun: called when the head is read and accepted; it may answer */
void dais_server_add_route_with_begin (DaisServer *self, const gchar *methods,
    const gchar *pattern, gsize max_body, DaisHandler begun,
    DaisHandler handler, gpointer user_data);
void dais_server_forget_request (DaisServer *self, DaisRequest *request);

G_END_DECLS
