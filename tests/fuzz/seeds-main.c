/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"

#include <stdlib.h>

/* Runs a fuzz target once over every file named, so that the seeds are tried in
 * every build, libFuzzer or not. */

int
main (int argc, char **argv)
{
  int i;

  for (i = 1; i < argc; i++) {
    g_autofree gchar *data = NULL;
    gsize size;

    if (!g_file_get_contents (argv[i], &data, &size, NULL))
      return EXIT_FAILURE;
    LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  }
  g_print ("%d inputs\n", argc - 1);
  return EXIT_SUCCESS;
}
