/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"
#include "wire/protocol.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A record from a peer that may be anybody: what passes the check stays inside
 * its own bounds. */

static void
check_sound (const DaisWireMessage *message, gsize size)
{
  const DaisWireFrame *frame = &message->frame;

  if (message->head.type == DAIS_WIRE_CAPS) {
    g_assert_cmpuint (message->caps.length, <=, DAIS_WIRE_MAX_CAPS);
    g_assert_cmpuint (dais_wire_caps_size (&message->caps), <=, size);
  } else if (message->head.type == DAIS_WIRE_FRAME) {
    g_assert_cmpuint (frame->map_size, <=, DAIS_WIRE_MAX_SLOT);
    g_assert_cmpuint (frame->offset, <=, frame->map_size);
    g_assert_cmpuint (frame->size, <=, frame->map_size - frame->offset);
    g_assert_cmpuint (frame->n_planes, <=, DAIS_WIRE_MAX_PLANES);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  DaisWireMessage message;
  g_autoptr (GError) error = NULL;
  int ends[2], fd = -1;

  if (size == 0 || size > sizeof message ||
      socketpair (
          AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    return 0;
  memset (&message, 0xaa, sizeof message);
  if (send (ends[0], data, size, MSG_NOSIGNAL) == (gssize) size &&
      dais_wire_receive (ends[1], &message, &fd, &error) == DAIS_WIRE_IO_OK)
    check_sound (&message, size);
  g_assert_cmpint (fd, ==, -1);
  close (ends[0]);
  close (ends[1]);
  return 0;
}
