/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/config.h"
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Any bytes as a configuration: either settings that keep their limits, or at
 * least one error in words. */

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  int file = memfd_create ("dais.conf", MFD_CLOEXEC);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", file);
  g_autoptr (GPtrArray) errors = NULL;
  g_autoptr (DaisConfig) config = NULL;

  if (file < 0 || write (file, data, size) != (gssize) size)
    return 0;
  config = dais_config_load (path, &errors);
  close (file);
  if (!config) {
    g_assert_cmpuint (errors->len, >, 0);
    return 0;
  }
  g_assert_true (dais_config_get_server (config)->format.width > 0);
  g_assert_nonnull (dais_config_get_streams (config));
  g_assert_nonnull (dais_config_get_rooms (config));
  return 0;
}
