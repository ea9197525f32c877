/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_ATTEMPTS_MAX_ADDRESSES 65536

/**
 * DaisAttempts:
 *
 * Counts failed logins by address, the last minute of them. Of IPv6 the first
 * 64 bits count, for one customer has them all. One thread.
 */
typedef struct _DaisAttempts DaisAttempts;

DaisAttempts *dais_attempts_new (guint max_per_minute);
void dais_attempts_free (DaisAttempts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisAttempts, dais_attempts_free)

/* now_us: monotonic. LIMITED when the address has to wait. */
gboolean dais_attempts_check (
    DaisAttempts *self, const gchar *address, gint64 now_us, GError **error);
/* Call when a login failed. */
void
dais_attempts_add (DaisAttempts *self, const gchar *address, gint64 now_us);

G_END_DECLS
