/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wire/protocol.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* The receiving end's connection and the slots it has mapped. */
typedef struct _DaisWireLink DaisWireLink;

DaisWireLink *dais_wire_link_new (const gchar *path, gboolean hold, int *code);
void dais_wire_link_close (DaisWireLink *self);

int dais_wire_link_get_socket (DaisWireLink *self);
void dais_wire_link_set_hold (DaisWireLink *self, gboolean hold);
DaisWireIo dais_wire_link_receive (
    DaisWireLink *self, DaisWireMessage *message, GError **error);
GstMemory *dais_wire_link_wrap (DaisWireLink *self, const DaisWireFrame *frame);

G_END_DECLS
