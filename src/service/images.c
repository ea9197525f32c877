/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/images.h"

#include "core/error.h"
#include "core/random-id.h"
#include "service/house-private.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>

#define FOLDER     "images"
#define NAME_BYTES 16
#define DATA       "data:image/"

/* Told by their first bytes, whatever a client calls them. SVG is no picture
 * here: it can carry scripts. */
static const struct {
  const gchar *extension;
  const gchar *content_type;
  gsize offset;
  const gchar *magic;
  gsize length;
} KINDS[] = {
  { "png", "image/png", 0, "\x89PNG\r\n\x1a\n", 8 },
  { "jpg", "image/jpeg", 0, "\xff\xd8\xff", 3 },
  { "gif", "image/gif", 0, "GIF87a", 6 },
  { "gif", "image/gif", 0, "GIF89a", 6 },
  { "webp", "image/webp", 8, "WEBP", 4 },
};

static const gchar *
sniff (const guchar *data, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (KINDS); i++) {
    if (length < KINDS[i].offset + KINDS[i].length ||
        memcmp (data + KINDS[i].offset, KINDS[i].magic, KINDS[i].length) != 0)
      continue;
    if (KINDS[i].offset > 0 && memcmp (data, "RIFF", 4) != 0)
      continue;
    return KINDS[i].extension;
  }

  return NULL;
}

static gsize
get_limit (DaisHouse *house)
{
  return dais_config_get_server (dais_house_get_config (house))->image_limit;
}

/**
 * dais_images_get_max_text:
 * @house: the house
 *
 * Returns: bytes of the longest request that can carry a picture
 */
gsize
dais_images_get_max_text (DaisHouse *house)
{
  return get_limit (house) / 3 * 4 + 64 * 1024;
}

/* ---- the folder ---- */

/* How much lies there; threads that save and drop ask it by turns. */
typedef struct {
  gatomicrefcount refs;
  GMutex lock;
  gchar *path;
  guint64 limit;
  gboolean is_counted;
  guint64 bytes;
} Folder;

static Folder *
folder_ref (Folder *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

static void
folder_unref (Folder *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self);
}

/* (transfer full) */
static Folder *
get_folder (DaisHouse *house)
{
  static const gchar *const key = "dais-images";
  Folder *self = g_object_get_data (G_OBJECT (house), key);

  if (self != NULL)
    return folder_ref (self);

  self = g_new0 (Folder, 1);
  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->path = g_build_filename (dais_house_get_data_dir (house), FOLDER, NULL);
  self->limit = dais_config_get_server (dais_house_get_config (house))
                    ->image_space;
  g_object_set_data_full (
      G_OBJECT (house), key, folder_ref (self), (GDestroyNotify) folder_unref);

  return self;
}

/* Once, when it is first written to; @lock is held. */
static void
count_folder (Folder *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const gchar *name;

  self->is_counted = TRUE;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (self->path, name, NULL);
    GStatBuf info;

    if (g_stat (path, &info) == 0)
      self->bytes += (guint64) info.st_size;
  }
}

static gboolean
reserve (Folder *self, gsize bytes, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->is_counted)
    count_folder (self);
  if (self->bytes + bytes > self->limit) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "there is no room for more pictures here; send it without one, and tell "
        "the operator (image_space)");
    return FALSE;
  }
  self->bytes += bytes;

  return TRUE;
}

static void
give_back (Folder *self, gsize bytes)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->bytes -= MIN (bytes, self->bytes);
}

/* ---- taking one ---- */

typedef struct {
  Folder *folder;
  gchar *path;
  GBytes *data; /* (nullable) to be dropped */
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  folder_unref (saving->folder);
  g_free (saving->path);
  g_clear_pointer (&saving->data, g_bytes_unref);
  g_free (saving);
}

/* A thread of its own: it waits for the disk. */
static void
save (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  gsize size = g_bytes_get_size (saving->data);
  g_autofree gchar *name = g_path_get_basename (saving->path);
  g_autoptr (GError) cause = NULL;
  GError *error = NULL;

  if (!reserve (saving->folder, size, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (g_mkdir_with_parents (saving->folder->path, 0700) == 0 &&
      g_file_set_contents_full (saving->path,
          g_bytes_get_data (saving->data, NULL), (gssize) size,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
          &cause)) {
    g_task_return_pointer (
        task, g_strconcat (DAIS_IMAGES_PATH, name, NULL), g_free);
    return;
  }

  g_warning ("a picture was not kept: %s",
      cause != NULL ? cause->message : g_strerror (errno));
  give_back (saving->folder, size);
  g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "the picture could not be kept, the disk refuses; try again later");
}

static void
drop (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  GStatBuf info;

  if (g_stat (saving->path, &info) == 0 && g_unlink (saving->path) == 0)
    give_back (saving->folder, (gsize) info.st_size);
  g_task_return_boolean (task, TRUE);
}

/* (transfer full) (nullable) */
static GBytes *
decode (DaisHouse *house, const gchar *image, GError **error)
{
  const gchar *comma = strchr (image, ',');
  g_autofree guchar *data = NULL;
  gsize length = 0;

  if (comma == NULL || comma - image > 64 ||
      g_strstr_len (image, comma - image, ";base64") == NULL) {
    g_set_error (
        error, DAIS_ERROR, DAIS_ERROR_INVALID, "a data: image must be base64");
    return NULL;
  }
  if (strlen (comma) / 4 * 3 > get_limit (house) + 8) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "an image may have %" G_GSIZE_FORMAT " bytes", get_limit (house));
    return NULL;
  }

  data = g_base64_decode (comma + 1, &length);
  if (length > get_limit (house)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "an image may have %" G_GSIZE_FORMAT " bytes", get_limit (house));
    return NULL;
  }
  if (sniff (data, length) == NULL) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the image must be PNG, JPEG, WebP or GIF");
    return NULL;
  }

  return g_bytes_new_take (g_steal_pointer (&data), length);
}

static void
start_saving (DaisHouse *house, GBytes *data, GTask *task)
{
  Saving *saving = g_new0 (Saving, 1);
  g_autofree gchar *stem = dais_random_hex (NAME_BYTES);
  g_autofree gchar *name = g_strdup_printf ("%s.%s", stem,
      sniff (g_bytes_get_data (data, NULL), g_bytes_get_size (data)));

  saving->data = data;
  saving->folder = get_folder (house);
  saving->path = g_build_filename (saving->folder->path, name, NULL);
  g_task_set_task_data (task, saving, saving_free);
  g_task_run_in_thread (task, save);
}

static gboolean
is_address (const gchar *image)
{
  if (strlen (image) > DAIS_IMAGES_MAX_URL)
    return FALSE;
  for (const gchar *c = image; *c != '\0'; c++)
    if ((guchar) *c <= ' ' || strchr ("\"<>\\", *c) != NULL)
      return FALSE;

  return g_ascii_strncasecmp (image, "http://", 7) == 0 ||
      g_ascii_strncasecmp (image, "https://", 8) == 0 ||
      (image[0] == '/' && image[1] != '/');
}

/**
 * dais_images_take_async:
 * @house: the house
 * @image: (nullable): what a client gave
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is checked and on disk
 * @user_data: data for @callback
 *
 * Contracts README §4, image. Errors: %DAIS_ERROR_INVALID,
 * %DAIS_ERROR_TOO_LARGE, %DAIS_ERROR_STORAGE.
 */
void
dais_images_take_async (DaisHouse *house, const gchar *image,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (house, cancellable, callback, user_data);
  GError *error = NULL;
  GBytes *data = NULL;

  g_task_set_source_tag (task, dais_images_take_async);
  g_task_set_check_cancellable (task, FALSE);
  if (image == NULL || *image == '\0') {
    g_task_return_pointer (task, g_strdup (""), g_free);
    return;
  }
  if (is_address (image)) {
    g_task_return_pointer (task, g_strdup (image), g_free);
    return;
  }
  if (!dais_images_is_upload (image)) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_INVALID,
        "an image is empty, an http address or data:image/…;base64,…");
    return;
  }

  data = decode (house, image, &error);
  if (data == NULL)
    g_task_return_error (task, error);
  else
    start_saving (house, data, task);
}

/**
 * dais_images_take_finish:
 * @house: the house
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what to keep
 */
gchar *
dais_images_take_finish (DaisHouse *house, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, house), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dais_images_is_upload:
 * @image: (nullable): what a client gave
 *
 * Returns: whether it is a picture that would be stored, no address of one
 */
gboolean
dais_images_is_upload (const gchar *image)
{
  return image != NULL && g_ascii_strncasecmp (image, DATA, strlen (DATA)) == 0;
}

/**
 * dais_images_drop:
 * @house: the house
 * @image: of dais_images_take_finish(), of an upload
 *
 * Removes a picture that nobody was told of.
 */
void
dais_images_drop (DaisHouse *house, const gchar *image)
{
  g_autoptr (GTask) task = g_task_new (house, NULL, NULL, NULL);
  g_autofree gchar *name = g_path_get_basename (image);
  Saving *saving = g_new0 (Saving, 1);

  g_task_set_source_tag (task, dais_images_drop);
  saving->folder = get_folder (house);
  saving->path = g_build_filename (saving->folder->path, name, NULL);
  g_task_set_task_data (task, saving, saving_free);
  g_task_run_in_thread (task, drop);
}

/**
 * dais_images_make_url:
 * @image: (nullable): what is kept
 * @base_url: how the client reaches this server
 *
 * Returns: (transfer full): what a client is told, always text
 */
gchar *
dais_images_make_url (const gchar *image, const gchar *base_url)
{
  if (image == NULL)
    return g_strdup ("");

  return image[0] == '/' ? g_strconcat (base_url, image, NULL)
                         : g_strdup (image);
}

/* ---- serving one ---- */

/* Only a name that was given out: hex digits, a dot, a known ending. */
static const gchar *
get_content_type (const gchar *name)
{
  gsize digits = strspn (name, "0123456789abcdef");

  if (digits != 2 * NAME_BYTES || name[digits] != '.')
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (KINDS); i++)
    if (g_str_equal (name + digits + 1, KINDS[i].extension))
      return KINDS[i].content_type;

  return NULL;
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  GBytes *bytes = g_file_load_bytes_finish (
      G_FILE (source), result, NULL, &error);

  if (bytes != NULL)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such picture");
}

/**
 * dais_images_load_async:
 * @house: the house
 * @name: of a picture
 * @cancellable: (nullable): stops reading
 * @callback: (scope async): called with the picture
 * @user_data: data for @callback
 *
 * Errors: %DAIS_ERROR_NOT_FOUND.
 */
void
dais_images_load_async (DaisHouse *house, const gchar *name,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (house, cancellable, callback, user_data);
  const gchar *content_type = get_content_type (name);
  g_autofree gchar *path = NULL;
  g_autoptr (GFile) file = NULL;

  g_task_set_source_tag (task, dais_images_load_async);
  if (content_type == NULL) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such picture");
    return;
  }

  g_task_set_task_data (task, (gpointer) content_type, NULL);
  path = g_build_filename (dais_house_get_data_dir (house), FOLDER, name, NULL);
  file = g_file_new_for_path (path);
  g_file_load_bytes_async (file, cancellable, on_loaded, g_object_ref (task));
}

/**
 * dais_images_load_finish:
 * @house: the house
 * @result: the result handed to the callback
 * @content_type: (out) (transfer none): of the picture
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the picture
 */
GBytes *
dais_images_load_finish (DaisHouse *house, GAsyncResult *result,
    const gchar **content_type, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, house), NULL);

  *content_type = g_task_get_task_data (G_TASK (result));
  return g_task_propagate_pointer (G_TASK (result), error);
}
