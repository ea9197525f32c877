/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"

G_BEGIN_DECLS

/* The web pages: files below /web/ and the one page that they make. */
typedef struct _DaisConsoleDoor DaisConsoleDoor;

/* resource_folder: of a registered GResource, "/org/dais/web" */
DaisConsoleDoor *
dais_console_door_new (DaisServer *server, const gchar *resource_folder);
void dais_console_door_free (DaisConsoleDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisConsoleDoor, dais_console_door_free)

G_END_DECLS
