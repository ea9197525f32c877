/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"
#include "net/request-private.h"

/* The first byte chooses the kind of form; every field that comes out is UTF-8
 * text. */

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const gchar *const types[] = { "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=B", "application/json" };
  SoupMessageHeaders *headers;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GHashTable) fields = NULL;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer value;

  if (size == 0)
    return 0;
  body = g_bytes_new (data + 1, size - 1);
  headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  soup_message_headers_append (
      headers, "Content-Type", types[data[0] % G_N_ELEMENTS (types)]);
  fields = dais_form_parse (headers, body, &error);
  soup_message_headers_unref (headers);
  if (fields == NULL) {
    g_assert_nonnull (error);
    return 0;
  }
  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_assert_true (g_utf8_validate (value, -1, NULL));
  return 0;
}
