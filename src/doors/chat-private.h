/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "doors/chat.h"
#include "net/request.h"
#include "service/callers.h"
#include "service/chat.h"

G_BEGIN_DECLS

struct _DaisChatDoor {
  DaisServer *server;
  DaisHouse *house;
  gsize max_message;
  GHashTable *groups; /* (element-type DaisRoom ChatGroup) */
  guint access_source;
};

/* ---- chat.c ---- */

/* Answers in the envelope with the contract's word for the error. */
void dais_chat_refuse (DaisRequest *request, guint status, const gchar *type,
    const gchar *message);
/* error: (transfer full): answered with the words that fit its code */
void dais_chat_fail (DaisRequest *request, GError *error);
/* A writer that stands behind "data": ends with dais_chat_respond(). */
DaisJsonWriter *dais_chat_begin (void);
/* writer: (transfer full) */
void
dais_chat_respond (DaisRequest *request, guint status, DaisJsonWriter *writer);
/* Who asks, anonymous too. token: (nullable): one that the request names must
 * hold: else it is answered 400 and NULL returned. (transfer full) (nullable)
 */
DaisCaller *
dais_chat_caller (DaisChatDoor *self, DaisRequest *request, const gchar *token);
void
dais_chat_write_message (DaisJsonWriter *writer, const DaisMessage *message);

void dais_chat_accounts_install (DaisChatDoor *self); /* chat-accounts.c */
void dais_chat_rooms_install (DaisChatDoor *self);    /* chat-rooms.c */
void dais_chat_sockets_install (DaisChatDoor *self);  /* chat-sockets.c */
void dais_chat_sockets_close (DaisChatDoor *self);

G_END_DECLS
