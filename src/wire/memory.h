/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/allocators/allocators.h>

G_BEGIN_DECLS

#define DAIS_TYPE_WIRE_ALLOCATOR (dais_wire_allocator_get_type ())
G_DECLARE_FINAL_TYPE (DaisWireAllocator, dais_wire_allocator, DAIS,
    WIRE_ALLOCATOR, GstFdAllocator)

GstAllocator *dais_wire_allocator_new (void);

/* What the wire needs to know of a piece of shared memory. */
typedef struct {
  guint32 slot;
  int fd; /* owned by the memory */
  gsize map_size;
  gsize offset;
  gsize size;
} DaisWireSlot;

gboolean dais_wire_allocator_get_slot (
    GstAllocator *allocator, GstMemory *memory, DaisWireSlot *slot);
gboolean dais_wire_allocator_next_gone (GstAllocator *allocator, guint32 *slot);

G_END_DECLS
