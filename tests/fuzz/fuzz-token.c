/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "auth/tokens.h"
#include "fuzz.h"

/* Any text as a token: only one that carries this key's signature is believed,
 * and then it says what was signed. */

#define NOW 1700000000

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const gchar secret[] = "0123456789abcdef0123456789abcdef";
  static DaisTokens *tokens;
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisClaims) claims = NULL;

  if (!tokens) {
    g_autoptr (GBytes) key = g_bytes_new_static (secret, sizeof secret - 1);

    tokens = dais_tokens_new (key);
  }
  claims = dais_tokens_verify (tokens, DAIS_TOKEN_ACCESS, text, NOW, &error);
  if (claims) {
    g_assert_cmpint (claims->user_id, ==, 7);
    g_assert_cmpstr (claims->username, ==, "op");
  } else {
    g_assert_nonnull (error);
  }
  return 0;
}
