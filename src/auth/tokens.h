/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define DAIS_TOKEN_MAX_BYTES  4096
#define DAIS_TOKEN_MAX_CACHED 4096

typedef enum {
  DAIS_TOKEN_ACCESS,
  DAIS_TOKEN_REFRESH,
} DaisTokenKind;

/* Who a token is for: what every door's token says (contracts README §1).
 * Immutable, reference counted. */
typedef struct {
  gint64 user_id;
  gchar *hex24;
  gchar *username;
  gchar *token_id;  /* jti */
  gint64 issued_s;  /* Unix seconds */
  gint64 expires_s; /* Unix seconds */
} DaisClaims;

DaisClaims *dais_claims_ref (DaisClaims *self);
void dais_claims_unref (DaisClaims *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisClaims, dais_claims_unref)

/**
 * DaisTokens:
 *
 * Signs and verifies JSON Web Tokens (RFC 7519), HS256 and nothing else. One
 * thread.
 */
typedef struct _DaisTokens DaisTokens;

/* key: of 32 bytes or more, as from dais_key_file_open() */
DaisTokens *dais_tokens_new (GBytes *key);
/* The key is "token.key" in data_dir, made at the first start. Blocks for the
 * disk. (nullable) */
DaisTokens *dais_tokens_open (const gchar *data_dir, GError **error);
void dais_tokens_free (DaisTokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisTokens, dais_tokens_free)

/* now_s: Unix seconds. (transfer full) */
gchar *dais_tokens_issue (DaisTokens *self, DaisTokenKind kind, gint64 user_id,
    const gchar *hex24, const gchar *username, gint64 life_s, gint64 now_s);
/* Cheap for a token that was verified before. Errors: UNAUTHENTICATED.
 * (transfer full) (nullable) */
DaisClaims *dais_tokens_verify (DaisTokens *self, DaisTokenKind kind,
    const gchar *token, gint64 now_s, GError **error);

/* How many verified tokens are remembered; for tests. */
guint dais_tokens_get_n_cached (DaisTokens *self);

G_END_DECLS
