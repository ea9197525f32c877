/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/room.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "service/house-private.h"
#include "service/levels.h"
#include "service/media-index.h"
#include "service/note-list.h"
#include "service/presence.h"
#include "service/room-private.h"
#include "store/states.h"

enum {
  SIGNAL_MESSAGE,
  SIGNAL_CONFIG_CHANGED,
  SIGNAL_REMOVED,
  SIGNAL_SAID,
  SIGNAL_ACCESS_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisRoom, dais_room, G_TYPE_OBJECT)

static void
dais_room_finalize (GObject *object)
{
  DaisRoom *self = DAIS_ROOM (object);
  guint i;

  for (i = 0; i < DAIS_N_TOPICS; i++)
    g_clear_pointer (&self->json[i], g_bytes_unref);
  g_clear_handle_id (&self->presence_timer, g_source_remove);
  g_clear_pointer (&self->present, g_hash_table_unref);
  g_clear_pointer (&self->admitted, g_hash_table_unref);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_pointer (&self->media, g_ptr_array_unref);
  g_clear_pointer (&self->talks, g_hash_table_unref);
  g_clear_pointer (&self->notes, dais_note_list_free);
  g_clear_pointer (&self->layout, g_bytes_unref);
  g_clear_pointer (&self->head_scene, dais_scene_unref);
  g_clear_pointer (&self->committed_scene, dais_scene_unref);
  g_clear_pointer (&self->scene, dais_scene_unref);
  g_clear_pointer (&self->info, dais_room_info_unref);
  g_clear_weak_pointer (&self->house);

  G_OBJECT_CLASS (dais_room_parent_class)->finalize (object);
}

static void
dais_room_class_init (DaisRoomClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dais_room_finalize;

  /**
   * DaisRoom::message:
   * @self: the room
   * @topic: a #DaisTopic
   * @rev: the room's revision now
   * @text: (type GBytes): the frame text, to be encoded once and shared
   */
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT64,
      G_TYPE_BYTES | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * DaisRoom::config-changed:
   * @self: the room
   *
   * What dais_room_get_config() gives has changed, apart from the time.
   */
  signals[SIGNAL_CONFIG_CHANGED] = g_signal_new ("config-changed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DaisRoom::removed:
   * @self: the room
   *
   * The room is gone, its sockets must close.
   */
  signals[SIGNAL_REMOVED] = g_signal_new (
      "removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DaisRoom::said:
   * @self: the room
   * @message: (type gpointer): a #DaisMessage that is on disk
   */
  signals[SIGNAL_SAID] = g_signal_new ("said", type, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  /**
   * DaisRoom::access-changed:
   * @self: the room
   *
   * Somebody who is in it may not see it any more.
   */
  signals[SIGNAL_ACCESS_CHANGED] = g_signal_new ("access-changed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dais_room_init (DaisRoom *self)
{
  g_queue_init (&self->changes);
  self->present = dais_presence_new_table ();
}

static DaisRoomInfo *
info_from_row (const DaisRoomRow *row, GError **error)
{
  g_autoptr (DaisRoomInfo) info = dais_room_info_new ();

  info->id = row->id;
  info->hex24 = g_strdup (row->hex24);
  info->url_name = g_strdup (row->url_name);
  info->name = g_strdup (row->name);
  info->created_us = row->created;
  info->creator_id = row->creator;
  info->facets = (DaisFacet) row->facets;
  info->format.width = row->width;
  info->format.height = row->height;
  info->format.fps_n = row->fps_n;
  info->format.fps_d = row->fps_d;
  info->is_public = row->is_public;
  if (row->streams != NULL) {
    g_autoptr (JsonNode) node = dais_json_parse (row->streams, -1, error);
    JsonArray *array;
    guint i;

    if (node == NULL)
      return NULL;
    array = json_node_get_array (node);
    info->streams = g_new0 (gchar *, json_array_get_length (array) + 1);
    for (i = 0; i < json_array_get_length (array); i++)
      info->streams[i] = g_strdup (json_array_get_string_element (array, i));
  }

  return g_steal_pointer (&info);
}

static gboolean
load_state (DaisRoom *self, DaisStore *store, GError **error)
{
  g_autoptr (DaisStateRow) row = dais_states_get (store, self->info->id, error);

  if (row == NULL)
    return FALSE;

  self->scene = row->state != NULL ? dais_scene_from_text (row->state, error)
                                   : dais_scene_new ();
  if (self->scene == NULL)
    return FALSE;
  self->committed_scene = dais_scene_ref (self->scene);
  self->head_scene = dais_scene_ref (self->scene);
  self->scene_rev = row->rev;
  self->scene_utc = row->state != NULL ? row->utc : self->info->created_us;
  self->scene_running_time = row->running_time;
  if (row->layout != NULL)
    self->layout = g_bytes_new (row->layout, strlen (row->layout));

  return TRUE;
}

/**
 * dais_room_new:
 * @house: the house, not owned
 * @row: as it is kept
 * @error: return location
 *
 * Reads the room's state from the store; notes and talks when they are wanted.
 *
 * Returns: (transfer full) (nullable): a room
 */
DaisRoom *
dais_room_new (DaisHouse *house, const DaisRoomRow *row, GError **error)
{
  g_autoptr (DaisRoom) self = g_object_new (DAIS_TYPE_ROOM, NULL);

  g_set_weak_pointer (&self->house, house);
  self->configured = row->configured;
  self->rev = self->committed_rev = self->head_rev = row->rev;
  self->info = info_from_row (row, error);
  if (self->info == NULL ||
      !load_state (self, dais_house_get_store (house), error)) {
    g_prefix_error (error, "room '%s': ", row->url_name);
    return NULL;
  }
  self->media = row->facets & DAIS_FACET_MIXER
      ? dais_media_index_load (self, error)
      : g_ptr_array_new ();
  if (self->media == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * dais_room_set_info:
 * @self: the room
 * @info: (transfer none): what it is from now on
 */
void
dais_room_set_info (DaisRoom *self, DaisRoomInfo *info)
{
  dais_room_info_ref (info);
  dais_room_info_unref (self->info);
  self->info = info;
  dais_room_forget_json (self, DAIS_TOPIC_ROOM);
}

/**
 * dais_room_remove:
 * @self: the room
 *
 * Marks it as gone and says so.
 */
void
dais_room_remove (DaisRoom *self)
{
  self->removed = TRUE;
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0);
}

/**
 * dais_room_get_info:
 * @self: the room
 *
 * Returns: (transfer none): what the room is
 */
DaisRoomInfo *
dais_room_get_info (DaisRoom *self)
{
  return self->info;
}

/**
 * dais_room_get_id:
 * @self: the room
 *
 * Returns: the store's number
 */
gint64
dais_room_get_id (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), 0);

  return self->info->id;
}

/**
 * dais_room_get_hex24:
 * @self: the room
 *
 * Returns: (transfer none): its id at the members' door
 */
const gchar *
dais_room_get_hex24 (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  return self->info->hex24;
}

/**
 * dais_room_get_name:
 * @self: the room
 *
 * Returns: (transfer none): the display name, until the next change
 */
const gchar *
dais_room_get_name (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  return self->info->name;
}

/**
 * dais_room_get_url_name:
 * @self: the room
 *
 * Returns: (transfer none): the name in paths, until the next change
 */
const gchar *
dais_room_get_url_name (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  return self->info->url_name;
}

/**
 * dais_room_get_facets:
 * @self: the room
 *
 * Returns: what the room is used for
 */
DaisFacet
dais_room_get_facets (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), (DaisFacet) 0);

  return self->info->facets;
}

/**
 * dais_room_is_public:
 * @self: the room
 *
 * Returns: whether its output is for everybody
 */
gboolean
dais_room_is_public (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), FALSE);

  return self->info->is_public;
}

/**
 * dais_room_get_rev:
 * @self: the room
 *
 * Returns: the revision of the last change that was told; the ETag
 */
guint64
dais_room_get_rev (DaisRoom *self)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), 0);

  return self->rev;
}

/**
 * dais_room_forget_json:
 * @self: the room
 * @topic: what has changed
 */
void
dais_room_forget_json (DaisRoom *self, DaisTopic topic)
{
  g_clear_pointer (&self->json[topic], g_bytes_unref);
}

static GBytes *
make_json (DaisRoom *self, DaisTopic topic)
{
  switch (topic) {
    case DAIS_TOPIC_STATE:
      return dais_room_make_state (self);
    case DAIS_TOPIC_LAYOUT:
      return dais_room_make_layout (self);
    case DAIS_TOPIC_NOTES:
      return dais_room_make_notes (self);
    case DAIS_TOPIC_TALKS:
      return dais_room_make_talks (self);
    case DAIS_TOPIC_ROOM:
      return dais_room_make_room (self);
    case DAIS_TOPIC_PRESENCE:
      return dais_room_make_presence (self);
    case DAIS_TOPIC_LOG:
      return dais_room_make_log (self);
    case DAIS_TOPIC_LEVELS:
    default:
      return g_bytes_new_static ("{}", 2);
  }
}

/**
 * dais_room_get_json:
 * @self: the room
 * @topic: what to tell about
 *
 * Made once per change, however many ask.
 *
 * Returns: (transfer none): the JSON text that GET answers with
 */
GBytes *
dais_room_get_json (DaisRoom *self, DaisTopic topic)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);
  g_return_val_if_fail (topic < DAIS_N_TOPICS, NULL);

  if (self->json[topic] == NULL)
    self->json[topic] = make_json (self, topic);

  return self->json[topic];
}

/**
 * dais_room_get_message:
 * @self: the room
 * @topic: what to tell about
 * @reset: whether the client must forget what it knew
 *
 * Returns: (transfer full): the frame text for a socket that has just come
 */
GBytes *
dais_room_get_message (DaisRoom *self, DaisTopic topic, gboolean reset)
{
  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  return dais_message_new (dais_topic_to_string (topic),
      dais_room_get_json (self, topic), (gint64) self->rev, reset);
}

/**
 * dais_room_emit:
 * @self: the room
 * @topic: what the message is about
 * @rev: revision for the message, below 0 for none
 * @json: (nullable): the payload, %NULL for what GET answers with
 *
 * Encodes the message once and emits "message", when somebody listens.
 */
void
dais_room_emit (DaisRoom *self, DaisTopic topic, gint64 rev, GBytes *json)
{
  g_autoptr (GBytes) text = NULL;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_MESSAGE], 0, FALSE))
    return;

  if (json == NULL)
    json = dais_room_get_json (self, topic);
  text = dais_message_new (dais_topic_to_string (topic), json, rev, FALSE);
  g_signal_emit (
      self, signals[SIGNAL_MESSAGE], 0, (guint) topic, self->rev, text);
}

/**
 * dais_room_emit_config_changed:
 * @self: the room
 */
void
dais_room_emit_config_changed (DaisRoom *self)
{
  g_signal_emit (self, signals[SIGNAL_CONFIG_CHANGED], 0);
}

/**
 * dais_room_emit_access_changed:
 * @self: the room
 */
void
dais_room_emit_access_changed (DaisRoom *self)
{
  g_signal_emit (self, signals[SIGNAL_ACCESS_CHANGED], 0);
}

/**
 * dais_room_emit_said:
 * @self: the room
 * @message: what is on disk
 */
void
dais_room_emit_said (DaisRoom *self, const DaisMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_SAID], 0, message);
}

/**
 * dais_room_make_room:
 * @self: the room
 *
 * Returns: (transfer full): its entry of GET /rooms
 */
GBytes *
dais_room_make_room (DaisRoom *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_room_info_write_json (self->info, writer, TRUE);

  return dais_json_writer_steal_bytes (writer);
}
