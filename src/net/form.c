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
  g_autoptr (JsonObject) object = dais_json_parse_object (
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), error);

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

static gboolean
add_part (GHashTable *fields, SoupMessageHeaders *headers, GBytes *part,
    GError **error)
{
  g_autoptr (GHashTable) params = NULL;
  g_autofree gchar *disposition = NULL;
  const gchar *name;
  gsize size;
  const gchar *data = g_bytes_get_data (part, &size);

  if (!soup_message_headers_get_content_disposition (
          headers, &disposition, &params) ||
      (name = g_hash_table_lookup (params, "name")) == NULL)
    return TRUE;
  if (!g_utf8_validate (data, (gssize) size, NULL)) {
    if (g_hash_table_contains (params, "filename"))
      return TRUE; /* a file is no field */
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the form field \"%s\" is not UTF-8 text", name);
    return FALSE;
  }
  g_hash_table_insert (fields, g_strdup (name), g_strndup (data, size));
  return TRUE;
}

static GHashTable *
parse_multipart (SoupMessageHeaders *headers, GBytes *body, GError **error)
{
  g_autoptr (SoupMultipart) multipart = soup_multipart_new_from_message (
      headers, body);
  g_autoptr (GHashTable) fields = new_fields ();

  if (multipart == NULL) {
    g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the multipart body does not follow its boundary");
    return NULL;
  }
  if (soup_multipart_get_length (multipart) > MAX_FIELDS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "a form has at most %d fields", MAX_FIELDS);
    return NULL;
  }
  for (gint i = 0; i < soup_multipart_get_length (multipart); i++) {
    SoupMessageHeaders *part_headers = NULL;
    GBytes *part = NULL;

    if (soup_multipart_get_part (multipart, i, &part_headers, &part) &&
        !add_part (fields, part_headers, part, error))
      return NULL;
  }
  return g_steal_pointer (&fields);
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
