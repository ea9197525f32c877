/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What can be said of a stream besides its address; options may be NULL. */
gboolean dais_source_options_check (GHashTable *options, GError **error);
guint dais_source_options_number (
    GHashTable *options, const gchar *name, guint standard);
gboolean dais_source_options_is_set (GHashTable *options, const gchar *name);
void
dais_source_options_channels (GHashTable *options, guint *left, guint *right);

G_END_DECLS
