/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"
#include "net/server.h"

G_BEGIN_DECLS

/* Whether the certificate fits the addresses; takes none. */
gboolean dais_listening_check (DaisConfig *config, GError **error);
/* Takes every address of the configuration. */
gboolean
dais_listening_open (DaisServer *server, DaisConfig *config, GError **error);
/* Whether that would work with @next in the place of @now, which runs. */
gboolean dais_listening_try (DaisConfig *now, DaisConfig *next, GError **error);

G_END_DECLS
