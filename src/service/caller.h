/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "model/grant.h"

G_BEGIN_DECLS

/**
 * DaisCaller:
 *
 * Who asks for something, as a door found out. Immutable, reference counted;
 * lives as long as a socket does. Grants are looked up at each use, so that a
 * role taken away holds at once.
 */
typedef struct _DaisCaller DaisCaller;

DaisCaller *dais_caller_ref (DaisCaller *self);
void dais_caller_unref (DaisCaller *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisCaller, dais_caller_unref)

gboolean dais_caller_is_anonymous (DaisCaller *self);
gint64 dais_caller_get_user_id (DaisCaller *self); /* 0 = anonymous */
const gchar *dais_caller_get_username (DaisCaller *self); /* "" = anonymous */

G_END_DECLS
