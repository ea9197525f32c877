/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/room.h"

G_BEGIN_DECLS

/* messages of one room on their way to the disk */
#define DAIS_CHAT_MAX_UNDER_WAY 4096

/* message: (transfer full). task's source is the room. */
void dais_chat_submit (DaisRoom *room, DaisMessage *message, GTask *task);

G_END_DECLS
