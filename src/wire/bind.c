/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/bind.h"

#include "core/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static gboolean
fill_address (struct sockaddr_un *address, const gchar *path)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  return g_strlcpy (address->sun_path, path, sizeof address->sun_path) <
      sizeof address->sun_path;
}

static int
new_socket (void)
{
  return socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/**
 * dais_wire_socket_connect:
 * @code: (out): errno on failure
 *
 * Never blocks.
 *
 * Returns: a connected socket, or -1
 */
int
dais_wire_socket_connect (const gchar *path, int *code)
{
  struct sockaddr_un address;
  int fd;

  if (!fill_address (&address, path)) {
    *code = ENAMETOOLONG;
    return -1;
  }
  fd = new_socket ();
  if (fd >= 0 &&
      connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  *code = errno;
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
fail (GError **error, gint code, const gchar *path, const gchar *why)
{
  g_set_error (error, DAIS_ERROR, code, "cannot send on '%s': %s", path, why);
  return FALSE;
}

/* Takes a dead socket file away. Called with the folder locked. */
static gboolean
clear_way (const gchar *path, GError **error)
{
  struct stat found;
  int code = 0;
  int probe;

  if (lstat (path, &found) != 0)
    return TRUE;
  if (!S_ISSOCK (found.st_mode))
    return fail (error, DAIS_ERROR_CONFLICT, path,
        "a file of that name exists and is no socket");
  probe = dais_wire_socket_connect (path, &code);
  if (probe >= 0)
    close (probe);
  if (probe >= 0 || code == EAGAIN || code == EPROTOTYPE)
    return fail (error, DAIS_ERROR_CONFLICT, path,
        "another sender is alive there; stop it first or choose another path");
  if (code == EACCES)
    return fail (error, DAIS_ERROR_CONFLICT, path,
        "the socket there belongs to somebody else");
  unlink (path);
  return TRUE;
}

static gboolean
bind_and_listen (DaisWireSocket *self, const gchar *path, guint mode,
    const struct sockaddr_un *address, GError **error)
{
  struct stat found;

  if (!clear_way (path, error))
    return FALSE;
  self->fd = new_socket ();
  if (self->fd < 0)
    return fail (error, DAIS_ERROR_FAILED, path, g_strerror (errno));
  /* Before bind(), so that it is never open wider than it should. */
  fchmod (self->fd, mode);
  if (bind (self->fd, (const struct sockaddr *) address, sizeof *address) !=
          0 ||
      chmod (path, mode) != 0 || listen (self->fd, BACKLOG) != 0) {
    fail (error, DAIS_ERROR_FAILED, path, g_strerror (errno));
    close (self->fd);
    return FALSE;
  }
  if (lstat (path, &found) == 0) {
    self->device = found.st_dev;
    self->inode = found.st_ino;
  }
  return TRUE;
}

/**
 * dais_wire_socket_bind:
 * @self: (out caller-allocates):
 * @path: up to 107 bytes
 * @mode: permissions of the socket's file
 * @error: DAIS_ERROR_CONFLICT when somebody is alive on @path,
 * DAIS_ERROR_FAILED
 *
 * Listens on @path; takes the place of a socket that nobody listens on any
 * more, never of a living one.
 */
gboolean
dais_wire_socket_bind (
    DaisWireSocket *self, const gchar *path, guint mode, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  struct sockaddr_un address;
  gboolean bound;
  int lock;

  if (!fill_address (&address, path))
    return fail (
        error, DAIS_ERROR_FAILED, path, "the path is longer than 107 bytes");
  /* Two that start at once must not take each other for dead. Without the lock
   * (a folder of somebody else's) that is a matter of microseconds. */
  lock = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock >= 0 && flock (lock, LOCK_EX | LOCK_NB) != 0)
    g_debug ("'%s' is locked by somebody else, going on", folder);
  bound = bind_and_listen (self, path, mode & 0777, &address, error);
  if (lock >= 0)
    close (lock);
  if (!bound)
    return FALSE;
  self->path = g_strdup (path);
  self->everybody = (mode & 0066) != 0;
  return TRUE;
}

/**
 * dais_wire_socket_accept:
 * @error: set when somebody came who may not
 *
 * Returns: a connected socket, or -1
 */
int
dais_wire_socket_accept (DaisWireSocket *self, GError **error)
{
  int fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  struct ucred peer = { 0 };
  socklen_t length = sizeof peer;

  if (fd < 0)
    return -1;
  if (self->everybody)
    return fd;
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
      (peer.uid == geteuid () || peer.uid == 0))
    return fd;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_DENIED,
      "refused a consumer of user %u; give the socket another mode if it may",
      (guint) peer.uid);
  close (fd);
  return -1;
}

/**
 * dais_wire_socket_close:
 *
 * Closes it and removes its file, unless that has become somebody else's.
 */
void
dais_wire_socket_close (DaisWireSocket *self)
{
  struct stat found;

  if (lstat (self->path, &found) == 0 && found.st_dev == self->device &&
      found.st_ino == self->inode)
    unlink (self->path);
  close (self->fd);
  g_clear_pointer (&self->path, g_free);
}
