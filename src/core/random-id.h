/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From the kernel's random source; good for secrets. (transfer full) */
gchar *dais_random_hex (gsize n_bytes);       /* 12 bytes: members' _id */
gchar *dais_random_base64url (gsize n_bytes); /* 15 → 20 chars, 16 → 22 */
void dais_random_fill (gpointer buffer, gsize n_bytes);

G_END_DECLS
