/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "net/socketio/eio.h"
#include "net/socketio/socketio.h"
#include "net/websocket.h"

#include <glib-unix.h>

#include <string.h>

/* A server that any Engine.IO, Socket.IO or WebSocket suite can be pointed at:
 * --port N on 127.0.0.1; PING_INTERVAL, PING_TIMEOUT, UPGRADE_TIMEOUT and
 * CONNECT_TIMEOUT (ms) in the environment.
 */

static gint port = 0;
static gint recovery_ms = 0;

static const GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "port on 127.0.0.1, 0 = any", "N" },
  { "recovery", 0, 0, G_OPTION_ARG_INT, &recovery_ms,
      "connection state recovery for so long, 0 = off", "MS" },
  { NULL },
};

static gchar *
join_args (GPtrArray *args, guint first)
{
  GString *text = g_string_new (NULL);

  for (guint i = first; i < args->len; i++)
    g_string_append_printf (text, "%s%s", i > first ? "," : "",
        (const gchar *) g_ptr_array_index (args, i));
  return g_string_free (text, FALSE);
}

static gchar *
string_arg (GPtrArray *args, guint index)
{
  g_autoptr (JsonNode) node = index < args->len
      ? dais_json_parse (g_ptr_array_index (args, index), -1, NULL)
      : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
          json_node_get_value_type (node) == G_TYPE_STRING
      ? json_node_dup_string (node)
      : g_strdup ("");
}

static guint
number_arg (GPtrArray *args, guint index)
{
  g_autoptr (JsonNode) node = index < args->len
      ? dais_json_parse (g_ptr_array_index (args, index), -1, NULL)
      : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
      ? (guint) CLAMP (json_node_get_double (node), 0, 64e6)
      : 0;
}

static void
on_join (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *room = string_arg (event->args, 0);

  dais_sio_socket_join (socket, room);
  dais_sio_socket_ack (socket, event->ack_id, "\"joined\"", NULL);
}

static void
on_to_room (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *room = string_arg (event->args, 0);
  g_autofree gchar *rest = join_args (event->args, 1);

  dais_sio_namespace_emit (dais_sio_socket_get_namespace (socket), room,
      g_str_equal (event->name, "to-others") ? socket : NULL, "room", rest);
}

static void
on_answer (DaisSioSocket *socket, GPtrArray *args, gpointer user_data)
{
  if (args != NULL && args->len > 0)
    dais_sio_socket_emit (socket, "answered", g_ptr_array_index (args, 0));
}

static void
on_ask_me (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *all = join_args (event->args, 0);

  dais_sio_socket_ask (socket, "question", all, on_answer, NULL);
}

static void
on_burst (DaisSioSocket *socket, const DaisSioEvent *event)
{
  gboolean is_volatile = g_str_equal (event->name, "volatile");
  guint n = number_arg (event->args, 0);

  for (guint i = 0; i < n; i++) {
    g_autofree gchar *number = g_strdup_printf ("%u", i);

    if (is_volatile)
      dais_sio_socket_emit_volatile (socket, "v", number);
    else
      dais_sio_socket_emit (socket, "b", number);
  }
}

static void
on_big (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *text = g_strnfill (number_arg (event->args, 0), 'x');
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *json = NULL;

  dais_json_writer_string (writer, text);
  json = dais_json_writer_steal (writer);
  dais_sio_socket_emit (socket, "big-back", json);
}

static void
on_bin (DaisSioSocket *socket, const DaisSioEvent *event)
{
  gsize n = number_arg (event->args, 0);
  g_autofree guint8 *sevens = g_malloc (n + 1);
  g_autoptr (GPtrArray) attachments = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);

  memset (sevens, 7, n);
  g_ptr_array_add (attachments, g_bytes_new (sevens, n));
  g_ptr_array_add (attachments, g_bytes_new_static ("\1\2", 2));
  dais_sio_socket_emit_binary (socket, "bin-back",
      "{\"_placeholder\":true,\"num\":0},"
      "{\"deep\":[{\"_placeholder\":true,\"num\":1}]}",
      attachments);
}

static void
on_kick (DaisSioSocket *socket, const DaisSioEvent *event)
{
  dais_sio_socket_disconnect (socket, g_str_equal (event->name, "kick-hard"));
}

static void
on_drop_transport (DaisSioSocket *socket, const DaisSioEvent *event)
{
  dais_sio_socket_drop_transport (socket);
}

static void
on_message (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *all = join_args (event->args, 0);

  dais_sio_socket_emit_binary (socket, "message-back", all, event->attachments);
}

static void
on_message_with_ack (DaisSioSocket *socket, const DaisSioEvent *event)
{
  g_autofree gchar *all = join_args (event->args, 0);

  dais_sio_socket_ack (socket, event->ack_id, all, event->attachments);
}

static const struct {
  const gchar *name;
  void (*handle) (DaisSioSocket *socket, const DaisSioEvent *event);
} handlers[] = {
  { "message", on_message },
  { "message-with-ack", on_message_with_ack },
  { "join", on_join },
  { "to-room", on_to_room },
  { "to-others", on_to_room },
  { "ask-me", on_ask_me },
  { "volatile", on_burst },
  { "burst", on_burst },
  { "big", on_big },
  { "bin", on_bin },
  { "kick", on_kick },
  { "kick-hard", on_kick },
  { "drop-transport", on_drop_transport },
};

/* user_data: how many of the handlers the namespace has */
static void
on_event (DaisSioSocket *socket, const DaisSioEvent *event, gpointer user_data)
{
  for (guint i = 0; i < GPOINTER_TO_UINT (user_data); i++)
    if (g_str_equal (handlers[i].name, event->name))
      handlers[i].handle (socket, event);
}

static gboolean
on_connecting (DaisSioSocket *socket, const gchar *auth, gchar **message,
    gchar **data, gpointer user_data)
{
  dais_sio_socket_set_data (socket, g_strdup (auth), g_free);
  return TRUE;
}

static void
on_connected (DaisSioSocket *socket, gpointer user_data)
{
  const gchar *auth = dais_sio_socket_get_data (socket);

  dais_sio_socket_emit (socket, "auth", auth != NULL ? auth : "{}");
}

static gboolean
on_guarded (DaisSioSocket *socket, const gchar *auth, gchar **message,
    gchar **data, gpointer user_data)
{
  g_autoptr (JsonObject) object = auth != NULL
      ? dais_json_parse_object (auth, -1, NULL)
      : NULL;
  const gchar *token = NULL;

  if (object != NULL && dais_json_get_string (object, "token", &token, NULL) &&
      g_strcmp0 (token, "good") == 0)
    return TRUE;
  *message = g_strdup ("not authorized");
  *data = g_strdup ("{\"code\":401}");
  return FALSE;
}

static void
on_raw_opened (DaisEioSession *session, DaisRequest *request, gpointer data)
{
}

static void
on_raw_closed (DaisEioSession *session, const gchar *reason, gpointer data)
{
}

static void
on_raw_message (DaisEioSession *session, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autoptr (DaisEioPacket) packet = is_text
      ? dais_eio_packet_new_text (DAIS_EIO_MESSAGE, data, (gssize) length)
      : dais_eio_packet_new_binary (bytes);

  dais_eio_session_send (session, packet);
}

static void
on_ws_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  g_autoptr (GBytes) frame = is_text
      ? dais_frame_new_text (data, (gssize) length)
      : dais_frame_new_binary (data, length);

  dais_socket_send (socket, frame);
}

static void
on_ws_closed (DaisSocket *socket, guint code, gpointer user_data)
{
}

static void
on_ws (DaisRequest *request, gpointer user_data)
{
  static const DaisSocketCallbacks callbacks = {
    .message = on_ws_message,
    .closed = on_ws_closed,
  };
  const DaisSocketOptions options = {
    .max_message = 16 * 1024 * 1024,
    .max_queue = 64 * 1024 * 1024,
  };

  dais_socket_accept (request, &options, &callbacks, NULL);
}

static guint
from_environment (const gchar *name, guint otherwise)
{
  const gchar *text = g_getenv (name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : otherwise;
}

static DaisEioServer *
serve_raw (DaisServer *server)
{
  static const DaisEioCallbacks callbacks = {
    .opened = on_raw_opened,
    .message = on_raw_message,
    .closed = on_raw_closed,
  };
  DaisEioOptions options;

  dais_eio_options_init (&options);
  options.ping_interval_ms = from_environment ("PING_INTERVAL", 300);
  options.ping_timeout_ms = from_environment ("PING_TIMEOUT", 200);
  options.upgrade_timeout_ms = from_environment ("UPGRADE_TIMEOUT", 10000);
  return dais_eio_server_new (server, "/engine.io", &options, &callbacks, NULL);
}

static DaisSioServer *
serve_socketio (DaisServer *server)
{
  static const DaisSioCallbacks callbacks = {
    .connecting = on_connecting,
    .connected = on_connected,
    .event = on_event,
  };
  static const DaisSioCallbacks guarded = { .connecting = on_guarded };
  DaisSioOptions options;
  DaisSioServer *sio;

  dais_sio_options_init (&options);
  options.ping_interval_ms = from_environment ("PING_INTERVAL", 300);
  options.ping_timeout_ms = from_environment ("PING_TIMEOUT", 200);
  options.upgrade_timeout_ms = from_environment ("UPGRADE_TIMEOUT", 10000);
  options.connect_timeout_ms = from_environment ("CONNECT_TIMEOUT", 1000);
  options.recovery_ms = (guint) recovery_ms;
  sio = dais_sio_server_new (server, "/socket.io", &options);
  dais_sio_server_add_namespace (
      sio, "/", &callbacks, GUINT_TO_POINTER (G_N_ELEMENTS (handlers)));
  dais_sio_server_add_namespace (
      sio, "/custom", &callbacks, GUINT_TO_POINTER (2));
  dais_sio_server_add_namespace (sio, "/guarded", &guarded, NULL);
  return sio;
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (DaisServer) server = NULL;
  g_autoptr (DaisEioServer) raw = NULL;
  g_autoptr (DaisSioServer) sio = NULL;
  g_autofree gchar *url = NULL;
  g_auto (GStrv) urls = NULL;
  DaisServerLimits limits;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 64;
  }
  dais_server_limits_init (&limits);
  limits.max_queue = 64 * 1024 * 1024;
  server = dais_server_new (&limits);
  raw = serve_raw (server);
  sio = serve_socketio (server);
  dais_server_add_route (server, "WEBSOCKET", "/ws", 0, on_ws, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%d", port);
  if (!dais_server_listen (server, url, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return 69;
  }
  urls = dais_server_get_urls (server);
  g_print ("%s\n", urls[0]);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  g_main_loop_run (loop);
  dais_server_stop (server);
  return 0;
}
