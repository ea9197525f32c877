/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The one scanner behind json-reader.h: checks, and builds a tree or reports
 * the slices of the outermost value where asked. Not for other parts. */

/* One element of the outermost array (name == NULL) or member of the outermost
 * object; value is not NUL-ended. */
typedef void (*DaisJsonSliceFunc) (
    const gchar *name, const gchar *value, gsize length, gpointer user_data);

gboolean dais_json_scan (const gchar *text, gssize length, JsonNode **node,
    DaisJsonSliceFunc on_slice, gpointer user_data, GError **error);

G_END_DECLS
