/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "raw-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_US (20 * G_USEC_PER_SEC)

RawClient *
raw_client_new (const gchar *url)
{
  RawClient *self = g_new0 (RawClient, 1);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (
      g_uri_get_host (uri), (guint) g_uri_get_port (uri));
  g_autoptr (GSocket) socket = g_socket_new (
      g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GError) error = NULL;

  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  self->fd = dup (g_socket_get_fd (socket));
  self->received = g_byte_array_new ();
  return self;
}

void
raw_client_free (RawClient *self)
{
  close (self->fd);
  g_byte_array_unref (self->received);
  g_free (self);
}

static void
pull (RawClient *self)
{
  guint8 buffer[65536];
  gssize n;

  while ((n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    g_byte_array_append (self->received, buffer, (guint) n);
  if (n == 0 || (n < 0 && errno != EAGAIN))
    self->is_closed = TRUE;
}

void
raw_client_send (RawClient *self, gconstpointer data, gssize length)
{
  const gchar *at = data;
  gint64 end = g_get_monotonic_time () + LIMIT_US;

  length = length < 0 ? (gssize) strlen (data) : length;
  while (length > 0 && !self->is_closed) {
    gssize n = send (self->fd, at, (gsize) length, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN)
      self->is_closed = errno == EPIPE || errno == ECONNRESET;
    if (n > 0) {
      at += n;
      length -= n;
    } else {
      raw_turn (1);
    }
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  }
}

static gboolean
on_tick (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
raw_turn (guint milliseconds)
{
  gboolean is_over = FALSE;

  g_timeout_add (milliseconds, on_tick, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}

void
raw_wait (gboolean (*done) (gpointer data), gpointer data)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;

  while (!done (data)) {
    raw_turn (1);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  }
}

gboolean
raw_client_wait_bytes (RawClient *self, gsize length)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;

  for (pull (self); self->received->len < length && !self->is_closed;
       pull (self)) {
    raw_turn (1);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  }
  return self->received->len >= length;
}

gboolean
raw_client_wait_text (RawClient *self, const gchar *text)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;

  for (pull (self); strstr (raw_client_get_text (self), text) == NULL;
       pull (self)) {
    if (self->is_closed)
      return FALSE;
    raw_turn (1);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  }
  return TRUE;
}

void
raw_client_wait_closed (RawClient *self)
{
  raw_client_wait_bytes (self, G_MAXUINT32);
  g_assert_true (self->is_closed);
}

const gchar *
raw_client_get_text (RawClient *self)
{
  g_byte_array_append (self->received, (const guint8 *) "", 1);
  g_byte_array_set_size (self->received, self->received->len - 1);
  return (const gchar *) self->received->data;
}

void
raw_client_clear (RawClient *self)
{
  g_byte_array_set_size (self->received, 0);
}

GBytes *
raw_client_take (RawClient *self, gsize length)
{
  GBytes *bytes;

  g_assert_true (raw_client_wait_bytes (self, length));
  bytes = g_bytes_new (self->received->data, length);
  g_byte_array_remove_range (self->received, 0, (guint) length);
  return bytes;
}

gchar *
raw_request (const gchar *url, const gchar *request)
{
  g_autoptr (RawClient) client = raw_client_new (url);

  raw_client_send (client, request, -1);
  raw_client_wait_closed (client);
  return g_strdup (raw_client_get_text (client));
}
