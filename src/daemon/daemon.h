/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisDaemon:
 *
 * The running server: the house, its doors on a listening port, signals and
 * the service manager. One per process, in the main context.
 */
typedef struct _DaisDaemon DaisDaemon;

/* Called once, when requests are answered. password: (nullable): of the account
 * "admin" when this start made it. */
typedef void (*DaisDaemonReady) (
    DaisDaemon *self, const gchar *password, gpointer user_data);

DaisDaemon *dais_daemon_new (DaisConfig *config);
void dais_daemon_free (DaisDaemon *self);
/* SIGHUP ends it, instead of a new start. */
void dais_daemon_end_on_hangup (DaisDaemon *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisDaemon, dais_daemon_free)

/* Runs until SIGTERM, SIGINT or dais_daemon_quit(). Errors: CONFLICT,
 * STORAGE, FAILED, INVALID. */
gboolean dais_daemon_run (DaisDaemon *self, DaisDaemonReady ready,
    gpointer user_data, GError **error);
/* Whether it failed because another daemon has the data folder. */
gboolean dais_daemon_is_taken (DaisDaemon *self);
/* Begins the orderly end. error: (transfer full) (nullable): why, if it is not
 * what was wanted; dais_daemon_run() returns it. */
void dais_daemon_quit (DaisDaemon *self, GError *error);

DaisHouse *dais_daemon_get_house (DaisDaemon *self);
/* The addresses with the ports it got. (transfer full) */
GStrv dais_daemon_get_urls (DaisDaemon *self);

G_END_DECLS
