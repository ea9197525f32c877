/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What went wrong with a source, as one would say it to a technician. */
gchar *
dais_source_words (const gchar *uri, const GError *error, const gchar *detail);

void dais_source_words_listen (void);

G_END_DECLS
