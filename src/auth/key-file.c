/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-auth"

#include "config.h"

#include "auth/key-file.h"

#include "core/error.h"
#include "core/random-id.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
storage_error (GError **error, const gchar *what, const gchar *path)
{
  int code = errno;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE, "cannot %s '%s': %s",
      what, path, g_strerror (code));
  return FALSE;
}

static gboolean
close_checked (gint *fd)
{
  return g_close (g_steal_fd (fd), NULL);
}

/* A new name in a folder is on disk only when the folder is. */
static gboolean
sync_directory (const gchar *path, GError **error)
{
  g_autofree gchar *directory = g_path_get_dirname (path);
  gint fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean ok;

  if (fd < 0)
    return storage_error (error, "open", directory);
  ok = fsync (fd) == 0 || storage_error (error, "write", directory);
  close_checked (&fd);
  return ok;
}

static gboolean
write_key (const gchar *path, GError **error)
{
  guint8 key[DAIS_KEY_BYTES];
  gint fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return storage_error (error, "create", path);
  dais_random_fill (key, sizeof key);
  ok = (fchmod (fd, 0600) == 0 &&
           write (fd, key, sizeof key) == (gssize) sizeof key &&
           fsync (fd) == 0) ||
      storage_error (error, "write", path);
  close_checked (&fd);
  return ok;
}

/* Written aside and linked into place: a crash leaves no half key, and of two
 * first starts at once the second takes the first one's. */
static gboolean
make_key (const gchar *path, GError **error)
{
  g_autofree gchar *suffix = dais_random_hex (6);
  g_autofree gchar *aside = g_strconcat (path, ".", suffix, NULL);
  gboolean ok = write_key (aside, error);

  if (ok && link (aside, path) != 0 && errno != EEXIST)
    ok = storage_error (error, "create", path);
  g_unlink (aside);
  return ok && sync_directory (path, error);
}

static gboolean
check_key (const gchar *path, const struct stat *info, GError **error)
{
  if (!S_ISREG (info->st_mode) || info->st_size != DAIS_KEY_BYTES) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "'%s' is no key of %d bytes; restore it, or remove it to get a new one, "
        "which ends all logins",
        path, DAIS_KEY_BYTES);
    return FALSE;
  }
  if (info->st_mode & 077) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "others may read '%s'; remove it to get a new key, or chmod 600 it when "
        "nobody has read it",
        path);
    return FALSE;
  }
  return TRUE;
}

/* *missing tells an absent file from one that cannot be used. */
static GBytes *
read_key (const gchar *path, gboolean *missing, GError **error)
{
  guint8 key[DAIS_KEY_BYTES];
  struct stat info;
  gint fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  gboolean ok;

  *missing = fd < 0 && errno == ENOENT;
  if (fd < 0) {
    storage_error (error, "read", path);
    return NULL;
  }
  ok = fstat (fd, &info) == 0 || storage_error (error, "read", path);
  ok = ok && check_key (path, &info, error);
  ok = ok &&
      (read (fd, key, sizeof key) == (gssize) sizeof key ||
          storage_error (error, "read", path));
  close_checked (&fd);
  return ok ? g_bytes_new (key, sizeof key) : NULL;
}

/**
 * dais_key_file_open:
 * @path: where it lies, in the data folder
 * @error: return location; %DAIS_ERROR_STORAGE says what to do about it
 *
 * Returns: (transfer full) (nullable): %DAIS_KEY_BYTES of secret
 */
GBytes *
dais_key_file_open (const gchar *path, GError **error)
{
  gboolean missing;
  GBytes *key = read_key (path, &missing, NULL);

  if (key != NULL)
    return key;
  if (missing && !make_key (path, error))
    return NULL;
  return read_key (path, &missing, error);
}
