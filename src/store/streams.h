/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *slug;
  gchar *name;
  gchar *uri;
  gchar *type;    /* "audio", "video", "av"; "" = find out */
  gchar *options; /* JSON object of strings */
  gint64 created; /* UTC, µs */
  gint64 creator; /* user id; 0 = the house */
} DaisStreamRow;

void dais_stream_row_free (DaisStreamRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisStreamRow, dais_stream_row_free)

/* (transfer full) (element-type DaisStreamRow), by age. Main context. */
GPtrArray *dais_stream_rows_list (DaisStore *store, GError **error);

/* Writer thread. */
gboolean dais_stream_rows_insert (
    DaisWriter *writer, const DaisStreamRow *row, GError **error);
/* name, uri, type and options of the row with this slug */
gboolean dais_stream_rows_update (
    DaisWriter *writer, const DaisStreamRow *row, GError **error);
gboolean
dais_stream_rows_remove (DaisWriter *writer, const gchar *slug, GError **error);

G_END_DECLS
