/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both names of open() are defined here. */
#undef _FILE_OFFSET_BITS

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Preloaded before umockdev 0.17, around two of its limits:
 *
 * - it knows a device's descriptor by the open() that made it and loses sight
 * of a duplicate, on which v4l2src streams; here a duplicate of a camera is the
 *   camera opened again.
 * - it never forgets a device that could not be opened, and has no more room
 *   when ALSA has tried its 32 cards; here there are none to begin with. */

#define EXPORT __attribute__ ((visibility ("default")))

EXPORT int
dup (int fd)
{
  int (*next) (int) = (int (*) (int)) dlsym (RTLD_NEXT, "dup");
  char link[64], path[4096];
  ssize_t length;
  char *device;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length < 0)
    return next (fd);
  path[length] = '\0';
  device = strstr (path, "/dev/video");
  return device != NULL ? open (device, O_RDWR) : next (fd);
}

static int
open_by (const char *name, const char *path, int flags, mode_t mode)
{
  int (*next) (const char *, int,
      ...) = (int (*) (const char *, int, ...)) dlsym (RTLD_NEXT, name);

  if (strncmp (path, "/dev/snd/", 9) == 0 ||
      strncmp (path, "/dev/aload", 10) == 0) {
    errno = ENOENT;
    return -1;
  }
  return next (path, flags, mode);
}

EXPORT int
open (const char *path, int flags, ...)
{
  va_list more;
  mode_t mode = 0;

  va_start (more, flags);
  if ((flags & (O_CREAT | O_TMPFILE)) != 0)
    mode = va_arg (more, mode_t);
  va_end (more);
  return open_by ("open", path, flags, mode);
}

EXPORT int
open64 (const char *path, int flags, ...)
{
  va_list more;
  mode_t mode = 0;

  va_start (more, flags);
  if ((flags & (O_CREAT | O_TMPFILE)) != 0)
    mode = va_arg (more, mode_t);
  va_end (more);
  return open_by ("open64", path, flags, mode);
}
