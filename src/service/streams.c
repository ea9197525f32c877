/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/streams.h"

#include "core/json-writer.h"
#include "core/log.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "service/stream-list.h"

#include <math.h>

#define TELL_INTERVAL_MS 100
/* pictures a second always wobble; tell about it when it means something */
#define TELL_FPS 1.0
/* base URLs come from clients' Host headers */
#define MAX_TEXTS 32

typedef struct {
  GBytes *json;
  gchar *etag;
} Text;

struct _DaisStreams {
  GObject parent_instance;

  DaisHouse *house;    /* not owned, outlives it */
  GPtrArray *entries;  /* (element-type DaisStreamEntry) */
  GPtrArray *arriving; /* (element-type DaisStream) */
  GHashTable *texts;   /* (element-type utf8 Text) by rights and base URL */
  guint tell_timer;
  gint64 told; /* monotonic µs */
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisStreams, dais_streams, G_TYPE_OBJECT)

static void
text_free (gpointer data)
{
  Text *text = data;

  g_bytes_unref (text->json);
  g_free (text->etag);
  g_free (text);
}

static void
entry_free (gpointer data)
{
  DaisStreamEntry *entry = data;

  if (entry->engine != NULL)
    g_signal_handlers_disconnect_by_data (entry->engine, entry);
  g_clear_object (&entry->engine);
  g_clear_pointer (&entry->settings, g_variant_unref);
  g_free (entry->error);
  dais_stream_unref (entry->stream);
  g_free (entry);
}

static void
dais_streams_finalize (GObject *object)
{
  DaisStreams *self = DAIS_STREAMS (object);

  g_clear_handle_id (&self->tell_timer, g_source_remove);
  g_hash_table_unref (self->texts);
  g_ptr_array_unref (self->arriving);
  g_ptr_array_unref (self->entries);

  G_OBJECT_CLASS (dais_streams_parent_class)->finalize (object);
}

static void
dais_streams_class_init (DaisStreamsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_streams_finalize;

  /**
   * DaisStreams::changed:
   * @self: the streams
   *
   * An entry came, went or changed. At most ten times a second.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dais_streams_init (DaisStreams *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->arriving = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_stream_unref);
  self->texts = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, text_free);
}

/**
 * dais_streams_new:
 * @house: the house, not owned
 *
 * Returns: (transfer full): an empty list
 */
DaisStreams *
dais_streams_new (DaisHouse *house)
{
  DaisStreams *self = g_object_new (DAIS_TYPE_STREAMS, NULL);

  self->house = house;

  return self;
}

/**
 * dais_streams_get_house:
 * @self: the streams
 *
 * Returns: (transfer none): the house
 */
DaisHouse *
dais_streams_get_house (DaisStreams *self)
{
  return self->house;
}

/**
 * dais_streams_get_entries:
 * @self: the streams
 *
 * Returns: (transfer none) (element-type DaisStreamEntry): all raw streams
 */
GPtrArray *
dais_streams_get_entries (DaisStreams *self)
{
  return self->entries;
}

/**
 * dais_streams_get_arriving:
 * @self: the streams
 *
 * Returns: (transfer none) (element-type DaisStream): see the header
 */
GPtrArray *
dais_streams_get_arriving (DaisStreams *self)
{
  return self->arriving;
}

/**
 * dais_streams_find_slug:
 * @self: the streams
 * @slug: a slug
 *
 * Returns: (transfer none) (nullable): its entry
 */
DaisStreamEntry *
dais_streams_find_slug (DaisStreams *self, const gchar *slug)
{
  guint i;

  for (i = 0; i < self->entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (self->entries, i);

    if (g_str_equal (dais_stream_get_slug (entry->stream), slug))
      return entry;
  }

  return NULL;
}

/**
 * dais_streams_find_name:
 * @self: the streams
 * @name: a display name
 *
 * Returns: (transfer none) (nullable): its entry
 */
DaisStreamEntry *
dais_streams_find_name (DaisStreams *self, const gchar *name)
{
  guint i;

  for (i = 0; i < self->entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (self->entries, i);

    if (g_str_equal (dais_stream_get_name (entry->stream), name))
      return entry;
  }

  return NULL;
}

/**
 * dais_streams_has_name:
 * @self: the streams
 * @name: a display name
 *
 * Returns: whether a raw stream has it
 */
gboolean
dais_streams_has_name (DaisStreams *self, const gchar *name)
{
  return dais_streams_find_name (self, name) != NULL;
}

static gboolean
on_time_to_tell (gpointer data)
{
  DaisStreams *self = data;

  self->tell_timer = 0;
  self->told = g_get_monotonic_time ();
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);

  return G_SOURCE_REMOVE;
}

/**
 * dais_streams_touch:
 * @self: the streams
 *
 * Forgets the texts, and tells at once, or a little later when it was told only
 * just now.
 */
void
dais_streams_touch (DaisStreams *self)
{
  gint64 passed_ms = (g_get_monotonic_time () - self->told) / 1000;

  g_hash_table_remove_all (self->texts);
  if (self->tell_timer == 0)
    self->tell_timer = g_timeout_add (passed_ms >= TELL_INTERVAL_MS
            ? 0
            : (guint) (TELL_INTERVAL_MS - passed_ms),
        on_time_to_tell, self);
}

/**
 * dais_streams_put:
 * @self: the streams
 * @stream: (transfer none): a stream with its slug
 * @configured: whether the configuration file has it
 * @created: when it was added, UTC, µs
 *
 * Returns: (transfer none): its entry, without an engine yet
 */
DaisStreamEntry *
dais_streams_put (
    DaisStreams *self, DaisStream *stream, gboolean configured, gint64 created)
{
  DaisStreamEntry *entry = g_new0 (DaisStreamEntry, 1);

  entry->list = self;
  entry->stream = dais_stream_ref (stream);
  entry->configured = configured;
  entry->created = created;
  g_ptr_array_add (self->entries, entry);
  dais_streams_touch (self);

  return entry;
}

/**
 * dais_streams_take_out:
 * @self: the streams
 * @entry: (transfer none): is freed
 */
void
dais_streams_take_out (DaisStreams *self, DaisStreamEntry *entry)
{
  g_ptr_array_remove (self->entries, entry);
  dais_streams_touch (self);
}

/**
 * dais_stream_entry_set_stream:
 * @self: an entry
 * @stream: (transfer none): what it is from now on
 */
void
dais_stream_entry_set_stream (DaisStreamEntry *self, DaisStream *stream)
{
  dais_stream_ref (stream);
  dais_stream_unref (self->stream);
  self->stream = stream;
  dais_streams_touch (self->list);
}

/**
 * dais_stream_entry_get_health:
 * @self: an entry
 * @health: (out caller-allocates): how the stream is; strings until the next
 *   change
 */
void
dais_stream_entry_get_health (DaisStreamEntry *self, DaisStreamHealth *health)
{
  DaisEngineHealth engine = { "connecting", self->created, 0, "", "" };

  if (self->engine != NULL)
    dais_engine_handle_get_health (self->engine, &engine);
  health->state = dais_stream_state_from_string (engine.state);
  health->since_us = engine.since_us;
  health->fps = round (engine.fps * 10) / 10;
  health->error = self->error;
  health->found = DAIS_MEDIA_UNKNOWN;
  if (engine.type != NULL)
    dais_media_type_from_string (engine.type, &health->found, NULL);
}

/**
 * dais_stream_entry_get_type:
 * @self: an entry
 *
 * Returns: (transfer none): "audio", "video" or "av": what was found, else what
 *   was declared, else "av"
 */
const gchar *
dais_stream_entry_get_type (DaisStreamEntry *self)
{
  DaisStreamHealth health = { 0 };
  DaisMediaType type = dais_stream_get_media_type (self->stream);

  dais_stream_entry_get_health (self, &health);
  if (type == DAIS_MEDIA_UNKNOWN)
    type = health.found != DAIS_MEDIA_UNKNOWN ? health.found : DAIS_MEDIA_AV;

  return dais_media_type_to_string (type);
}

/* What a library says about a URL may repeat it with its password. */
static gchar *
get_error (DaisStreamEntry *self)
{
  const gchar *uri = dais_stream_get_uri (self->stream);
  DaisEngineHealth engine = { "connecting", 0, 0, "", "" };
  g_auto (GStrv) parts = NULL;
  g_autofree gchar *harmless = NULL;

  if (self->engine != NULL)
    dais_engine_handle_get_health (self->engine, &engine);
  if (engine.error == NULL || *engine.error == '\0')
    return NULL;

  harmless = dais_log_redact_url (uri);
  parts = g_strsplit (engine.error, uri, -1);

  return g_strjoinv (harmless, parts);
}

/**
 * dais_stream_entry_health_changed:
 * @self: an entry
 *
 * Its engine said something new: tells when it matters to people.
 */
void
dais_stream_entry_health_changed (DaisStreamEntry *self)
{
  g_autofree gchar *before = g_steal_pointer (&self->error);
  DaisStreamHealth health = { 0 };

  self->error = get_error (self);
  dais_stream_entry_get_health (self, &health);
  g_hash_table_remove_all (self->list->texts);
  if (health.state == self->state && health.found == self->found &&
      g_strcmp0 (before, self->error) == 0 &&
      fabs (health.fps - self->fps) < TELL_FPS)
    return;

  if (health.state != self->state)
    dais_log_stream (health.state == DAIS_STREAM_LOST ? G_LOG_LEVEL_MESSAGE
                                                      : G_LOG_LEVEL_INFO,
        dais_stream_get_slug (self->stream), "%s%s%s",
        dais_stream_state_to_string (health.state),
        self->error != NULL ? ": " : "",
        self->error != NULL ? self->error : "");
  self->state = health.state;
  self->found = health.found;
  self->fps = health.fps;
  dais_streams_touch (self->list);
}

/**
 * dais_streams_make_url:
 * @base_url: "http://hall:8080"
 * @slug: a stream's slug, or a room's url_name
 * @mixed: whether it is a room's
 *
 * Returns: (transfer full): the URL of its WebM output
 */
gchar *
dais_streams_make_url (const gchar *base_url, const gchar *slug, gboolean mixed)
{
  return g_strconcat (base_url, mixed ? "/streaming/mixed/" : "/streaming/",
      slug, ".webm", NULL);
}

static void
write_entry (DaisStreamEntry *entry, DaisJsonWriter *writer,
    const gchar *base_url, gboolean manage)
{
  g_autofree gchar *url = dais_streams_make_url (
      base_url, dais_stream_get_slug (entry->stream), FALSE);
  DaisStreamHealth health = { 0 };

  dais_stream_entry_get_health (entry, &health);
  dais_stream_write_json (entry->stream, writer, url, &health, manage);
}

static void
write_output (DaisRoom *room, DaisJsonWriter *writer, const gchar *base_url)
{
  g_autofree gchar *url = dais_streams_make_url (
      base_url, room->info->url_name, TRUE);

  dais_room_info_write_output_json (room->info, writer, url);
}

/* Who may not see the house as a whole sees the outputs of its public rooms. */
static Text *
make_text (DaisStreams *self, DaisCaller *caller, const gchar *base_url)
{
  gboolean manage = dais_caller_may (caller, DAIS_GRANT_MANAGE, NULL);
  gboolean view = dais_caller_may (caller, DAIS_GRANT_VIEW, NULL);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  GPtrArray *rooms = dais_rooms_get_list (dais_house_get_rooms (self->house));
  Text *text = g_new0 (Text, 1);
  guint i;

  dais_json_writer_begin_object (writer);
  for (i = 0; view && i < self->entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (self->entries, i);

    dais_json_writer_name (writer, dais_stream_get_name (entry->stream));
    write_entry (entry, writer, base_url, manage);
  }
  for (i = 0; i < rooms->len; i++) {
    DaisRoom *room = g_ptr_array_index (rooms, i);
    g_autofree gchar *name = dais_room_info_get_output_name (room->info);

    if ((room->info->facets & DAIS_FACET_MIXER) == 0 ||
        (!view && !dais_caller_may (caller, DAIS_GRANT_VIEW, room)))
      continue;
    dais_json_writer_name (writer, name);
    write_output (room, writer, base_url);
  }
  dais_json_writer_end_object (writer);
  text->json = dais_json_writer_steal_bytes (writer);
  text->etag = g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, text->json);

  return text;
}

/**
 * dais_streams_get_json:
 * @self: the streams
 * @caller: who asks
 * @base_url: "http://hall:8080"
 * @etag: (out) (optional) (transfer full): a hash of the text
 *
 * Contract /streams. Made once per change, base URL and rights; which rooms are
 * public is the same for everybody who may see no more.
 *
 * Returns: (transfer full): the map of all streams by name
 */
GBytes *
dais_streams_get_json (
    DaisStreams *self, DaisCaller *caller, const gchar *base_url, gchar **etag)
{
  const gchar *rights = "public ";
  g_autofree gchar *key = NULL;
  Text *text;

  g_return_val_if_fail (DAIS_IS_STREAMS (self), NULL);

  if (dais_caller_may (caller, DAIS_GRANT_MANAGE, NULL))
    rights = "manage ";
  else if (dais_caller_may (caller, DAIS_GRANT_VIEW, NULL))
    rights = "view ";
  key = g_strconcat (rights, base_url, NULL);
  text = g_hash_table_lookup (self->texts, key);
  if (text == NULL) {
    if (g_hash_table_size (self->texts) >= MAX_TEXTS)
      g_hash_table_remove_all (self->texts);
    text = make_text (self, caller, base_url);
    g_hash_table_insert (self->texts, g_steal_pointer (&key), text);
  }
  if (etag != NULL)
    *etag = g_strdup (text->etag);

  return g_bytes_ref (text->json);
}

/**
 * dais_streams_get_one_json:
 * @self: the streams
 * @caller: who asks
 * @base_url: "http://hall:8080"
 * @slug: a slug, or a display name
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the raw stream's object
 */
GBytes *
dais_streams_get_one_json (DaisStreams *self, DaisCaller *caller,
    const gchar *base_url, const gchar *slug, GError **error)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  DaisStreamEntry *entry;

  g_return_val_if_fail (DAIS_IS_STREAMS (self), NULL);

  entry = dais_streams_find_slug (self, slug);
  if (entry == NULL)
    entry = dais_streams_find_name (self, slug);
  if (entry == NULL || !dais_caller_may (caller, DAIS_GRANT_VIEW, NULL)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
        "there is no stream '%s'", slug);
    return NULL;
  }

  writer = dais_json_writer_new ();
  write_entry (entry, writer, base_url,
      dais_caller_may (caller, DAIS_GRANT_MANAGE, NULL));

  return dais_json_writer_steal_bytes (writer);
}
