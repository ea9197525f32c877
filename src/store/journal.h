/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* One change of a room: what the cut log and a watcher who comes back read. */
typedef struct {
  gint64 room;
  guint64 rev;
  gint64 utc;           /* µs */
  guint64 running_time; /* ns on the shared media clock */
  gint64 user_id;       /* 0 = the house */
  gchar *user;
  gchar *kind;    /* a message type: state, layout, notes, talks, room */
  gchar *payload; /* JSON; "" = not read */
} DaisJournalRow;

void dais_journal_row_free (DaisJournalRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisJournalRow, dais_journal_row_free)

/* The rows after rev, the oldest first, at most limit; a payload is read of one
 * kind only, "" of the others.
 * (transfer full) (element-type DaisJournalRow). Main context. */
GPtrArray *dais_journal_after (DaisStore *store, gint64 room, guint64 rev,
    guint limit, const gchar *kind, GError **error);
/* The newest rows, the newest first; "" for a payload of more characters. */
GPtrArray *dais_journal_newest (DaisStore *store, gint64 room, guint limit,
    guint max_payload, GError **error);

/* Writer thread. */
gboolean dais_journal_append (
    DaisWriter *writer, const DaisJournalRow *row, GError **error);
/* Keeps the newest rows of a room, those of one kind longer. */
gboolean dais_journal_trim (DaisWriter *writer, gint64 room, guint64 keep,
    const gchar *kind, guint64 keep_kind, GError **error);

G_END_DECLS
