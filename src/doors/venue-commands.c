/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "doors/venue-private.h"
#include "net/connection.h"
#include "service/mix.h"
#include "service/notes.h"
#include "service/talks.h"

/* What one socket may ask for: 100 messages a second, 200 at once, 32 of them
 * waiting for the disk. A fader that is moved sends 60 a second at most. */
#define MESSAGE_COST_US (G_USEC_PER_SEC / 100)
#define BURST_US        (2 * G_USEC_PER_SEC)
#define MAX_REFUSED     200
#define MAX_PENDING     32

/* An id is echoed as it was written: a number or a short string. */
#define MAX_ID_LENGTH 128

#define CLOSE_POLICY 1008

typedef struct {
  DaisWatcher *watcher; /* owned */
  gchar *id;            /* JSON (nullable) */
} Command;

static void
command_free (Command *self)
{
  dais_watcher_unref (self->watcher);
  g_free (self->id);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Command, command_free)

/* ---- answers ---- */

static void
send_json (DaisWatcher *watcher, DaisJsonWriter *writer)
{
  g_autofree gchar *json = dais_json_writer_steal (writer);

  if (watcher->socket != NULL)
    dais_socket_send_text (watcher->socket, json);
}

static void
answer_error (DaisWatcher *watcher, const gchar *id, const gchar *message)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_net_log_limited ("'%s' in room '%s': %s",
      dais_caller_get_username (watcher->caller),
      dais_room_get_url_name (watcher->room), message);
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "type", "error");
  if (id != NULL)
    dais_json_writer_name_raw (writer, "id", id);
  dais_json_writer_name_string (writer, "error", message);
  dais_json_writer_name (writer, "data");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "error", message);
  dais_json_writer_end_object (writer);
  dais_json_writer_end_object (writer);
  send_json (watcher, writer);
}

/* Only who gave an id waits for an answer. data: (nullable) */
static void
answer_ok (DaisWatcher *watcher, const gchar *id, guint64 rev, GBytes *data)
{
  g_autoptr (DaisJsonWriter) writer = NULL;

  if (id == NULL)
    return;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "type", "ok");
  dais_json_writer_name_raw (writer, "id", id);
  dais_json_writer_name_int (writer, "rev", (gint64) rev);
  if (data != NULL) {
    g_autofree gchar *text = g_strndup (
        g_bytes_get_data (data, NULL), g_bytes_get_size (data));

    dais_json_writer_name_raw (writer, "data", text);
  }
  dais_json_writer_end_object (writer);
  send_json (watcher, writer);
}

static void
finish_command (
    Command *self, gboolean done, guint64 rev, GBytes *data, GError *error)
{
  self->watcher->n_pending--;
  if (done)
    answer_ok (self->watcher, self->id, rev, data);
  else
    answer_error (self->watcher, self->id, error->message);
}

/* ---- writes ---- */

static void
on_state_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Command) command = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;
  gboolean done = dais_mix_write_finish (
      DAIS_ROOM (source), result, &rev, &error);

  finish_command (command, done, rev, NULL, error);
}

static void
on_layout_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Command) command = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;
  gboolean done = dais_layout_write_finish (
      DAIS_ROOM (source), result, &rev, &error);

  finish_command (command, done, rev, NULL, error);
}

static void
on_notes_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Command) command = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) note = NULL;
  guint64 rev = 0;
  gboolean done = dais_notes_write_finish (
      DAIS_ROOM (source), result, &rev, &note, &error);

  finish_command (command, done, rev, note, error);
}

static void
on_talk_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Command) command = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;
  gboolean done = dais_talks_write_finish (
      DAIS_ROOM (source), result, &rev, NULL, &error);

  finish_command (command, done, rev, NULL, error);
}

typedef void (*WriteAsync) (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

static const struct {
  const gchar *type;
  WriteAsync write_async;
  GAsyncReadyCallback callback;
} WRITES[] = {
  { "state", dais_mix_write_async, on_state_written },
  { "layout", dais_layout_write_async, on_layout_written },
  { "notes", dais_notes_write_async, on_notes_written },
  { "note", dais_notes_write_async, on_notes_written },
  { "talks", dais_talks_write_async, on_talk_written },
};

static void
start_write (DaisWatcher *watcher, guint which, const gchar *id,
    const gchar *data, gint64 if_rev)
{
  Command *command = NULL;

  if (watcher->n_pending >= MAX_PENDING) {
    answer_error (watcher, id,
        "too many changes at once on this socket; wait for their answers");
    return;
  }

  watcher->n_pending++;
  command = g_new0 (Command, 1);
  command->watcher = dais_watcher_ref (watcher);
  command->id = g_strdup (id);
  /* Not cancelled when the socket goes: what was sent was meant. */
  WRITES[which].write_async (watcher->room, watcher->caller, data, -1, if_rev,
      NULL, WRITES[which].callback, command);
}

/* ---- subscriptions ---- */

static gboolean
read_topics (const gchar *data, guint *topics, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (data, -1, error);
  JsonArray *list = NULL;

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'data' must be a list of topics, like [\"levels\"]");
    return FALSE;
  }

  list = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *item = json_array_get_element (list, i);
    DaisTopic topic = 0;

    if (json_node_get_value_type (item) != G_TYPE_STRING ||
        !dais_topic_from_string (json_node_get_string (item), &topic)) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "topic %u is unknown; there are levels, presence and log", i + 1);
      return FALSE;
    }
    *topics |= 1u << topic;
  }

  return TRUE;
}

static void
subscribe (
    DaisWatcher *watcher, gboolean on, const gchar *id, const gchar *data)
{
  g_autoptr (GError) error = NULL;
  guint topics = 0;

  if (!read_topics (data, &topics, &error)) {
    answer_error (watcher, id, error->message);
    return;
  }

  if (on)
    dais_watcher_subscribe (watcher, topics);
  else
    dais_watcher_unsubscribe (watcher, topics);
  answer_ok (watcher, id, dais_room_get_rev (watcher->room), NULL);
}

/* ---- messages ---- */

static gboolean
read_id (JsonObject *message, const gchar *text, gsize length, gchar **id,
    GError **error)
{
  g_autofree gchar *slice = NULL;
  JsonNode *node = json_object_get_member (message, "id");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;

  slice = dais_json_member_slice (text, (gssize) length, "id");
  if (!JSON_NODE_HOLDS_VALUE (node) || slice == NULL ||
      strlen (slice) > MAX_ID_LENGTH) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'id' must be a number or a string of at most %d bytes", MAX_ID_LENGTH);
    return FALSE;
  }

  *id = g_steal_pointer (&slice);
  return TRUE;
}

static void
dispatch (DaisWatcher *self, const gchar *type, const gchar *id,
    const gchar *data, gint64 if_rev)
{
  g_autofree gchar *message = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (WRITES); i++) {
    if (g_str_equal (type, WRITES[i].type)) {
      start_write (self, i, id, data, if_rev);
      return;
    }
  }

  if (g_str_equal (type, "subscribe") || g_str_equal (type, "unsubscribe")) {
    subscribe (self, g_str_equal (type, "subscribe"), id, data);
    return;
  }

  message = g_strdup_printf ("there is no message type '%.40s'; send state, "
                             "layout, notes, talks, subscribe or unsubscribe",
      type);
  answer_error (self, id, message);
}

static void
read_message (DaisWatcher *self, const gchar *text, gsize length)
{
  /* rev: what a client got it may send back; it means nothing here */
  static const gchar *const MEMBERS[] = { "type", "data", "id", "if_rev", "rev",
    NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) message = NULL;
  g_autofree gchar *id = NULL;
  g_autofree gchar *data = NULL;
  const gchar *type = NULL;
  gint64 if_rev = -1;

  message = dais_json_parse_object (text, (gssize) length, &error);
  if (message == NULL || !read_id (message, text, length, &id, &error) ||
      !dais_json_only_members (message, MEMBERS, &error) ||
      !dais_json_get_string (message, "type", &type, &error) ||
      !dais_json_get_int (message, "if_rev", &if_rev, &error)) {
    answer_error (self, id, error->message);
    return;
  }

  data = dais_json_member_slice (text, (gssize) length, "data");
  if (type == NULL || data == NULL) {
    answer_error (self, id,
        type == NULL ? "'type' is missing; a message is {\"type\",\"data\"}"
                     : "'data' is missing; a message is {\"type\",\"data\"}");
    return;
  }

  dispatch (self, type, id, data, if_rev);
}

/* Whether this message is within what the socket may ask for. */
static gboolean
spend (DaisWatcher *self)
{
  gint64 now_us = g_get_monotonic_time ();

  self->budget_us = MAX (self->budget_us, now_us) + MESSAGE_COST_US;
  if (self->budget_us <= now_us + BURST_US) {
    self->n_refused = 0;
    return TRUE;
  }

  self->budget_us -= MESSAGE_COST_US;
  if (++self->n_refused == 1)
    answer_error (
        self, NULL, "too many messages; a socket may send 100 a second");
  else if (self->n_refused > MAX_REFUSED && self->socket != NULL)
    dais_socket_close (self->socket, CLOSE_POLICY, "too many messages");
  return FALSE;
}

/**
 * dais_watcher_receive:
 * @self: the watcher
 * @is_text: FALSE for a binary message
 * @text: the message
 * @length: its bytes
 *
 * Does what a client asked for on its watch socket. Whatever it is, the socket
 * stays open; only a flood closes it.
 */
void
dais_watcher_receive (
    DaisWatcher *self, gboolean is_text, const gchar *text, gsize length)
{
  g_autoptr (DaisWatcher) hold = dais_watcher_ref (self);

  if (!spend (self))
    return;

  if (is_text)
    read_message (self, text, length);
  else
    answer_error (self, NULL, "binary messages have no meaning here");
}
