/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells the service manager; nothing happens where there is none. state: lines
 * of sd_notify(3), like "READY=1". */
void dais_notify (const gchar *state);
/* Begins to send WATCHDOG=1 from the main loop, twice in the time that the
 * service manager gives. Returns: the source's id, 0 when none asks for it */
guint dais_notify_start_watchdog (void);

G_END_DECLS
