/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/rooms.h"

G_BEGIN_DECLS

typedef struct {
  gint64 room;
  gchar *url_name;
  gchar *hash;  /* of the password */
  gchar *video; /* JSON as the client wrote it */
} DaisPartyRow;

void dais_party_row_free (DaisPartyRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisPartyRow, dais_party_row_free)

/* All of them. (transfer full) (element-type DaisPartyRow). Main context. */
GPtrArray *dais_party_rows_list (DaisStore *store, GError **error);

/* Writer thread. The room is in the store already. */
gboolean dais_party_rows_insert (
    DaisWriter *writer, const DaisPartyRow *row, GError **error);
gboolean dais_party_rows_put_video (
    DaisWriter *writer, gint64 room, const gchar *video, GError **error);

G_END_DECLS
