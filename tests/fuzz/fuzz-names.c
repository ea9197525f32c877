/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/log.h"
#include "core/slug.h"
#include "core/time-format.h"
#include "fuzz.h"

/* Any bytes as a display name, an address and a date: a slug is always valid,
 * a name that passes is what it promises, nothing is read past its end. */

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_autofree gchar *slug = dais_slug_from_name (text, "room");
  g_autofree gchar *redacted = dais_log_redact_url (text);
  g_autoptr (GError) error = NULL;
  gint64 utc_us;

  g_assert_nonnull (redacted);
  g_assert_true (dais_slug_is_valid (slug));
  if (dais_name_check (text, "name", &error)) {
    g_assert_true (g_utf8_validate (text, -1, NULL));
    g_assert_cmpint (g_utf8_strlen (text, -1), <=, DAIS_NAME_MAX);
  } else {
    g_assert_nonnull (error);
  }
  if (dais_time_parse_iso (text, &utc_us)) {
    g_autofree gchar *iso = dais_time_iso_us (utc_us);

    g_assert_true (dais_time_parse_iso (iso, &utc_us));
  }
  return 0;
}
