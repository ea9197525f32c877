/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_CODE_LIFE_S 300
#define DAIS_CODE_TRIES  5
#define DAIS_CODE_SENDS  10 /* codes for one user in DAIS_CODE_LIFE_S */
#define DAIS_CODES_MAX   4096
#define DAIS_CODE_DIGITS 6

/**
 * DaisOneTimeCodes:
 *
 * Codes that somebody must type to log in, one a user, each good for one login
 * and a few tries. In memory only. One thread.
 */
typedef struct _DaisOneTimeCodes DaisOneTimeCodes;

DaisOneTimeCodes *dais_one_time_codes_new (void);
void dais_one_time_codes_free (DaisOneTimeCodes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisOneTimeCodes, dais_one_time_codes_free)

/* now_us: monotonic. The user's earlier code is void. (transfer full)
 * (nullable): NULL = too many wait, or too many were sent to this user */
gchar *
dais_one_time_codes_make (DaisOneTimeCodes *self, gint64 user, gint64 now_us);
/* TRUE: it was right, and is used up. */
gboolean dais_one_time_codes_use (
    DaisOneTimeCodes *self, gint64 user, const gchar *code, gint64 now_us);

G_END_DECLS
