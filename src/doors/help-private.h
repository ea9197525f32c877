/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "doors/help.h"
#include "service/callers.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

struct _DaisHelpDoor {
  DaisServer *server;
  DaisHouse *house;
};

/* ---- help.c ---- */

/* {"detail": detail} and "code" where there is one */
void dais_help_refuse (
    DaisRequest *request, guint status, const gchar *detail, const gchar *code);
/* {field: [message]}, 400 */
void dais_help_refuse_field (
    DaisRequest *request, const gchar *field, const gchar *message);
/* error: (transfer full) */
void dais_help_fail (DaisRequest *request, GError *error);
/* Who asks; answers 401 by itself. (transfer full) (nullable) */
DaisCaller *dais_help_caller (DaisHelpDoor *self, DaisRequest *request);
/* Body as an object, from JSON or a form; answers 400 by itself.
 * (transfer full) (nullable) */
JsonObject *dais_help_body (DaisRequest *request);
/* A text that must be there. Writes what is wrong to @errors. (nullable) */
const gchar *
dais_help_need (JsonObject *body, const gchar *name, DaisJsonWriter *errors);

/* ---- help-tokens.c ---- */

/* Logs in with username and password of the body, answers the token pair. */
void dais_help_answer_login (
    DaisHouse *house, DaisRequest *request, JsonObject *body);
void dais_help_tokens_install (DaisHelpDoor *self);

void dais_help_rooms_install (DaisHelpDoor *self); /* help-rooms.c */
void dais_help_pages_install (DaisHelpDoor *self); /* help-pages.c */

G_END_DECLS
