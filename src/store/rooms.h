/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  gint64 id;
  gchar *hex24;
  gchar *url_name;
  gchar *name;
  gint64 created; /* UTC, µs */
  gint64 creator; /* user id; 0 = the house */
  guint facets;   /* DaisFacet bits */
  gboolean is_public;
  guint width; /* 0 = the canvas */
  guint height;
  guint fps_n; /* 0 = the canvas */
  guint fps_d;
  gchar *streams; /* (nullable) JSON array of names; NULL = all */
  gboolean configured;
  guint64 rev;
} DaisRoomRow;

void dais_room_row_free (DaisRoomRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRoomRow, dais_room_row_free)
DaisRoomRow *dais_room_row_copy (const DaisRoomRow *row);

/* (transfer full) (element-type DaisRoomRow), by id. Main context. */
GPtrArray *dais_room_rows_list (DaisStore *store, GError **error);

/* Those with this facet, or that could get it by their name: without members',
 * help and party rooms, which are read when they are wanted. */
GPtrArray *dais_room_rows_list_named (DaisStore *store, GError **error);
/* NULL without an error = no such room. Main context. (transfer full) */
DaisRoomRow *dais_room_rows_by_id (DaisStore *store, gint64 id, GError **error);
DaisRoomRow *dais_room_rows_by_url_name (
    DaisStore *store, const gchar *url_name, GError **error);
/* Who may be in it beside what roles give: creator, invited; student and
 * teacher. (transfer full) (element-type gint64) */
GArray *dais_room_rows_get_admitted (
    DaisStore *store, const DaisRoomRow *row, GError **error);

/* Writer thread. row->id is filled in. A room that is only chatted in so far
 * (facet CHAT alone) under the same url_name becomes the new room, its history
 * with it. */
gboolean
dais_room_rows_insert (DaisWriter *writer, DaisRoomRow *row, GError **error);
/* The room that is chatted in under this name, made when there is none. LIMITED
 * beyond @most of them. */
gboolean dais_room_rows_ensure_chat (DaisWriter *writer, const gchar *url_name,
    const gchar *hex24, gint64 created, gint64 most, gint64 *id,
    GError **error);
/* All columns but id, hex24, created, creator and rev. */
gboolean dais_room_rows_update (
    DaisWriter *writer, const DaisRoomRow *row, GError **error);
gboolean dais_room_rows_remove (DaisWriter *writer, gint64 id, GError **error);
/* From rev - 1 to rev: what orders all changes of a room. STALE when another
 * change came between, or an earlier one failed. */
gboolean dais_room_rows_step (
    DaisWriter *writer, gint64 id, guint64 rev, GError **error);

G_END_DECLS
