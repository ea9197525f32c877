/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DAIS_NOTE_MAX_TEXT    4000 /* characters */
#define DAIS_NOTE_MAX_CHANGES 100  /* in one write */

/**
 * DaisNote:
 * @id: the store's number, 0 before
 * @utc_us: the moment that it is about
 * @talk_id: (nullable): the talk that it belongs to
 * @text: UTF-8
 * @author: username, "" when unknown
 * @created_us: UTC
 *
 * Immutable once shared, reference counted, any thread.
 */
typedef struct {
  gint64 id;
  gint64 utc_us;
  gchar *talk_id;
  gchar *text;
  gchar *author;
  gint64 created_us;
} DaisNote;

DaisNote *dais_note_new (gint64 id, gint64 utc_us, const gchar *talk_id,
    const gchar *text, const gchar *author, gint64 created_us);
DaisNote *dais_note_ref (DaisNote *self);
void dais_note_unref (DaisNote *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisNote, dais_note_unref)

typedef enum {
  DAIS_NOTE_ADD,
  DAIS_NOTE_MODIFY,
  DAIS_NOTE_REMOVE,
} DaisNoteAction;

/**
 * DaisNoteChange:
 * @action: what to do
 * @id: of the note, 0 for ADD
 * @text: (nullable): %NULL: unchanged
 * @talk_id: (nullable): where @has_talk_id
 * @utc_us: where @has_utc, always for ADD
 */
typedef struct {
  DaisNoteAction action;
  gint64 id;
  gchar *text;
  gboolean has_talk_id;
  gchar *talk_id;
  gboolean has_utc;
  gint64 utc_us;
} DaisNoteChange;

void dais_note_change_free (DaisNoteChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisNoteChange, dais_note_change_free)

/* One note or an array of notes, as a client writes them (contracts README §2).
 * now_us stands in where a note says no time.
 * Returns: (transfer full) (nullable) (element-type DaisNoteChange) */
GPtrArray *
dais_note_changes_from_json (JsonNode *write, gint64 now_us, GError **error);
/* ADD (present NULL, id: the store's or 0) and MODIFY. (transfer full) */
DaisNote *dais_note_apply (DaisNote *present, const DaisNoteChange *change,
    gint64 id, const gchar *author, gint64 now_us);
/* Whether an ADD would only repeat this note; the older form sends all events
 * of a talk again and again. */
gboolean dais_note_is_same (DaisNote *self, const DaisNoteChange *add);
gboolean dais_note_text_check (const gchar *text, GError **error);

void dais_note_write_json (DaisNote *self, DaisJsonWriter *writer);

G_END_DECLS
