/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/reload.h"

#include "core/error.h"
#include "daemon/config-sense.h"
#include "daemon/notify.h"

#include <errno.h>
#include <unistd.h>

static gchar *program;

/**
 * dais_reload_prepare:
 *
 * To be called at the start: after an upgrade /proc/self/exe names a file that
 * is gone.
 */
void
dais_reload_prepare (void)
{
  if (program == NULL)
    program = g_file_read_link ("/proc/self/exe", NULL);
}

static GStrv
read_command_line (void)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gsize length = 0;

  if (!g_file_get_contents ("/proc/self/cmdline", &text, &length, NULL))
    return NULL;

  for (gsize i = 0; i < length; i += strlen (text + i) + 1)
    g_strv_builder_add (builder, text + i);

  return g_strv_builder_end (builder);
}

/**
 * dais_reload:
 * @config: the present configuration; its file is read anew
 * @error: return location
 *
 * Replaces this process by a new start of itself. Every descriptor is closed by
 * it (close-on-exec) and every acknowledged change is on disk already, so
 * nothing needs to be carried over; the engines are adopted again.
 *
 * Returns: %FALSE with INVALID when the configuration is wrong now
 */
gboolean
dais_reload (DaisConfig *config, GError **error)
{
  g_auto (GStrv) argv = read_command_line ();
  g_autoptr (DaisConfig) tried = NULL;
  g_autoptr (GPtrArray) problems = NULL;
  g_autofree gchar *reloading = NULL;

  if (dais_config_get_path (config) != NULL) {
    tried = dais_config_sense_load (dais_config_get_path (config), &problems);
    if (tried == NULL) {
      g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          g_ptr_array_index (problems, 0));
      return FALSE;
    }
  }
  if (program == NULL || argv == NULL || argv[0] == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the own program is not known; is /proc mounted?");
    return FALSE;
  }

  g_message ("starting anew; engines and viewers stay");
  reloading = g_strdup_printf (
      "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  dais_notify (reloading);
  execv (program, argv);

  dais_notify ("READY=1");
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
      "'%s' cannot be started: %s", program, g_strerror (errno));
  return FALSE;
}
