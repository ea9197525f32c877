/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * DaisFolders:
 * @data: where the database and the key lie
 * @runtime: where the engines' sockets lie
 * @lock_fd: held while this process runs on @data, or -1
 *
 * The folders of one daemon.
 */
typedef struct {
  gchar *data;
  gchar *runtime;
  gint lock_fd;
} DaisFolders;

/* Where the configuration says; makes both, 0700. Error: STORAGE. */
DaisFolders *dais_folders_open (DaisConfig *config, GError **error);
/* One daemon per data folder. Error CONFLICT: another one has it. */
gboolean dais_folders_lock (DaisFolders *self, GError **error);
void dais_folders_free (DaisFolders *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisFolders, dais_folders_free)

/* Removes a folder and what is in it; never follows a link. For the demo. */
void dais_folders_remove_tree (const gchar *path);

G_END_DECLS
