/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  gint64 id;
  gchar *hex24;
  gchar *username;
  gchar *email; /* (nullable) */
  gchar *first_name;
  gchar *last_name;
  gchar *image;
  gchar *hash;       /* (nullable) */
  guint roles;       /* DaisRole bits */
  gint64 valid_from; /* Unix s: tokens issued before are void */
  gint64 created;    /* UTC, µs */
} DaisUserRow;

void dais_user_row_free (DaisUserRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisUserRow, dais_user_row_free)

/* NULL without an error = no such user. Main context. (transfer full) */
DaisUserRow *dais_users_by_id (DaisStore *store, gint64 id, GError **error);
DaisUserRow *
dais_users_by_name (DaisStore *store, const gchar *username, GError **error);
DaisUserRow *
dais_users_by_hex24 (DaisStore *store, const gchar *hex24, GError **error);
/* (transfer full) (element-type DaisUserRow), by id */
GPtrArray *dais_users_list (DaisStore *store, GError **error);
/* With this bit among the roles. -1 = error */
gint64 dais_users_count_role (DaisStore *store, guint role, GError **error);

/* Writer thread. row->id is filled in. */
gboolean
dais_users_insert (DaisWriter *writer, DaisUserRow *row, GError **error);
gboolean dais_users_set_hash (DaisWriter *writer, gint64 id, const gchar *hash,
    gint64 valid_from, GError **error);
/* NULL and roles < 0 leave what is there. CONFLICT as below. */
gboolean dais_users_change (DaisWriter *writer, const DaisUserRow *change,
    gint64 roles, guint keep, GError **error);
/* CONFLICT when no other user would have the bit @keep (0 = none). */
gboolean
dais_users_remove (DaisWriter *writer, gint64 id, guint keep, GError **error);

G_END_DECLS
