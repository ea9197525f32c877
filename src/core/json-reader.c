/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/json-reader.h"

#include "core/error.h"
#include "core/json-scanner.h"

#include <math.h>

/* Whole numbers up to here are exact in a double. */
#define MAX_EXACT 9007199254740992.0

/**
 * dais_json_check:
 * @text: what a client sent
 * @length: bytes, or -1 when @text ends with NUL
 * @error: return location; %DAIS_ERROR_INVALID with line and column
 *
 * Returns: %TRUE when @text is exactly one JSON value by RFC 8259, UTF-8, not
 *   nested deeper than %DAIS_JSON_MAX_DEPTH
 */
gboolean
dais_json_check (const gchar *text, gssize length, GError **error)
{
  g_return_val_if_fail (text != NULL, FALSE);

  return dais_json_scan (text, length, NULL, NULL, NULL, error);
}

/**
 * dais_json_parse:
 * @text: what a client sent
 * @length: bytes, or -1 when @text ends with NUL
 * @error: return location; %DAIS_ERROR_INVALID with line and column
 *
 * Of members of the same name the last one wins. Integers beyond 64 bits
 * become doubles.
 *
 * Returns: (transfer full) (nullable): the tree
 */
JsonNode *
dais_json_parse (const gchar *text, gssize length, GError **error)
{
  JsonNode *node = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  if (!dais_json_scan (text, length, &node, NULL, NULL, error))
    return NULL;
  return node;
}

static const gchar *
type_name (JsonNode *node)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return "an object";
    case JSON_NODE_ARRAY:
      return "an array";
    case JSON_NODE_NULL:
      return "null";
    case JSON_NODE_VALUE:
    default:
      break;
  }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return "a string";
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return "a boolean";
  return "a number";
}

/**
 * dais_json_parse_object:
 * @text: what a client sent
 * @length: bytes, or -1 when @text ends with NUL
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * As dais_json_parse(), for a text that must be an object.
 *
 * Returns: (transfer full) (nullable): the object
 */
JsonObject *
dais_json_parse_object (const gchar *text, gssize length, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (text, length, error);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "a JSON object was expected, not %s", type_name (node));
    return NULL;
  }
  return json_node_dup_object (node);
}

/* NULL for absent and null. */
static JsonNode *
lookup (JsonObject *object, const gchar *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
wrong_type (
    JsonNode *node, const gchar *member, const gchar *wanted, GError **error)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID, "'%s' must be %s, not %s",
      member, wanted, type_name (node));
  return FALSE;
}

/**
 * dais_json_get_string:
 * @object: an object
 * @member: name of a member
 * @value: (inout) (transfer none): lives as long as @object
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * Absent and null leave @value untouched; so do the getters below.
 *
 * Returns: %FALSE when the member is no string
 */
gboolean
dais_json_get_string (JsonObject *object, const gchar *member,
    const gchar **value, GError **error)
{
  JsonNode *node = lookup (object, member);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return wrong_type (node, member, "a string", error);
  *value = json_node_get_string (node);
  return TRUE;
}

/**
 * dais_json_get_int:
 * @object: an object
 * @member: name of a member
 * @value: (inout): the number
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * A number with a point is taken when it is whole, as 3.0 or 1e3.
 *
 * Returns: %FALSE when the member is no whole number
 */
gboolean
dais_json_get_int (
    JsonObject *object, const gchar *member, gint64 *value, GError **error)
{
  JsonNode *node = lookup (object, member);
  gdouble number;

  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_INT64) {
    *value = json_node_get_int (node);
    return TRUE;
  }
  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_DOUBLE)
    return wrong_type (node, member, "a whole number", error);
  number = json_node_get_double (node);
  if (!(fabs (number) <= MAX_EXACT) || floor (number) != number) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' must be a whole number within 64 bits", member);
    return FALSE;
  }
  *value = (gint64) number;
  return TRUE;
}

/**
 * dais_json_get_double:
 * @object: an object
 * @member: name of a member
 * @value: (inout): the number, always finite
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * Returns: %FALSE when the member is no number
 */
gboolean
dais_json_get_double (
    JsonObject *object, const gchar *member, gdouble *value, GError **error)
{
  JsonNode *node = lookup (object, member);
  gdouble number;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) ||
      (json_node_get_value_type (node) != G_TYPE_INT64 &&
          json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return wrong_type (node, member, "a number", error);
  number = json_node_get_double (node);
  if (!isfinite (number)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' is too large a number", member);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

/**
 * dais_json_get_boolean:
 * @object: an object
 * @member: name of a member
 * @value: (inout): true or false
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * Returns: %FALSE when the member is no boolean
 */
gboolean
dais_json_get_boolean (
    JsonObject *object, const gchar *member, gboolean *value, GError **error)
{
  JsonNode *node = lookup (object, member);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return wrong_type (node, member, "true or false", error);
  *value = json_node_get_boolean (node);
  return TRUE;
}

/**
 * dais_json_get_object:
 * @object: an object
 * @member: name of a member
 * @value: (inout) (transfer none): lives as long as @object
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * Returns: %FALSE when the member is no object
 */
gboolean
dais_json_get_object (
    JsonObject *object, const gchar *member, JsonObject **value, GError **error)
{
  JsonNode *node = lookup (object, member);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return wrong_type (node, member, "an object", error);
  *value = json_node_get_object (node);
  return TRUE;
}

/**
 * dais_json_get_array:
 * @object: an object
 * @member: name of a member
 * @value: (inout) (transfer none): lives as long as @object
 * @error: return location; %DAIS_ERROR_INVALID names the member
 *
 * Returns: %FALSE when the member is no array
 */
gboolean
dais_json_get_array (
    JsonObject *object, const gchar *member, JsonArray **value, GError **error)
{
  JsonNode *node = lookup (object, member);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return wrong_type (node, member, "an array", error);
  *value = json_node_get_array (node);
  return TRUE;
}

/**
 * dais_json_only_members:
 * @object: an object
 * @members: (array zero-terminated=1): the names that may stand in it
 * @error: return location; %DAIS_ERROR_INVALID names the unknown one
 *
 * Returns: %FALSE when @object has another member
 */
gboolean
dais_json_only_members (
    JsonObject *object, const gchar *const *members, GError **error)
{
  JsonObjectIter iter;
  const gchar *name;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    g_autofree gchar *known = NULL;

    if (g_strv_contains (members, name))
      continue;
    known = g_strjoinv (", ", (gchar **) members);
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "unknown field '%.100s'; known are: %s", name, known);
    return FALSE;
  }
  return TRUE;
}

typedef struct {
  const gchar *member;
  const gchar *value; /* (nullable) */
  gsize length;
} MemberSearch;

static void
on_member (
    const gchar *name, const gchar *value, gsize length, gpointer user_data)
{
  MemberSearch *search = user_data;

  if (g_strcmp0 (name, search->member) != 0)
    return;
  search->value = value;
  search->length = length;
}

/**
 * dais_json_member_slice:
 * @text: JSON that passed dais_json_check()
 * @length: bytes, or -1 when @text ends with NUL
 * @member: name of a member of the outermost object
 *
 * For relaying a value verbatim (contracts README §1).
 *
 * Returns: (transfer full) (nullable): the value as it was written; of members
 *   of the same name the last one; %NULL when there is none
 */
gchar *
dais_json_member_slice (const gchar *text, gssize length, const gchar *member)
{
  MemberSearch search = { .member = member };

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (member != NULL, NULL);

  if (!dais_json_scan (text, length, NULL, on_member, &search, NULL) ||
      search.value == NULL)
    return NULL;
  return g_strndup (search.value, search.length);
}

static void
on_element (
    const gchar *name, const gchar *value, gsize length, gpointer user_data)
{
  if (name == NULL)
    g_ptr_array_add (user_data, g_strndup (value, length));
}

/**
 * dais_json_array_slices:
 * @text: JSON that passed dais_json_check()
 * @length: bytes, or -1 when @text ends with NUL
 *
 * Returns: (transfer full) (element-type utf8): the elements of the outermost
 *   array as they were written; empty when @text is no array
 */
GPtrArray *
dais_json_array_slices (const gchar *text, gssize length)
{
  GPtrArray *slices = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (text != NULL, slices);

  dais_json_scan (text, length, NULL, on_element, slices, NULL);
  return slices;
}
