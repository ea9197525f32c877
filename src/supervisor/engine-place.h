/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * An engine's place: a lock file beside its control socket, held by the process
 * from its birth, before it listens, to its very end. Whoever has the place is
 * the one engine of its slug.
 */

/* Takes the place: a descriptor that holds it as long as any process has a copy
 * open, or -1 without an error when another process has it. */
gint dais_engine_place_take (const gchar *path, GError **error);
/* In the new process, between fork and exec: tells who holds the place. */
void dais_engine_place_sign (gint fd);
/* Kills whoever holds the place. */
void dais_engine_place_evict (const gchar *path);
/* Removes the lock file and the socket beside it, if nobody has the place. */
void dais_engine_place_clear (const gchar *path, const gchar *socket_path);

G_END_DECLS
