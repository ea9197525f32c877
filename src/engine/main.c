/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/log.h"
#include "core/slug.h"
#include "engine/control.h"
#include "engine/devices.h"
#include "wire/wire.h"

#include <gst/gst.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>

#define MAX_FILES 65536

typedef struct {
  DaisControlSettings control;
  gboolean verbose;
  gboolean watch;
  gint lock_fd;
} Options;

static gboolean
check_options (Options *options, GError **error)
{
  DaisControlSettings *control = &options->control;

  if (control->kind == NULL ||
      (!g_str_equal (control->kind, "devices") &&
          (control->socket == NULL || control->slug == NULL ||
              control->runtime == NULL))) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "usage: dais-engine source|room --socket PATH --slug SLUG --runtime "
        "PATH [--grace SECONDS] [--lock FD]\n"
        "       dais-engine devices [--watch]\n"
        "the daemon starts engines by itself");
    return FALSE;
  }
  if (control->slug != NULL && !dais_slug_is_valid (control->slug)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' is no slug: small letters, digits and dashes only",
        control->slug);
    return FALSE;
  }
  return TRUE;
}

/* No secret is ever given here: everybody may read a command line. */
static gboolean
read_options (int *argc, char ***argv, Options *options, GError **error)
{
  DaisControlSettings *control = &options->control;
  gint grace_s = 30;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &control->socket,
        "Listen for the daemon here", "PATH" },
    { "slug", 0, 0, G_OPTION_ARG_STRING, &control->slug,
        "The stream's slug or the room's URL name", "SLUG" },
    { "runtime", 0, 0, G_OPTION_ARG_FILENAME, &control->runtime,
        "The runtime folder", "PATH" },
    { "grace", 0, 0, G_OPTION_ARG_INT, &grace_s,
        "Stop when no daemon is there for so long, 0 = never", "SECONDS" },
    { "lock", 0, 0, G_OPTION_ARG_INT, &options->lock_fd,
        "Hold this descriptor to the end: the lock on being the one engine",
        "FD" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "devices: write JSON, as always",
        NULL },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &options->watch,
        "devices: go on with what comes and goes, one object a line", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Log more",
        NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "source|room|devices");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  control->kind = *argc == 2 ? (*argv)[1] : NULL;
  control->grace_s = (guint) MAX (grace_s, 0);
  return check_options (options, error);
}

/* No child of ours may keep our place when we are gone. */
static gboolean
keep_lock (gint fd)
{
  if (fd < 0 || fcntl (fd, F_SETFD, FD_CLOEXEC) == 0)
    return TRUE;
  g_printerr ("--lock %d: %s\n", fd, g_strerror (errno));
  return FALSE;
}

/* One descriptor for each viewer. The soft limit is low for the sake of
 * select(), which nobody here calls. */
static void
raise_descriptor_limit (void)
{
  struct rlimit files = { 0 };

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = MIN (files.rlim_max, MAX (files.rlim_cur, MAX_FILES));
  setrlimit (RLIMIT_NOFILE, &files);
}

int
main (int argc, char **argv)
{
  Options options = { .lock_fd = -1 };
  g_autoptr (GError) error = NULL;
  int code;

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers in launch lines and caps */
  g_set_prgname ("dais-engine");
  raise_descriptor_limit ();
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!read_options (&argc, &argv, &options, &error)) {
    g_printerr ("%s\n", error->message);
    return EX_USAGE;
  }
  if (!keep_lock (options.lock_fd))
    return EX_USAGE;
  dais_log_init (options.verbose);
  gst_init (NULL, NULL);
  dais_wire_register ();
  if (g_str_equal (options.control.kind, "devices"))
    code = dais_devices_run (options.watch);
  else
    code = dais_control_run (&options.control);
  g_free ((gpointer) options.control.socket);
  g_free ((gpointer) options.control.slug);
  g_free ((gpointer) options.control.runtime);
  return code;
}
