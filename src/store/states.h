/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* A room's mixer state and layout, as they are now. */
typedef struct {
  gchar *state; /* (nullable) JSON; NULL = never written */
  guint64 rev;
  gint64 utc;           /* µs */
  guint64 running_time; /* ns on the shared media clock */
  gchar *layout;        /* (nullable) JSON */
  guint64 layout_rev;
} DaisStateRow;

void dais_state_row_free (DaisStateRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisStateRow, dais_state_row_free)

/* Main context. (transfer full): never NULL without an error */
DaisStateRow *dais_states_get (DaisStore *store, gint64 room, GError **error);

/* Writer thread. */
gboolean dais_states_put (DaisWriter *writer, gint64 room, const gchar *state,
    guint64 rev, gint64 utc, guint64 running_time, GError **error);
gboolean dais_layouts_put (DaisWriter *writer, gint64 room, const gchar *layout,
    guint64 rev, GError **error);
/* Afterwards, when the engine said which frame it was: of the state, if rev is
 * still its revision, and of the journal row. */
gboolean dais_states_set_running_time (DaisWriter *writer, gint64 room,
    guint64 rev, guint64 running_time, GError **error);

G_END_DECLS
