/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/random-id.h"

#include <string.h>

static void
test_hex (void)
{
  g_autofree gchar *one = dais_random_hex (12);
  g_autofree gchar *other = dais_random_hex (12);

  g_assert_cmpuint (strlen (one), ==, 24);
  g_assert_cmpuint (strspn (one, "0123456789abcdef"), ==, 24);
  g_assert_cmpstr (one, !=, other);
}

static void
test_base64url (void)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *short_one = dais_random_base64url (15);
    g_autofree gchar *long_one = dais_random_base64url (16);

    g_assert_cmpuint (strlen (short_one), ==, 20);
    g_assert_cmpuint (strlen (long_one), ==, 22);
    g_assert_null (strpbrk (long_one, "+/="));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core/random-id/hex", test_hex);
  g_test_add_func ("/core/random-id/base64url", test_base64url);

  return g_test_run ();
}
