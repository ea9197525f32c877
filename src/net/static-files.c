/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/static-files.h"

#include <string.h>

/* bytes; less gains nothing */
#define MIN_PACKED 256

/* Nothing from elsewhere, nothing inline; sockets to ourselves. */
#define POLICY                                            \
  "default-src 'self'; img-src 'self' data: blob:; "      \
  "media-src 'self' blob:; connect-src 'self' ws: wss:; " \
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

typedef struct {
  GBytes *body;
  GBytes *packed; /* (nullable): gzip, where that is worth it */
  gchar *etag;
  gchar *packed_etag; /* another state of the thing (RFC 9110 §8.8.3.3) */
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
  g_clear_pointer (&file->packed, g_bytes_unref);
  g_free (file->etag);
  g_free (file->packed_etag);
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

/* Once a file, when it is first asked for: half a millisecond. The pages come
 * over a venue's wireless network, and text shrinks to a third. */
static GBytes *
pack (const gchar *path, GBytes *body)
{
  g_autoptr (GZlibCompressor) compressor = NULL;
  g_autoptr (GInputStream) plain = NULL;
  g_autoptr (GInputStream) packing = NULL;
  g_autoptr (GOutputStream) packed = NULL;
  gsize size = g_bytes_get_size (body);

  if (size < MIN_PACKED || g_str_has_suffix (path, ".png") ||
      g_str_has_suffix (path, ".jpg") || g_str_has_suffix (path, ".woff2"))
    return NULL;
  compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  plain = g_memory_input_stream_new_from_bytes (body);
  packing = g_converter_input_stream_new (plain, G_CONVERTER (compressor));
  packed = g_memory_output_stream_new_resizable ();
  if (g_output_stream_splice (packed, packing,
          G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE |
              G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
          NULL, NULL) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (
      G_MEMORY_OUTPUT_STREAM (packed));
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
  file->packed = pack (path, file->body);
  file->packed_etag = g_strconcat (file->etag, "-gzip", NULL);
  return file;
}

static gboolean
is_plain_path (const gchar *path)
{
  return path[0] != '/' && strstr (path, "..") == NULL &&
      strstr (path, "//") == NULL && strchr (path, '\\') == NULL;
}

/* Accept-Encoding names gzip and does not refuse it by ";q=0". */
static gboolean
takes_gzip (DaisRequest *request)
{
  const gchar *header = dais_request_get_header (request, "Accept-Encoding");
  g_auto (GStrv) codings = g_strsplit (header != NULL ? header : "", ",", -1);

  for (guint i = 0; codings[i] != NULL; i++) {
    gchar *weight = strchr (codings[i], ';');

    if (weight != NULL)
      *weight++ = '\0';
    if (g_ascii_strcasecmp (g_strstrip (codings[i]), "gzip") != 0)
      continue;
    if (weight == NULL || !g_str_has_prefix (g_strstrip (weight), "q="))
      return TRUE;
    return g_ascii_strtod (weight + 2, NULL) > 0;
  }
  return FALSE;
}

/* Only a document has a policy; on a hundred scripts it would be bytes alone.
 */
static gboolean
is_document (const gchar *path)
{
  return g_str_has_suffix (path, ".html") || g_str_has_suffix (path, ".svg");
}

static void
respond (DaisRequest *request, guint status, const gchar *path, File *file)
{
  gboolean is_packed = file->packed != NULL && takes_gzip (request);

  if (is_document (path))
    dais_request_add_header (request, "Content-Security-Policy", POLICY);
  if (file->packed != NULL)
    dais_request_add_header (request, "Vary", "Origin, Accept-Encoding");
  if (is_packed)
    dais_request_add_header (request, "Content-Encoding", "gzip");
  if (status == 200)
    dais_request_respond_cached (request, type_of (path),
        is_packed ? file->packed : file->body,
        is_packed ? file->packed_etag : file->etag);
  else
    dais_request_respond (
        request, status, type_of (path), is_packed ? file->packed : file->body);
}

/**
 * dais_static_files_respond:
 * @self: the files
 * @request: a GET
 * @status: 200, or that of an error which this page explains
 * @path: below the folder, decoded, without a leading slash; a folder itself or
 *   "" means its index.html
 *
 * Returns: FALSE when there is no such file; nothing was answered then
 */
gboolean
dais_static_files_respond (DaisStaticFiles *self, DaisRequest *request,
    guint status, const gchar *path)
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
      respond (request, status, path, fresh);
    return fresh != NULL;
  }
  file = g_hash_table_lookup (self->files, path);
  if (file == NULL) {
    file = load (self, path);
    if (file == NULL)
      return FALSE;
    g_hash_table_insert (self->files, g_strdup (path), file);
  }
  respond (request, status, path, file);
  return TRUE;
}
