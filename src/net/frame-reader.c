/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/frame-reader.h"

#include <string.h>
#include <wslay/wslay.h>

#define POOL_SIZE     4
#define SCRATCH_BYTES 65536
#define MAX_CONTROL   125

/* wslay's frame context and what must be remembered inside a frame. 4 KiB each,
 * so a socket borrows one only while a frame is incomplete. */
struct _DaisFrameParser {
  wslay_frame_context_ptr wslay;
  const guint8 *input;
  gsize input_left;
  gsize unread;       /* bytes given to wslay that no frame has used up yet */
  guint64 frame_left; /* payload of this frame that is still to come */
  guint8 opcode;      /* of this frame */
  guint8 is_final;
  guint8 is_inside;
  guint8 control_length;
  guint8 control[MAX_CONTROL];
};

/* Main thread only, like everything here. */
static DaisFrameParser *pool[POOL_SIZE];
static guint pool_length;
static GByteArray *scratch; /* (nullable) a buffer between messages */

static ssize_t
on_wslay_recv (uint8_t *buffer, size_t length, int flags, void *user_data)
{
  DaisFrameParser *parser = user_data;
  gsize n = MIN (length, parser->input_left);

  if (n == 0)
    return -1;
  memcpy (buffer, parser->input, n);
  parser->input += n;
  parser->input_left -= n;
  parser->unread += n;
  return (ssize_t) n;
}

static DaisFrameParser *
parser_take (void)
{
  static const struct wslay_frame_callbacks callbacks = {
    .recv_callback = on_wslay_recv,
  };
  DaisFrameParser *parser;

  if (pool_length > 0)
    return pool[--pool_length];
  parser = g_new0 (DaisFrameParser, 1);
  if (wslay_frame_context_init (&parser->wslay, &callbacks, parser) != 0)
    g_error ("out of memory");
  return parser;
}

/* @is_clean: it stands between two frames and can be used again */
static void
parser_give_back (DaisFrameParser *parser, gboolean is_clean)
{
  if (is_clean && pool_length < POOL_SIZE) {
    parser->input = NULL;
    pool[pool_length++] = parser;
    return;
  }
  wslay_frame_context_free (parser->wslay);
  g_free (parser);
}

static GByteArray *
buffer_take (void)
{
  return scratch != NULL ? g_steal_pointer (&scratch)
                         : g_byte_array_sized_new (1024);
}

static void
buffer_give_back (GByteArray *buffer)
{
  if (scratch == NULL && buffer->len <= SCRATCH_BYTES) {
    g_byte_array_set_size (buffer, 0);
    scratch = buffer;
  } else {
    g_byte_array_unref (buffer);
  }
}

/**
 * dais_frame_reader_init:
 * @self: memory to initialise
 * @max_message: bytes of one message, all its frames together
 */
void
dais_frame_reader_init (DaisFrameReader *self, gsize max_message)
{
  memset (self, 0, sizeof *self);
  self->max_message = max_message;
}

/**
 * dais_frame_reader_clear:
 * @self: the reader
 *
 * Frees what it holds; nothing more is read.
 */
void
dais_frame_reader_clear (DaisFrameReader *self)
{
  self->is_failed = TRUE;
  if (self->parser != NULL)
    parser_give_back (self->parser, FALSE);
  self->parser = NULL;
  if (self->message != NULL)
    buffer_give_back (self->message);
  self->message = NULL;
}

/* g_utf8_validate() stops at a NUL, which is a character like any other here.
 */
static gboolean
is_utf8 (const gchar *data, gsize length)
{
  while (length > 0) {
    gsize n = strnlen (data, length);

    if (!g_utf8_validate (data, (gssize) n, NULL))
      return FALSE;
    n += n < length;
    data += n;
    length -= n;
  }
  return TRUE;
}

/* RFC 6455 §7.4 and the IANA registry */
static gboolean
is_close_code (guint code)
{
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
      (code >= 3000 && code <= 4999);
}

typedef struct {
  DaisFrameReader *reader;
  const DaisFrameCallbacks *callbacks;
  gpointer user_data;
} Call;

static void
fail (const Call *call, guint code, const gchar *reason)
{
  call->reader->is_failed = TRUE;
  call->callbacks->fail (call->user_data, code, reason);
}

static void
end_close (const Call *call, const guint8 *data, gsize length)
{
  guint code = 1005;

  call->reader->is_failed = TRUE;
  if (length == 1) {
    fail (call, 1002, "a close frame of one byte");
    return;
  }
  if (length >= 2) {
    code = (guint) data[0] << 8 | data[1];
    if (!is_close_code (code)) {
      fail (call, 1002, "not a close code");
      return;
    }
    if (!is_utf8 ((const gchar *) data + 2, length - 2)) {
      fail (call, 1007, "the close reason is not UTF-8");
      return;
    }
  }
  call->callbacks->close (call->user_data, code);
}

static void
end_message (const Call *call)
{
  g_autoptr (GByteArray) message = g_steal_pointer (&call->reader->message);
  gboolean is_text = call->reader->opcode == WSLAY_TEXT_FRAME;

  g_byte_array_append (message, (const guint8 *) "", 1);
  if (is_text && !is_utf8 ((const gchar *) message->data, message->len - 1)) {
    fail (call, 1007, "the text is not UTF-8");
    return;
  }
  call->callbacks->message (call->user_data, is_text,
      (const gchar *) message->data, message->len - 1);
  buffer_give_back (g_steal_pointer (&message));
}

static void
end_frame (const Call *call, DaisFrameParser *parser)
{
  switch (parser->opcode) {
    case WSLAY_PING:
      call->callbacks->ping (
          call->user_data, parser->control, parser->control_length);
      break;
    case WSLAY_PONG:
      call->callbacks->pong (call->user_data);
      break;
    case WSLAY_CONNECTION_CLOSE:
      end_close (call, parser->control, parser->control_length);
      break;
    default:
      if (parser->is_final)
        end_message (call);
  }
}

/* Checks the head of a frame; FALSE after a failure. */
static gboolean
begin_frame (const Call *call, DaisFrameParser *parser,
    const struct wslay_frame_iocb *frame)
{
  DaisFrameReader *self = call->reader;
  gboolean is_inside = self->message != NULL;

  parser->unread -= 6u +
      (frame->payload_length > 0xffff       ? 8u
              : frame->payload_length > 125 ? 2u
                                            : 0u);
  parser->is_inside = TRUE;
  parser->opcode = frame->opcode;
  parser->is_final = frame->fin;
  parser->frame_left = frame->payload_length;
  parser->control_length = 0;
  if (frame->rsv != 0 || !frame->mask) {
    fail (call, 1002,
        frame->rsv != 0 ? "an extension that was not agreed on"
                        : "a frame without a mask");
    return FALSE;
  }
  if (wslay_is_ctrl_frame (frame->opcode)) {
    if (frame->opcode > WSLAY_PONG)
      fail (call, 1002, "an unknown kind of frame");
    return !self->is_failed;
  }
  if (frame->opcode > WSLAY_BINARY_FRAME)
    fail (call, 1002, "an unknown kind of frame");
  else if ((frame->opcode == WSLAY_CONTINUATION_FRAME) != is_inside)
    fail (call, 1002, "a fragment out of order");
  else if (frame->payload_length > self->max_message ||
      (is_inside &&
          self->message->len + frame->payload_length > self->max_message))
    fail (call, 1009, "the message is too large");
  else if (!is_inside) {
    self->message = buffer_take ();
    self->opcode = frame->opcode;
  }
  return !self->is_failed;
}

static void
take_chunk (const Call *call, DaisFrameParser *parser,
    const struct wslay_frame_iocb *frame)
{
  DaisFrameReader *self = call->reader;

  parser->unread -= frame->data_length;
  parser->frame_left -= frame->data_length;
  if (wslay_is_ctrl_frame (parser->opcode)) {
    if (frame->data_length > 0)
      memcpy (parser->control + parser->control_length, frame->data,
          frame->data_length);
    parser->control_length += (guint8) frame->data_length;
  } else if (frame->data_length > 0) {
    g_byte_array_append (
        self->message, frame->data, (guint) frame->data_length);
  }
  if (parser->frame_left > 0)
    return;
  parser->is_inside = FALSE;
  end_frame (call, parser);
}

/**
 * dais_frame_reader_feed:
 * @self: the reader
 * @data: what came
 * @length: bytes
 * @callbacks: called for what it completes
 * @user_data: for @callbacks
 */
void
dais_frame_reader_feed (DaisFrameReader *self, const guint8 *data, gsize length,
    const DaisFrameCallbacks *callbacks, gpointer user_data)
{
  const Call call = { self, callbacks, user_data };
  DaisFrameParser *parser;
  struct wslay_frame_iocb frame;
  ssize_t n = 0;

  if (self->is_failed)
    return;
  parser = self->parser != NULL ? g_steal_pointer (&self->parser)
                                : parser_take ();
  parser->input = data;
  parser->input_left = length;
  while (
      !self->is_failed && (n = wslay_frame_recv (parser->wslay, &frame)) >= 0) {
    if (!parser->is_inside && !begin_frame (&call, parser, &frame))
      break;
    take_chunk (&call, parser, &frame);
  }
  if (!self->is_failed && n == WSLAY_ERR_PROTO)
    fail (&call, 1002, "a broken frame");
  if (self->is_failed) {
    parser_give_back (parser, FALSE);
    dais_frame_reader_clear (self);
  } else if (!parser->is_inside && parser->unread == 0) {
    parser_give_back (parser, TRUE);
  } else {
    self->parser = parser;
  }
}
