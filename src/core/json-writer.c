/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/json-writer.h"

#include <float.h>
#include <math.h>

/* Whole numbers up to here are exact, and written without an exponent. */
#define MAX_EXACT 9007199254740992.0

struct _DaisJsonWriter {
  GString *text;
};

/**
 * dais_json_writer_new:
 *
 * Returns: (transfer full): an empty writer
 */
DaisJsonWriter *
dais_json_writer_new (void)
{
  DaisJsonWriter *self = g_new0 (DaisJsonWriter, 1);

  self->text = g_string_sized_new (256);
  return self;
}

/**
 * dais_json_writer_free:
 * @self: (transfer full): the writer
 */
void
dais_json_writer_free (DaisJsonWriter *self)
{
  g_return_if_fail (self != NULL);

  g_string_free (self->text, TRUE);
  g_free (self);
}

/* The last character says all: nothing that is complete ends with one of these
 * four, so no stack of open containers is needed. */
static void
begin_value (DaisJsonWriter *self)
{
  gchar last = self->text->len > 0 ? self->text->str[self->text->len - 1] : 0;

  if (last != 0 && last != '{' && last != '[' && last != ':' && last != ',')
    g_string_append_c (self->text, ',');
}

void
dais_json_writer_begin_object (DaisJsonWriter *self)
{
  begin_value (self);
  g_string_append_c (self->text, '{');
}

void
dais_json_writer_end_object (DaisJsonWriter *self)
{
  g_string_append_c (self->text, '}');
}

void
dais_json_writer_begin_array (DaisJsonWriter *self)
{
  begin_value (self);
  g_string_append_c (self->text, '[');
}

void
dais_json_writer_end_array (DaisJsonWriter *self)
{
  g_string_append_c (self->text, ']');
}

static void
append_unit (GString *text, guint unit)
{
  static const gchar digits[] = "0123456789abcdef";

  g_string_append (text, "\\u");
  for (gint shift = 12; shift >= 0; shift -= 4)
    g_string_append_c (text, digits[unit >> shift & 0xf]);
}

/* Appends one character beyond ASCII; what is no UTF-8 becomes U+FFFD.
 * Returns: where the next one begins */
static const gchar *
append_escaped (GString *text, const gchar *p)
{
  gunichar c = g_utf8_get_char_validated (p, -1);

  if (c == (gunichar) -1 || c == (gunichar) -2) {
    append_unit (text, 0xfffd);
    return p + 1;
  }
  if (c > 0xffff) {
    append_unit (text, 0xd800 + ((c - 0x10000) >> 10));
    append_unit (text, 0xdc00 + ((c - 0x10000) & 0x3ff));
  } else {
    append_unit (text, c);
  }
  return g_utf8_next_char (p);
}

static void
append_string (GString *text, const gchar *value)
{
  static const gchar from[] = "\"\\\b\f\n\r\t";
  static const gchar to[] = "\"\\bfnrt";
  const gchar *p = value;

  g_string_append_c (text, '"');
  while (*p != '\0') {
    const gchar *run = p;
    const gchar *found;

    while ((guchar) *p >= 0x20 && (guchar) *p < 0x7f && *p != '"' && *p != '\\')
      p++;
    g_string_append_len (text, run, p - run);
    if (*p == '\0')
      break;
    if ((guchar) *p >= 0x80) {
      p = append_escaped (text, p);
      continue;
    }
    found = strchr (from, *p);
    if (found != NULL) {
      g_string_append_c (text, '\\');
      g_string_append_c (text, to[found - from]);
    } else {
      append_unit (text, (guchar) *p);
    }
    p++;
  }
  g_string_append_c (text, '"');
}

/**
 * dais_json_writer_name:
 * @self: the writer, in an object
 * @name: the member's name; a value must follow
 */
void
dais_json_writer_name (DaisJsonWriter *self, const gchar *name)
{
  begin_value (self);
  append_string (self->text, name);
  g_string_append_c (self->text, ':');
}

/**
 * dais_json_writer_string:
 * @self: the writer
 * @value: (nullable): UTF-8 text; %NULL writes null
 */
void
dais_json_writer_string (DaisJsonWriter *self, const gchar *value)
{
  if (value == NULL) {
    dais_json_writer_null (self);
    return;
  }
  begin_value (self);
  append_string (self->text, value);
}

void
dais_json_writer_int (DaisJsonWriter *self, gint64 value)
{
  begin_value (self);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

/**
 * dais_json_writer_double:
 * @self: the writer
 * @value: a number; what is not finite is written as null
 *
 * Writes the fewest digits that read back as the same number.
 */
void
dais_json_writer_double (DaisJsonWriter *self, gdouble value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];
  gchar format[] = "%.15g";
  /* Fifteen digits always fit a normal number; small ones hold fewer. */
  gint precision = fabs (value) < DBL_MIN ? 1 : 15;

  if (!isfinite (value)) {
    dais_json_writer_null (self);
    return;
  }
  begin_value (self);
  if (floor (value) == value && fabs (value) <= MAX_EXACT) {
    g_string_append (
        /* A zero loses its sign, as in every JavaScript. */
        self->text,
        g_ascii_formatd (buffer, sizeof buffer, "%.0f", value + 0.0));
    return;
  }
  for (; precision <= 17; precision++) {
    format[2] = (gchar) ('0' + precision / 10);
    format[3] = (gchar) ('0' + precision % 10);
    g_ascii_formatd (buffer, sizeof buffer, format, value);
    if (g_ascii_strtod (buffer, NULL) == value)
      break;
  }
  g_string_append (self->text, buffer);
}

void
dais_json_writer_boolean (DaisJsonWriter *self, gboolean value)
{
  begin_value (self);
  g_string_append (self->text, value ? "true" : "false");
}

void
dais_json_writer_null (DaisJsonWriter *self)
{
  begin_value (self);
  g_string_append (self->text, "null");
}

/**
 * dais_json_writer_raw:
 * @self: the writer
 * @json: one value that passed dais_json_check()
 *
 * Writes @json as it is but for the characters beyond ASCII, which can stand
 * only in its strings and are escaped.
 */
void
dais_json_writer_raw (DaisJsonWriter *self, const gchar *json)
{
  const gchar *p = json;

  if (json == NULL || *json == '\0') {
    dais_json_writer_null (self);
    return;
  }
  begin_value (self);
  while (*p != '\0') {
    const gchar *run = p;

    while (*p != '\0' && (guchar) *p < 0x80)
      p++;
    g_string_append_len (self->text, run, p - run);
    if (*p != '\0')
      p = append_escaped (self->text, p);
  }
}

static void
write_object (DaisJsonWriter *self, JsonObject *object)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  dais_json_writer_begin_object (self);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    dais_json_writer_name (self, name);
    dais_json_writer_node (self, node);
  }
  dais_json_writer_end_object (self);
}

static void
write_array (DaisJsonWriter *self, JsonArray *array)
{
  guint length = json_array_get_length (array);

  dais_json_writer_begin_array (self);
  for (guint i = 0; i < length; i++)
    dais_json_writer_node (self, json_array_get_element (array, i));
  dais_json_writer_end_array (self);
}

static void
write_value (DaisJsonWriter *self, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    dais_json_writer_string (self, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    dais_json_writer_boolean (self, json_node_get_boolean (node));
  else if (type == G_TYPE_INT64)
    dais_json_writer_int (self, json_node_get_int (node));
  else
    dais_json_writer_double (self, json_node_get_double (node));
}

/**
 * dais_json_writer_node:
 * @self: the writer
 * @node: (nullable): a tree; members keep their order
 */
void
dais_json_writer_node (DaisJsonWriter *self, JsonNode *node)
{
  if (node == NULL) {
    dais_json_writer_null (self);
    return;
  }
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      write_object (self, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      write_array (self, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      write_value (self, node);
      break;
    case JSON_NODE_NULL:
    default:
      dais_json_writer_null (self);
  }
}

void
dais_json_writer_name_string (
    DaisJsonWriter *self, const gchar *name, const gchar *value)
{
  dais_json_writer_name (self, name);
  dais_json_writer_string (self, value);
}

void
dais_json_writer_name_int (
    DaisJsonWriter *self, const gchar *name, gint64 value)
{
  dais_json_writer_name (self, name);
  dais_json_writer_int (self, value);
}

void
dais_json_writer_name_double (
    DaisJsonWriter *self, const gchar *name, gdouble value)
{
  dais_json_writer_name (self, name);
  dais_json_writer_double (self, value);
}

void
dais_json_writer_name_boolean (
    DaisJsonWriter *self, const gchar *name, gboolean value)
{
  dais_json_writer_name (self, name);
  dais_json_writer_boolean (self, value);
}

void
dais_json_writer_name_raw (
    DaisJsonWriter *self, const gchar *name, const gchar *json)
{
  dais_json_writer_name (self, name);
  dais_json_writer_raw (self, json);
}

/**
 * dais_json_writer_steal:
 * @self: the writer; it starts anew
 *
 * Returns: (transfer full): the text so far
 */
gchar *
dais_json_writer_steal (DaisJsonWriter *self)
{
  GString *text = self->text;

  self->text = g_string_sized_new (256);
  return g_string_free (text, FALSE);
}

/**
 * dais_json_writer_steal_bytes:
 * @self: the writer; it starts anew
 *
 * Returns: (transfer full): the text so far, without a NUL counted
 */
GBytes *
dais_json_writer_steal_bytes (DaisJsonWriter *self)
{
  GString *text = self->text;

  self->text = g_string_sized_new (256);
  return g_string_free_to_bytes (text);
}

/**
 * dais_json_node_to_text:
 * @node: (nullable): a tree
 *
 * Returns: (transfer full): its JSON
 */
gchar *
dais_json_node_to_text (JsonNode *node)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_node (writer, node);
  return dais_json_writer_steal (writer);
}
