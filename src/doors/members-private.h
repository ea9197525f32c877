/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "doors/members.h"
#include "service/callers.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

struct _DaisMembersDoor {
  DaisServer *server;
  DaisHouse *house;
};

/* ---- members.c ---- */

/* {"err": message} */
void
dais_members_refuse (DaisRequest *request, guint status, const gchar *message);
/* error: (transfer full): its message in the contract's form */
void dais_members_fail (DaisRequest *request, GError *error);
/* Who asks; answers 401 by itself. (transfer full) (nullable) */
DaisCaller *dais_members_caller (DaisMembersDoor *self, DaisRequest *request);
/* The body as an object; answers 400 by itself. An empty body is {}.
 * (transfer full) (nullable) */
JsonObject *dais_members_body (DaisRequest *request);
void dais_members_write_person (
    DaisJsonWriter *writer, const gchar *hex24, const gchar *username);

void dais_members_accounts_install (DaisMembersDoor *self);
void dais_members_rooms_install (DaisMembersDoor *self);

G_END_DECLS
