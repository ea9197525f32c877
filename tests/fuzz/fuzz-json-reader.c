/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "fuzz.h"

#include <string.h>

/* Whatever the reader lets pass, the writer can write, in ASCII, and the reader
 * reads that again to the same text. What is refused has an error. */

static void
check_slices (const gchar *text, gsize size)
{
  g_autoptr (GPtrArray) slices = NULL;
  g_autofree gchar *slice = NULL;
  guint i;

  slice = dais_json_member_slice (text, (gssize) size, "data");
  if (slice)
    g_assert_true (dais_json_check (slice, -1, NULL));
  slices = dais_json_array_slices (text, (gssize) size);
  for (i = 0; slices && i < slices->len; i++)
    g_assert_true (dais_json_check (g_ptr_array_index (slices, i), -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = g_memdup2 (data, size); /* not ended by zero */
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonNode) again = NULL;
  g_autofree gchar *written = NULL;
  g_autofree gchar *rewritten = NULL;

  if (!text)
    text = g_strdup ("");
  node = dais_json_parse (text, (gssize) size, &error);
  if (!node) {
    g_assert_nonnull (error);
    return 0;
  }
  check_slices (text, size);
  written = dais_json_node_to_text (node);
  g_assert_true (g_str_is_ascii (written));
  again = dais_json_parse (written, -1, &error);
  g_assert_no_error (error);
  rewritten = dais_json_node_to_text (again);
  g_assert_cmpstr (written, ==, rewritten);
  return 0;
}
