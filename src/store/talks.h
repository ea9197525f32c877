/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* (transfer full) (element-type utf8 utf8): key → JSON object. Main context. */
GHashTable *dais_talk_rows_list (DaisStore *store, gint64 room, GError **error);

/* Writer thread. talk: JSON object */
gboolean dais_talk_rows_put (DaisWriter *writer, gint64 room, const gchar *key,
    const gchar *talk, GError **error);
gboolean dais_talk_rows_remove (
    DaisWriter *writer, gint64 room, const gchar *key, GError **error);

G_END_DECLS
