/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "core/json-writer.h"
#include "net/request-private.h"
#include "net/socketio/sio-private.h"

#include <string.h>

/* Unanswered questions to one client; more than that and it plays dead. */
#define MAX_ASKED 1000

typedef struct {
  DaisSioAnswer answer;
  gpointer user_data;
  gint64 id; /* not first: a GHashTable whose keys are its values is a set */
} Question;

DaisSioSocket *
dais_sio_socket_new (
    DaisSioClient *client, DaisSioNamespace *space, const gchar *id)
{
  DaisSioSocket *self = g_new0 (DaisSioSocket, 1);

  self->refs = 1;
  self->client = dais_sio_client_ref (client);
  self->space = space;
  self->id = g_strdup (id);
  return self;
}

/**
 * dais_sio_socket_ref:
 * @self: a socket
 *
 * Returns: (transfer full): @self
 */
DaisSioSocket *
dais_sio_socket_ref (DaisSioSocket *self)
{
  self->refs++;
  return self;
}

/**
 * dais_sio_socket_unref:
 * @self: (transfer full): a socket
 */
void
dais_sio_socket_unref (DaisSioSocket *self)
{
  if (--self->refs > 0)
    return;
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_clear_pointer (&self->rooms, g_ptr_array_unref);
  g_clear_pointer (&self->asked, g_hash_table_unref);
  g_clear_pointer (&self->client, dais_sio_client_unref);
  g_free (self->id);
  g_free (self->pid);
  g_free (self->kept);
  g_free (self->query);
  g_free (self);
}

gchar *
dais_sio_make_event_json (
    const gchar *event, const gchar *args, const gchar *offset)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_array (writer);
  if (event != NULL)
    dais_json_writer_string (writer, event);
  if (args != NULL && args[0] != '\0')
    dais_json_writer_raw (writer, args);
  if (offset != NULL)
    dais_json_writer_string (writer, offset);
  dais_json_writer_end_array (writer);
  return dais_json_writer_steal (writer);
}

void
dais_sio_message_init (DaisSioMessage *self, DaisSioNamespace *space,
    DaisSioType type, gint64 id, const gchar *json, GPtrArray *attachments)
{
  guint n = attachments != NULL ? attachments->len : 0;
  g_autofree gchar *text = NULL;

  if (n > 0)
    type = type == DAIS_SIO_ACK ? DAIS_SIO_BINARY_ACK : DAIS_SIO_BINARY_EVENT;
  text = dais_sio_packet_encode (type, n, space->name, id, json);
  self->text = dais_eio_packet_new_text (DAIS_EIO_MESSAGE, text, -1);
  self->plain = NULL;
  self->binaries = NULL;
  if (n == 0)
    return;
  self->binaries = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_eio_packet_unref);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->binaries,
        dais_eio_packet_new_binary (g_ptr_array_index (attachments, i)));
}

void
dais_sio_message_set_plain (
    DaisSioMessage *self, DaisSioNamespace *space, const gchar *json)
{
  guint n = self->binaries != NULL ? self->binaries->len : 0;
  g_autofree gchar *text = dais_sio_packet_encode (
      n > 0 ? DAIS_SIO_BINARY_EVENT : DAIS_SIO_EVENT, n, space->name, -1, json);

  self->plain = dais_eio_packet_new_text (DAIS_EIO_MESSAGE, text, -1);
}

void
dais_sio_message_clear (DaisSioMessage *self)
{
  g_clear_pointer (&self->text, dais_eio_packet_unref);
  g_clear_pointer (&self->plain, dais_eio_packet_unref);
  g_clear_pointer (&self->binaries, g_ptr_array_unref);
}

void
dais_sio_message_send (DaisSioMessage *self, DaisSioClient *client)
{
  gboolean is_plain = self->plain != NULL &&
      dais_eio_session_get_version (client->session) == 3;

  dais_eio_session_send (client->session, is_plain ? self->plain : self->text);
  for (guint i = 0; self->binaries != NULL && i < self->binaries->len; i++)
    dais_eio_session_send (
        client->session, g_ptr_array_index (self->binaries, i));
}

/**
 * dais_sio_socket_emit:
 * @self: a socket
 * @event: a name
 * @args: (nullable): JSON values, commas between them
 */
void
dais_sio_socket_emit (
    DaisSioSocket *self, const gchar *event, const gchar *args)
{
  dais_sio_socket_emit_binary (self, event, args, NULL);
}

/**
 * dais_sio_socket_emit_binary:
 * @self: a socket
 * @event: a name
 * @args: (nullable): JSON values with placeholders
 * @attachments: (nullable) (element-type GBytes): what they stand for
 */
void
dais_sio_socket_emit_binary (DaisSioSocket *self, const gchar *event,
    const gchar *args, GPtrArray *attachments)
{
  if (self->is_connected)
    dais_sio_namespace_broadcast (
        self->space, self->id, NULL, FALSE, event, args, attachments);
}

/**
 * dais_sio_socket_emit_volatile:
 * @self: a socket
 * @event: a name
 * @args: (nullable): JSON values, commas between them
 *
 * Returns: whether it was sent; not when the transport could not take it now
 */
gboolean
dais_sio_socket_emit_volatile (
    DaisSioSocket *self, const gchar *event, const gchar *args)
{
  if (!self->is_connected ||
      !dais_eio_session_is_writable (self->client->session))
    return FALSE;
  dais_sio_namespace_broadcast (
      self->space, self->id, NULL, TRUE, event, args, NULL);
  return TRUE;
}

/**
 * dais_sio_socket_ask:
 * @self: a socket
 * @event: a name
 * @args: (nullable): JSON values, commas between them
 * @answer: (scope async): gets what the client answers
 * @user_data: for @answer
 */
void
dais_sio_socket_ask (DaisSioSocket *self, const gchar *event, const gchar *args,
    DaisSioAnswer answer, gpointer user_data)
{
  g_auto (DaisSioMessage) message = { 0 };
  g_autofree gchar *json = NULL;
  Question *question;

  if (!self->is_connected ||
      (self->asked != NULL && g_hash_table_size (self->asked) >= MAX_ASKED)) {
    answer (self, NULL, user_data);
    return;
  }
  if (self->asked == NULL)
    self->asked = g_hash_table_new_full (
        g_int64_hash, g_int64_equal, NULL, g_free);
  question = g_new0 (Question, 1);
  question->id = self->next_ack++;
  question->answer = answer;
  question->user_data = user_data;
  g_hash_table_insert (self->asked, &question->id, question);
  json = dais_sio_make_event_json (event, args, NULL);
  dais_sio_message_init (
      &message, self->space, DAIS_SIO_EVENT, question->id, json, NULL);
  dais_sio_message_send (&message, self->client);
}

/**
 * dais_sio_socket_ack:
 * @self: a socket
 * @ack_id: of the event; -1 does nothing
 * @args: (nullable): JSON values, commas between them
 * @attachments: (nullable) (element-type GBytes)
 *
 * Answers an event.
 */
void
dais_sio_socket_ack (DaisSioSocket *self, gint64 ack_id, const gchar *args,
    GPtrArray *attachments)
{
  g_auto (DaisSioMessage) message = { 0 };
  g_autofree gchar *json = NULL;

  if (!self->is_connected || ack_id < 0)
    return;
  json = dais_sio_make_event_json (NULL, args, NULL);
  dais_sio_message_init (
      &message, self->space, DAIS_SIO_ACK, ack_id, json, attachments);
  dais_sio_message_send (&message, self->client);
}

static void
handle_ack (DaisSioSocket *self, const DaisSioPacket *packet)
{
  g_autofree Question *question = NULL;
  g_autoptr (GPtrArray) values = NULL;
  gpointer key = NULL;

  if (self->asked == NULL ||
      !g_hash_table_steal_extended (
          self->asked, &packet->id, &key, (gpointer *) &question))
    return; /* to nothing that was asked: ignored */
  values = dais_sio_packet_get_values (packet, NULL);
  question->answer (self, values, question->user_data);
}

static void
fail (DaisSioSocket *self, const GError *error)
{
  dais_net_log_limited (
      "%s: Socket.IO client closed: %s", self->client->address, error->message);
  dais_eio_session_close (self->client->session, "parse error");
}

/* An event or an ack. */
void
dais_sio_socket_handle (
    DaisSioSocket *self, const DaisSioPacket *packet, GPtrArray *attachments)
{
  g_autoptr (DaisSioSocket) kept = dais_sio_socket_ref (self);
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = NULL;
  DaisSioEvent event = { .ack_id = packet->id, .attachments = attachments };

  if (packet->type == DAIS_SIO_ACK || packet->type == DAIS_SIO_BINARY_ACK) {
    handle_ack (self, packet);
    return;
  }
  values = dais_sio_packet_get_values (packet, &error);
  if (values != NULL)
    name = dais_sio_event_name (g_ptr_array_index (values, 0), &error);
  if (error != NULL) {
    /* what a 1.x or 2.x server let pass is let pass for their clients */
    if (dais_eio_session_get_version (self->client->session) == 4)
      fail (self, error);
    return;
  }
  if (name == NULL || self->space->callbacks.event == NULL)
    return;
  g_ptr_array_remove_index (values, 0);
  event.name = name;
  event.args = values;
  self->space->callbacks.event (self, &event, self->space->user_data);
}

static void
forget_questions (DaisSioSocket *self)
{
  g_autoptr (GHashTable) asked = g_steal_pointer (&self->asked);
  GHashTableIter iter;
  Question *question;

  if (asked == NULL)
    return;
  g_hash_table_iter_init (&iter, asked);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &question))
    question->answer (self, NULL, question->user_data);
}

/* The end of a socket, whoever wanted it. */
void
dais_sio_socket_close (DaisSioSocket *self, const gchar *reason)
{
  g_autoptr (DaisSioSocket) kept = dais_sio_socket_ref (self);
  DaisSioNamespace *space = self->space;

  if (!self->is_connected)
    return;
  self->is_connected = FALSE;
  if (space->recovery != NULL && dais_sio_recovery_is_recoverable (reason))
    dais_sio_recovery_add_session (space->recovery, self);
  forget_questions (self);
  if (space->callbacks.disconnected != NULL)
    space->callbacks.disconnected (self, reason, space->user_data);
  dais_sio_socket_leave_all (self);
  if (g_hash_table_lookup (space->sockets, self->id) == self)
    g_hash_table_remove (space->sockets, self->id);
  dais_sio_client_forget (self->client, self);
}

/**
 * dais_sio_socket_disconnect:
 * @self: a socket
 * @hard: with the connection and all its namespaces
 *
 * Throws a socket out.
 */
void
dais_sio_socket_disconnect (DaisSioSocket *self, gboolean hard)
{
  if (!self->is_connected)
    return;
  if (hard) {
    g_autoptr (DaisSioSocket) kept = dais_sio_socket_ref (self);

    dais_sio_client_send_text (
        self->client, DAIS_SIO_DISCONNECT, self->space->name, NULL);
    dais_eio_session_close (self->client->session, "forced server close");
    dais_sio_socket_close (self, "forced server close");
    return;
  }
  dais_sio_client_send_text (
      self->client, DAIS_SIO_DISCONNECT, self->space->name, NULL);
  dais_sio_socket_close (self, "server namespace disconnect");
}

/**
 * dais_sio_socket_drop_transport:
 * @self: a socket
 */
void
dais_sio_socket_drop_transport (DaisSioSocket *self)
{
  dais_eio_session_drop (self->client->session);
}

/**
 * dais_sio_socket_get_id:
 * @self: a socket
 *
 * Returns: its id, which peers may know
 */
const gchar *
dais_sio_socket_get_id (DaisSioSocket *self)
{
  return self->id;
}

/**
 * dais_sio_socket_get_namespace:
 * @self: a socket
 *
 * Returns: (transfer none): where it is
 */
DaisSioNamespace *
dais_sio_socket_get_namespace (DaisSioSocket *self)
{
  return self->space;
}

/**
 * dais_sio_socket_is_connected:
 * @self: a socket
 *
 * Returns: whether it is
 */
gboolean
dais_sio_socket_is_connected (DaisSioSocket *self)
{
  return self->is_connected;
}

/**
 * dais_sio_socket_is_recovered:
 * @self: a socket
 *
 * Returns: whether it came back with its id, its rooms and what it missed
 */
gboolean
dais_sio_socket_is_recovered (DaisSioSocket *self)
{
  return self->is_recovered;
}

/**
 * dais_sio_socket_refuse_recovery:
 * @self: a socket that is connecting
 *
 * It becomes a new one, that gets nothing of what the old one has missed.
 */
void
dais_sio_socket_refuse_recovery (DaisSioSocket *self)
{
  self->is_recovered = FALSE;
}

/**
 * dais_sio_socket_keep:
 * @self: a socket
 * @text: (nullable): the owner's
 *
 * What dais_sio_socket_get_kept() gives of this socket when it is recovered.
 */
void
dais_sio_socket_keep (DaisSioSocket *self, const gchar *text)
{
  if (self->space->recovery == NULL)
    return;
  g_free (self->kept);
  self->kept = g_strdup (text);
}

/**
 * dais_sio_socket_get_kept:
 * @self: a socket
 *
 * Returns: (nullable): see dais_sio_socket_keep()
 */
const gchar *
dais_sio_socket_get_kept (DaisSioSocket *self)
{
  return self->kept;
}

/**
 * dais_sio_socket_get_eio_version:
 * @self: a socket
 *
 * Returns: 3 (clients 1.x, 2.x) or 4
 */
guint
dais_sio_socket_get_eio_version (DaisSioSocket *self)
{
  return dais_eio_session_get_version (self->client->session);
}

static gchar *
find_in_query (const gchar *query, const gchar *name)
{
  g_autoptr (GHashTable) fields = NULL;

  if (query == NULL)
    return NULL;
  fields = soup_form_decode (query);
  return g_strdup (g_hash_table_lookup (fields, name));
}

/**
 * dais_sio_socket_get_query:
 * @self: a socket
 * @name: of a field
 *
 * Returns: (transfer full) (nullable): from an EIO 3 namespace's own query,
 * else from the handshake's
 */
gchar *
dais_sio_socket_get_query (DaisSioSocket *self, const gchar *name)
{
  gchar *value = find_in_query (self->query, name);

  return value != NULL ? value : find_in_query (self->client->query, name);
}

/**
 * dais_sio_socket_get_address:
 * @self: a socket
 *
 * Returns: the client's address, without a port
 */
const gchar *
dais_sio_socket_get_address (DaisSioSocket *self)
{
  return self->client->address;
}

/**
 * dais_sio_socket_get_base_url:
 * @self: a socket
 *
 * Returns: scheme, host and port of the handshake, for absolute URLs
 */
const gchar *
dais_sio_socket_get_base_url (DaisSioSocket *self)
{
  return self->client->base_url;
}

/**
 * dais_sio_socket_get_cookie:
 * @self: a socket
 * @name: of a cookie of the handshake, where no other site's page made it
 *
 * Returns: (transfer full) (nullable): its value
 */
gchar *
dais_sio_socket_get_cookie (DaisSioSocket *self, const gchar *name)
{
  g_autoptr (GHashTable) cookies = NULL;

  if (self->client->cookies == NULL)
    return NULL;
  cookies = dais_request_parse_cookies (self->client->cookies);
  return g_strdup (g_hash_table_lookup (cookies, name));
}

/**
 * dais_sio_socket_set_data:
 * @self: a socket
 * @data: (nullable): anything
 * @destroy: (nullable): for @data, with the last reference
 */
void
dais_sio_socket_set_data (
    DaisSioSocket *self, gpointer data, GDestroyNotify destroy)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  self->data = data;
  self->destroy = destroy;
}

/**
 * dais_sio_socket_get_data:
 * @self: a socket
 *
 * Returns: (transfer none) (nullable): what was set
 */
gpointer
dais_sio_socket_get_data (DaisSioSocket *self)
{
  return self->data;
}
