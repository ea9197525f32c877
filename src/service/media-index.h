/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only: which index of config.media is which stream's. */

#include "service/room.h"

G_BEGIN_DECLS

/* (transfer full) (element-type DaisMediaRow), by index */
GPtrArray *dais_media_index_load (DaisRoom *room, GError **error);
/* Gives new streams an index, frees those of streams that went; keeps it and
 * emits "config-changed" when something changed. */
void dais_media_index_update (DaisRoom *room);
/* (transfer none) (nullable): the stream's name behind an index */
const gchar *dais_media_index_get_name (DaisRoom *room, guint index);

G_END_DECLS
