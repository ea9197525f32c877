/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "auth/tokens.h"
#include "fuzz.h"

#include <string.h>

/* Any text as a token: only one that carries this key's signature is believed,
 * and then it says what was signed. Behind a "~" the two parts of a token
 * follow, a line each, and are signed here: so what is read of them is tried
 * too. */

#define NOW 1700000000

static const gchar secret[] = "0123456789abcdef0123456789abcdef";

static gchar *
encode (gconstpointer data, gsize size)
{
  gchar *text = g_base64_encode (data, size);

  text[strcspn (text, "=")] = '\0';
  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}

static gchar *
sign (const gchar *parts)
{
  const gchar *line = strchr (parts, '\n');
  gsize length = line != NULL ? (gsize) (line - parts) : strlen (parts);
  g_autofree gchar *head = encode (parts, length);
  g_autofree gchar *claims = encode (
      line != NULL ? line + 1 : "", line != NULL ? strlen (line + 1) : 0);
  g_autofree gchar *text = g_strconcat (head, ".", claims, NULL);
  g_autoptr (GHmac) hmac = g_hmac_new (
      G_CHECKSUM_SHA256, (const guchar *) secret, sizeof secret - 1);
  g_autofree gchar *signature = NULL;
  guint8 digest[32];
  gsize size = sizeof digest;

  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, digest, &size);
  signature = encode (digest, size);
  return g_strconcat (text, ".", signature, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static DaisTokens *tokens;
  g_autofree gchar *text = fuzz_dup_text (data, size);
  gboolean is_signed = text[0] == '~';
  g_autofree gchar *token = is_signed ? sign (text + 1) : g_strdup (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisClaims) claims = NULL;

  if (!tokens) {
    g_autoptr (GBytes) key = g_bytes_new_static (secret, sizeof secret - 1);

    tokens = dais_tokens_new (key);
  }
  claims = dais_tokens_verify (tokens, DAIS_TOKEN_ACCESS, token, NOW, &error);
  if (claims == NULL) {
    g_assert_nonnull (error);
  } else if (is_signed) {
    g_assert_cmpint (claims->user_id, >, 0);
    g_assert_cmpint (claims->expires_s, >, NOW);
    g_assert_true (g_utf8_validate (claims->username, -1, NULL));
  } else {
    g_assert_cmpint (claims->user_id, ==, 7);
    g_assert_cmpstr (claims->username, ==, "op");
  }
  return 0;
}
