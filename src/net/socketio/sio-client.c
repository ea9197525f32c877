/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/request-private.h"
#include "net/socketio/sio-private.h"

#include <string.h>

DaisSioClient *
dais_sio_client_ref (DaisSioClient *self)
{
  self->refs++;
  return self;
}

static void
clear_partial (DaisSioClient *self)
{
  if (self->partial != NULL)
    dais_sio_packet_clear (self->partial);
  g_clear_pointer (&self->partial, g_free);
  g_clear_pointer (&self->attachments, g_ptr_array_unref);
}

void
dais_sio_client_unref (DaisSioClient *self)
{
  if (--self->refs > 0)
    return;
  clear_partial (self);
  g_clear_pointer (&self->sockets, g_ptr_array_unref);
  g_clear_pointer (&self->session, dais_eio_session_unref);
  g_clear_pointer (&self->base_url, g_ref_string_release);
  g_clear_pointer (&self->address, g_ref_string_release);
  g_free (self->query);
  g_free (self->cookies);
  g_free (self);
}

void
dais_sio_client_send_text (
    DaisSioClient *self, DaisSioType type, const gchar *name, const gchar *json)
{
  g_autofree gchar *text = dais_sio_packet_encode (type, 0, name, -1, json);
  g_autoptr (DaisEioPacket) packet = dais_eio_packet_new_text (
      DAIS_EIO_MESSAGE, text, -1);

  dais_eio_session_send (self->session, packet);
}

void
dais_sio_client_forget (DaisSioClient *self, DaisSioSocket *socket)
{
  if (self->sockets != NULL)
    g_ptr_array_remove (self->sockets, socket);
}

/* No namespace was joined in time, although the heartbeat goes on. */
static void
on_timer (DaisTimer *timer)
{
  DaisSioClient *self = (DaisSioClient *) ((gchar *) timer -
      G_STRUCT_OFFSET (DaisSioClient, timer));

  if (self->sockets->len == 0)
    dais_eio_session_close (self->session, "forced close");
}

static DaisSioSocket *
find_socket (DaisSioClient *self, const gchar *name)
{
  for (guint i = 0; i < self->sockets->len; i++) {
    DaisSioSocket *socket = g_ptr_array_index (self->sockets, i);

    if (g_str_equal (socket->space->name, name))
      return socket;
  }
  return NULL;
}

static void
fail (DaisSioClient *self, const gchar *why)
{
  dais_net_log_limited ("%s: Socket.IO client closed: %s", self->address, why);
  clear_partial (self);
  dais_eio_session_close (self->session, "parse error");
}

static void
handle_connect (DaisSioClient *self, const DaisSioPacket *packet)
{
  if (find_socket (self, packet->name) != NULL) {
    /* client 1.x and 2.x say it again for "/", which they are in already */
    if (dais_eio_session_get_version (self->session) == 4)
      fail (self, "it joined a namespace twice");
    return;
  }
  if (packet->json != NULL && packet->json[0] != '{' &&
      !self->server->options.takes_text_auth) {
    fail (self, "the payload of a connect is no object");
    return;
  }
  dais_sio_client_connect (self, packet->name, packet->json, packet->query);
}

static void
handle_packet (
    DaisSioClient *self, const DaisSioPacket *packet, GPtrArray *attachments)
{
  DaisSioSocket *socket = find_socket (self, packet->name);

  if (packet->type == DAIS_SIO_CONNECT) {
    handle_connect (self, packet);
    return;
  }
  if (socket == NULL) {
    fail (self, "a packet for a namespace that it has not joined");
    return;
  }
  if (packet->type == DAIS_SIO_DISCONNECT)
    dais_sio_socket_close (socket, "client namespace disconnect");
  else
    dais_sio_socket_handle (socket, packet, attachments);
}

static void
handle_text (DaisSioClient *self, const gchar *data, gsize length)
{
  g_auto (DaisSioPacket) packet = { 0 };
  g_autoptr (GError) error = NULL;

  if (self->partial != NULL) {
    fail (self, "text while attachments are to come");
    return;
  }
  if (!dais_sio_packet_parse (data, length, &packet, &error)) {
    fail (self, error->message);
    return;
  }
  if (packet.n_attachments == 0) {
    handle_packet (self, &packet, NULL);
    return;
  }
  if (!dais_sio_check_placeholders (
          packet.json, packet.n_attachments, &error)) {
    fail (self, error->message);
    return;
  }
  self->partial = g_new (DaisSioPacket, 1);
  *self->partial = packet;
  memset (&packet, 0, sizeof packet);
  self->attachments = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);
}

static void
handle_binary (DaisSioClient *self, const gchar *data, gsize length)
{
  g_autoptr (GPtrArray) attachments = NULL;
  g_autofree DaisSioPacket *packet = NULL;

  if (self->partial == NULL) {
    fail (self, "an attachment to nothing");
    return;
  }
  g_ptr_array_add (self->attachments, g_bytes_new (data, length));
  if (self->attachments->len < self->partial->n_attachments)
    return;
  attachments = g_steal_pointer (&self->attachments);
  packet = g_steal_pointer (&self->partial);
  handle_packet (self, packet, attachments);
  dais_sio_packet_clear (packet);
}

static void
on_message (DaisEioSession *session, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  DaisSioClient *self = dais_eio_session_get_data (session);

  if (self == NULL)
    return;
  dais_sio_client_ref (self);
  if (is_text)
    handle_text (self, data, length);
  else
    handle_binary (self, data, length);
  dais_sio_client_unref (self);
}

static void
on_opened (DaisEioSession *session, DaisRequest *request, gpointer user_data)
{
  DaisSioServer *server = user_data;
  DaisSioClient *self = g_new0 (DaisSioClient, 1);
  const gchar *cookies = dais_request_get_header (request, "Cookie");
  const gchar *query = request->message != NULL
      ? g_uri_get_query (soup_server_message_get_uri (request->message))
      : NULL;

  self->refs = 1;
  self->server = server;
  self->session = dais_eio_session_ref (session);
  self->sockets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_sio_socket_unref);
  self->timer.expired = on_timer;
  self->query = g_strdup (query);
  if (dais_request_is_own_page (request))
    self->cookies = g_strdup (cookies);
  self->base_url = g_ref_string_new_intern (
      dais_request_get_base_url (request));
  self->address = g_ref_string_new_intern (dais_request_get_address (request));
  dais_eio_session_set_data (session, self);
  /* these clients are in "/" from the start, without asking */
  if (dais_eio_session_get_version (session) == 3)
    dais_sio_client_connect (self, "/", NULL, NULL);
  else
    dais_reactor_start_timer (
        server->reactor, &self->timer, server->options.connect_timeout_ms);
}

static void
on_closed (DaisEioSession *session, const gchar *reason, gpointer user_data)
{
  DaisSioServer *server = user_data;
  DaisSioClient *self = dais_eio_session_get_data (session);

  if (self == NULL)
    return;
  dais_eio_session_set_data (session, NULL);
  dais_reactor_stop_timer (server->reactor, &self->timer);
  while (self->sockets->len > 0)
    dais_sio_socket_close (
        g_ptr_array_index (self->sockets, self->sockets->len - 1), reason);
  dais_sio_client_unref (self);
}

/* user_data: the DaisSioServer */
const DaisEioCallbacks dais_sio_eio_callbacks = {
  .opened = on_opened,
  .message = on_message,
  .closed = on_closed,
};
