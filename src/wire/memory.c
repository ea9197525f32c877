/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/memory.h"

#include "wire/protocol.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/**
 * DaisWireAllocator:
 *
 * Makes memfd memory, sealed in its size, so that who maps it can never be
 * killed by a sender that cuts it off. Each piece is a slot with a number that
 * is never used again. Any thread.
 */
struct _DaisWireAllocator {
  GstFdAllocator parent_instance;

  GAsyncQueue *gone; /* slots that were freed, as pointers */
};

typedef struct {
  guint32 slot;
  GAsyncQueue *gone;
} SlotTag;

G_DEFINE_FINAL_TYPE (
    DaisWireAllocator, dais_wire_allocator, GST_TYPE_FD_ALLOCATOR)

static GQuark
slot_quark (void)
{
  return g_quark_from_static_string ("dais-wire-slot");
}

/* The last reference to the memory went, on whatever thread. */
static void
slot_tag_free (gpointer data)
{
  SlotTag *tag = data;

  g_async_queue_push (tag->gone, GUINT_TO_POINTER (tag->slot));
  g_async_queue_unref (tag->gone);
  g_free (tag);
}

static int
make_file (gsize size)
{
  int fd = memfd_create ("dais-wire", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    return -1;
  if (ftruncate (fd, (off_t) size) == 0 &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return fd;
  close (fd);
  return -1;
}

static GstMemory *
dais_wire_allocator_alloc (
    GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  static gint next_slot = 0; /* atomic */
  DaisWireAllocator *self = DAIS_WIRE_ALLOCATOR (allocator);
  gsize whole = size + params->prefix + params->padding;
  GstMemory *memory;
  SlotTag *tag;
  int fd;

  if (whole == 0 || whole > DAIS_WIRE_MAX_SLOT)
    return NULL;
  fd = make_file (whole);
  if (fd < 0)
    return NULL;
  memory = gst_fd_allocator_alloc (
      allocator, fd, whole, GST_FD_MEMORY_FLAG_KEEP_MAPPED);
  if (memory == NULL) {
    close (fd);
    return NULL;
  }
  gst_memory_resize (memory, (gssize) params->prefix, size);
  tag = g_new (SlotTag, 1);
  tag->slot = (guint32) g_atomic_int_add (&next_slot, 1) + 1;
  tag->gone = g_async_queue_ref (self->gone);
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT (memory), slot_quark (), tag, slot_tag_free);
  return memory;
}

static void
dais_wire_allocator_finalize (GObject *object)
{
  DaisWireAllocator *self = DAIS_WIRE_ALLOCATOR (object);

  g_async_queue_unref (self->gone);
  G_OBJECT_CLASS (dais_wire_allocator_parent_class)->finalize (object);
}

static void
dais_wire_allocator_class_init (DaisWireAllocatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_wire_allocator_finalize;
  GST_ALLOCATOR_CLASS (klass)->alloc = dais_wire_allocator_alloc;
}

static void
dais_wire_allocator_init (DaisWireAllocator *self)
{
  self->gone = g_async_queue_new ();
  GST_OBJECT_FLAG_UNSET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

/**
 * dais_wire_allocator_new:
 *
 * Returns: (transfer full): an allocator for one sink
 */
GstAllocator *
dais_wire_allocator_new (void)
{
  return gst_object_ref_sink (g_object_new (DAIS_TYPE_WIRE_ALLOCATOR, NULL));
}

/**
 * dais_wire_allocator_get_slot:
 * @memory: any memory
 * @slot: (out caller-allocates): where it lies
 *
 * Returns: whether @memory, or what it is a part of, came from @allocator
 */
gboolean
dais_wire_allocator_get_slot (
    GstAllocator *allocator, GstMemory *memory, DaisWireSlot *slot)
{
  GstMemory *root = memory->parent != NULL ? memory->parent : memory;
  SlotTag *tag;

  if (root->allocator != allocator)
    return FALSE;
  tag = gst_mini_object_get_qdata (GST_MINI_OBJECT (root), slot_quark ());
  if (tag == NULL)
    return FALSE;
  slot->slot = tag->slot;
  slot->fd = gst_fd_memory_get_fd (root);
  slot->map_size = root->maxsize;
  slot->offset = memory->offset;
  slot->size = memory->size;
  return TRUE;
}

/**
 * dais_wire_allocator_next_gone:
 * @slot: (out): a slot that was freed since
 *
 * Returns: whether there was one more
 */
gboolean
dais_wire_allocator_next_gone (GstAllocator *allocator, guint32 *slot)
{
  gpointer gone = g_async_queue_try_pop (DAIS_WIRE_ALLOCATOR (allocator)->gone);

  *slot = GPOINTER_TO_UINT (gone);
  return gone != NULL;
}
