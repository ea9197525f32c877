/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/relay.h"

#include <gio/gunixconnection.h>

#define RELAY_BUFFER  65536
#define RELAY_STALL_S 60

typedef struct _Relay Relay;

/* One direction: reads into a buffer that it empties before it reads again. */
typedef struct {
  Relay *relay;
  GInputStream *input;
  GOutputStream *output;
  GSource *source; /* (nullable) what it waits for */
  gsize start;
  gsize length;
  guint8 data[RELAY_BUFFER];
} Flow;

struct _Relay {
  GIOStream *client;
  GIOStream *server;
  DaisConnection *connection; /* counts while it is relayed */
  Flow *down;                 /* to the client */
  Flow *up;                   /* what the client sends; only its end matters */
};

static void
flow_free (Flow *flow)
{
  if (flow->source != NULL) {
    g_source_destroy (flow->source);
    g_source_unref (flow->source);
  }
  g_free (flow);
}

static void
relay_free (Relay *relay)
{
  g_clear_pointer (&relay->down, flow_free);
  g_clear_pointer (&relay->up, flow_free);
  dais_connection_close (relay->connection);
  g_io_stream_close_async (relay->server, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_clear_object (&relay->client);
  g_clear_object (&relay->server);
  g_clear_pointer (&relay->connection, dais_connection_unref);
  g_free (relay);
}

static gboolean flow_step (Flow *flow);

static gboolean
on_flow_ready (GObject *stream, gpointer user_data)
{
  Flow *flow = user_data;

  g_clear_pointer (&flow->source, g_source_unref);
  if (!flow_step (flow))
    relay_free (flow->relay);
  return G_SOURCE_REMOVE;
}

static void
flow_wait (Flow *flow, GSource *source)
{
  flow->source = source;
  g_source_set_callback (source, G_SOURCE_FUNC (on_flow_ready), flow, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static gssize
flow_write (Flow *flow, GError **error)
{
  gssize n = g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (flow->output), flow->data + flow->start,
      flow->length, NULL, error);

  if (n > 0) {
    flow->start += (gsize) n;
    flow->length -= (gsize) n;
    dais_connection_clear_deadline (flow->relay->connection);
  }
  return n;
}

/* Goes on until something would block; FALSE at the end of either side. A turn
 * moves one buffer at most, so that one fast viewer does not hold the loop. */
static gboolean
flow_step (Flow *flow)
{
  g_autoptr (GError) error = NULL;
  gssize n;

  if (flow->length == 0) {
    flow->start = 0;
    n = g_pollable_input_stream_read_nonblocking (
        G_POLLABLE_INPUT_STREAM (flow->input), flow->data, RELAY_BUFFER, NULL,
        &error);
    if (n == 0 ||
        (n < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
      return FALSE;
    g_clear_error (&error);
    flow->length = n > 0 ? (gsize) n : 0;
  }
  if (flow->length > 0 && flow_write (flow, &error) < 0 &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return FALSE;
  if (flow->length > 0) {
    if (!dais_timer_is_running (&flow->relay->connection->timer))
      dais_connection_set_deadline (flow->relay->connection,
          RELAY_STALL_S * 1000, "did not take its stream");
    flow_wait (flow,
        g_pollable_output_stream_create_source (
            G_POLLABLE_OUTPUT_STREAM (flow->output), NULL));
  } else {
    flow_wait (flow,
        g_pollable_input_stream_create_source (
            G_POLLABLE_INPUT_STREAM (flow->input), NULL));
  }
  return TRUE;
}

static Flow *
flow_new (Relay *relay, GIOStream *from, GIOStream *to)
{
  Flow *flow = g_new0 (Flow, 1);

  flow->relay = relay;
  flow->input = g_io_stream_get_input_stream (from);
  flow->output = g_io_stream_get_output_stream (to);
  return flow;
}

/**
 * dais_relay_start:
 * @stream: the client's TLS stream
 * @fd: (transfer full): our end of a socket pair
 * @connection: the client's connection; its deadline ends a stalled client
 *
 * Runs in the thread-default main context and frees itself at the end of either
 * side.
 */
void
dais_relay_start (GIOStream *stream, gint fd, DaisConnection *connection)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  Relay *relay;

  if (socket == NULL) {
    g_warning ("cannot relay a TLS connection: %s", error->message);
    return;
  }
  relay = g_new0 (Relay, 1);
  relay->client = g_object_ref (stream);
  relay->server = G_IO_STREAM (
      g_socket_connection_factory_create_connection (socket));
  relay->connection = dais_connection_ref (connection);
  relay->down = flow_new (relay, relay->server, relay->client);
  relay->up = flow_new (relay, relay->client, relay->server);
  if (!flow_step (relay->down) || !flow_step (relay->up))
    relay_free (relay);
}
