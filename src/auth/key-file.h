/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_KEY_BYTES 32

/* The server's secret at @path, made when there is none. Blocks for the disk,
 * so at the start only. (transfer full) (nullable) */
GBytes *dais_key_file_open (const gchar *path, GError **error);

G_END_DECLS
