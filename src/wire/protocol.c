/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/protocol.h"

#include "core/error.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * dais_wire_head:
 *
 * Returns: the first eight bytes of a message of that type
 */
DaisWireHead
dais_wire_head (DaisWireType type)
{
  return (DaisWireHead){ DAIS_WIRE_MAGIC, DAIS_WIRE_VERSION, (guint16) type };
}

/**
 * dais_wire_caps_size:
 *
 * Returns: the bytes to send of @caps
 */
gsize
dais_wire_caps_size (const DaisWireCaps *caps)
{
  return G_STRUCT_OFFSET (DaisWireCaps, text) + caps->length;
}

static gboolean
refuse (GError **error, const gchar *what)
{
  g_set_error (
      error, DAIS_ERROR, DAIS_ERROR_INVALID, "not a wire peer: %s", what);
  return FALSE;
}

static gboolean
check_frame (const DaisWireFrame *frame, GError **error)
{
  if (frame->map_size == 0 || frame->map_size > DAIS_WIRE_MAX_SLOT)
    return refuse (error, "a slot of that size");
  if (frame->size > frame->map_size ||
      frame->offset > frame->map_size - frame->size)
    return refuse (error, "a frame outside its slot");
  if (frame->n_planes > DAIS_WIRE_MAX_PLANES)
    return refuse (error, "too many planes");
  for (guint i = 0; i < frame->n_planes; i++)
    if (frame->strides[i] <= 0 || frame->offsets[i] > frame->size)
      return refuse (error, "a plane outside its frame");
  return TRUE;
}

static gboolean
check_size (const DaisWireMessage *message, gsize length, GError **error)
{
  gsize expected;

  switch ((DaisWireType) message->head.type) {
    case DAIS_WIRE_HELLO:
    case DAIS_WIRE_HOLD:
      expected = sizeof (DaisWireHold);
      break;
    case DAIS_WIRE_RELEASE:
      expected = sizeof (DaisWireRelease);
      break;
    case DAIS_WIRE_FRAME:
      expected = sizeof (DaisWireFrame);
      break;
    case DAIS_WIRE_FORGET:
      expected = sizeof (DaisWireForget);
      break;
    case DAIS_WIRE_CAPS:
      if (length < G_STRUCT_OFFSET (DaisWireCaps, text) ||
          message->caps.length > DAIS_WIRE_MAX_CAPS)
        return refuse (error, "caps of a wrong size");
      expected = dais_wire_caps_size (&message->caps);
      break;
    default:
      return refuse (error, "an unknown message");
  }
  return length == expected || refuse (error, "a message of a wrong size");
}

/**
 * dais_wire_check:
 * @message: what was received
 * @length: how many bytes of it
 * @error: DAIS_ERROR_INVALID
 *
 * Judges everything that can be judged without knowing the caps.
 *
 * Returns: whether it is a well-formed message of this version
 */
gboolean
dais_wire_check (const DaisWireMessage *message, gsize length, GError **error)
{
  if (length < sizeof (DaisWireHead) || message->head.magic != DAIS_WIRE_MAGIC)
    return refuse (error, "unknown bytes");
  if (message->head.version != DAIS_WIRE_VERSION) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the peer speaks wire version %u, this side %u; use the plugin of the "
        "same release on both",
        message->head.version, DAIS_WIRE_VERSION);
    return FALSE;
  }
  if (!check_size (message, length, error))
    return FALSE;
  if (message->head.type == DAIS_WIRE_FRAME)
    return check_frame (&message->frame, error);
  return TRUE;
}

/**
 * dais_wire_send:
 * @socket: a connected SOCK_SEQPACKET socket
 * @message: a whole message
 * @size: its bytes
 * @fd: to pass along, or -1
 *
 * Never blocks. Any thread; a record is sent whole or not at all.
 *
 * Returns: DAIS_WIRE_IO_AGAIN when the peer's queue is full
 */
DaisWireIo
dais_wire_send (int socket, gconstpointer message, gsize size, int fd)
{
  struct iovec part = { (gpointer) message, size };
  union {
    gchar bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { { 0 } };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
  gssize sent;

  if (fd >= 0) {
    struct cmsghdr *item;

    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    item = CMSG_FIRSTHDR (&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN (sizeof (int));
    memcpy (CMSG_DATA (item), &fd, sizeof fd);
  }
  do
    sent = sendmsg (socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0)
    return DAIS_WIRE_IO_OK;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ||
          errno == ETOOMANYREFS
      ? DAIS_WIRE_IO_AGAIN
      : DAIS_WIRE_IO_CLOSED;
}

static int
take_fd (struct msghdr *header)
{
  int fd = -1;

  for (struct cmsghdr *item = CMSG_FIRSTHDR (header); item != NULL;
       item = CMSG_NXTHDR (header, item)) {
    gsize bytes = item->cmsg_len - CMSG_LEN (0);

    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
      continue;
    for (gsize at = 0; at + sizeof (int) <= bytes; at += sizeof (int)) {
      if (fd >= 0)
        close (fd);
      memcpy (&fd, CMSG_DATA (item) + at, sizeof fd);
    }
  }
  return fd;
}

/**
 * dais_wire_receive:
 * @message: (out caller-allocates): filled and checked when OK
 * @fd: (out) (optional): the descriptor that came along, or -1; the caller
 *     closes it. With NULL, passed descriptors are refused by the kernel
 * @error: set when BAD
 *
 * Never blocks.
 */
DaisWireIo
dais_wire_receive (
    int socket, DaisWireMessage *message, int *fd, GError **error)
{
  struct iovec part = { message, sizeof *message };
  union {
    gchar bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
  gssize length;

  if (fd != NULL) {
    *fd = -1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
  }
  do
    length = recvmsg (socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK ? DAIS_WIRE_IO_AGAIN
                                                   : DAIS_WIRE_IO_CLOSED;
  if (fd != NULL)
    *fd = take_fd (&header);
  if (length == 0)
    return DAIS_WIRE_IO_CLOSED;
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    refuse (error, "a message that is too long");
    return DAIS_WIRE_IO_BAD;
  }
  return dais_wire_check (message, (gsize) length, error) ? DAIS_WIRE_IO_OK
                                                          : DAIS_WIRE_IO_BAD;
}
