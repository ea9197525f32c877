/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "auth/key-file.h"
#include "auth/tokens.h"
#include "core/error.h"
#include "core/json-reader.h"

#include <glib/gstdio.h>

#include <string.h>

#define NOW G_GINT64_CONSTANT (1700000000)
#define HEX "0123456789abcdef01234567"

static DaisTokens *
tokens_new (guint8 fill)
{
  guint8 key[DAIS_KEY_BYTES];
  g_autoptr (GBytes) bytes = NULL;

  memset (key, fill, sizeof key);
  bytes = g_bytes_new (key, sizeof key);
  return dais_tokens_new (bytes);
}

static gchar *
issue (DaisTokens *tokens)
{
  return dais_tokens_issue (
      tokens, DAIS_TOKEN_ACCESS, 7, HEX, "Zo\303\253", 300, NOW);
}

static gchar *
base64url (const gchar *text, gssize length)
{
  gchar *code = g_base64_encode (
      (const guchar *) text, length < 0 ? strlen (text) : (gsize) length);

  g_strdelimit (g_strdelimit (code, "+", '-'), "/", '_');
  code[strcspn (code, "=")] = '\0';
  return code;
}

/* A token with any header and claims, signed with HMAC of any hash. */
static gchar *
forge (
    const gchar *header, const gchar *claims, guint8 fill, GChecksumType type)
{
  g_autofree gchar *head = base64url (header, -1);
  g_autofree gchar *body = base64url (claims, -1);
  g_autofree gchar *text = g_strconcat (head, ".", body, NULL);
  guint8 key[DAIS_KEY_BYTES];
  guint8 digest[64];
  gsize size = sizeof digest;
  g_autoptr (GHmac) hmac = NULL;
  g_autofree gchar *signature = NULL;

  memset (key, fill, sizeof key);
  hmac = g_hmac_new (type, key, sizeof key);
  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, digest, &size);
  signature = base64url ((const gchar *) digest, (gssize) size);
  return g_strconcat (text, ".", signature, NULL);
}

static void
assert_refused (DaisTokens *tokens, DaisTokenKind kind, const gchar *token)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dais_tokens_verify (tokens, kind, token, NOW, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
}

static void
test_round_trip (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);
  g_autofree gchar *token = issue (tokens);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 2; i++) {
    g_autoptr (DaisClaims) claims = dais_tokens_verify (
        tokens, DAIS_TOKEN_ACCESS, token, NOW + 299, &error);

    g_assert_no_error (error);
    g_assert_cmpint (claims->user_id, ==, 7);
    g_assert_cmpstr (claims->hex24, ==, HEX);
    g_assert_cmpstr (claims->username, ==, "Zo\303\253");
    g_assert_cmpint (claims->expires_s, ==, NOW + 300);
    g_assert_cmpuint (strlen (claims->token_id), ==, 20);
  }
  g_assert_cmpuint (dais_tokens_get_n_cached (tokens), ==, 1);
}

static void
test_claims (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);
  g_autofree gchar *token = issue (tokens);
  g_auto (GStrv) parts = g_strsplit (token, ".", -1);
  g_autofree gchar *padded = g_strconcat (parts[1], "===", NULL);
  g_autofree guchar *bytes = NULL;
  g_autoptr (JsonObject) claims = NULL;
  gsize size;

  padded[strlen (parts[1]) + (4 - strlen (parts[1]) % 4) % 4] = '\0';
  g_strdelimit (g_strdelimit (padded, "-", '+'), "_", '/');
  bytes = g_base64_decode (padded, &size);
  claims = dais_json_parse_object ((gchar *) bytes, (gssize) size, NULL);
  g_assert_cmpstr (
      json_object_get_string_member (claims, "token_type"), ==, "access");
  g_assert_cmpint (json_object_get_int_member (claims, "iat"), ==, NOW);
  g_assert_cmpint (json_object_get_int_member (claims, "exp"), ==, NOW + 300);
  g_assert_cmpint (json_object_get_int_member (claims, "user_id"), ==, 7);
  g_assert_cmpstr (json_object_get_string_member (claims, "sub"), ==, "7");
  g_assert_cmpstr (json_object_get_string_member (claims, "id"), ==, HEX);
  g_assert_true (json_object_get_boolean_member (claims, "isActive"));
  g_assert_true (json_object_has_member (claims, "jti"));
  g_assert_cmpint (json_object_get_int_member (
                       json_object_get_object_member (claims, "user"), "id"),
      ==, 7);
}

static void
test_expires (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);
  g_autofree gchar *token = issue (tokens);
  g_autoptr (DaisClaims) claims = dais_tokens_verify (
      tokens, DAIS_TOKEN_ACCESS, token, NOW, NULL);
  g_autoptr (GError) error = NULL;

  /* It is in the cache now, and must still end. */
  g_assert_nonnull (claims);
  g_assert_null (
      dais_tokens_verify (tokens, DAIS_TOKEN_ACCESS, token, NOW + 300, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
  g_assert_cmpstr (error->message, ==, "the token has expired; log in again");
  g_assert_cmpuint (dais_tokens_get_n_cached (tokens), ==, 0);
}

static void
test_kinds (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);
  g_autofree gchar *access = issue (tokens);
  g_autofree gchar *refresh = dais_tokens_issue (
      tokens, DAIS_TOKEN_REFRESH, 7, HEX, "zoe", 300, NOW);
  g_autoptr (DaisClaims) good = dais_tokens_verify (
      tokens, DAIS_TOKEN_REFRESH, refresh, NOW, NULL);

  g_assert_nonnull (good);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, refresh);
  assert_refused (tokens, DAIS_TOKEN_REFRESH, access);
}

#define CLAIMS(more)                                                \
  "{\"token_type\":\"access\",\"iss\":\"dais\",\"exp\":1700000300," \
  "\"user_id\":1,\"id\":\"" HEX "\",\"username\":\"admin\"" more "}"
#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static void
test_forged (void)
{
  static const struct {
    const gchar *header;
    const gchar *claims;
    guint8 key;
    GChecksumType type;
    gboolean good;
  } table[] = {
    { HS256, CLAIMS (""), 1, G_CHECKSUM_SHA256, TRUE },
    { HS256, CLAIMS (""), 2, G_CHECKSUM_SHA256, FALSE },
    { "{\"alg\":\"none\"}", CLAIMS (""), 1, G_CHECKSUM_SHA256, FALSE },
    { "{\"alg\":\"HS512\"}", CLAIMS (""), 1, G_CHECKSUM_SHA512, FALSE },
    { "{\"alg\":\"HS384\"}", CLAIMS (""), 1, G_CHECKSUM_SHA384, FALSE },
    { "{\"alg\":\"RS256\"}", CLAIMS (""), 1, G_CHECKSUM_SHA256, FALSE },
    { "{}", CLAIMS (""), 1, G_CHECKSUM_SHA256, FALSE },
    { "nonsense", CLAIMS (""), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, "nonsense", 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, "{}", 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"nbf\":1700000100"), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"exp\":\"never\""), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"exp\":1699999999"), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"iss\":\"other\""), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"user_id\":0"), 1, G_CHECKSUM_SHA256, FALSE },
    { HS256, CLAIMS (",\"token_type\":null"), 1, G_CHECKSUM_SHA256, FALSE },
  };
  g_autoptr (DaisTokens) tokens = tokens_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree gchar *token = forge (
        table[i].header, table[i].claims, table[i].key, table[i].type);
    g_autoptr (DaisClaims) claims = dais_tokens_verify (
        tokens, DAIS_TOKEN_ACCESS, token, NOW, NULL);

    if ((claims != NULL) != table[i].good)
      g_test_message ("row %u", i);
    g_assert_cmpint (claims != NULL, ==, table[i].good);
  }
}

static void
test_broken (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);
  g_autofree gchar *token = issue (tokens);
  g_autofree gchar *unsigned_one = g_strdup (token);
  g_autofree gchar *none_head = base64url ("{\"alg\":\"none\"}", -1);
  g_autofree gchar *body = base64url (CLAIMS (""), -1);
  g_autofree gchar *none = g_strconcat (none_head, ".", body, ".", NULL);
  g_autofree gchar *none_cut = g_strconcat (none_head, ".", body, NULL);
  g_autofree gchar *huge = g_strnfill (1000000, 'a');
  g_autofree gchar *longer = g_strconcat (token, "AA", NULL);

  *(strrchr (unsigned_one, '.') + 1) = '\0';
  assert_refused (tokens, DAIS_TOKEN_ACCESS, NULL);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, "");
  assert_refused (tokens, DAIS_TOKEN_ACCESS, ".");
  assert_refused (tokens, DAIS_TOKEN_ACCESS, "..");
  assert_refused (tokens, DAIS_TOKEN_ACCESS, "a.b.c");
  assert_refused (tokens, DAIS_TOKEN_ACCESS, "\377\376");
  assert_refused (tokens, DAIS_TOKEN_ACCESS, unsigned_one);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, none);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, none_cut);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, huge);
  assert_refused (tokens, DAIS_TOKEN_ACCESS, longer);

  /* Every letter counts: none may be changed for another. */
  for (gsize i = 0; i + 1 < strlen (token); i++) {
    g_autofree gchar *changed = g_strdup (token);

    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    assert_refused (tokens, DAIS_TOKEN_ACCESS, changed);
  }
  g_assert_cmpuint (dais_tokens_get_n_cached (tokens), ==, 0);
}

static void
test_cache_is_bounded (void)
{
  g_autoptr (DaisTokens) tokens = tokens_new (1);

  for (guint i = 0; i < DAIS_TOKEN_MAX_CACHED + 10; i++) {
    g_autofree gchar *token = dais_tokens_issue (
        tokens, DAIS_TOKEN_ACCESS, i + 1, HEX, "u", 300, NOW);
    g_autoptr (DaisClaims) claims = dais_tokens_verify (
        tokens, DAIS_TOKEN_ACCESS, token, NOW, NULL);

    g_assert_cmpint (claims->user_id, ==, i + 1);
  }
  g_assert_cmpuint (
      dais_tokens_get_n_cached (tokens), ==, DAIS_TOKEN_MAX_CACHED);
}

static void
test_key_file (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("dais-key-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "token.key", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisTokens) first = dais_tokens_open (folder, &error);
  g_autoptr (DaisTokens) second = NULL;
  g_autofree gchar *token = NULL;
  g_autoptr (DaisClaims) claims = NULL;
  GStatBuf info;

  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (info.st_size, ==, DAIS_KEY_BYTES);

  second = dais_tokens_open (folder, &error);
  g_assert_no_error (error);
  token = issue (first);
  claims = dais_tokens_verify (second, DAIS_TOKEN_ACCESS, token, NOW, &error);
  g_assert_no_error (error);
  g_assert_nonnull (claims);

  g_chmod (path, 0644);
  g_assert_null (dais_tokens_open (folder, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "short", -1, NULL));
  g_chmod (path, 0600);
  g_assert_null (dais_tokens_open (folder, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_unlink (path);
  g_clear_error (&error);
  g_assert_null (dais_tokens_open ("/nonexistent", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) g_test_add_func ("/auth/tokens/" path, func)
  ADD ("round-trip", test_round_trip);
  ADD ("claims", test_claims);
  ADD ("expires", test_expires);
  ADD ("kinds", test_kinds);
  ADD ("forged", test_forged);
  ADD ("broken", test_broken);
  ADD ("cache-is-bounded", test_cache_is_bounded);
  ADD ("key-file", test_key_file);
#undef ADD

  return g_test_run ();
}
