/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"
#include "core/video-format.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DAIS_ROOM_MAX_STREAMS 64

/* Which doors know a room (contracts README §1). */
typedef enum {
  DAIS_FACET_MIXER = 1 << 0,
  DAIS_FACET_PLAYER = 1 << 1,
  DAIS_FACET_CHAT = 1 << 2,
  DAIS_FACET_HELP = 1 << 3,
  DAIS_FACET_MEMBERS = 1 << 4,
} DaisFacet;

/**
 * DaisRoomInfo:
 * @id: the store's number, 0 before
 * @hex24: (nullable): the id at the members' door
 * @url_name: (nullable): %NULL: to be made from @name
 * @name: display name
 * @created_us: UTC
 * @creator_id: user, 0 = the configuration
 * @streams: (nullable): names of the streams it may use; %NULL or empty: all
 * @format: width 0 or fps_n 0: the server's own
 * @is_public: anonymous may see it
 *
 * What a room is, apart from what is going on in it. Immutable once shared,
 * reference counted, any thread: make one, fill the fields, then share it.
 */
typedef struct {
  gint64 id;
  gchar *hex24;
  gchar *url_name;
  gchar *name;
  gint64 created_us;
  gint64 creator_id;
  DaisFacet facets;
  gchar **streams;
  DaisVideoFormat format;
  gboolean is_public;
} DaisRoomInfo;

DaisRoomInfo *dais_room_info_new (void);
DaisRoomInfo *dais_room_info_copy (const DaisRoomInfo *self);
DaisRoomInfo *dais_room_info_ref (DaisRoomInfo *self);
void dais_room_info_unref (DaisRoomInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRoomInfo, dais_room_info_unref)

/* "<name> - Output". (transfer full) */
gchar *dais_room_info_get_output_name (const DaisRoomInfo *self);
/* Whether a stream of that name is for this room. */
gboolean
dais_room_info_uses_stream (const DaisRoomInfo *self, const gchar *name);

/* POST /rooms (present == NULL) and PUT: absent members stay as in @present.
 * Whether the streams exist is the caller's to check.
 * Returns: (transfer full) (nullable): a new one with id, hex24, creator of
 * @present */
DaisRoomInfo *dais_room_info_from_json (
    JsonObject *object, const DaisRoomInfo *present, GError **error);
gboolean dais_room_info_check (const DaisRoomInfo *self, GError **error);

/* One value of GET /rooms. full: also what only managers need. */
void dais_room_info_write_json (
    const DaisRoomInfo *self, DaisJsonWriter *writer, gboolean full);
/* Its output as one value of GET /streams. */
void dais_room_info_write_output_json (
    const DaisRoomInfo *self, DaisJsonWriter *writer, const gchar *stream_url);

G_END_DECLS
