/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisMessage:
 *
 * What somebody said in a room, whichever door it came by: chat, party or the
 * help desk. A plain value.
 */
typedef struct {
  gint64 id;
  gint64 room;
  gint64 user_id; /* 0 = no account */
  gchar *user;
  gchar *text;
  gchar *image;
  gchar *extra; /* (nullable) JSON as the client wrote it */
  gboolean seen;
  gint64 created; /* UTC, µs */
} DaisMessage;

void dais_message_free (DaisMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisMessage, dais_message_free)

G_END_DECLS
