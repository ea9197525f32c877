/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/media-index.h"

#include "core/json-writer.h"
#include "core/time-format.h"
#include "service/house-private.h"
#include "service/room-private.h"
#include "service/stream-list.h"
#include "store/media.h"

#define MAX_INDICES 400 /* of a room; it has at most 256 streams */

/**
 * dais_media_index_load:
 * @room: the room
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMediaRow) (nullable): the indices
 *   that are in use, or not free again yet
 */
GPtrArray *
dais_media_index_load (DaisRoom *room, GError **error)
{
  return dais_media_rows_list (
      dais_house_get_store (room->house), room->info->id, error);
}

static DaisMediaRow *
find_row (GPtrArray *rows, const gchar *slug)
{
  guint i;

  for (i = 0; i < rows->len; i++) {
    DaisMediaRow *row = g_ptr_array_index (rows, i);

    if (g_str_equal (row->slug, slug))
      return row;
  }

  return NULL;
}

/* A stream that came back gets the index that it had. */
static gboolean
mark_gone (DaisRoom *room, const gchar *today)
{
  DaisStreams *streams = dais_house_get_streams (room->house);
  gboolean changed = FALSE;
  guint i;

  for (i = 0; i < room->media->len; i++) {
    DaisMediaRow *row = g_ptr_array_index (room->media, i);
    DaisStreamEntry *entry = dais_streams_find_slug (streams, row->slug);
    gboolean used = entry != NULL &&
        dais_room_info_uses_stream (
            room->info, dais_stream_get_name (entry->stream));

    if (used == (row->gone == NULL))
      continue;
    g_clear_pointer (&row->gone, g_free);
    row->gone = used ? NULL : g_strdup (today);
    changed = TRUE;
  }

  return changed;
}

/* Indices that were freed before today may be given out again. */
static gboolean
drop_old (DaisRoom *room, const gchar *today)
{
  gboolean changed = FALSE;
  guint i;

  for (i = room->media->len; i > 0; i--) {
    DaisMediaRow *row = g_ptr_array_index (room->media, i - 1);

    if (row->gone != NULL && strcmp (row->gone, today) < 0) {
      g_ptr_array_remove_index (room->media, i - 1);
      changed = TRUE;
    }
  }

  return changed;
}

static void
add_row (GPtrArray *rows, const gchar *slug)
{
  guint place = 0;

  /* sorted, and the first is 1: a gap is where the two part */
  while (place < rows->len &&
      ((DaisMediaRow *) g_ptr_array_index (rows, place))->index == place + 1)
    place++;
  g_ptr_array_insert (
      rows, (gint) place, dais_media_row_new (place + 1, slug, NULL));
}

/* Within a day no index is used again, but a script that adds and removes
 * streams must not make the list grow without end. */
static void
make_place (DaisRoom *room)
{
  guint i = 0;

  while (room->media->len >= MAX_INDICES && i < room->media->len) {
    DaisMediaRow *row = g_ptr_array_index (room->media, i);

    if (row->gone != NULL)
      g_ptr_array_remove_index (room->media, i);
    else
      i++;
  }
}

static gboolean
add_new (DaisRoom *room)
{
  GPtrArray *entries = dais_streams_get_entries (
      dais_house_get_streams (room->house));
  gboolean changed = FALSE;
  guint i;

  for (i = 0; i < entries->len; i++) {
    DaisStreamEntry *entry = g_ptr_array_index (entries, i);
    const gchar *slug = dais_stream_get_slug (entry->stream);

    if (!dais_room_info_uses_stream (
            room->info, dais_stream_get_name (entry->stream)) ||
        find_row (room->media, slug) != NULL)
      continue;
    make_place (room);
    add_row (room->media, slug);
    changed = TRUE;
  }

  return changed;
}

typedef struct {
  gint64 room;
  GPtrArray *rows; /* (element-type DaisMediaRow) */
} Keep;

static void
keep_free (gpointer data)
{
  Keep *keep = data;

  g_ptr_array_unref (keep->rows);
  g_free (keep);
}

static gboolean
write_rows (DaisWriter *writer, gpointer data, GError **error)
{
  Keep *keep = data;

  return dais_media_rows_replace (writer, keep->room, keep->rows, error);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error) &&
      !g_error_matches (error, DAIS_ERROR, DAIS_ERROR_CONFLICT))
    g_warning ("the media indices of a room were not kept: %s", error->message);
}

static gpointer
copy_row (gconstpointer item, gpointer data)
{
  const DaisMediaRow *row = item;

  return dais_media_row_new (row->index, row->slug, row->gone);
}

/**
 * dais_media_index_update:
 * @room: the room
 *
 * To be called when the streams that the room may use have changed.
 */
void
dais_media_index_update (DaisRoom *room)
{
  g_autofree gchar *today = dais_time_local_date (g_get_real_time ());
  gboolean changed = drop_old (room, today);
  Keep *keep;

  changed = mark_gone (room, today) || changed;
  changed = add_new (room) || changed;
  if (!changed)
    return;

  keep = g_new0 (Keep, 1);
  keep->room = room->info->id;
  keep->rows = g_ptr_array_copy (room->media, copy_row, NULL);
  g_ptr_array_set_free_func (keep->rows, (GDestroyNotify) dais_media_row_free);
  dais_store_submit_async (dais_house_get_store (room->house), write_rows, keep,
      keep_free, NULL, on_kept, NULL);
  dais_room_emit_config_changed (room);
}

/**
 * dais_media_index_get_name:
 * @room: the room
 * @index: an index of config.media, from 1
 *
 * Returns: (transfer none) (nullable): the stream's name
 */
const gchar *
dais_media_index_get_name (DaisRoom *room, guint index)
{
  DaisStreams *streams = dais_house_get_streams (room->house);
  guint i;

  for (i = 0; i < room->media->len; i++) {
    DaisMediaRow *row = g_ptr_array_index (room->media, i);
    DaisStreamEntry *entry;

    if (row->index != index || row->gone != NULL)
      continue;
    entry = dais_streams_find_slug (streams, row->slug);
    return entry != NULL ? dais_stream_get_name (entry->stream) : NULL;
  }

  return NULL;
}

static void
write_medium (DaisJsonWriter *writer, const gchar *href, const gchar *type,
    const gchar *name)
{
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "href", href);
  dais_json_writer_name_string (writer, "type", type);
  dais_json_writer_name_string (writer, "name", name);
  dais_json_writer_end_object (writer);
}

static void
write_raw (
    DaisJsonWriter *writer, DaisStreamEntry *entry, const gchar *base_url)
{
  g_autofree gchar *href = dais_streams_make_url (
      base_url, dais_stream_get_slug (entry->stream), FALSE);

  write_medium (writer, href, dais_stream_entry_get_type (entry),
      dais_stream_get_name (entry->stream));
}

static void
write_media (DaisRoom *self, DaisJsonWriter *writer, const gchar *base_url)
{
  DaisStreams *streams = dais_house_get_streams (self->house);
  g_autofree gchar *href = dais_streams_make_url (
      base_url, self->info->url_name, TRUE);
  g_autofree gchar *name = dais_room_info_get_output_name (self->info);
  guint next = 1;
  guint i;

  write_medium (writer, href, "av", name);
  for (i = 0; i < self->media->len; i++) {
    DaisMediaRow *row = g_ptr_array_index (self->media, i);
    DaisStreamEntry *entry = row->gone == NULL
        ? dais_streams_find_slug (streams, row->slug)
        : NULL;

    for (; next < row->index; next++) {
      dais_json_writer_begin_object (writer);
      dais_json_writer_end_object (writer);
    }
    if (entry != NULL) {
      write_raw (writer, entry, base_url);
      next++;
    }
  }
}

/**
 * dais_room_get_config:
 * @self: the room
 * @base_url: what hrefs begin with, "http://hall:8080"
 *
 * Contracts README §2, config, with the time of now.
 *
 * Returns: (transfer full): JSON text
 */
GBytes *
dais_room_get_config (DaisRoom *self, const gchar *base_url)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  gint64 now = g_get_real_time ();
  g_autofree gchar *date = dais_time_local_date (now);
  g_autofree gchar *utc = dais_time_iso_ms (now);

  g_return_val_if_fail (DAIS_IS_ROOM (self), NULL);

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "room", self->info->name);
  dais_json_writer_name_string (writer, "url_name", self->info->url_name);
  dais_json_writer_name_double (writer, "time", dais_time_since_midnight (now));
  dais_json_writer_name_string (writer, "date", date);
  dais_json_writer_name_string (writer, "utc", utc);
  dais_json_writer_name (writer, "media");
  dais_json_writer_begin_array (writer);
  if (self->house != NULL)
    write_media (self, writer, base_url);
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal_bytes (writer);
}
