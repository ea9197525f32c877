/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "store/notes.h"

G_BEGIN_DECLS

/**
 * DaisNoteList:
 *
 * A room's notes as JSON text, each encoded once, in the order of their ids.
 */
typedef struct _DaisNoteList DaisNoteList;

/* notes: (element-type DaisNote), by id; any thread */
DaisNoteList *dais_note_list_new (GPtrArray *notes);
DaisNoteList *
dais_note_list_load (DaisStore *store, gint64 room, GError **error);
void dais_note_list_free (DaisNoteList *self);

guint dais_note_list_get_length (DaisNoteList *self);
gsize dais_note_list_get_size (DaisNoteList *self); /* bytes of the JSON */
gboolean dais_note_list_has (DaisNoteList *self, gint64 id);
/* text: (transfer full). Adds or replaces. */
void dais_note_list_put (DaisNoteList *self, gint64 id, gchar *text);
void dais_note_list_remove (DaisNoteList *self, gint64 id);
/* The array that GET answers with. (transfer full) */
GBytes *dais_note_list_make_json (DaisNoteList *self);

/* One note as it is served. (transfer full) */
gchar *dais_note_to_text (DaisNote *note);

G_END_DECLS
