/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "core/json-reader.h"
#include "net/request-private.h"

#include <string.h>

#define MAX_FIELDS 256

static GHashTable *
new_fields (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
add_json_member (
    JsonObject *object, const gchar *name, JsonNode *node, gpointer user_data)
{
  if (JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_STRING)
    g_hash_table_insert (
        user_data, g_strdup (name), json_node_dup_string (node));
}

static GHashTable *
parse_json (GBytes *body, GError **error)
{
  g_autoptr (GHashTable) fields = new_fields ();
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  g_autoptr (JsonObject) object = dais_json_parse_object (
      data != NULL ? data : "", (gssize) size, error);

  if (object == NULL)
    return NULL;
  json_object_foreach_member (object, add_json_member, fields);
  return g_steal_pointer (&fields);
}

static GHashTable *
parse_urlencoded (GBytes *body, GError **error)
{
  gsize size;
  const gchar *data = g_bytes_get_data (body, &size);
  g_autofree gchar *text = NULL;
  g_autoptr (GHashTable) fields = NULL;
  GHashTableIter iter;
  gpointer value;

  if (size > 0 && memchr (data, '\0', size) != NULL) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the form has a zero byte in it");
    return NULL;
  }
  text = g_strndup (data != NULL ? data : "", size);
  fields = soup_form_decode (text);
  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!g_utf8_validate (value, -1, NULL)) {
      g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "the form has a field that is not UTF-8 text");
      return NULL;
    }
  return g_steal_pointer (&fields);
}

/* (nullable): the parameters of a part's Content-Disposition, of which the
 * header lines are @head. */
static GHashTable *
parse_disposition (const gchar *head, gsize length)
{
  g_autofree gchar *text = g_strndup (head, length);
  g_auto (GStrv) lines = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", 64);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], "Content-Disposition:", 20) == 0)
      return soup_header_parse_semi_param_list (g_strchomp (lines[i] + 20));
  return NULL;
}

/* @part: from behind its boundary's line to before the next boundary */
static gboolean
add_part (GHashTable *fields, const gchar *part, gsize length, GError **error)
{
  const gchar *end = memmem (part, length, "\r\n\r\n", 4);
  GHashTable *params = NULL;
  const gchar *name = NULL;
  gboolean is_file = FALSE;
  gboolean is_text = FALSE;
  gsize size = 0;

  if (end == NULL)
    return TRUE; /* no header, no name, no field */
  params = parse_disposition (part, (gsize) (end - part));
  if (params == NULL)
    return TRUE;
  end += 4;
  size = length - (gsize) (end - part);
  name = g_hash_table_lookup (params, "name");
  is_file = g_hash_table_contains (params, "filename");
  is_text = memchr (end, '\0', size) == NULL &&
      g_utf8_validate (end, (gssize) size, NULL);
  if (name != NULL && is_text)
    g_hash_table_insert (fields, g_strdup (name), g_strndup (end, size));
  else if (name != NULL && !is_file) /* a file is no field */
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the form field \"%s\" is not UTF-8 text", name);
  is_text |= is_file || name == NULL;
  soup_header_free_param_list (params);
  return is_text;
}

static gboolean
fail_multipart (GError **error)
{
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the multipart body does not follow its boundary");
  return FALSE;
}

/* RFC 7578. Ours, because libsoup 3.2's reader looks beyond the end of the body
 * (found by fuzzing: strstr() in soup_multipart_new_from_message()). */
static gboolean
add_parts (GHashTable *fields, const gchar *delimiter, const gchar *data,
    gsize length, GError **error)
{
  /* the delimiter begins with a line end, which the first one has not */
  gsize n = strlen (delimiter) - 2;
  const gchar *end = data + length;

  if (length < n || memcmp (data, delimiter + 2, n) != 0)
    return fail_multipart (error);
  data += n;
  for (guint i = 0; end - data >= 2 && memcmp (data, "--", 2) != 0; i++) {
    const gchar *next;

    if (i == MAX_FIELDS) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
          "a form has at most %d fields", MAX_FIELDS);
      return FALSE;
    }
    next = memmem (data, (gsize) (end - data), delimiter, n + 2);
    if (memcmp (data, "\r\n", 2) != 0 || next == NULL)
      return fail_multipart (error);
    data += 2;
    if (next > data && !add_part (fields, data, (gsize) (next - data), error))
      return FALSE;
    data = next + n + 2;
  }
  return end - data >= 2 || fail_multipart (error);
}

static GHashTable *
parse_multipart (SoupMessageHeaders *headers, GBytes *body, GError **error)
{
  g_autoptr (GHashTable) fields = new_fields ();
  g_autoptr (GHashTable) params = NULL;
  g_autofree gchar *delimiter = NULL;
  const gchar *boundary;
  gsize length;
  const gchar *data = g_bytes_get_data (body, &length);

  soup_message_headers_get_content_type (headers, &params);
  boundary = params != NULL ? g_hash_table_lookup (params, "boundary") : NULL;
  if (boundary == NULL || boundary[0] == '\0' || data == NULL) {
    fail_multipart (error);
    return NULL;
  }
  delimiter = g_strconcat ("\r\n--", boundary, NULL);
  return add_parts (fields, delimiter, data, length, error)
      ? g_steal_pointer (&fields)
      : NULL;
}

/**
 * dais_form_parse: (skip)
 * @headers: of the request or a part: its Content-Type
 * @body: the body
 * @error: DAIS_ERROR_INVALID, DAIS_ERROR_TOO_LARGE
 *
 * Returns: (transfer full) (element-type utf8 utf8): the fields
 */
GHashTable *
dais_form_parse (SoupMessageHeaders *headers, GBytes *body, GError **error)
{
  const gchar *type = soup_message_headers_get_content_type (headers, NULL);

  if (g_strcmp0 (type, "application/json") == 0)
    return parse_json (body, error);
  if (g_strcmp0 (type, "multipart/form-data") == 0)
    return parse_multipart (headers, body, error);
  if (type == NULL || g_str_equal (type, "application/x-www-form-urlencoded"))
    return parse_urlencoded (body, error);
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "cannot read a form of type \"%s\"; send "
      "application/x-www-form-urlencoded, multipart/form-data or "
      "application/json",
      type);
  return NULL;
}

/**
 * dais_request_get_form:
 * @self: a request
 * @error: DAIS_ERROR_INVALID, DAIS_ERROR_TOO_LARGE
 *
 * Reads the body by its Content-Type: urlencoded, multipart or a JSON object
 * (of which only string members count).
 *
 * Returns: (transfer full) (element-type utf8 utf8): the fields
 */
GHashTable *
dais_request_get_form (DaisRequest *self, GError **error)
{
  GBytes *body = dais_request_get_body (self);

  if (self->message == NULL) {
    g_set_error_literal (
        error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE, "the client is gone");
    return NULL;
  }
  return dais_form_parse (
      soup_server_message_get_request_headers (self->message), body, error);
}
