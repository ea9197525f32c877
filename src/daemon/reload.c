/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/reload.h"

#include "core/error.h"
#include "daemon/command.h"
#include "daemon/config-sense.h"
#include "daemon/listening.h"
#include "daemon/notify.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static gchar *program;
static gboolean is_hangup_ignored; /* at the start, as nohup(1) does */

/* A second SIGHUP must not end the process while it has no handler for it. */
static void
hold_signal (int how)
{
  sigset_t hangup;

  sigemptyset (&hangup);
  sigaddset (&hangup, SIGHUP);
  pthread_sigmask (how, &hangup, NULL);
}

/**
 * dais_reload_outlives_terminal:
 *
 * Returns: whether it was started so that a closed terminal shall not end it
 */
gboolean
dais_reload_outlives_terminal (void)
{
  return is_hangup_ignored;
}

/**
 * dais_reload_listen:
 *
 * To be called when SIGHUP is handled: one that came before is delivered now.
 */
void
dais_reload_listen (void)
{
  hold_signal (SIG_UNBLOCK);
}

static void
on_child_ended (GPid pid, gint status, gpointer user_data)
{
  g_spawn_close_pid (pid);
}

/* Engines that the same process started before a reload are its children still,
 * and nobody else waits for them. */
static void
watch_children (void)
{
  g_autofree gchar *path = g_strdup_printf (
      "/proc/self/task/%d/children", (gint) getpid ());
  g_autofree gchar *text = NULL;
  g_auto (GStrv) pids = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  pids = g_strsplit (g_strstrip (text), " ", -1);
  for (guint i = 0; pids[i] != NULL && pids[i][0] != '\0'; i++)
    g_child_watch_add (
        (GPid) g_ascii_strtoll (pids[i], NULL, 10), on_child_ended, NULL);
}

/**
 * dais_reload_prepare:
 *
 * To be called at the start, before there are children: after an upgrade
 * /proc/self/exe names a file that is gone.
 */
void
dais_reload_prepare (void)
{
  struct sigaction hangup = { 0 };

  if (program != NULL)
    return;
  program = g_file_read_link ("/proc/self/exe", NULL);
  is_hangup_ignored = sigaction (SIGHUP, NULL, &hangup) == 0 &&
      hangup.sa_handler == SIG_IGN;
  watch_children ();
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

/* The configuration as the new start will find it: there may be a file at the
 * usual place by now. (transfer full) (nullable) */
static DaisConfig *
read_config (DaisConfig *now, GError **error)
{
  const gchar *path = dais_config_get_path (now);
  g_autoptr (DaisConfig) next = NULL;
  g_autoptr (GPtrArray) problems = NULL;

  if (path == NULL && g_file_test (DAIS_DEFAULT_CONFIG, G_FILE_TEST_EXISTS))
    path = DAIS_DEFAULT_CONFIG;
  if (path == NULL)
    return dais_config_new ();

  next = dais_config_sense_load (path, &problems);
  if (next != NULL)
    return g_steal_pointer (&next);

  for (guint i = 1; i < problems->len; i++)
    g_warning ("%s", (const gchar *) problems->pdata[i]);
  g_set_error_literal (
      error, DAIS_ERROR, DAIS_ERROR_INVALID, problems->pdata[0]);
  return NULL;
}

/* The engines that run would not be found in another one.
 * folders: (transfer full) */
static gboolean
check_folder (const gchar *key, gchar *folder, gchar *next, GError **error)
{
  g_autofree gchar *old = folder;
  g_autofree gchar *other = next;

  if (g_str_equal (old, other))
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "%s cannot change from '%s' to '%s' while the server runs; stop it and "
      "start it again",
      key, old, other);
  return FALSE;
}

/* All that can be tried beforehand: after the exec there is no way back. */
static gboolean
try_config (DaisConfig *now, GError **error)
{
  g_autoptr (DaisConfig) next = read_config (now, error);

  return next != NULL && dais_config_set_as (next, now, error) &&
      dais_listening_try (now, next, error) &&
      check_folder ("data_dir", dais_config_get_data_dir (now),
          dais_config_get_data_dir (next), error) &&
      check_folder ("runtime_dir", dais_config_get_runtime_dir (now),
          dais_config_get_runtime_dir (next), error);
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
  g_autofree gchar *reloading = NULL;
  struct sigaction handler = { 0 };
  gint failure = 0;

  if (!try_config (config, error))
    return FALSE;
  if (program == NULL || argv == NULL || argv[0] == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the own program is not known; is /proc mounted?");
    return FALSE;
  }

  g_message ("starting anew; engines and viewers stay");
  reloading = g_strdup_printf (
      "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  dais_notify (reloading);
  hold_signal (SIG_BLOCK);
  sigaction (SIGHUP, NULL, &handler);
  if (is_hangup_ignored)
    signal (SIGHUP, SIG_IGN); /* for the next one to know */
  execv (program, argv);

  failure = errno;
  sigaction (SIGHUP, &handler, NULL);
  hold_signal (SIG_UNBLOCK);
  dais_notify ("READY=1");
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
      "'%s' cannot be started: %s", program, g_strerror (failure));
  return FALSE;
}
