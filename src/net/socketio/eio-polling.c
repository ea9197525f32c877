/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "core/json-writer.h"
#include "net/socketio/eio-private.h"

static const struct {
  guint status;
  const gchar *message;
} errors[] = {
  { 400, "Transport unknown" },
  { 400, "Session ID unknown" },
  { 400, "Bad handshake method" },
  { 400, "Bad request" },
  { 403, "Forbidden" },
  { 400, "Unsupported protocol version" },
};

/* @code: engine.io's; @status: 0 = the code's own */
void
dais_eio_respond_error (DaisRequest *request, guint status, gint code)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "code", code);
  dais_json_writer_name_string (writer, "message", errors[code].message);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, status > 0 ? status : errors[code].status,
      dais_json_writer_steal (writer));
}

static void
on_poll_gone (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (DaisEioSession) self = dais_eio_session_ref (user_data);

  g_signal_handlers_disconnect_by_data (cancellable, self);
  g_clear_object (&self->poll);
  dais_eio_session_finish (self, "transport close");
}

static DaisRequest *
steal_poll (DaisEioSession *self)
{
  DaisRequest *poll = g_steal_pointer (&self->poll);

  g_signal_handlers_disconnect_by_data (
      dais_request_get_cancellable (poll), self);
  return poll;
}

static void
respond_payload (DaisEioSession *self, DaisRequest *request, GPtrArray *packets)
{
  gboolean is_binary = FALSE;
  g_autoptr (GBytes) body = dais_eio_payload_encode (
      self->version, packets, !self->is_base64, &is_binary);

  dais_request_respond (request, 200,
      is_binary ? "application/octet-stream" : "text/plain; charset=UTF-8",
      body);
}

/* Answers the held GET with this one packet, whatever is queued. */
void
dais_eio_polling_answer (DaisEioSession *self, gchar type)
{
  g_autoptr (DaisRequest) poll = NULL;
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_eio_packet_unref);

  if (self->poll == NULL)
    return;
  poll = steal_poll (self);
  g_ptr_array_add (packets, dais_eio_packet_new_text (type, NULL, 0));
  respond_payload (self, poll, packets);
}

/* Answers the held GET with what is queued. */
void
dais_eio_polling_flush (DaisEioSession *self)
{
  g_autoptr (DaisRequest) poll = NULL;
  g_autoptr (GPtrArray) packets = NULL;

  if (self->poll == NULL || self->queue == NULL || self->queue->len == 0)
    return;
  poll = steal_poll (self);
  packets = g_steal_pointer (&self->queue);
  self->queued = 0;
  respond_payload (self, poll, packets);
  if (self->state == DAIS_EIO_STATE_CLOSING)
    dais_eio_session_finish (self, self->reason);
}

/* A GET: fetches what is queued, or waits for it. */
void
dais_eio_polling_get (DaisEioSession *self, DaisRequest *request)
{
  if (self->poll != NULL) {
    dais_eio_polling_answer (self, DAIS_EIO_CLOSE);
    dais_eio_respond_error (request, 400, 3);
    dais_eio_session_finish (self, "transport error");
    return;
  }
  self->poll = g_object_ref (request);
  g_signal_connect (dais_request_get_cancellable (request), "cancelled",
      G_CALLBACK (on_poll_gone), self);
  dais_eio_polling_flush (self);
}

static void
on_post_gone (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (DaisEioSession) self = dais_eio_session_ref (user_data);

  g_signal_handlers_disconnect_by_data (cancellable, self);
  g_clear_object (&self->post);
  dais_eio_session_finish (self, "transport error");
}

static void
end_post (DaisEioSession *self)
{
  g_autoptr (DaisRequest) post = g_steal_pointer (&self->post);

  if (post != NULL)
    g_signal_handlers_disconnect_by_data (
        dais_request_get_cancellable (post), self);
}

/* The head of a POST is here; its body may take its time. */
void
dais_eio_polling_begin_post (DaisEioSession *self, DaisRequest *request)
{
  if (self->post != NULL) {
    dais_eio_respond_error (request, 400, 3);
    dais_eio_session_finish (self, "transport error");
    return;
  }
  self->post = g_object_ref (request);
  g_signal_connect (dais_request_get_cancellable (request), "cancelled",
      G_CALLBACK (on_post_gone), self);
}

static gboolean
handle_inputs (DaisEioSession *self, GPtrArray *inputs)
{
  for (guint i = 0; i < inputs->len; i++) {
    DaisEioInput *input = g_ptr_array_index (inputs, i);
    gsize length;
    const gchar *data = g_bytes_get_data (input->content, &length);

    /* an empty GBytes has no data pointer */
    if (!dais_eio_session_handle (self, input->type, input->is_text,
            data != NULL ? data : "", length))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_octet_stream (DaisRequest *request)
{
  const gchar *type = dais_request_get_header (request, "Content-Type");

  return type != NULL &&
      g_ascii_strncasecmp (type, "application/octet-stream", 24) == 0;
}

/* A whole POST. */
void
dais_eio_polling_post (DaisEioSession *self, DaisRequest *request)
{
  g_autoptr (DaisEioSession) kept = dais_eio_session_ref (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) inputs = NULL;
  g_autoptr (GBytes) ok = g_bytes_new_static ("ok", 2);
  gboolean is_binary = is_octet_stream (request);

  end_post (self);
  if (!is_binary || self->version == 3)
    inputs = dais_eio_payload_decode (
        self->version, is_binary, dais_request_get_body (request), &error);
  if (inputs == NULL || !handle_inputs (self, inputs)) {
    g_debug ("%s: polling client closed: %s",
        dais_request_get_address (request),
        error != NULL ? error->message : "a packet out of place");
    dais_eio_respond_error (request, 400, 3);
    dais_eio_session_finish (self, "parse error");
    return;
  }
  dais_request_respond (request, 200, "text/html", ok);
}

/* With the session: answers what still waits. */
void
dais_eio_polling_end (DaisEioSession *self)
{
  end_post (self);
  if (self->poll != NULL)
    dais_eio_polling_answer (self, DAIS_EIO_CLOSE);
}
