/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/room.h"

G_BEGIN_DECLS

/* levels: a(sdd) of the room's engine */
void dais_room_on_levels (DaisRoom *self, GVariant *levels);

G_END_DECLS
