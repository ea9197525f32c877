/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

G_BEGIN_DECLS

/* Remembers which program this is, before an upgrade replaces it. */
void dais_reload_prepare (void);
gboolean dais_reload_outlives_terminal (void);
/* Takes SIGHUP from now on. */
void dais_reload_listen (void);
/* The same process with the program and configuration as they are now; engines
 * and viewers stay. Returns only when it did not work. */
gboolean dais_reload (DaisConfig *config, GError **error);

G_END_DECLS
