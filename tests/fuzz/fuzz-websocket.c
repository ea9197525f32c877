/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"
#include "net/frame-reader.h"

#include <string.h>

/* Frames of a client, whole and cut into pieces: both readings say the same,
 * every text is UTF-8, and no message passes the limit. */

#define MAX_MESSAGE 300

typedef struct {
  GString *events;
  gboolean is_over;
} Log;

/* A zero is a character as any other here. */
static gboolean
is_utf8 (const gchar *data, gsize length)
{
  const gchar *end = data + length, *stop = data;

  while (!g_utf8_validate_len (data, (gsize) (end - data), &stop)) {
    if (stop == end || *stop != '\0')
      return FALSE;
    data = stop + 1;
  }
  return TRUE;
}

static void
on_message (
    gpointer user_data, gboolean is_text, const gchar *data, gsize length)
{
  Log *log = user_data;

  g_assert_cmpuint (length, <=, MAX_MESSAGE);
  g_assert_true (!is_text || is_utf8 (data, length));
  g_string_append_printf (
      log->events, "%c%" G_GSIZE_FORMAT ":", is_text ? 't' : 'b', length);
  g_string_append_len (log->events, data, (gssize) length);
}

static void
on_ping (gpointer user_data, const guint8 *data, gsize length)
{
  Log *log = user_data;

  g_assert_cmpuint (length, <=, 125);
  g_string_append_printf (log->events, "p%" G_GSIZE_FORMAT ":", length);
  g_string_append_len (log->events, (const gchar *) data, (gssize) length);
}

static void
on_pong (gpointer user_data)
{
  g_string_append (((Log *) user_data)->events, "o");
}

static void
on_close (gpointer user_data, guint code)
{
  Log *log = user_data;

  log->is_over = TRUE;
  g_string_append_printf (log->events, "c%u", code);
}

static void
on_fail (gpointer user_data, guint code, const gchar *reason)
{
  Log *log = user_data;

  g_assert_nonnull (reason);
  log->is_over = TRUE;
  g_string_append_printf (log->events, "f%u", code);
}

static GString *
read_frames (const guint8 *data, gsize size, gsize piece)
{
  static const DaisFrameCallbacks callbacks = { on_message, on_ping, on_pong,
    on_close, on_fail };
  DaisFrameReader reader;
  Log log = { g_string_new (NULL), FALSE };
  gsize done;

  dais_frame_reader_init (&reader, MAX_MESSAGE);
  for (done = 0; done < size && !log.is_over; done += piece) {
    gsize length = MIN (piece, size - done);
    g_autofree guint8 *copy = g_memdup2 (data + done, length);

    dais_frame_reader_feed (&reader, copy, length, &callbacks, &log);
  }
  dais_frame_reader_clear (&reader);
  return log.events;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GString *whole, *pieces;

  if (size < 2)
    return 0;
  pieces = read_frames (data + 1, size - 1, 1 + data[0] % 16);
  whole = read_frames (data + 1, size - 1, size);
  /* A whole piece may hold more frames behind the end. */
  g_assert_true (
      g_str_has_prefix (whole->str, "f") || pieces->len <= whole->len);
  g_assert_cmpmem (pieces->str, pieces->len, whole->str, pieces->len);
  g_string_free (pieces, TRUE);
  g_string_free (whole, TRUE);
  return 0;
}
