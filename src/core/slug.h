/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_SLUG_MAX 48
#define DAIS_NAME_MAX 100 /* characters of a display name */

/* contracts README §2: cut a trailing "(…)", lower-case, everything that is no
 * letter or digit becomes "-". Never empty: "room" or "stream" stand in.
 * Returns: (transfer full) */
gchar *dais_slug_from_name (const gchar *name, const gchar *fallback);
/* @stem itself, or with the first suffix -2, -3 … that taken() does not know.
 */
gchar *dais_slug_unique (const gchar *stem,
    gboolean (*taken) (const gchar *slug, gpointer user_data),
    gpointer user_data);
gboolean dais_slug_is_valid (const gchar *slug);
/* Display names: UTF-8, 1 to DAIS_NAME_MAX characters, no control characters,
 * no blank at either end. @what ("room name") begins the error message. */
gboolean dais_name_check (const gchar *name, const gchar *what, GError **error);

G_END_DECLS
