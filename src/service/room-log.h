/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/change.h"

G_BEGIN_DECLS

void dais_room_tell_log (DaisRoom *self, DaisRoomChange *change);

G_END_DECLS
