/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/**
 * dais_notify:
 * @state: lines of sd_notify(3)
 *
 * Sends one datagram to $NOTIFY_SOCKET. The protocol is that small and stable
 * (sd_notify(3), "Notes"), so no library is loaded for it.
 */
void
dais_notify (const gchar *state)
{
  const gchar *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize length = path != NULL ? strlen (path) : 0;
  gint fd = -1;

  if (length < 2 || length >= sizeof address.sun_path ||
      (path[0] != '/' && path[0] != '@'))
    return;

  memcpy (address.sun_path, path, length);
  if (path[0] == '@')
    address.sun_path[0] = '\0';

  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return;
  if (sendto (fd, state, strlen (state), MSG_NOSIGNAL,
          (const struct sockaddr *) &address,
          (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) +
              length)) < 0)
    g_debug ("the service manager does not listen: %s", g_strerror (errno));
  close (fd);
}

static gboolean
on_watchdog_due (gpointer user_data)
{
  dais_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

/**
 * dais_notify_start_watchdog:
 *
 * Returns: the id of a source in the default main context, or 0
 */
guint
dais_notify_start_watchdog (void)
{
  const gchar *text = g_getenv ("WATCHDOG_USEC");
  const gchar *pid = g_getenv ("WATCHDOG_PID");
  guint64 usec = 0;

  if (text == NULL ||
      !g_ascii_string_to_unsigned (
          text, 10, 2000, G_MAXUINT32 * G_GUINT64_CONSTANT (1000), &usec, NULL))
    return 0;
  if (pid != NULL && g_ascii_strtoll (pid, NULL, 10) != getpid ())
    return 0;

  return g_timeout_add ((guint) (usec / 2000), on_watchdog_due, NULL);
}
