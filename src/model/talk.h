/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DAIS_TALK_MAX_BYTES    262144 /* of its JSON, post-mix and all */
#define DAIS_TALK_MAX_KEY_PART 64

/**
 * DaisTalk:
 *
 * A talk as the venue contract shows it. Known by room, date, talk-id and, for
 * a re-edited one, the time of the edit. Immutable, reference counted, any
 * thread.
 */
typedef struct _DaisTalk DaisTalk;

DaisTalk *dais_talk_ref (DaisTalk *self);
void dais_talk_unref (DaisTalk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisTalk, dais_talk_unref)

/* "room_date_talk-id" or "room_date_talk-id_post-edit-time" */
const gchar *dais_talk_get_key (DaisTalk *self);
const gchar *dais_talk_get_room (DaisTalk *self); /* url_name */
const gchar *dais_talk_get_date (DaisTalk *self); /* YYYY-MM-DD */
const gchar *dais_talk_get_talk_id (DaisTalk *self);
/* (nullable): the original */
const gchar *dais_talk_get_post_edit_time (DaisTalk *self);
/* The whole talk as ASCII JSON, for the store and the wire. */
const gchar *dais_talk_get_text (DaisTalk *self);
void dais_talk_write_json (DaisTalk *self, DaisJsonWriter *writer);

/* Letters, digits, "." and "-". field begins the message. */
gboolean dais_talk_check_key_part (
    const gchar *text, const gchar *field, GError **error);

/* A client's write. room: url_name of the path; today: YYYY-MM-DD, for a talk
 * that names no date. present: (nullable): the talk that it changes; absent
 * members stay, null takes out. Returns: (transfer full) (nullable) */
DaisTalk *dais_talk_from_json (JsonObject *object, const gchar *room,
    const gchar *today, DaisTalk *present, GError **error);
/* The key that a write is about, to look its present talk up.
 * (transfer full) (nullable) */
gchar *dais_talk_key_from_json (
    JsonObject *object, const gchar *room, const gchar *today, GError **error);
/* What get_text() gave. (transfer full) (nullable) */
DaisTalk *dais_talk_from_text (const gchar *text, GError **error);

/* The object in {"notes":{…}} of the older form: a talk, and its events as
 * notes to add. Where the caller finds the talk's key (key_from_json() reads
 * the older form too) it hands the present talk in. changes: (out) (transfer
 * full) (element-type DaisNoteChange) Returns: (transfer full) (nullable) */
DaisTalk *dais_talk_from_older_notes (JsonObject *notes, const gchar *room,
    gint64 now_us, DaisTalk *present, GPtrArray **changes, GError **error);

G_END_DECLS
