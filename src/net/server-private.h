/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/reactor.h"
#include "net/server.h"

G_BEGIN_DECLS

DaisReactor *dais_server_get_reactor (DaisServer *self);
const DaisServerLimits *dais_server_get_limits (DaisServer *self);
gboolean dais_server_is_trusted_proxy (DaisServer *self, const gchar *address);
/* An error of the server's own, in the shape of the door that owns the path. */
void dais_server_write_error (
    DaisServer *self, DaisRequest *request, guint status, const GError *error);
void dais_server_forget_request (DaisServer *self, DaisRequest *request);

G_END_DECLS
