/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisFrameReader:
 *
 * Client-to-server WebSocket frames in, whole messages out (RFC 6455 §5, no
 * extensions), with a limit on the size of a message however it is cut up.
 * Pure: knows no socket. Between frames it holds no memory of its own, so that
 * an idle socket costs nothing; the parser's buffers are shared by whoever is
 * in the middle of a frame.
 */
typedef struct _DaisFrameParser DaisFrameParser;

typedef struct {
  DaisFrameParser *parser; /* (nullable) while inside a frame */
  GByteArray *message;     /* (nullable) while inside a message */
  gsize max_message;
  guint8 opcode;       /* of the message */
  guint is_failed : 1; /* nothing more is read */
} DaisFrameReader;

typedef struct {
  /* valid UTF-8, NUL-ended; or binary */
  void (*message) (
      gpointer user_data, gboolean is_text, const gchar *data, gsize length);
  void (*ping) (gpointer user_data, const guint8 *data, gsize length);
  void (*pong) (gpointer user_data);
  /* code 1005 when there was none */
  void (*close) (gpointer user_data, guint code);
  /* the peer broke the protocol or a limit: close with this code */
  void (*fail) (gpointer user_data, guint code, const gchar *reason);
} DaisFrameCallbacks;

void dais_frame_reader_init (DaisFrameReader *self, gsize max_message);
void dais_frame_reader_clear (DaisFrameReader *self);
/* The callbacks may fail or clear the reader. */
void dais_frame_reader_feed (DaisFrameReader *self, const guint8 *data,
    gsize length, const DaisFrameCallbacks *callbacks, gpointer user_data);

G_END_DECLS
