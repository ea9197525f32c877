/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The wire's messages: one SOCK_SEQPACKET record each, both ends on one
 * machine, so native byte order.
 *
 * consumer → sink: HELLO once and first, then RELEASE and HOLD.
 * sink → consumer: CAPS before the first FRAME and at every change, FRAME (with
 * the slot's memfd on the first use of the slot on this connection), FORGET
 * when a slot is gone. */
#define DAIS_WIRE_MAGIC      0x57534944u /* "DISW" */
#define DAIS_WIRE_VERSION    1
#define DAIS_WIRE_MAX_CAPS   4000
#define DAIS_WIRE_MAX_PLANES 4
/* One slot: a 4096x4096 picture of 4 bytes a pixel fits twice. */
#define DAIS_WIRE_MAX_SLOT (128u * 1024 * 1024)
/* Slots that one consumer may have mapped at a time. */
#define DAIS_WIRE_MAX_KNOWN 64

typedef enum {
  DAIS_WIRE_HELLO = 1,
  DAIS_WIRE_HOLD,
  DAIS_WIRE_RELEASE,
  DAIS_WIRE_CAPS,
  DAIS_WIRE_FRAME,
  DAIS_WIRE_FORGET,
} DaisWireType;

typedef struct {
  guint32 magic;
  guint16 version;
  guint16 type;
} DaisWireHead;

/* HELLO and HOLD */
typedef struct {
  DaisWireHead head;
  guint32 hold; /* 0 or 1 */
  guint32 reserved;
} DaisWireHold;

typedef struct {
  DaisWireHead head;
  guint64 serial;
} DaisWireRelease;

typedef struct {
  DaisWireHead head;
  guint32 length; /* of text, without an end mark */
  gchar text[DAIS_WIRE_MAX_CAPS];
} DaisWireCaps;

typedef struct {
  DaisWireHead head;
  guint32 slot;
  guint32 flags;    /* GstBufferFlags */
  guint64 serial;   /* one per record and connection, given back by RELEASE */
  guint64 pts;      /* ns on the system's monotonic clock */
  guint64 duration; /* ns or GST_CLOCK_TIME_NONE */
  guint64 map_size; /* bytes of the slot */
  guint64 offset;   /* of the frame in the slot */
  guint64 size;     /* of the frame */
  guint32 n_planes; /* 0 = the caps' default layout */
  gint32 strides[DAIS_WIRE_MAX_PLANES];
  guint32 reserved;
  guint64 offsets[DAIS_WIRE_MAX_PLANES]; /* in the frame */
} DaisWireFrame;

typedef struct {
  DaisWireHead head;
  guint32 slot;
  guint32 reserved;
} DaisWireForget;

typedef union {
  DaisWireHead head;
  DaisWireHold hold;
  DaisWireRelease release;
  DaisWireCaps caps;
  DaisWireFrame frame;
  DaisWireForget forget;
} DaisWireMessage;

DaisWireHead dais_wire_head (DaisWireType type);
gboolean
dais_wire_check (const DaisWireMessage *message, gsize length, GError **error);
gsize dais_wire_caps_size (const DaisWireCaps *caps);

typedef enum {
  DAIS_WIRE_IO_OK,
  DAIS_WIRE_IO_AGAIN,
  DAIS_WIRE_IO_CLOSED,
  DAIS_WIRE_IO_BAD, /* the peer speaks something else; error says what */
} DaisWireIo;

DaisWireIo
dais_wire_send (int socket, gconstpointer message, gsize size, int fd);
DaisWireIo dais_wire_receive (
    int socket, DaisWireMessage *message, int *fd, GError **error);

G_END_DECLS
