/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisChatDoor:
 *
 * The chat contract (contracts/chat.txt, README §6) on a server: accounts,
 * logins and rooms to chat in. Lives in the main context, as long as the server
 * does.
 */
typedef struct _DaisChatDoor DaisChatDoor;

/* max_message: bytes of one message of a client */
DaisChatDoor *
dais_chat_door_new (DaisServer *server, DaisHouse *house, gsize max_message);
void dais_chat_door_free (DaisChatDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisChatDoor, dais_chat_door_free)

G_END_DECLS
