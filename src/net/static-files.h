/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"

G_BEGIN_DECLS

/**
 * DaisStaticFiles:
 *
 * Files of a GResource folder over HTTP, each with an ETag that is made once.
 * Where G_RESOURCE_OVERLAYS covers the folder, files are read afresh for every
 * request, so that an edit shows at once.
 */
typedef struct _DaisStaticFiles DaisStaticFiles;

DaisStaticFiles *dais_static_files_new (const gchar *resource_folder);
void dais_static_files_free (DaisStaticFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisStaticFiles, dais_static_files_free)

gboolean dais_static_files_respond (DaisStaticFiles *self, DaisRequest *request,
    guint status, const gchar *path);

G_END_DECLS
