/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/json-scanner.h"

#include "core/error.h"
#include "core/json-reader.h"

#include <math.h>
#include <string.h>

typedef struct {
  const gchar *start;
  const gchar *p;
  const gchar *end;
  guint depth;
  gboolean build;
  DaisJsonSliceFunc on_slice; /* (nullable) */
  gpointer user_data;
  GError **error;
} Scanner;

static gboolean scan_value (Scanner *self, JsonNode **node);

/* Columns count characters, so that an editor finds the place. */
static gboolean
fail_at (Scanner *self, const gchar *where, const gchar *what)
{
  const gchar *line_start = self->start;
  guint line = 1;
  guint column = 1;

  for (const gchar *c = self->start; c < where; c++) {
    if (*c != '\n')
      continue;
    line++;
    line_start = c + 1;
  }
  for (const gchar *c = line_start; c < where; c++) {
    if (((guchar) *c & 0xc0) != 0x80)
      column++;
  }

  g_set_error (self->error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "not valid JSON at line %u, column %u: %s", line, column, what);
  return FALSE;
}

static void
skip_blanks (Scanner *self)
{
  while (self->p < self->end &&
      (*self->p == ' ' || *self->p == '\t' || *self->p == '\n' ||
          *self->p == '\r'))
    self->p++;
}

static gboolean
next_is (Scanner *self, gchar c)
{
  return self->p < self->end && *self->p == c;
}

static gboolean
scan_hex4 (Scanner *self, gunichar *unit)
{
  gunichar value = 0;

  if (self->end - self->p < 4)
    return fail_at (self, self->p, "\\u needs four hexadecimal digits");
  for (guint i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (self->p[i]);

    if (digit < 0)
      return fail_at (self, self->p + i, "\\u needs four hexadecimal digits");
    value = value << 4 | (gunichar) digit;
  }
  self->p += 4;
  *unit = value;
  return TRUE;
}

/* After "\u". A character beyond the basic plane is a pair of escapes. */
static gboolean
scan_unicode_escape (Scanner *self, GString *out)
{
  const gchar *where = self->p - 2;
  gunichar unit;
  gunichar low;

  if (!scan_hex4 (self, &unit))
    return FALSE;
  if (unit == 0 && out != NULL)
    return fail_at (self, where, "\\u0000 is not accepted in a string");
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return fail_at (self, where, "half of a surrogate pair");
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (self->end - self->p < 2 || self->p[0] != '\\' || self->p[1] != 'u')
      return fail_at (self, where, "half of a surrogate pair");
    self->p += 2;
    if (!scan_hex4 (self, &low))
      return FALSE;
    if (low < 0xdc00 || low > 0xdfff)
      return fail_at (self, where, "half of a surrogate pair");
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  if (out != NULL)
    g_string_append_unichar (out, unit);
  return TRUE;
}

/* Stands behind a backslash. */
static gboolean
scan_escape (Scanner *self, GString *out)
{
  static const gchar from[] = "\"\\/bfnrt";
  static const gchar to[] = "\"\\/\b\f\n\r\t";
  const gchar *found = NULL;

  if (self->p < self->end && *self->p == 'u') {
    self->p++;
    return scan_unicode_escape (self, out);
  }
  if (self->p < self->end && *self->p != '\0')
    found = strchr (from, *self->p);
  if (found == NULL)
    return fail_at (self, self->p, "unknown escape in a string");
  if (out != NULL)
    g_string_append_c (out, to[found - from]);
  self->p++;
  return TRUE;
}

/* out is (nullable): only check then. */
static gboolean
scan_string (Scanner *self, GString *out)
{
  const gchar *open = self->p++;

  while (self->p < self->end && *self->p != '"') {
    const gchar *run = self->p;

    while (self->p < self->end && *self->p != '"' && *self->p != '\\' &&
        (guchar) *self->p >= 0x20)
      self->p++;
    if (out != NULL)
      g_string_append_len (out, run, self->p - run);
    if (self->p < self->end && *self->p == '\\') {
      self->p++;
      if (!scan_escape (self, out))
        return FALSE;
    } else if (self->p < self->end && *self->p != '"') {
      return fail_at (
          self, self->p, "control character in a string; write it as \\u00XX");
    }
  }
  if (self->p == self->end)
    return fail_at (self, open, "the string that begins here never ends");
  self->p++;
  return TRUE;
}

static gboolean
skip_digits (Scanner *self)
{
  const gchar *first = self->p;

  while (self->p < self->end && g_ascii_isdigit (*self->p))
    self->p++;
  return self->p > first;
}

/* Integers that do not fit become doubles instead of wrapping. */
static JsonNode *
number_node (const gchar *first, gsize length, gboolean is_integer)
{
  g_autofree gchar *copy = g_strndup (first, length);
  JsonNode *node = json_node_alloc ();
  gint64 value;

  if (is_integer &&
      g_ascii_string_to_signed (copy, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return json_node_init_int (node, value);
  return json_node_init_double (node, g_ascii_strtod (copy, NULL));
}

static gboolean
scan_number (Scanner *self, JsonNode **node)
{
  const gchar *first = self->p;
  gboolean is_integer = TRUE;

  if (next_is (self, '-'))
    self->p++;
  if (next_is (self, '0')) {
    self->p++;
    if (self->p < self->end && g_ascii_isdigit (*self->p))
      return fail_at (self, first, "a number must not begin with 0");
  } else if (!skip_digits (self)) {
    return fail_at (self, self->p, "a digit was expected");
  }
  if (next_is (self, '.')) {
    is_integer = FALSE;
    self->p++;
    if (!skip_digits (self))
      return fail_at (self, self->p, "a digit was expected after the point");
  }
  if (next_is (self, 'e') || next_is (self, 'E')) {
    is_integer = FALSE;
    self->p++;
    if (next_is (self, '+') || next_is (self, '-'))
      self->p++;
    if (!skip_digits (self))
      return fail_at (self, self->p, "a digit was expected in the exponent");
  }
  if (self->build)
    *node = number_node (first, (gsize) (self->p - first), is_integer);
  return TRUE;
}

static gboolean
scan_word (Scanner *self, JsonNode **node)
{
  static const gchar *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize length = strlen (words[i]);

    if ((gsize) (self->end - self->p) < length ||
        memcmp (self->p, words[i], length) != 0)
      continue;
    self->p += length;
    if (self->build) {
      *node = json_node_alloc ();
      if (i == 2)
        json_node_init_null (*node);
      else
        json_node_init_boolean (*node, i == 0);
    }
    return TRUE;
  }
  if (self->p == self->end)
    return fail_at (self, self->p, "the text ends where a value was expected");
  return fail_at (self, self->p,
      "a value was expected: an object, array, string, number, true, false or "
      "null");
}

/* Members on their way into an object. json-glib walks a linked list for a name
 * that it has already; a body of nothing but repeated names would take minutes.
 * So each name is handed over once, with its last value, at its first place. */
typedef struct {
  GPtrArray *names;  /* (element-type utf8) owned by nodes */
  GHashTable *nodes; /* (element-type utf8 JsonNode) */
} Members;

static void
members_free (Members *members)
{
  g_ptr_array_unref (members->names);
  g_hash_table_unref (members->nodes);
  g_free (members);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Members, members_free)

static Members *
members_new (void)
{
  Members *members = g_new0 (Members, 1);

  members->names = g_ptr_array_new ();
  members->nodes = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_node_unref);
  return members;
}

static void
members_take (Members *members, const gchar *name, JsonNode *node)
{
  gchar *key = g_strdup (name);

  /* Of a name that is there, insert() keeps the old key and frees this one. */
  if (g_hash_table_insert (members->nodes, key, node))
    g_ptr_array_add (members->names, key);
}

static JsonObject *
members_to_object (Members *members)
{
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < members->names->len; i++) {
    const gchar *name = members->names->pdata[i];

    json_object_set_member (object, name,
        json_node_ref (g_hash_table_lookup (members->nodes, name)));
  }
  return object;
}

/* One value of a container: recursion, the slice, the tree. */
static gboolean
scan_item (Scanner *self, const gchar *name, Members *members, JsonArray *array)
{
  g_autoptr (JsonNode) node = NULL;
  const gchar *first;

  skip_blanks (self);
  first = self->p;
  if (!scan_value (self, &node))
    return FALSE;
  if (self->on_slice != NULL && self->depth == 1)
    self->on_slice (name, first, (gsize) (self->p - first), self->user_data);
  if (members != NULL)
    members_take (members, name, g_steal_pointer (&node));
  else if (array != NULL)
    json_array_add_element (array, g_steal_pointer (&node));
  return TRUE;
}

/* *more becomes FALSE where the container is closed. */
static gboolean
scan_separator (Scanner *self, gchar close, gboolean *more)
{
  skip_blanks (self);
  if (next_is (self, close)) {
    self->p++;
    *more = FALSE;
    return TRUE;
  }
  if (!next_is (self, ','))
    return fail_at (self, self->p,
        close == '}' ? "',' or '}' was expected" : "',' or ']' was expected");
  self->p++;
  skip_blanks (self);
  *more = TRUE;
  return TRUE;
}

static gboolean
scan_object (Scanner *self, JsonNode **node)
{
  g_autoptr (Members) members = self->build ? members_new () : NULL;
  g_autoptr (GString) name = NULL;
  gboolean more = TRUE;

  if (self->build || self->on_slice != NULL)
    name = g_string_new (NULL);
  self->p++;
  skip_blanks (self);
  if (next_is (self, '}')) {
    self->p++;
    more = FALSE;
  }
  while (more) {
    if (!next_is (self, '"'))
      return fail_at (self, self->p, "a member's name in \"\" was expected");
    if (name != NULL)
      g_string_truncate (name, 0);
    if (!scan_string (self, name))
      return FALSE;
    skip_blanks (self);
    if (!next_is (self, ':'))
      return fail_at (self, self->p, "':' was expected");
    self->p++;
    if (!scan_item (self, name != NULL ? name->str : NULL, members, NULL) ||
        !scan_separator (self, '}', &more))
      return FALSE;
  }
  if (self->build) {
    *node = json_node_new (JSON_NODE_OBJECT);
    json_node_take_object (*node, members_to_object (members));
  }
  return TRUE;
}

static gboolean
scan_array (Scanner *self, JsonNode **node)
{
  g_autoptr (JsonArray) array = self->build ? json_array_new () : NULL;
  gboolean more = TRUE;

  self->p++;
  skip_blanks (self);
  if (next_is (self, ']')) {
    self->p++;
    more = FALSE;
  }
  while (more) {
    if (!scan_item (self, NULL, NULL, array) ||
        !scan_separator (self, ']', &more))
      return FALSE;
  }
  if (self->build) {
    *node = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (*node, g_steal_pointer (&array));
  }
  return TRUE;
}

static gboolean
scan_container (Scanner *self, JsonNode **node)
{
  gboolean ok;

  if (self->depth == DAIS_JSON_MAX_DEPTH)
    return fail_at (self, self->p,
        "nested deeper than " G_STRINGIFY (DAIS_JSON_MAX_DEPTH) " levels");
  self->depth++;
  ok = *self->p == '{' ? scan_object (self, node) : scan_array (self, node);
  self->depth--;
  return ok;
}

static gboolean
scan_value (Scanner *self, JsonNode **node)
{
  if (next_is (self, '{') || next_is (self, '['))
    return scan_container (self, node);
  if (next_is (self, '-') ||
      (self->p < self->end && g_ascii_isdigit (*self->p)))
    return scan_number (self, node);
  if (next_is (self, '"')) {
    g_autoptr (GString) text = self->build ? g_string_new (NULL) : NULL;

    if (!scan_string (self, text))
      return FALSE;
    if (text != NULL)
      *node = json_node_init_string (json_node_alloc (), text->str);
    return TRUE;
  }
  return scan_word (self, node);
}

/**
 * dais_json_scan:
 * @text: JSON text, need not be UTF-8 nor end with NUL
 * @length: bytes of @text, or -1 when it ends with NUL
 * @node: (out) (optional) (transfer full): the tree; %NULL to only check
 * @on_slice: (nullable) (scope call): told of each outermost element
 * @user_data: data for @on_slice
 * @error: return location; %DAIS_ERROR_INVALID with line and column
 *
 * RFC 8259 with two additions that no honest sender meets: halves of surrogate
 * pairs are refused, and so is \u0000 where a C string would be made of it.
 *
 * Returns: %TRUE when @text is one JSON value
 */
gboolean
dais_json_scan (const gchar *text, gssize length, JsonNode **node,
    DaisJsonSliceFunc on_slice, gpointer user_data, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr (JsonNode) root = NULL;
  const gchar *bad;
  Scanner self = {
    .start = text,
    .p = text,
    .end = text + size,
    .build = node != NULL,
    .on_slice = on_slice,
    .user_data = user_data,
    .error = error,
  };

  if (!g_utf8_validate_len (text, size, &bad))
    return fail_at (&self, bad, "not UTF-8");
  skip_blanks (&self);
  if (!scan_value (&self, &root))
    return FALSE;
  skip_blanks (&self);
  if (self.p < self.end)
    return fail_at (&self, self.p, "the value ends before this");
  if (node != NULL)
    *node = g_steal_pointer (&root);
  return TRUE;
}
