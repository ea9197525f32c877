/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"

G_BEGIN_DECLS

typedef enum {
  DAIS_SIO_CONNECT,
  DAIS_SIO_DISCONNECT,
  DAIS_SIO_EVENT,
  DAIS_SIO_ACK,
  DAIS_SIO_CONNECT_ERROR,
  DAIS_SIO_BINARY_EVENT,
  DAIS_SIO_BINARY_ACK,
} DaisSioType;

/* More would have to be held while one packet is put together. */
#define DAIS_SIO_MAX_ATTACHMENTS 10

/**
 * DaisSioPacket:
 *
 * A Socket.IO packet as it stands on the wire (socketio.md §3.7); pure.
 */
typedef struct {
  DaisSioType type;
  guint n_attachments;
  gchar *name;  /* of the namespace: "/", "/custom" */
  gchar *query; /* (nullable) behind the namespace's "?", EIO 3 */
  gint64 id;    /* -1 = no ack wanted */
  gchar *json;  /* (nullable) checked */
} DaisSioPacket;

void dais_sio_packet_clear (DaisSioPacket *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaisSioPacket, dais_sio_packet_clear)

gboolean dais_sio_packet_parse (
    const gchar *text, gsize length, DaisSioPacket *packet, GError **error);
/* (transfer full) */
gchar *dais_sio_packet_encode (DaisSioType type, guint n_attachments,
    const gchar *name, gint64 id, const gchar *json);
/* The values of an event or ack, as the client wrote them.
 * (transfer full) (element-type utf8), NULL + error when it is none */
GPtrArray *
dais_sio_packet_get_values (const DaisSioPacket *packet, GError **error);
/* The name of an event: its first value, when that is a string that may be one.
 * NULL + error; NULL without one for a number. (transfer full) */
gchar *dais_sio_event_name (const gchar *value, GError **error);
/* Every placeholder points at an attachment that is there. */
gboolean dais_sio_check_placeholders (
    const gchar *json, guint n_attachments, GError **error);

G_END_DECLS
