/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/socketio/sio-packet.h"

#include "core/json-reader.h"

#include <string.h>

#define MAX_NAME 1024
#define MAX_ID   G_GINT64_CONSTANT (9007199254740991) /* 2^53 - 1 */

static const gchar *const reserved[] = { "connect", "connect_error",
  "disconnect", "disconnecting", "newListener", "removeListener", NULL };

/**
 * dais_sio_packet_clear:
 * @self: a packet
 */
void
dais_sio_packet_clear (DaisSioPacket *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->query, g_free);
  g_clear_pointer (&self->json, g_free);
}

static gboolean
fail (GError **error, const gchar *what)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "broken Socket.IO packet: %s", what);
  return FALSE;
}

static gboolean
parse_number (const gchar **at, const gchar *end, gint64 max, gint64 *value)
{
  *value = 0;
  for (; *at < end && g_ascii_isdigit (**at); (*at)++) {
    *value = *value * 10 + (**at - '0');
    if (*value > max)
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_name (const gchar **at, const gchar *end, DaisSioPacket *packet)
{
  const gchar *comma;
  const gchar *stop;
  const gchar *question;

  if (*at >= end || **at != '/') {
    packet->name = g_strdup ("/");
    return TRUE;
  }
  comma = memchr (*at, ',', (gsize) (end - *at));
  stop = comma != NULL ? comma : end;
  if (stop - *at > MAX_NAME)
    return FALSE;
  question = memchr (*at, '?', (gsize) (stop - *at));
  if (question != NULL)
    packet->query = g_strndup (question + 1, (gsize) (stop - question - 1));
  packet->name = g_strndup (
      *at, (gsize) ((question != NULL ? question : stop) - *at));
  *at = comma != NULL ? comma + 1 : end;
  return TRUE;
}

static gboolean
check_payload (const DaisSioPacket *packet, GError **error)
{
  const gchar *json = packet->json;

  switch (packet->type) {
    case DAIS_SIO_CONNECT:
      return json == NULL || json[0] == '{' || json[0] == '"' ||
          fail (error, "the payload of a connect is no object");
    case DAIS_SIO_DISCONNECT:
      return json == NULL || fail (error, "a disconnect with a payload");
    case DAIS_SIO_CONNECT_ERROR:
      return fail (error, "a connect error from a client");
    case DAIS_SIO_EVENT:
    case DAIS_SIO_BINARY_EVENT:
    case DAIS_SIO_ACK:
    case DAIS_SIO_BINARY_ACK:
    default:
      return (json != NULL && json[0] == '[') ||
          fail (error, "the payload is no array");
  }
}

/**
 * dais_sio_packet_parse:
 * @text: NUL-ended
 * @length: bytes
 * @packet: (out caller-allocates): zeroed; clear it whatever is returned
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: whether it is a packet that a client may send
 */
gboolean
dais_sio_packet_parse (
    const gchar *text, gsize length, DaisSioPacket *packet, GError **error)
{
  const gchar *at = text;
  const gchar *end = text + length;
  gint64 number;

  packet->id = -1;
  if (length == 0 || *at < '0' || *at > '6')
    return fail (error, "an unknown type");
  packet->type = (DaisSioType) (*at++ - '0');
  if (packet->type == DAIS_SIO_BINARY_EVENT ||
      packet->type == DAIS_SIO_BINARY_ACK) {
    const gchar *start = at;

    if (!parse_number (&at, end, DAIS_SIO_MAX_ATTACHMENTS, &number) ||
        at == start || at >= end || *at != '-')
      return fail (error, "not a number of attachments up to 10");
    packet->n_attachments = (guint) number;
    at++;
  }
  if (!parse_name (&at, end, packet))
    return fail (error, "the namespace is too long");
  if (at < end && g_ascii_isdigit (*at)) {
    if (!parse_number (&at, end, MAX_ID, &packet->id))
      return fail (error, "the id is too large");
  }
  if (at < end) {
    if (!dais_json_check (at, end - at, error))
      return FALSE;
    packet->json = g_strndup (at, (gsize) (end - at));
  }
  return check_payload (packet, error);
}

/**
 * dais_sio_packet_encode:
 * @type: of the packet
 * @n_attachments: for the binary types
 * @name: of the namespace
 * @id: -1 = none
 * @json: (nullable): the payload
 *
 * Returns: (transfer full): the text of an Engine.IO message
 */
gchar *
dais_sio_packet_encode (DaisSioType type, guint n_attachments,
    const gchar *name, gint64 id, const gchar *json)
{
  GString *text = g_string_sized_new (64);

  g_string_append_c (text, (gchar) ('0' + type));
  if (type == DAIS_SIO_BINARY_EVENT || type == DAIS_SIO_BINARY_ACK)
    g_string_append_printf (text, "%u-", n_attachments);
  if (!g_str_equal (name, "/"))
    g_string_append_printf (text, "%s,", name);
  if (id >= 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, id);
  if (json != NULL)
    g_string_append (text, json);
  return g_string_free (text, FALSE);
}

/**
 * dais_sio_packet_get_values:
 * @packet: an event or ack
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (element-type utf8): JSON texts
 */
GPtrArray *
dais_sio_packet_get_values (const DaisSioPacket *packet, GError **error)
{
  g_autoptr (GPtrArray) values = dais_json_array_slices (
      packet->json, (gssize) strlen (packet->json));
  gboolean is_event = packet->type == DAIS_SIO_EVENT ||
      packet->type == DAIS_SIO_BINARY_EVENT;

  if (values == NULL || (is_event && values->len == 0)) {
    fail (error, "an event without a name");
    return NULL;
  }
  return g_steal_pointer (&values);
}

/**
 * dais_sio_event_name:
 * @value: JSON text
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: (transfer full) (nullable): see sio-packet.h
 */
gchar *
dais_sio_event_name (const gchar *value, GError **error)
{
  g_autofree gchar *name = NULL;

  if (g_ascii_isdigit (value[0]) || value[0] == '-')
    return NULL;
  if (value[0] != '"') {
    fail (error, "the name of an event is no string");
    return NULL;
  }
  if (strchr (value, '\\') == NULL) {
    name = g_strndup (value + 1, strlen (value) - 2);
  } else {
    g_autoptr (JsonNode) node = dais_json_parse (value, -1, error);

    if (node == NULL)
      return NULL;
    name = json_node_dup_string (node);
  }
  if (g_strv_contains (reserved, name)) {
    fail (error, "a reserved name of an event");
    return NULL;
  }
  return g_steal_pointer (&name);
}

typedef struct {
  guint n_attachments;
  gboolean is_good;
} Check;

static void check_node (JsonNode *node, Check *check);

static void
check_member (
    JsonObject *object, const gchar *name, JsonNode *node, gpointer user_data)
{
  check_node (node, user_data);
}

static void
check_element (
    JsonArray *array, guint index, JsonNode *node, gpointer user_data)
{
  check_node (node, user_data);
}

static gboolean
is_true (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
      json_node_get_boolean (node);
}

/* As deep as the reader lets JSON be. */
static void
check_node (JsonNode *node, Check *check)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    json_array_foreach_element (
        json_node_get_array (node), check_element, check);
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *object = json_node_get_object (node);

    if (is_true (object, "_placeholder")) {
      JsonNode *number = json_object_get_member (object, "num");

      check->is_good &= number != NULL && JSON_NODE_HOLDS_VALUE (number) &&
          json_node_get_value_type (number) == G_TYPE_INT64 &&
          json_node_get_int (number) >= 0 &&
          json_node_get_int (number) < check->n_attachments;
      return;
    }
    json_object_foreach_member (object, check_member, check);
  }
}

/**
 * dais_sio_check_placeholders:
 * @json: the payload of a binary packet
 * @n_attachments: how many came with it
 * @error: DAIS_ERROR_INVALID
 *
 * Returns: whether every placeholder's number is one of them
 */
gboolean
dais_sio_check_placeholders (
    const gchar *json, guint n_attachments, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, error);
  Check check = { n_attachments, TRUE };

  if (node == NULL)
    return FALSE;
  check_node (node, &check);
  return check.is_good || fail (error, "a placeholder for nothing");
}
