/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DAIS_PASSWORD_MAX_BYTES   1024
#define DAIS_PASSWORD_MAX_WAITING 256

/**
 * DaisPasswords:
 *
 * Hashes passwords with argon2id (RFC 9106) and checks them, some at once in
 * threads of its own, for one takes about a tenth of a second and 64 MiB.
 * Call from the main context.
 */
#define DAIS_TYPE_PASSWORDS (dais_passwords_get_type ())
G_DECLARE_FINAL_TYPE (DaisPasswords, dais_passwords, DAIS, PASSWORDS, GObject)

/* n_threads: how many at once, 0 = one a core */
DaisPasswords *dais_passwords_new (guint n_threads);
/* The least that argon2id does instead of what is safe: for tests only. */
void dais_passwords_make_weak (DaisPasswords *self);

/* Whether it may become a password: 1 to DAIS_PASSWORD_MAX_BYTES of UTF-8. */
gboolean dais_password_check (const gchar *password, GError **error);

/* Errors: INVALID as above, LIMITED when too many wait, UNAVAILABLE without
 * memory. Cancelling drops what waits still. */
void dais_passwords_hash_async (DaisPasswords *self, const gchar *password,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
/* Returns: (transfer full) (nullable): the hash, as the store keeps it */
gchar *dais_passwords_hash_finish (
    DaisPasswords *self, GAsyncResult *result, GError **error);

/* hash: (nullable): NULL, for a user that does not exist or has no password,
 * takes as long as a wrong password. */
void dais_passwords_verify_async (DaisPasswords *self, const gchar *hash,
    const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* FALSE without an error: wrong. needs_rehash: (out) (optional): the hash is
 * right but of another strength than today's. */
gboolean dais_passwords_verify_finish (DaisPasswords *self,
    GAsyncResult *result, gboolean *needs_rehash, GError **error);

G_END_DECLS
