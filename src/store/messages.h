/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/message.h"
#include "store/store.h"

G_BEGIN_DECLS

/* The newest of a room, the oldest of them first. (transfer full) (element-type
 * DaisMessage). Main context. */
GPtrArray *dais_messages_newest (
    DaisStore *store, gint64 room, guint limit, GError **error);

/* Writer thread. row->id is filled in. */
gboolean
dais_messages_insert (DaisWriter *writer, DaisMessage *row, GError **error);
/* Marks what others than @viewer wrote. n: (out): how many were not yet */
gboolean dais_messages_mark_seen (
    DaisWriter *writer, gint64 room, gint64 viewer, gint *n, GError **error);

G_END_DECLS
