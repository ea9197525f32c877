/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/connection.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Copies between a TLS stream and a descriptor of ours, both ways, with a
 * bounded buffer each, until one side ends. @fd: (transfer full) */
void dais_relay_start (GIOStream *stream, gint fd, DaisConnection *connection);

G_END_DECLS
