/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"
#include "net/socketio/eio-packet.h"

G_BEGIN_DECLS

/* The bodies of Engine.IO's polling, both versions; pure. */

/* One packet as the client sent it: text is NUL-ended UTF-8. */
typedef struct {
  gchar type;
  gboolean is_text;
  GBytes *content; /* of text: with a NUL behind it that does not count */
} DaisEioInput;

void dais_eio_input_free (DaisEioInput *input);

/* (transfer full) (element-type DaisEioInput), NULL + DAIS_ERROR_INVALID */
GPtrArray *dais_eio_payload_decode (
    guint version, gboolean is_binary, GBytes *body, GError **error);
/* packets: (element-type DaisEioPacket). @is_binary says which kind it became;
 * text is always possible, binary only where may_be_binary (EIO 3). */
GBytes *dais_eio_payload_encode (guint version, GPtrArray *packets,
    gboolean may_be_binary, gboolean *is_binary);
/* One WebSocket text frame, or one packet of a payload. */
gboolean dais_eio_packet_parse (const gchar *text, gsize length, gchar *type,
    const gchar **content, gsize *content_length);

G_END_DECLS
