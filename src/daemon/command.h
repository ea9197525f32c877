/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What `dais` ends with; docs/man/dais.1.rst tells them to people. */
typedef enum {
  DAIS_EXIT_OK = 0,
  DAIS_EXIT_FAILED = 1,  /* it was right to try and did not work */
  DAIS_EXIT_USAGE = 2,   /* the command line is wrong */
  DAIS_EXIT_CONFIG = 3,  /* the configuration is wrong */
  DAIS_EXIT_RUNNING = 4, /* another daemon has the data folder */
} DaisExit;

/* The file that is read when none is named, if it is there. */
#define DAIS_DEFAULT_CONFIG DAIS_SYSCONFDIR "/dais/dais.conf"

/* One file per subcommand; argv[0] is its name. */
DaisExit dais_command_serve (gint argc, gchar **argv);
DaisExit dais_command_demo (gint argc, gchar **argv);
DaisExit dais_command_check (gint argc, gchar **argv);
DaisExit dais_command_devices (gint argc, gchar **argv);
DaisExit dais_command_user (gint argc, gchar **argv);
DaisExit dais_command_version (gint argc, gchar **argv);

/* Reads the options of one subcommand. Says what is wrong on stderr by itself.
 * parameters: what stands behind the options, for --help; (nullable).
 * n_parameters: how many may stand there, at most. */
gboolean
dais_command_parse (gint *argc, gchar ***argv, const GOptionEntry *entries,
    const gchar *parameters, const gchar *summary, guint n_parameters);
/* The configuration of a command: a file, or the default one where it exists.
 * Complains by itself. path: (nullable). (transfer full) (nullable) */
DaisConfig *dais_command_load_config (const gchar *path);
/* A key of [server] that an option gives; value: (nullable): not given.
 * Complains by itself. */
gboolean dais_command_override (
    DaisConfig *config, const gchar *key, const gchar *value);
/* "dais: text" on stderr. */
void dais_command_complain (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
