/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  gint64 id; /* 0 = not stored yet */
  gint64 room;
  gdouble time;   /* seconds since local midnight of date */
  gchar *date;    /* "2015-06-06", local */
  gint64 utc;     /* µs, the same moment */
  gchar *talk_id; /* (nullable) */
  gchar *text;
  gchar *author;
  gint64 created; /* µs */
} DaisNoteRow;

void dais_note_row_free (DaisNoteRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisNoteRow, dais_note_row_free)
DaisNoteRow *dais_note_row_copy (const DaisNoteRow *row);

/* (transfer full) (element-type DaisNoteRow), by id. Main context. */
GPtrArray *dais_note_rows_list (DaisStore *store, gint64 room, GError **error);

/* Writer thread. row->id is filled in. */
gboolean
dais_note_rows_insert (DaisWriter *writer, DaisNoteRow *row, GError **error);
gboolean dais_note_rows_update (
    DaisWriter *writer, const DaisNoteRow *row, GError **error);
gboolean dais_note_rows_remove (
    DaisWriter *writer, gint64 room, gint64 id, GError **error);

G_END_DECLS
