/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/help.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main context. The rooms of a user, and those that wait when @waiting; at most
 * @limit, the newest ones, in the order of their numbers. (transfer full)
 * (element-type DaisHelpRoom) */
GPtrArray *dais_help_rooms_of_user (DaisStore *store, gint64 user,
    gboolean waiting, guint limit, GError **error);
/* NULL without an error = no such room. (transfer full) */
DaisHelpRoom *
dais_help_rooms_get (DaisStore *store, gint64 room, GError **error);
/* Those that are not closed. (transfer full) (element-type gint64) */
GArray *
dais_help_rooms_open_of_user (DaisStore *store, gint64 user, GError **error);

/* Writer thread. */
typedef struct {
  gint64 room; /* 0 = no such room */
  gint64 student;
  gint64 teacher; /* 0 = none */
  DaisHelpStatus status;
} DaisHelpState;

gboolean dais_help_state_get (
    DaisWriter *writer, gint64 room, DaisHelpState *state, GError **error);
/* teacher and status */
gboolean dais_help_state_put (
    DaisWriter *writer, const DaisHelpState *state, GError **error);
gboolean dais_help_rooms_insert (DaisWriter *writer, gint64 room,
    gint64 student, const gchar *text, const gchar *image, GError **error);
/* How many of a student's rooms are not closed. -1 = error */
gint64
dais_help_rooms_count_open (DaisWriter *writer, gint64 student, GError **error);

G_END_DECLS
