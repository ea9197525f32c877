/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/eio-payload.h"

#include <string.h>

#define SEPARATOR   0x1e
#define MAX_PACKETS 100000
/* Digits of a length in EIO 3: more than any body that we accept. */
#define MAX_DIGITS 10

/**
 * dais_eio_input_free:
 * @input: (transfer full): a packet
 */
void
dais_eio_input_free (DaisEioInput *input)
{
  g_bytes_unref (input->content);
  g_free (input);
}

static gboolean
fail (GError **error, const gchar *what)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "broken Engine.IO payload: %s", what);
  return FALSE;
}

/**
 * dais_eio_packet_parse:
 * @text: a packet
 * @length: bytes
 * @type: (out): its type
 * @content: (out): what stands behind the type, in @text
 * @content_length: (out): bytes
 *
 * Returns: FALSE when it is no packet
 */
gboolean
dais_eio_packet_parse (const gchar *text, gsize length, gchar *type,
    const gchar **content, gsize *content_length)
{
  if (length == 0 || text[0] < DAIS_EIO_OPEN || text[0] > DAIS_EIO_NOOP)
    return FALSE;
  *type = text[0];
  *content = text + 1;
  *content_length = length - 1;
  return TRUE;
}

static void
add_input (GPtrArray *inputs, gchar type, gboolean is_text, gconstpointer data,
    gsize length)
{
  DaisEioInput *input = g_new0 (DaisEioInput, 1);
  gchar *copy = g_malloc (length + 1);
  g_autoptr (GBytes) whole = NULL;

  if (length > 0)
    memcpy (copy, data, length);
  copy[length] = '\0';
  whole = g_bytes_new_take (copy, length + 1);
  input->type = type;
  input->is_text = is_text;
  input->content = g_bytes_new_from_bytes (whole, 0, length);
  g_ptr_array_add (inputs, input);
}

/* "b" + base64; EIO 3 has a type digit between them. */
static gboolean
add_base64 (GPtrArray *inputs, guint version, const gchar *text, gsize length,
    GError **error)
{
  gchar type = DAIS_EIO_MESSAGE;
  g_autofree gchar *coded = NULL;
  g_autofree guchar *data = NULL;
  gsize size = 0;

  if (version == 3) {
    const gchar *rest;

    if (!dais_eio_packet_parse (text, length, &type, &rest, &length))
      return fail (error, "a binary packet without a type");
    text = rest;
  }
  if (memchr (text, '\0', length) != NULL)
    return fail (error, "bad base64");
  coded = g_strndup (text, length);
  data = g_base64_decode (coded, &size);
  if (length > 0 && size == 0)
    return fail (error, "bad base64");
  add_input (inputs, type, FALSE, data, size);
  return TRUE;
}

/* Clients 1.x encode a polled packet as UTF-8 twice, 2.x once, and neither says
 * so. Twice encoded text has no character above U+00FF, and those characters
 * taken as bytes are UTF-8 again (contracts README §7.2). */
static gchar *
undo_double_utf8 (const gchar *text, gsize length, gsize *new_length)
{
  g_autoptr (GByteArray) bytes = g_byte_array_sized_new ((guint) length);
  gboolean has_high = FALSE;

  for (const gchar *at = text; at < text + length; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    guint8 byte = (guint8) c;

    if (c > 0xff)
      return NULL;
    has_high |= c >= 0x80;
    g_byte_array_append (bytes, &byte, 1);
  }
  if (!has_high ||
      !g_utf8_validate ((const gchar *) bytes->data, bytes->len, NULL))
    return NULL;
  *new_length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return (gchar *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

static gboolean
add_text (GPtrArray *inputs, guint version, const gchar *text, gsize length,
    GError **error)
{
  g_autofree gchar *once = NULL;
  const gchar *content;
  gchar type;

  if (length > 0 && text[0] == 'b')
    return add_base64 (inputs, version, text + 1, length - 1, error);
  if (version == 3) {
    gsize new_length = 0;

    once = undo_double_utf8 (text, length, &new_length);
    if (once != NULL) {
      text = once;
      length = new_length;
    }
  }
  if (!dais_eio_packet_parse (text, length, &type, &content, &length))
    return fail (error, "an unknown packet type");
  add_input (inputs, type, TRUE, content, length);
  return inputs->len <= MAX_PACKETS || fail (error, "too many packets");
}

static gboolean
decode_v4 (GPtrArray *inputs, const gchar *text, gsize length, GError **error)
{
  const gchar *end = text + length;

  for (;;) {
    const gchar *separator = text < end
        ? memchr (text, SEPARATOR, (gsize) (end - text))
        : NULL;
    const gchar *stop = separator != NULL ? separator : end;

    if (!add_text (inputs, 4, text, (gsize) (stop - text), error))
      return FALSE;
    if (separator == NULL)
      return TRUE;
    text = separator + 1;
  }
}

/* "<length>:<packet>"…, the length in UTF-16 units */
static gboolean
decode_v3 (GPtrArray *inputs, const gchar *text, gsize length, GError **error)
{
  const gchar *end = text + length;

  if (length == 0)
    return fail (error, "it is empty");
  while (text < end) {
    guint64 units = 0;
    const gchar *start;
    guint digits = 0;

    for (; text < end && g_ascii_isdigit (*text) && digits <= MAX_DIGITS;
         text++, digits++)
      units = units * 10 + (guint64) (*text - '0');
    if (digits == 0 || digits > MAX_DIGITS || text >= end || *text != ':')
      return fail (error, "a length is missing");
    start = ++text;
    while (units > 0 && text < end) {
      guint64 width = g_utf8_get_char (text) > 0xffff ? 2 : 1;

      if (width > units)
        return fail (error, "a length cuts a character in two");
      units -= width;
      text = g_utf8_next_char (text);
    }
    if (units > 0)
      return fail (error, "it is shorter than it says");
    if (!add_text (inputs, 3, start, (gsize) (text - start), error))
      return FALSE;
  }
  return TRUE;
}

/* 0 (text) or 1 (binary), digits as bytes 0-9, 255, packet */
static gboolean
decode_v3_binary (
    GPtrArray *inputs, const guint8 *data, gsize length, GError **error)
{
  gsize at = 0;

  if (length == 0)
    return fail (error, "it is empty");
  while (at < length) {
    guint8 kind = data[at++];
    guint64 size = 0;
    guint digits = 0;

    for (; at < length && data[at] <= 9 && digits <= MAX_DIGITS; at++, digits++)
      size = size * 10 + data[at];
    if (kind > 1 || digits == 0 || digits > MAX_DIGITS || at >= length ||
        data[at] != 0xff)
      return fail (error, "a length is missing");
    at++;
    if (size == 0 || size > length - at)
      return fail (error, "it is shorter than it says");
    if (kind == 1) {
      if (data[at] > 6)
        return fail (error, "an unknown packet type");
      add_input (
          inputs, (gchar) ('0' + data[at]), FALSE, data + at + 1, size - 1);
    } else if (!g_utf8_validate (
                   (const gchar *) data + at, (gssize) size, NULL) ||
        !add_text (inputs, 3, (const gchar *) data + at, size, error)) {
      return error != NULL && *error != NULL ? FALSE
                                             : fail (error, "not UTF-8");
    }
    at += size;
    if (inputs->len > MAX_PACKETS)
      return fail (error, "too many packets");
  }
  return TRUE;
}

/**
 * dais_eio_payload_decode:
 * @version: of Engine.IO, 3 or 4
 * @is_binary: whether the body is application/octet-stream (EIO 3 only)
 * @body: the body of a POST
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (element-type DaisEioInput): its packets
 */
GPtrArray *
dais_eio_payload_decode (
    guint version, gboolean is_binary, GBytes *body, GError **error)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_eio_input_free);
  gsize length;
  const gchar *text = g_bytes_get_data (body, &length);
  gboolean is_good;

  if (text == NULL)
    text = "";
  if (is_binary)
    is_good = decode_v3_binary (inputs, (const guint8 *) text, length, error);
  else if (!g_utf8_validate (text, (gssize) length, NULL))
    is_good = fail (error, "it is not UTF-8 text");
  else if (version == 3)
    is_good = decode_v3 (inputs, text, length, error);
  else
    is_good = decode_v4 (inputs, text, length, error);
  return is_good ? g_steal_pointer (&inputs) : NULL;
}

static gsize
utf16_units (const gchar *text, gsize length)
{
  gsize units = 0;

  for (const gchar *at = text; at < text + length; at = g_utf8_next_char (at))
    units += g_utf8_get_char (at) > 0xffff ? 2 : 1;
  return units;
}

static void
append_text (GString *payload, guint version, DaisEioPacket *packet)
{
  gsize size;
  const gchar *data = g_bytes_get_data (packet->content, &size);
  g_autofree gchar *coded = NULL;

  if (data == NULL) /* of an empty GBytes */
    data = "";
  if (!packet->is_text) {
    coded = g_base64_encode ((const guchar *) data, size);
    if (version == 3)
      g_string_append_printf (
          payload, "%zu:b%c%s", strlen (coded) + 2, packet->type, coded);
    else
      g_string_append_printf (payload, "b%s", coded);
    return;
  }
  if (version == 3)
    g_string_append_printf (payload, "%zu:", utf16_units (data, size) + 1);
  g_string_append_c (payload, packet->type);
  g_string_append_len (payload, data, (gssize) size);
}

static void
append_binary (GString *payload, DaisEioPacket *packet)
{
  gsize size;
  const gchar *data = g_bytes_get_data (packet->content, &size);
  g_autofree gchar *digits = g_strdup_printf ("%zu", size + 1);

  g_string_append_c (payload, packet->is_text ? 0 : 1);
  for (const gchar *digit = digits; *digit != '\0'; digit++)
    g_string_append_c (payload, (gchar) (*digit - '0'));
  g_string_append_c (payload, (gchar) 0xff);
  g_string_append_c (
      payload, packet->is_text ? packet->type : (gchar) (packet->type - '0'));
  g_string_append_len (payload, data != NULL ? data : "", (gssize) size);
}

/**
 * dais_eio_payload_encode:
 * @version: of Engine.IO, 3 or 4
 * @packets: (element-type DaisEioPacket): at least one
 * @may_be_binary: whether the client takes EIO 3's binary form
 * @is_binary: (out): whether it became that
 *
 * Returns: (transfer full): the body of an answer to a GET
 */
GBytes *
dais_eio_payload_encode (guint version, GPtrArray *packets,
    gboolean may_be_binary, gboolean *is_binary)
{
  GString *payload = g_string_new (NULL);
  gboolean has_binary = FALSE;

  for (guint i = 0; i < packets->len; i++)
    has_binary |= !((DaisEioPacket *) g_ptr_array_index (packets, i))->is_text;
  *is_binary = version == 3 && may_be_binary && has_binary;
  for (guint i = 0; i < packets->len; i++) {
    if (*is_binary) {
      append_binary (payload, g_ptr_array_index (packets, i));
      continue;
    }
    if (i > 0 && version == 4)
      g_string_append_c (payload, SEPARATOR);
    append_text (payload, version, g_ptr_array_index (packets, i));
  }
  return g_string_free_to_bytes (payload);
}
