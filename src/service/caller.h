/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/grant.h"
#include "model/role.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisCaller:
 *
 * Who asks for something, as a door found out. Immutable, reference counted;
 * lives as long as a socket does. Grants are looked up at each use, so that a
 * role taken away holds at once.
 */
typedef struct _DaisCaller DaisCaller;
typedef struct _DaisRoom DaisRoom; /* service/room.h */

DaisCaller *dais_caller_ref (DaisCaller *self);
void dais_caller_unref (DaisCaller *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisCaller, dais_caller_unref)

gboolean dais_caller_is_anonymous (DaisCaller *self);
/* FALSE: its sockets are to be closed. */
gboolean dais_caller_is_current (DaisCaller *self);
gint64 dais_caller_get_user_id (DaisCaller *self);        /* 0 = anonymous */
const gchar *dais_caller_get_username (DaisCaller *self); /* "" = anonymous */
/* members' _id; "" = anonymous */
const gchar *dais_caller_get_hex24 (DaisCaller *self);

/* NONE = anonymous, removed */
DaisRole dais_caller_get_roles (DaisCaller *self);

/* What the caller may do now, in a room, or in the house as a whole (room
 * NULL). A removed user may do nothing. */
DaisGrant dais_caller_get_grants (DaisCaller *self, DaisRoom *room);
gboolean dais_caller_may (DaisCaller *self, DaisGrant grant, DaisRoom *room);
/* The same with an error: UNAUTHENTICATED for nobody, DENIED for somebody. */
gboolean dais_caller_check (
    DaisCaller *self, DaisGrant grant, DaisRoom *room, GError **error);

G_END_DECLS
