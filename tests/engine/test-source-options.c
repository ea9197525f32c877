/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "engine/source-options.h"

#include <gst/gst.h>

static GHashTable *
one (const gchar *name, const gchar *text)
{
  GHashTable *options = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (options, (gpointer) name, (gpointer) text);
  return options;
}

static void
test_good (void)
{
  const gchar *const good[][2] = {
    { "latency", "0" },
    { "latency", "10000" },
    { "transport", "udp" },
    { "insecure", "yes" },
    { "insecure", "false" },
    { "rotate", "270" },
    { "slate-after", "1500" },
    { "channels", "7" },
    { "channels", "3, 4" },
    { "passphrase", "0123456789" },
    { "caps", "image/jpeg,width=1280" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GHashTable) options = one (good[i][0], good[i][1]);
    g_autoptr (GError) error = NULL;

    g_assert_true (dais_source_options_check (options, &error));
    g_assert_no_error (error);
  }
  g_assert_true (dais_source_options_check (NULL, NULL));
}

/* The error names the option, and never what may be a secret. */
static void
test_bad (void)
{
  const gchar *const bad[][2] = {
    { "latncy", "200" },
    { "latency", "10001" },
    { "latency", "-1" },
    { "latency", "quick" },
    { "transport", "sctp" },
    { "insecure", "maybe" },
    { "rotate", "45" },
    { "channels", "0" },
    { "channels", "65" },
    { "channels", "1,2,3" },
    { "channels", "left" },
    { "passphrase", "hunter2" },
    { "caps", "no caps!" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GHashTable) options = one (bad[i][0], bad[i][1]);
    g_autoptr (GError) error = NULL;

    g_assert_false (dais_source_options_check (options, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, bad[i][0]));
    g_assert_null (strstr (error->message, "hunter2"));
  }
}

static void
test_values (void)
{
  g_autoptr (GHashTable) latency = one ("latency", "200");
  g_autoptr (GHashTable) insecure = one ("insecure", "yes");
  g_autoptr (GHashTable) mono = one ("channels", "7");
  g_autoptr (GHashTable) stereo = one ("channels", "3, 4");
  guint left, right;

  g_assert_cmpuint (
      dais_source_options_number (latency, "latency", 80), ==, 200);
  g_assert_cmpuint (dais_source_options_number (mono, "latency", 80), ==, 80);
  g_assert_cmpuint (dais_source_options_number (NULL, "latency", 80), ==, 80);
  g_assert_true (dais_source_options_is_set (insecure, "insecure"));
  g_assert_false (dais_source_options_is_set (mono, "insecure"));
  dais_source_options_channels (mono, &left, &right);
  g_assert_cmpuint (left, ==, 7);
  g_assert_cmpuint (right, ==, 7);
  dais_source_options_channels (stereo, &left, &right);
  g_assert_cmpuint (left, ==, 3);
  g_assert_cmpuint (right, ==, 4);
  dais_source_options_channels (latency, &left, &right);
  g_assert_cmpuint (left + right, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/engine/source-options/good", test_good);
  g_test_add_func ("/engine/source-options/bad", test_bad);
  g_test_add_func ("/engine/source-options/values", test_values);
  return g_test_run ();
}
