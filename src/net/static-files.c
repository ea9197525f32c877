/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/static-files.h"

#include <string.h>

/* Nothing from elsewhere, nothing inline; sockets to ourselves. */
#define POLICY                                            \
  "default-src 'self'; img-src 'self' data: blob:; "      \
  "media-src 'self' blob:; connect-src 'self' ws: wss:; " \
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

typedef struct {
  GBytes *body;
  gchar *etag;
} File;

struct _DaisStaticFiles {
  gchar *folder;
  GHashTable *files; /* (element-type utf8 File) by path below the folder */
  gboolean is_overlaid;
};

static const struct {
  const gchar *suffix;
  const gchar *type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".json", "application/json; charset=utf-8" },
  { ".webmanifest", "application/manifest+json; charset=utf-8" },
  { ".svg", "image/svg+xml" },
  { ".png", "image/png" },
  { ".jpg", "image/jpeg" },
  { ".ico", "image/x-icon" },
  { ".woff2", "font/woff2" },
  { ".txt", "text/plain; charset=utf-8" },
};

static const gchar *
type_of (const gchar *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (path, types[i].suffix))
      return types[i].type;
  return "application/octet-stream";
}

static void
file_free (File *file)
{
  g_clear_pointer (&file->body, g_bytes_unref);
  g_free (file->etag);
  g_free (file);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (File, file_free)

static gboolean
is_overlaid (const gchar *folder)
{
  const gchar *text = g_getenv ("G_RESOURCE_OVERLAYS");
  g_auto (GStrv) overlays = NULL;

  if (text == NULL)
    return FALSE;
  overlays = g_strsplit (text, ":", -1);
  for (guint i = 0; overlays[i] != NULL; i++) {
    gchar *equals = strchr (overlays[i], '=');

    if (equals == NULL)
      continue;
    *equals = '\0';
    if (g_str_has_prefix (folder, overlays[i]) ||
        g_str_has_prefix (overlays[i], folder))
      return TRUE;
  }
  return FALSE;
}

/**
 * dais_static_files_new:
 * @resource_folder: "/org/dais/web", registered for the life of the program
 *
 * Returns: (transfer full): the files of that folder
 */
DaisStaticFiles *
dais_static_files_new (const gchar *resource_folder)
{
  DaisStaticFiles *self = g_new0 (DaisStaticFiles, 1);

  self->folder = g_strdup (resource_folder);
  self->files = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) file_free);
  self->is_overlaid = is_overlaid (resource_folder);
  return self;
}

/**
 * dais_static_files_free:
 * @self: (transfer full): the files
 */
void
dais_static_files_free (DaisStaticFiles *self)
{
  g_free (self->folder);
  g_hash_table_unref (self->files);
  g_free (self);
}

static File *
load (DaisStaticFiles *self, const gchar *path)
{
  g_autofree gchar *name = g_strdup_printf ("%s/%s", self->folder, path);
  g_autoptr (GBytes) body = g_resources_lookup_data (
      name, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree gchar *sum = NULL;
  File *file;

  if (body == NULL)
    return NULL;
  sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);
  file = g_new0 (File, 1);
  file->body = g_steal_pointer (&body);
  file->etag = g_strndup (sum, 16);
  return file;
}

static gboolean
is_plain_path (const gchar *path)
{
  return path[0] != '/' && strstr (path, "..") == NULL &&
      strstr (path, "//") == NULL && strchr (path, '\\') == NULL;
}

static void
respond (DaisRequest *request, const gchar *path, File *file)
{
  dais_request_add_header (request, "Content-Security-Policy", POLICY);
  dais_request_respond_cached (request, type_of (path), file->body, file->etag);
}

/**
 * dais_static_files_respond:
 * @self: the files
 * @request: a GET
 * @path: below the folder, decoded, without a leading slash; a folder itself or
 *   "" means its index.html
 *
 * Returns: FALSE when there is no such file; nothing was answered then
 */
gboolean
dais_static_files_respond (
    DaisStaticFiles *self, DaisRequest *request, const gchar *path)
{
  g_autofree gchar *index = NULL;
  g_autoptr (File) fresh = NULL;
  File *file;

  if (!is_plain_path (path))
    return FALSE;
  if (path[0] == '\0' || g_str_has_suffix (path, "/"))
    path = index = g_strconcat (path, "index.html", NULL);
  if (self->is_overlaid) {
    fresh = load (self, path);
    if (fresh != NULL)
      respond (request, path, fresh);
    return fresh != NULL;
  }
  file = g_hash_table_lookup (self->files, path);
  if (file == NULL) {
    file = load (self, path);
    if (file == NULL)
      return FALSE;
    g_hash_table_insert (self->files, g_strdup (path), file);
  }
  respond (request, path, file);
  return TRUE;
}
