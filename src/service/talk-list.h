/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "model/talk.h"
#include "service/room.h"

G_BEGIN_DECLS

/* The room's talks, read when first wanted; NULL = the store refuses.
 * (transfer none) (element-type utf8 utf8) */
GHashTable *dais_talks_get_table (DaisRoom *room);

/* {"notes":{…}} of the older form. (transfer full) */
DaisTalk *dais_talks_parse_older (
    DaisRoom *room, JsonObject *older, GPtrArray **changes, GError **error);

/* task: the caller's, the change becomes its data. */
void dais_talks_submit (
    DaisRoom *room, DaisCaller *caller, DaisTalk *talk, GTask *task);

G_END_DECLS
