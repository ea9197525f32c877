/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/link.h"

#include "core/error.h"
#include "wire/bind.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The socket stays open while a frame is out, because giving the frame back
 * goes through it. Counted, atomically. */
typedef struct {
  int fd;
} Channel;

typedef struct {
  gpointer address;
  gsize size;
} Mapping;

struct _DaisWireLink {
  Channel *channel;     /* (owned, g_atomic_rc_box) */
  GHashTable *mappings; /* slot → Mapping (g_atomic_rc_box) */
};

typedef struct {
  Channel *channel;
  Mapping *mapping;
  guint64 serial;
} Lease;

static void
channel_clear (gpointer data)
{
  close (((Channel *) data)->fd);
}

static void
channel_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, channel_clear);
}

static void
mapping_clear (gpointer data)
{
  Mapping *mapping = data;

  munmap (mapping->address, mapping->size);
}

static void
mapping_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, mapping_clear);
}

/* What cannot be said without waiting ends the connection: the other side
 * would wait for it for ever. */
static void
channel_send (Channel *channel, gconstpointer message, gsize size)
{
  if (dais_wire_send (channel->fd, message, size, -1) == DAIS_WIRE_IO_AGAIN)
    shutdown (channel->fd, SHUT_RDWR);
}

static void
release (Channel *channel, guint64 serial)
{
  DaisWireRelease message = { dais_wire_head (DAIS_WIRE_RELEASE), serial };

  channel_send (channel, &message, sizeof message);
}

/* The last reference to a frame's memory went, on whatever thread. */
static void
lease_free (gpointer data)
{
  Lease *lease = data;

  release (lease->channel, lease->serial);
  channel_unref (lease->channel);
  mapping_unref (lease->mapping);
  g_free (lease);
}

/**
 * dais_wire_link_new:
 * @hold: whether to be sent nothing for now
 * @code: (out): errno on failure
 *
 * Connects and says hello. Never blocks.
 *
 * Returns: (transfer full) (nullable)
 */
DaisWireLink *
dais_wire_link_new (const gchar *path, gboolean hold, int *code)
{
  DaisWireHold hello = { dais_wire_head (DAIS_WIRE_HELLO), hold != FALSE, 0 };
  int fd = dais_wire_socket_connect (path, code);
  DaisWireLink *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (DaisWireLink, 1);
  self->channel = g_atomic_rc_box_new0 (Channel);
  self->channel->fd = fd;
  self->mappings = g_hash_table_new_full (NULL, NULL, NULL, mapping_unref);
  channel_send (self->channel, &hello, sizeof hello);
  return self;
}

/**
 * dais_wire_link_close:
 *
 * The sender sees the end at once; frames that are still out stay readable.
 */
void
dais_wire_link_close (DaisWireLink *self)
{
  shutdown (self->channel->fd, SHUT_RDWR);
  channel_unref (self->channel);
  g_hash_table_unref (self->mappings);
  g_free (self);
}

int
dais_wire_link_get_socket (DaisWireLink *self)
{
  return self->channel->fd;
}

/**
 * dais_wire_link_set_hold:
 *
 * Asks the sender to be quiet, or to begin again with its newest frame.
 */
void
dais_wire_link_set_hold (DaisWireLink *self, gboolean hold)
{
  DaisWireHold message = { dais_wire_head (DAIS_WIRE_HOLD), hold != FALSE, 0 };

  channel_send (self->channel, &message, sizeof message);
}

static gboolean
refuse (GError **error, const gchar *what)
{
  g_set_error (
      error, DAIS_ERROR, DAIS_ERROR_INVALID, "not a wire sender: %s", what);
  return FALSE;
}

/* A size that may change later could kill the reader (SIGBUS). */
static gboolean
check_file (int fd, gsize size, GError **error)
{
  int seals = fcntl (fd, F_GET_SEALS);
  struct stat found;

  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
    return refuse (error, "its memory is not sealed");
  if (fstat (fd, &found) != 0 || found.st_size < (off_t) size)
    return refuse (error, "its memory is smaller than it says");
  return TRUE;
}

static gboolean
map_slot (
    DaisWireLink *self, const DaisWireFrame *frame, int fd, GError **error)
{
  Mapping *mapping;
  gpointer address;

  if (g_hash_table_size (self->mappings) >= DAIS_WIRE_MAX_KNOWN)
    return refuse (error, "too many slots");
  if (!check_file (fd, frame->map_size, error))
    return FALSE;
  address = mmap (NULL, frame->map_size, PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED)
    return refuse (error, "its memory cannot be mapped");
  mapping = g_atomic_rc_box_new (Mapping);
  mapping->address = address;
  mapping->size = frame->map_size;
  g_hash_table_replace (
      self->mappings, GUINT_TO_POINTER (frame->slot), mapping);
  return TRUE;
}

static gboolean
check_frame (
    DaisWireLink *self, const DaisWireFrame *frame, int fd, GError **error)
{
  Mapping *mapping;

  if (fd >= 0 && !map_slot (self, frame, fd, error))
    return FALSE;
  mapping = g_hash_table_lookup (
      self->mappings, GUINT_TO_POINTER (frame->slot));
  if (mapping == NULL)
    return refuse (error, "a frame in an unknown slot");
  return mapping->size >= frame->map_size ||
      refuse (error, "a frame outside its slot");
}

/**
 * dais_wire_link_receive:
 * @message: (out caller-allocates): CAPS or FRAME when OK; a frame lies inside
 *     of memory that is mapped and must be wrapped
 * @error: set when BAD
 *
 * Never blocks.
 */
DaisWireIo
dais_wire_link_receive (
    DaisWireLink *self, DaisWireMessage *message, GError **error)
{
  for (;;) {
    int fd = -1;
    DaisWireIo result = dais_wire_receive (
        self->channel->fd, message, &fd, error);
    gboolean good = TRUE;

    if (result == DAIS_WIRE_IO_OK && message->head.type == DAIS_WIRE_FRAME)
      good = check_frame (self, &message->frame, fd, error);
    else if (result == DAIS_WIRE_IO_OK && message->head.type < DAIS_WIRE_CAPS)
      good = refuse (error, "a message out of turn");
    if (fd >= 0)
      close (fd);
    if (!good)
      return DAIS_WIRE_IO_BAD;
    if (result != DAIS_WIRE_IO_OK || message->head.type != DAIS_WIRE_FORGET)
      return result;
    g_hash_table_remove (
        self->mappings, GUINT_TO_POINTER (message->forget.slot));
  }
}

/**
 * dais_wire_link_wrap:
 * @frame: as received from this link
 *
 * Returns: (transfer full): read-only memory; the sender gets the frame back
 *     when it is freed
 */
GstMemory *
dais_wire_link_wrap (DaisWireLink *self, const DaisWireFrame *frame)
{
  Mapping *mapping = g_hash_table_lookup (
      self->mappings, GUINT_TO_POINTER (frame->slot));
  Lease *lease = g_new (Lease, 1);

  lease->channel = g_atomic_rc_box_acquire (self->channel);
  lease->mapping = g_atomic_rc_box_acquire (mapping);
  lease->serial = frame->serial;
  return gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, mapping->address,
      mapping->size, frame->offset, frame->size, lease, lease_free);
}
