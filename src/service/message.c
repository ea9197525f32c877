/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/json-writer.h"
#include "service/house.h"
#include "service/room.h"

static const gchar *const topics[DAIS_N_TOPICS] = {
  [DAIS_TOPIC_STATE] = "state",
  [DAIS_TOPIC_LAYOUT] = "layout",
  [DAIS_TOPIC_NOTES] = "notes",
  [DAIS_TOPIC_TALKS] = "talks",
  [DAIS_TOPIC_ROOM] = "room",
  [DAIS_TOPIC_LEVELS] = "levels",
  [DAIS_TOPIC_PRESENCE] = "presence",
  [DAIS_TOPIC_LOG] = "log",
};

/**
 * dais_topic_to_string:
 * @topic: what a message is about
 *
 * Returns: (transfer none): the "type" of a venue message about it
 */
const gchar *
dais_topic_to_string (DaisTopic topic)
{
  g_return_val_if_fail (topic < DAIS_N_TOPICS, NULL);

  return topics[topic];
}

/**
 * dais_topic_from_string:
 * @text: a "type" that a client wrote
 * @topic: (out): what it means
 *
 * Returns: %FALSE when no message has that type
 */
gboolean
dais_topic_from_string (const gchar *text, DaisTopic *topic)
{
  guint i;

  for (i = 0; i < DAIS_N_TOPICS; i++) {
    if (g_str_equal (topics[i], text)) {
      *topic = (DaisTopic) i;
      return TRUE;
    }
  }

  return FALSE;
}

/**
 * dais_message_new:
 * @type: the message's type
 * @json: the payload, ready JSON text
 * @rev: the room's revision, below 0 to leave it out
 * @reset: whether the client must forget what it knew
 *
 * Writes the frame text of the venue contract (contracts README §2).
 *
 * Returns: (transfer full): the text, to be encoded once and shared
 */
GBytes *
dais_message_new (const gchar *type, GBytes *json, gint64 rev, gboolean reset)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  gsize size;
  const gchar *data = g_bytes_get_data (json, &size);
  g_autofree gchar *text = g_strndup (data, size);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "type", type);
  dais_json_writer_name_raw (writer, "data", text);
  if (rev >= 0)
    dais_json_writer_name_int (writer, "rev", rev);
  if (reset)
    dais_json_writer_name_boolean (writer, "reset", TRUE);
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal_bytes (writer);
}
