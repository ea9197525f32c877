/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* Which index of config.media is which stream's (contracts README §2). */
typedef struct {
  guint index; /* from 1; 0 is the mixed output */
  gchar *slug;
  gchar *gone; /* (nullable) local day when the stream went; NULL = in use */
} DaisMediaRow;

void dais_media_row_free (DaisMediaRow *row);
DaisMediaRow *
dais_media_row_new (guint index, const gchar *slug, const gchar *gone);

/* (transfer full) (element-type DaisMediaRow), by index. Main context. */
GPtrArray *dais_media_rows_list (DaisStore *store, gint64 room, GError **error);

/* Writer thread. Puts all of a room's rows in place of what was there. */
gboolean dais_media_rows_replace (
    DaisWriter *writer, gint64 room, GPtrArray *rows, GError **error);

G_END_DECLS
