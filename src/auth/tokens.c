/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-auth"

#include "config.h"

#include "auth/tokens.h"

#include "auth/key-file.h"
#include "core/error.h"
#include "core/json-writer.h"
#include "core/random-id.h"

#include <jwt.h>

#include <sodium.h>
#include <string.h>

#define ISSUER "dais"

/* A token of ours has about 500 bytes; the cache keeps only its hash. */
#define DIGEST_BYTES 32

struct _DaisTokens {
  GBytes *key;
  /* What was verified: digest → claims, and the digests by age. */
  GHashTable *verified; /* (element-type Digest DaisClaims) */
  GQueue order;         /* (element-type Digest), owned by verified */
};

typedef struct {
  guint8 bytes[DIGEST_BYTES];
} Digest;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (jwt_t, jwt_free)

static guint
digest_hash (gconstpointer data)
{
  guint hash;

  memcpy (&hash, data, sizeof hash);
  return hash;
}

static gboolean
digest_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, DIGEST_BYTES) == 0;
}

DaisClaims *
dais_claims_ref (DaisClaims *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
claims_clear (gpointer data)
{
  DaisClaims *self = data;

  g_free (self->hex24);
  g_free (self->username);
  g_free (self->token_id);
}

void
dais_claims_unref (DaisClaims *self)
{
  g_atomic_rc_box_release_full (self, claims_clear);
}

/**
 * dais_tokens_new:
 * @key: the secret, %DAIS_KEY_BYTES
 *
 * Returns: (transfer full): signs and verifies with @key
 */
DaisTokens *
dais_tokens_new (GBytes *key)
{
  DaisTokens *self;

  g_return_val_if_fail (g_bytes_get_size (key) == DAIS_KEY_BYTES, NULL);

  if (sodium_init () < 0)
    g_critical ("libsodium cannot start");
  self = g_new0 (DaisTokens, 1);
  self->key = g_bytes_ref (key);
  self->verified = g_hash_table_new_full (
      digest_hash, digest_equal, g_free, (GDestroyNotify) dais_claims_unref);
  g_queue_init (&self->order);
  return self;
}

/**
 * dais_tokens_open:
 * @data_dir: the data folder
 * @error: return location; %DAIS_ERROR_STORAGE
 *
 * Returns: (transfer full) (nullable): signs and verifies with the server's key
 */
DaisTokens *
dais_tokens_open (const gchar *data_dir, GError **error)
{
  g_autofree gchar *path = g_build_filename (data_dir, "token.key", NULL);
  g_autoptr (GBytes) key = dais_key_file_open (path, error);

  return key != NULL ? dais_tokens_new (key) : NULL;
}

void
dais_tokens_free (DaisTokens *self)
{
  g_queue_clear (&self->order);
  g_hash_table_unref (self->verified);
  g_bytes_unref (self->key);
  g_free (self);
}

guint
dais_tokens_get_n_cached (DaisTokens *self)
{
  return g_hash_table_size (self->verified);
}

static const gchar *
kind_name (DaisTokenKind kind)
{
  return kind == DAIS_TOKEN_REFRESH ? "refresh" : "access";
}

/* The union of what the clients of all five doors look for. */
static gchar *
claims_to_json (DaisTokenKind kind, gint64 user_id, const gchar *hex24,
    const gchar *username, gint64 now_s, gint64 expires_s)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *token_id = dais_random_base64url (15);
  g_autofree gchar *subject = g_strdup_printf ("%" G_GINT64_FORMAT, user_id);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "token_type", kind_name (kind));
  dais_json_writer_name_string (writer, "jti", token_id);
  dais_json_writer_name_int (writer, "iat", now_s);
  dais_json_writer_name_int (writer, "exp", expires_s);
  dais_json_writer_name_string (writer, "iss", ISSUER);
  dais_json_writer_name_string (writer, "sub", subject);
  dais_json_writer_name_int (writer, "user_id", user_id);
  dais_json_writer_name_string (writer, "id", hex24);
  dais_json_writer_name_string (writer, "username", username);
  dais_json_writer_name_boolean (writer, "isActive", TRUE);
  dais_json_writer_name (writer, "user");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", user_id);
  dais_json_writer_name_string (writer, "username", username);
  dais_json_writer_end_object (writer);
  dais_json_writer_end_object (writer);
  return dais_json_writer_steal (writer);
}

/**
 * dais_tokens_issue:
 * @self: the signer
 * @kind: access, or refresh to get further access tokens with
 * @user_id: the user's number
 * @hex24: the user's id at the members' door
 * @username: the user's name
 * @life_s: how long it is good, in seconds
 * @now_s: Unix seconds
 *
 * Returns: (transfer full): a signed token
 */
gchar *
dais_tokens_issue (DaisTokens *self, DaisTokenKind kind, gint64 user_id,
    const gchar *hex24, const gchar *username, gint64 life_s, gint64 now_s)
{
  g_autoptr (jwt_t) jwt = NULL;
  g_autofree gchar *json = claims_to_json (
      kind, user_id, hex24, username, now_s, now_s + life_s);
  gsize size;
  const guchar *key = g_bytes_get_data (self->key, &size);

  /* These fail only without memory, where GLib would not go on either. */
  if (jwt_new (&jwt) != 0 || jwt_add_grants_json (jwt, json) != 0 ||
      jwt_set_alg (jwt, JWT_ALG_HS256, key, (int) size) != 0)
    g_return_val_if_reached (NULL);
  return jwt_encode_str (jwt); /* malloc's, and so g_free()'s */
}

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED, why);
  return FALSE;
}

/* RFC 7515 §5.2, before anything of the token is believed. libjwt compares
 * signatures with strcmp(), which tells by its time how much was right. */
static gboolean
check_signature (DaisTokens *self, const gchar *token, GError **error)
{
  const gchar *dot = strrchr (token, '.');
  guint8 given[crypto_auth_hmacsha256_BYTES];
  guint8 expected[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  gsize size;
  gsize given_size = 0;
  const guchar *key = g_bytes_get_data (self->key, &size);

  if (dot == NULL ||
      sodium_base642bin (given, sizeof given, dot + 1, strlen (dot + 1), NULL,
          &given_size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      given_size != sizeof given)
    return refuse (error, "this is no token of this server; log in again");
  crypto_auth_hmacsha256_init (&state, key, size);
  crypto_auth_hmacsha256_update (
      &state, (const guchar *) token, (unsigned long long) (dot - token));
  crypto_auth_hmacsha256_final (&state, expected);
  if (sodium_memcmp (given, expected, sizeof expected) != 0)
    return refuse (error, "the token's signature is wrong; log in again");
  return TRUE;
}

/* RFC 7519 §4.1. An absent number reads as 0. */
static gboolean
check_claims (jwt_t *jwt, DaisTokenKind kind, gint64 now_s, GError **error)
{
  if (jwt_get_alg (jwt) != JWT_ALG_HS256)
    return refuse (error, "the token must be signed with HS256");
  if (g_strcmp0 (jwt_get_grant (jwt, "iss"), ISSUER) != 0)
    return refuse (error, "the token is of another server");
  if (g_strcmp0 (jwt_get_grant (jwt, "token_type"), kind_name (kind)) != 0)
    return refuse (error,
        kind == DAIS_TOKEN_ACCESS
            ? "this is a refresh token; get an access token with it"
            : "this is an access token; a refresh token is needed here");
  if (jwt_get_grant_int (jwt, "exp") <= now_s)
    return refuse (error, "the token has expired; log in again");
  if (jwt_get_grant_int (jwt, "nbf") > now_s)
    return refuse (error, "the token is not good yet");
  if (jwt_get_grant_int (jwt, "user_id") <= 0 ||
      jwt_get_grant (jwt, "username") == NULL)
    return refuse (error, "the token names no user; log in again");
  return TRUE;
}

static DaisClaims *
decode (DaisTokens *self, DaisTokenKind kind, const gchar *token, gint64 now_s,
    GError **error)
{
  g_autoptr (jwt_t) jwt = NULL;
  gsize size;
  const guchar *key = g_bytes_get_data (self->key, &size);
  DaisClaims *claims;

  if (!check_signature (self, token, error))
    return NULL;
  if (jwt_decode (&jwt, token, key, (int) size) != 0) {
    refuse (error, "this is no token of this server; log in again");
    return NULL;
  }
  if (!check_claims (jwt, kind, now_s, error))
    return NULL;
  claims = g_atomic_rc_box_new0 (DaisClaims);
  claims->user_id = jwt_get_grant_int (jwt, "user_id");
  claims->hex24 = g_strdup (jwt_get_grant (jwt, "id"));
  claims->username = g_strdup (jwt_get_grant (jwt, "username"));
  claims->token_id = g_strdup (jwt_get_grant (jwt, "jti"));
  claims->issued_s = jwt_get_grant_int (jwt, "iat");
  claims->expires_s = jwt_get_grant_int (jwt, "exp");
  return claims;
}

/* What is good as one kind must not be found as the other. */
static void
digest_token (Digest *digest, DaisTokenKind kind, const gchar *token)
{
  crypto_generichash_state state;
  guint8 kind_byte = (guint8) kind;

  crypto_generichash_init (&state, NULL, 0, sizeof digest->bytes);
  crypto_generichash_update (&state, &kind_byte, 1);
  crypto_generichash_update (&state, (const guchar *) token, strlen (token));
  crypto_generichash_final (&state, digest->bytes, sizeof digest->bytes);
}

static void
forget (DaisTokens *self, Digest *digest)
{
  g_queue_remove (&self->order, digest);
  g_hash_table_remove (self->verified, digest);
}

static void
remember (DaisTokens *self, const Digest *digest, DaisClaims *claims)
{
  Digest *key = g_memdup2 (digest, sizeof *digest);

  while (self->order.length >= DAIS_TOKEN_MAX_CACHED)
    g_hash_table_remove (self->verified, g_queue_pop_head (&self->order));
  g_hash_table_insert (self->verified, key, dais_claims_ref (claims));
  g_queue_push_tail (&self->order, key);
}

/**
 * dais_tokens_verify:
 * @self: the verifier
 * @kind: which kind is wanted here; the other one is refused
 * @token: (nullable): what a client sent
 * @now_s: Unix seconds
 * @error: return location; %DAIS_ERROR_UNAUTHENTICATED
 *
 * Whether the user still exists is the caller's to look up.
 *
 * Returns: (transfer full) (nullable): who it is for
 */
DaisClaims *
dais_tokens_verify (DaisTokens *self, DaisTokenKind kind, const gchar *token,
    gint64 now_s, GError **error)
{
  Digest digest;
  gpointer key;
  gpointer found;
  DaisClaims *claims;

  if (token == NULL || *token == '\0') {
    refuse (error, "there is no token; log in");
    return NULL;
  }
  if (strnlen (token, DAIS_TOKEN_MAX_BYTES + 1) > DAIS_TOKEN_MAX_BYTES) {
    refuse (error, "this is no token of this server; log in again");
    return NULL;
  }
  digest_token (&digest, kind, token);
  if (g_hash_table_lookup_extended (self->verified, &digest, &key, &found)) {
    if (((DaisClaims *) found)->expires_s > now_s)
      return dais_claims_ref (found);
    forget (self, key);
  }
  claims = decode (self, kind, token, now_s, error);
  if (claims != NULL)
    remember (self, &digest, claims);
  return claims;
}
