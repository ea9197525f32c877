/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/engines.h"

#include "core/config.h"
#include "service/house-private.h"
#include "service/levels.h"
#include "service/media-index.h"
#include "service/room-list.h"
#include "supervisor/supervisor.h"

/* A room's own size and rate, where it has them, over the canvas. */
static DaisVideoFormat
get_format (DaisHouse *self, DaisRoom *room)
{
  DaisVideoFormat format = dais_config_get_server (dais_house_get_config (self))
                               ->format;

  if (room != NULL && room->info->format.width != 0) {
    format.width = room->info->format.width;
    format.height = room->info->format.height;
  }
  if (room != NULL && room->info->format.fps_n != 0) {
    format.fps_n = room->info->format.fps_n;
    format.fps_d = room->info->format.fps_d;
  }

  return format;
}

static gboolean
has_canvas_size (DaisHouse *self, DaisRoom *room)
{
  DaisVideoFormat canvas = get_format (self, NULL);
  DaisVideoFormat own = get_format (self, room);

  return own.width == canvas.width && own.height == canvas.height;
}

static void
add_format (GVariantDict *settings, const DaisVideoFormat *format)
{
  g_variant_dict_insert (settings, "width", "u", format->width);
  g_variant_dict_insert (settings, "height", "u", format->height);
  g_variant_dict_insert (settings, "fps-n", "u", format->fps_n);
  g_variant_dict_insert (settings, "fps-d", "u", format->fps_d);
}

/* The further sizes in which rooms want a stream. */
static GVariant *
make_renditions (DaisHouse *self, DaisStreamEntry *entry)
{
  GPtrArray *rooms = dais_rooms_get_list (dais_house_get_rooms (self));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, NULL);
  GVariantBuilder builder;
  guint i;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(uu)"));
  for (i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);
    DaisVideoFormat own = get_format (self, room);

    if (room->engine == NULL || has_canvas_size (self, room) ||
        !dais_room_info_uses_stream (
            room->info, dais_stream_get_name (entry->stream)) ||
        !g_hash_table_add (seen, dais_video_format_size_to_string (&own)))
      continue;
    g_variant_builder_add (&builder, "(uu)", own.width, own.height);
  }

  return g_variant_builder_end (&builder);
}

static GVariant *
make_options (DaisStreamEntry *entry)
{
  GHashTable *options = dais_stream_get_options (entry->stream);
  g_autoptr (GList) keys = NULL;
  GVariantBuilder builder;
  GList *key;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (options != NULL)
    keys = g_list_sort (g_hash_table_get_keys (options), (GCompareFunc) strcmp);
  for (key = keys; key != NULL; key = key->next)
    g_variant_builder_add (
        &builder, "{ss}", key->data, g_hash_table_lookup (options, key->data));

  return g_variant_builder_end (&builder);
}

static GVariant *
make_source_settings (DaisHouse *self, DaisStreamEntry *entry)
{
  DaisVideoFormat canvas = get_format (self, NULL);
  GVariantDict settings;

  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (
      &settings, "name", "s", dais_stream_get_name (entry->stream));
  g_variant_dict_insert (
      &settings, "uri", "s", dais_stream_get_uri (entry->stream));
  g_variant_dict_insert (&settings, "type", "s",
      dais_media_type_to_string (dais_stream_get_media_type (entry->stream)));
  g_variant_dict_insert_value (&settings, "options", make_options (entry));
  g_variant_dict_insert_value (
      &settings, "renditions", make_renditions (self, entry));
  add_format (&settings, &canvas);

  return g_variant_dict_end (&settings);
}

static void
add_input (DaisHouse *self, DaisRoom *room, DaisStreamEntry *entry,
    GVariantBuilder *inputs)
{
  DaisSupervisor *supervisor = dais_house_get_supervisor (self);
  const gchar *slug = dais_stream_get_slug (entry->stream);
  DaisMediaType type = dais_stream_get_media_type (entry->stream);
  g_autofree gchar *suffix = g_strdup (".v");
  g_autofree gchar *video = NULL;
  g_autofree gchar *audio = NULL;

  if (!has_canvas_size (self, room)) {
    DaisVideoFormat own = get_format (self, room);
    g_autofree gchar *size = dais_video_format_size_to_string (&own);

    g_free (suffix);
    suffix = g_strconcat (".v-", size, NULL);
  }
  if (type != DAIS_MEDIA_AUDIO)
    video = dais_supervisor_get_wire_path (supervisor, slug, suffix);
  if (type != DAIS_MEDIA_VIDEO)
    audio = dais_supervisor_get_wire_path (supervisor, slug, ".a");
  g_variant_builder_add (inputs, "(sss)", slug, video != NULL ? video : "",
      audio != NULL ? audio : "");
}

static GVariant *
make_room_settings (DaisHouse *self, DaisRoom *room)
{
  GPtrArray *entries = dais_streams_get_entries (dais_house_get_streams (self));
  DaisVideoFormat own = get_format (self, room);
  GVariantBuilder inputs;
  GVariantDict settings;
  guint i;

  g_variant_builder_init (&inputs, G_VARIANT_TYPE ("a(sss)"));
  for (i = 0; i < entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (entries, i);

    if (dais_room_info_uses_stream (
            room->info, dais_stream_get_name (entry->stream)))
      add_input (self, room, entry, &inputs);
  }
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "name", "s", room->info->name);
  add_format (&settings, &own);
  g_variant_dict_insert_value (
      &settings, "inputs", g_variant_builder_end (&inputs));

  return g_variant_dict_end (&settings);
}

static void
configure (DaisEngineHandle *engine, GVariant **told, GVariant *settings)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (settings);

  if (*told != NULL && g_variant_equal (*told, held))
    return;

  g_clear_pointer (told, g_variant_unref);
  *told = g_variant_ref (held);
  dais_engine_handle_configure (engine, held);
}

static void
configure_source (DaisHouse *self, DaisStreamEntry *entry)
{
  if (entry->engine == NULL) {
    entry->engine = dais_supervisor_add (dais_house_get_supervisor (self),
        DAIS_ENGINE_SOURCE, dais_stream_get_slug (entry->stream));
    g_signal_connect_swapped (entry->engine, "health-changed",
        G_CALLBACK (dais_stream_entry_health_changed), entry);
  }
  configure (
      entry->engine, &entry->settings, make_source_settings (self, entry));
}

/* Streams by slug, "" = off: what the engine knows them by. */
static const gchar *
get_slug (DaisHouse *self, const gchar *name)
{
  DaisStreamEntry *entry = name != NULL
      ? dais_streams_find_name (dais_house_get_streams (self), name)
      : NULL;

  return entry != NULL ? dais_stream_get_slug (entry->stream) : "";
}

static GVariant *
make_slugs (DaisHouse *self, const gchar *const *names)
{
  GVariantBuilder builder;
  guint i;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (i = 0; names[i] != NULL; i++)
    g_variant_builder_add (&builder, "s", get_slug (self, names[i]));

  return g_variant_builder_end (&builder);
}

static GVariant *
make_volumes (DaisHouse *self, DaisScene *scene)
{
  GVariantBuilder builder;
  const gchar *name;
  gdouble gain = 1;
  guint i;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sd}"));
  for (i = 0; (name = dais_scene_get_volume (scene, i, &gain)) != NULL; i++) {
    const gchar *slug = get_slug (self, name);

    if (*slug != '\0')
      g_variant_builder_add (&builder, "{sd}", slug, gain);
  }

  return g_variant_builder_end (&builder);
}

static GVariant *
make_state (DaisHouse *self, DaisScene *scene, const DaisTransition *transition)
{
  GVariantDict state;

  g_variant_dict_init (&state, NULL);
  g_variant_dict_insert (&state, "scene", "s",
      dais_scene_kind_to_string (dais_scene_get_kind (scene)));
  g_variant_dict_insert (
      &state, "video", "s", get_slug (self, dais_scene_get_video (scene)));
  g_variant_dict_insert (
      &state, "audio", "s", get_slug (self, dais_scene_get_audio (scene)));
  g_variant_dict_insert (
      &state, "pip", "s", get_slug (self, dais_scene_get_pip (scene)));
  g_variant_dict_insert (&state, "pip-corner", "s",
      dais_corner_to_string (dais_scene_get_pip_corner (scene)));
  g_variant_dict_insert (
      &state, "pip-size", "d", dais_scene_get_pip_size (scene));
  g_variant_dict_insert_value (
      &state, "grid", make_slugs (self, dais_scene_get_grid (scene)));
  g_variant_dict_insert_value (&state, "volumes", make_volumes (self, scene));
  g_variant_dict_insert_value (
      &state, "mutes", make_slugs (self, dais_scene_get_mutes (scene)));
  g_variant_dict_insert (&state, "master", "d", dais_scene_get_master (scene));
  g_variant_dict_insert (
      &state, "transition", "s", transition->fade ? "fade" : "cut");
  g_variant_dict_insert (
      &state, "transition-ms", "u", transition->fade ? transition->ms : 0);

  return g_variant_dict_end (&state);
}

typedef struct {
  DaisShown callback;
  gpointer user_data;
} Apply;

static void
on_applied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Apply *apply = data;
  g_autoptr (GError) error = NULL;
  guint64 running_time = 0;
  gboolean shown = dais_engine_handle_apply_finish (
      DAIS_ENGINE_HANDLE (source), result, &running_time, &error);

  if (!shown)
    g_debug ("the state waits for its engine: %s", error->message);
  apply->callback (shown, running_time, apply->user_data);
}

static gboolean
on_nobody (gpointer data)
{
  Apply *apply = data;

  apply->callback (FALSE, 0, apply->user_data);

  return G_SOURCE_REMOVE;
}

/**
 * dais_house_apply:
 * @self: the house
 * @room: the room
 * @scene: what shall be on air
 * @transition: how to get there
 * @rev: the room's revision with it
 * @callback: called once, later, when it is on air or cannot be now
 * @user_data: data for @callback
 *
 * The engine of a room that is down gets the state when it is back.
 */
void
dais_house_apply (DaisHouse *self, DaisRoom *room, DaisScene *scene,
    const DaisTransition *transition, guint64 rev, DaisShown callback,
    gpointer user_data)
{
  Apply *apply = g_new0 (Apply, 1);

  apply->callback = callback;
  apply->user_data = user_data;
  if (room->engine == NULL) {
    g_idle_add_full (G_PRIORITY_DEFAULT, on_nobody, apply, g_free);
    return;
  }

  dais_engine_handle_apply_async (room->engine,
      make_state (self, scene, transition), rev, on_applied, apply);
}

static void
on_first_state (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!dais_engine_handle_apply_finish (
          DAIS_ENGINE_HANDLE (source), result, NULL, &error))
    g_debug ("the first state waits for its engine: %s", error->message);
}

/**
 * dais_house_start_room:
 * @self: the house
 * @room: the room
 *
 * Starts or adopts its engine. Without a supervisor (the command line) no room
 * has one.
 */
void
dais_house_start_room (DaisHouse *self, DaisRoom *room)
{
  DaisTransition cut = { FALSE, 0 };

  if (dais_house_get_supervisor (self) == NULL || room->engine != NULL ||
      (room->info->facets & DAIS_FACET_MIXER) == 0)
    return;

  room->engine = dais_supervisor_add (
      dais_house_get_supervisor (self), DAIS_ENGINE_ROOM, room->info->url_name);
  g_signal_connect_object (room->engine, "levels",
      G_CALLBACK (dais_room_on_levels), room, G_CONNECT_SWAPPED);
  configure (room->engine, &room->settings, make_room_settings (self, room));
  dais_engine_handle_set_levels (room->engine, room->n_level_holders > 0);
  dais_engine_handle_apply_async (room->engine,
      make_state (self, room->committed_scene, &cut), room->committed_rev,
      on_first_state, NULL);
}

static void
stop_room_engine (DaisHouse *self, DaisRoom *room)
{
  if (room->engine == NULL)
    return;

  g_signal_handlers_disconnect_by_data (room->engine, room);
  dais_supervisor_remove (dais_house_get_supervisor (self), room->engine);
  g_clear_object (&room->engine);
  g_clear_pointer (&room->settings, g_variant_unref);
}

/**
 * dais_house_streams_changed:
 * @self: the house
 *
 * Tells each engine what is new for it, and gives new streams their indices.
 */
void
dais_house_streams_changed (DaisHouse *self)
{
  GPtrArray *rooms = dais_rooms_get_list (dais_house_get_rooms (self));
  GPtrArray *entries = dais_streams_get_entries (dais_house_get_streams (self));
  gboolean engines = dais_house_get_supervisor (self) != NULL;
  guint i;

  for (i = 0; engines && i < entries->len; i++)
    configure_source (self, g_ptr_array_index (entries, i));
  for (i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);

    if (room->engine != NULL)
      configure (
          room->engine, &room->settings, make_room_settings (self, room));
    dais_room_forget_json (room, DAIS_TOPIC_LAYOUT);
    dais_media_index_update (room);
  }
}

/**
 * dais_house_stop_source:
 * @self: the house
 * @entry: a stream that goes
 */
void
dais_house_stop_source (DaisHouse *self, DaisStreamEntry *entry)
{
  if (entry->engine == NULL)
    return;

  g_signal_handlers_disconnect_by_data (entry->engine, entry);
  dais_supervisor_remove (dais_house_get_supervisor (self), entry->engine);
  g_clear_object (&entry->engine);
}

/**
 * dais_house_room_added:
 * @self: the house
 * @room: a new room
 */
void
dais_house_room_added (DaisHouse *self, DaisRoom *room)
{
  dais_house_start_room (self, room);
  /* its size may be a further rendition, its output a further stream */
  dais_house_streams_changed (self);
  dais_streams_touch (dais_house_get_streams (self));
}

/**
 * dais_house_room_removed:
 * @self: the house
 * @room: a room that goes
 */
void
dais_house_room_removed (DaisHouse *self, DaisRoom *room)
{
  stop_room_engine (self, room);
  dais_house_streams_changed (self);
  dais_streams_touch (dais_house_get_streams (self));
}

/**
 * dais_house_room_renamed:
 * @self: the house
 * @room: a room with another url_name than its engine
 */
void
dais_house_room_renamed (DaisHouse *self, DaisRoom *room)
{
  stop_room_engine (self, room);
  dais_house_start_room (self, room);
}
