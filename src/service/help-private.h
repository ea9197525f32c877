/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "core/json-writer.h"
#include "model/help.h"
#include "model/message.h"
#include "service/help.h"

G_BEGIN_DECLS

/* house: not owned, outlives it. (transfer full) */
DaisHelp *dais_help_new (DaisHouse *house);
DaisHouse *dais_help_get_house (DaisHelp *self);

void dais_help_write_room (
    DaisJsonWriter *writer, const DaisHelpRoom *room, const gchar *base_url);
/* What room_joined shows: without the e-mail address. */
void dais_help_write_teacher (DaisJsonWriter *writer,
    const DaisHelpPerson *person, const gchar *base_url);
void dais_help_write_message (
    DaisJsonWriter *writer, const DaisMessage *message, const gchar *base_url);

/* writer: (transfer none): its text is taken */
void dais_help_emit_event (DaisHelp *self, gint64 room, gboolean teachers,
    const gchar *name, DaisJsonWriter *writer);
void dais_help_emit_entered (DaisHelp *self, gint64 room, gint64 user);
void dais_help_emit_emptied (DaisHelp *self, gint64 room);

G_END_DECLS
