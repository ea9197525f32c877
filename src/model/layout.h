/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_LAYOUT_MAX_BYTES 65536

/* Which streams the operators' page shows and in which order: any JSON, stored
 * and given back as it came (contracts README §2).
 * Returns: (transfer full) (nullable): the text without blanks around it */
gchar *dais_layout_parse (const gchar *text, gssize length, GError **error);
/* ["A","B"] (transfer full) */
gchar *dais_layout_default (const gchar *const *streams);

G_END_DECLS
