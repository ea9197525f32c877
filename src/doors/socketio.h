/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisSocketioDoor:
 *
 * The Socket.IO half of the party door and of the help door (contracts README
 * §3 and §4): one server on /socket.io/, one namespace, so that a client of
 * either finds it where it looks. Lives in the main context, as long as the
 * server does.
 */
typedef struct _DaisSocketioDoor DaisSocketioDoor;

/* recovery_s: connection state recovery; 0 = none. (transfer full) */
DaisSocketioDoor *
dais_socketio_door_new (DaisServer *server, DaisHouse *house, guint recovery_s);
void dais_socketio_door_free (DaisSocketioDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisSocketioDoor, dais_socketio_door_free)

G_END_DECLS
