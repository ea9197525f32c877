/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/note.h"
#include "store/store.h"

G_BEGIN_DECLS

/* (transfer full) (element-type DaisNote), by id; talk_id NULL = all of them.
 * Main context. */
GPtrArray *dais_note_rows_list (
    DaisStore *store, gint64 room, const gchar *talk_id, GError **error);

/* The same on the writer thread. */
GPtrArray *
dais_note_rows_read (DaisWriter *writer, gint64 room, GError **error);

/* Writer thread: the note as it is just then. NULL + NOT_FOUND. (transfer full)
 */
DaisNote *
dais_note_rows_get (DaisWriter *writer, gint64 room, gint64 id, GError **error);
/* Writer thread. id: (out): the number that it got */
gboolean dais_note_rows_insert (DaisWriter *writer, gint64 room, DaisNote *note,
    gint64 *id, GError **error);
gboolean dais_note_rows_update (
    DaisWriter *writer, gint64 room, DaisNote *note, GError **error);
gboolean dais_note_rows_remove (
    DaisWriter *writer, gint64 room, gint64 id, GError **error);

G_END_DECLS
