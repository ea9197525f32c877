/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-supervisor"
#include "config.h"

#include "supervisor/engine-place.h"

#include "core/error.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <unistd.h>

static gint
open_place (const gchar *path, gint flags)
{
  return g_open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/**
 * dais_engine_place_take:
 * @path: the lock file
 * @error: return location
 *
 * See the header. flock() and not fcntl(): the lock goes with the descriptor
 * into the new process, and there is no instant in which nobody has it.
 *
 * Returns: a descriptor; -1 with DAIS_ERROR_FAILED when the file cannot be
 *     made, -1 without an error when the place is taken
 */
gint
dais_engine_place_take (const gchar *path, GError **error)
{
  gint fd = open_place (path, O_CREAT);
  gint failure;

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  failure = errno;
  if (fd >= 0)
    close (fd);
  if (failure != EWOULDBLOCK)
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED, "cannot lock '%s': %s",
        path, g_strerror (failure));
  return -1;
}

/**
 * dais_engine_place_sign:
 * @fd: from dais_engine_place_take()
 *
 * See the header. Only async-signal-safe calls, hence a bare number.
 */
void
dais_engine_place_sign (gint fd)
{
  pid_t pid = getpid ();

  if (pwrite (fd, &pid, sizeof pid, 0) != (ssize_t) sizeof pid)
    return; /* it cannot be evicted then, but ends after its grace time */
}

static gboolean
is_free (gint fd)
{
  if (flock (fd, LOCK_SH | LOCK_NB) != 0)
    return FALSE;
  flock (fd, LOCK_UN);
  return TRUE;
}

/**
 * dais_engine_place_evict:
 * @path: the lock file
 *
 * Kills the holder, if there is one.
 */
void
dais_engine_place_evict (const gchar *path)
{
  gint fd = open_place (path, 0);
  gint holder = -1;
  pid_t pid = 0;

  if (fd < 0)
    return;
  if (!is_free (fd) && pread (fd, &pid, sizeof pid, 0) == sizeof pid && pid > 1)
    holder = pidfd_open (pid, 0);
  /* Still taken, so the number has not gone to another process meanwhile. */
  if (holder >= 0 && !is_free (fd))
    pidfd_send_signal (holder, SIGKILL, NULL, 0);
  if (holder >= 0)
    close (holder);
  close (fd);
}

/**
 * dais_engine_place_clear:
 * @path: the lock file
 * @socket_path: the control socket
 *
 * Leaves nothing of an engine that is gone for good.
 */
void
dais_engine_place_clear (const gchar *path, const gchar *socket_path)
{
  gint fd = open_place (path, 0);

  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0) {
    g_unlink (socket_path);
    g_unlink (path);
  }
  close (fd);
}
