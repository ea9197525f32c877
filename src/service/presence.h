/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "service/room.h"

G_BEGIN_DECLS

/* (transfer full): who is in a room, by handle */
GHashTable *dais_presence_new_table (void);

G_END_DECLS
