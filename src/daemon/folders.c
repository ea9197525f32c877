/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/folders.h"

#include "core/error.h"
#include "core/slug.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A socket's path has 108 bytes, its NUL included; the longest that an engine
 * makes in the runtime folder is "/w/<slug>.v-99999x99999". */
#define MAX_RUNTIME_LENGTH (107 - (3 + DAIS_SLUG_MAX + 2 + 11))

/* A short place that a second daemon on the same data finds again. */
static gchar *
make_short_runtime (const gchar *data)
{
  g_autofree gchar *digest = g_compute_checksum_for_string (
      G_CHECKSUM_SHA256, data, -1);
  g_autofree gchar *name = g_strdup_printf (
      "dais-%u-%.10s", (guint) geteuid (), digest);

  return g_build_filename ("/tmp", name, NULL);
}

static gchar *
choose_runtime (DaisConfig *config, const gchar *data)
{
  g_autofree gchar *runtime = dais_config_get_runtime_dir (config);
  g_autofree gchar *absolute = g_canonicalize_filename (runtime, NULL);

  if (strlen (absolute) <= MAX_RUNTIME_LENGTH)
    return g_steal_pointer (&absolute);

  return make_short_runtime (data);
}

static gboolean
make_folder (const gchar *path, const gchar *mend, GError **error)
{
  struct stat status = { 0 };
  gint code = 0;

  if (g_mkdir_with_parents (path, 0700) != 0) {
    code = errno;
  } else if (g_lstat (path, &status) != 0) {
    code = errno;
  } else if (!S_ISDIR (status.st_mode) && !S_ISLNK (status.st_mode)) {
    code = ENOTDIR;
  } else if (g_access (path, R_OK | W_OK | X_OK) != 0) {
    code = errno;
  }

  if (code == 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "the folder '%s' cannot be used: %s; %s", path, g_strerror (code), mend);
  return FALSE;
}

/* /tmp is everybody's: only a folder of ours may hold sockets. */
static gboolean
check_owner (const gchar *path, GError **error)
{
  struct stat status = { 0 };

  if (g_lstat (path, &status) == 0 && S_ISDIR (status.st_mode) &&
      status.st_uid == geteuid () && (status.st_mode & 0077) == 0)
    return TRUE;

  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
      "the folder '%s' belongs to somebody else or is open to others; remove "
      "it, or choose a data folder with a shorter path",
      path);
  return FALSE;
}

/**
 * dais_folders_open:
 * @config: the configuration
 * @error: return location
 *
 * Finds and makes the folders.
 *
 * Returns: (transfer full): the folders, or %NULL with STORAGE
 */
DaisFolders *
dais_folders_open (DaisConfig *config, GError **error)
{
  g_autoptr (DaisFolders) self = g_new0 (DaisFolders, 1);
  g_autofree gchar *data = dais_config_get_data_dir (config);

  self->lock_fd = -1;
  self->data = g_canonicalize_filename (data, NULL);
  if (!make_folder (self->data,
          "make it writable for this user, or give another with --data-dir",
          error))
    return NULL;

  self->runtime = choose_runtime (config, self->data);
  if (!make_folder (self->runtime,
          "make it writable for this user, or set runtime_dir", error))
    return NULL;
  if (g_str_has_prefix (self->runtime, "/tmp/dais-") &&
      !g_str_has_prefix (self->runtime, self->data) &&
      !check_owner (self->runtime, error))
    return NULL;

  return g_steal_pointer (&self);
}

static gchar *
read_holder (gint fd)
{
  gchar buffer[32] = { 0 };

  if (pread (fd, buffer, sizeof buffer - 1, 0) <= 0)
    return g_strdup ("?");

  return g_strdup (g_strstrip (buffer));
}

/**
 * dais_folders_lock:
 * @self: the folders
 * @error: return location
 *
 * Takes the data folder for this process; given back when it ends, however.
 *
 * Returns: %FALSE with CONFLICT when another daemon has it, with STORAGE when
 *   the lock file cannot be made
 */
gboolean
dais_folders_lock (DaisFolders *self, GError **error)
{
  g_autofree gchar *path = g_build_filename (self->data, "dais.lock", NULL);
  g_autofree gchar *pid = g_strdup_printf ("%d\n", (gint) getpid ());
  gint fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE,
        "'%s' cannot be made: %s; make the folder writable for this user", path,
        g_strerror (errno));
    return FALSE;
  }

  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    g_autofree gchar *holder = read_holder (fd);

    close (fd);
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT,
        "another dais (process %s) runs on '%s'; stop it, or give --data-dir "
        "another folder",
        holder, self->data);
    return FALSE;
  }

  if (ftruncate (fd, 0) != 0 ||
      pwrite (fd, pid, strlen (pid), 0) != (gssize) strlen (pid))
    g_debug ("the lock file does not name its holder: %s", g_strerror (errno));
  self->lock_fd = fd;
  return TRUE;
}

/**
 * dais_folders_free:
 * @self: (transfer full): the folders; the lock goes with them
 */
void
dais_folders_free (DaisFolders *self)
{
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->runtime);
  g_free (self->data);
  g_free (self);
}

/**
 * dais_folders_remove_tree:
 * @path: a folder
 *
 * Removes it with all that is in it. Links are removed, not followed.
 */
void
dais_folders_remove_tree (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);
    struct stat status = { 0 };

    if (g_lstat (child, &status) == 0 && S_ISDIR (status.st_mode))
      dais_folders_remove_tree (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}
