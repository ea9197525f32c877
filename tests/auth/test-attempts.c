/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "auth/attempts.h"
#include "core/error.h"

#define SECOND G_USEC_PER_SEC

static void
test_limit (void)
{
  g_autoptr (DaisAttempts) attempts = dais_attempts_new (3);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++) {
    g_assert_true (dais_attempts_check (attempts, "10.0.0.1", 0, NULL));
    dais_attempts_add (attempts, "10.0.0.1", 0);
  }
  g_assert_false (dais_attempts_check (attempts, "10.0.0.1", 0, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED);
  g_assert_true (dais_attempts_check (attempts, "10.0.0.2", 0, NULL));
  g_assert_true (dais_attempts_check (attempts, "10.0.0.1", 21 * SECOND, NULL));
  dais_attempts_add (attempts, "10.0.0.1", 21 * SECOND);
  g_assert_false (
      dais_attempts_check (attempts, "10.0.0.1", 21 * SECOND, NULL));
  g_assert_true (
      dais_attempts_check (attempts, "10.0.0.1", 100 * SECOND, NULL));
}

static void
test_ipv6 (void)
{
  g_autoptr (DaisAttempts) attempts = dais_attempts_new (1);

  dais_attempts_add (attempts, "2001:db8::1", 0);
  g_assert_false (dais_attempts_check (attempts, "2001:db8::2", 0, NULL));
  g_assert_true (dais_attempts_check (attempts, "2001:db8:0:1::1", 0, NULL));
  dais_attempts_add (attempts, "::ffff:10.0.0.1", 0);
  g_assert_true (dais_attempts_check (attempts, "::ffff:10.0.0.2", 0, NULL));
}

static void
test_bounded (void)
{
  g_autoptr (DaisAttempts) attempts = dais_attempts_new (1);

  for (guint i = 0; i < DAIS_ATTEMPTS_MAX_ADDRESSES + 100; i++) {
    g_autofree gchar *address = g_strdup_printf (
        "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);

    dais_attempts_add (attempts, address, 0);
  }
  g_assert_false (dais_attempts_check (attempts, "10.1.0.50", 0, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/auth/attempts/limit", test_limit);
  g_test_add_func ("/auth/attempts/ipv6", test_ipv6);
  g_test_add_func ("/auth/attempts/bounded", test_bounded);

  return g_test_run ();
}
