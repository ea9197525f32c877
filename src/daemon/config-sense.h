/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

G_BEGIN_DECLS

/* Reads a file and says all that is wrong in it.
 * problems: (out) (transfer full) (element-type utf8): "dais.conf:12: …".
 * Returns: (transfer full) (nullable): NULL when there is a problem */
DaisConfig *dais_config_sense_load (const gchar *path, GPtrArray **problems);

G_END_DECLS
