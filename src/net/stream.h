/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/connection.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define DAIS_TYPE_STREAM (dais_stream_get_type ())
G_DECLARE_FINAL_TYPE (DaisStream, dais_stream, DAIS, STREAM, GIOStream)

/* Over the connection's descriptor, or over a TLS stream that lies on it. */
GIOStream *
dais_connection_open_stream (DaisConnection *connection, GIOStream *tls);

G_END_DECLS
