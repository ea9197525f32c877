/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "core/config.h"
#include "core/json-writer.h"
#include "core/random-id.h"
#include "core/slug.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "store/users.h"

static gchar *
names_to_json (gchar **names)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  guint i;

  if (names == NULL || names[0] == NULL)
    return NULL;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_array (writer);
  for (i = 0; names[i] != NULL; i++)
    dais_json_writer_string (writer, names[i]);
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal (writer);
}

/**
 * dais_rooms_make_row:
 * @info: what the room shall be
 * @configured: whether the configuration file has it
 *
 * Returns: (transfer full): the row to keep
 */
DaisRoomRow *
dais_rooms_make_row (const DaisRoomInfo *info, gboolean configured)
{
  DaisRoomRow *row = g_new0 (DaisRoomRow, 1);

  row->id = info->id;
  row->hex24 = info->hex24 != NULL ? g_strdup (info->hex24)
                                   : dais_random_hex (12);
  row->url_name = g_strdup (info->url_name);
  row->name = g_strdup (info->name);
  row->created = info->created_us != 0 ? info->created_us : g_get_real_time ();
  row->creator = info->creator_id;
  row->facets = info->facets;
  row->is_public = info->is_public;
  row->width = info->format.width;
  row->height = info->format.height;
  row->fps_n = info->format.fps_n;
  row->fps_d = info->format.fps_d;
  row->streams = names_to_json (info->streams);
  row->configured = configured;

  return row;
}

static DaisRoomRow *
find_row (GPtrArray *rows, const gchar *url_name, const gchar *name)
{
  guint i;

  for (i = 0; i < rows->len; i++) {
    DaisRoomRow *row = g_ptr_array_index (rows, i);

    if (g_ascii_strcasecmp (row->url_name, url_name) == 0 ||
        g_str_equal (row->name, name))
      return row;
  }

  return NULL;
}

static gint64
find_creator (DaisHouse *house, const gchar *username)
{
  g_autoptr (DaisUserRow) user = NULL;

  if (*username == '\0')
    return 0;
  user = dais_users_by_name (dais_house_get_store (house), username, NULL);
  if (user == NULL)
    g_warning ("the configuration names a room's creator '%s', and there is no "
               "such user; add one with dais user add",
        username);

  return user != NULL ? user->id : 0;
}

static void
fill_row (DaisRoomRow *row, const DaisRoomSpec *spec)
{
  g_free (row->name);
  row->name = g_strdup (spec->name);
  row->is_public = spec->is_public;
  row->width = spec->format.width;
  row->height = spec->format.height;
  row->fps_n = spec->format.fps_n;
  row->fps_d = spec->format.fps_d;
  g_free (row->streams);
  row->streams = names_to_json (spec->streams);
  row->facets |= DAIS_FACET_MIXER | DAIS_FACET_CHAT | DAIS_FACET_PLAYER;
  row->configured = TRUE;
}

static DaisRoomRow *
new_row (DaisHouse *house, const DaisRoomSpec *spec, const gchar *url_name)
{
  DaisRoomRow *row = g_new0 (DaisRoomRow, 1);

  row->hex24 = dais_random_hex (12);
  row->url_name = g_strdup (url_name);
  row->created = g_get_real_time ();
  row->creator = find_creator (house, spec->creator);

  return row;
}

/**
 * dais_rooms_merge:
 * @house: the house, its store open
 * @rows: (element-type DaisRoomRow): what the store has; gets what the
 *   configuration has beside it
 *
 * A room of the file is the kept one of the same name, whose settings follow
 * the file. One that has left the file sleeps: it is kept, with all that is in
 * it, and comes back when it stands in the file again.
 *
 * Returns: (transfer full) (element-type DaisRoomRow): the rows to write, not
 *   owned
 */
GPtrArray *
dais_rooms_merge (DaisHouse *house, GPtrArray *rows)
{
  GPtrArray *specs = dais_config_get_rooms (dais_house_get_config (house));
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  GPtrArray *changed = g_ptr_array_new ();
  guint i;

  for (i = 0; i < specs->len; i++) {
    const DaisRoomSpec *spec = g_ptr_array_index (specs, i);
    g_autofree gchar *url_name = *spec->url_name != '\0'
        ? g_strdup (spec->url_name)
        : dais_slug_from_name (spec->name, "room");
    DaisRoomRow *row = find_row (rows, url_name, spec->name);

    if (row == NULL || g_hash_table_contains (wanted, row)) {
      row = new_row (house, spec, url_name);
      g_ptr_array_add (rows, row);
    }
    fill_row (row, spec);
    g_hash_table_add (wanted, row);
    g_ptr_array_add (changed, row);
  }

  for (i = rows->len; i > 0; i--) {
    DaisRoomRow *row = g_ptr_array_index (rows, i - 1);

    if (!row->configured || g_hash_table_contains (wanted, row))
      continue;
    g_message ("room '%s' no longer stands in the configuration: it sleeps",
        row->name);
    g_ptr_array_remove_index (rows, i - 1);
  }

  return changed;
}

/**
 * dais_rooms_write_merged:
 * @writer: the writer, inside a change
 * @data: (element-type DaisRoomRow): a #GPtrArray of dais_rooms_merge()
 * @error: return location
 *
 * Returns: whether it went through
 */
gboolean
dais_rooms_write_merged (DaisWriter *writer, gpointer data, GError **error)
{
  GPtrArray *rows = data;
  guint i;

  for (i = 0; i < rows->len; i++) {
    DaisRoomRow *row = g_ptr_array_index (rows, i);

    if (!(row->id == 0 ? dais_room_rows_insert (writer, row, error)
                       : dais_room_rows_update (writer, row, error))) {
      g_prefix_error (error, "room '%s': ", row->name);
      return FALSE;
    }
  }

  return TRUE;
}

/**
 * dais_rooms_load:
 * @self: the rooms
 * @rows: (element-type DaisRoomRow): all that shall be there
 * @error: return location
 *
 * Returns: whether each room's state could be read
 */
gboolean
dais_rooms_load (DaisRooms *self, GPtrArray *rows, GError **error)
{
  guint i;

  for (i = 0; i < rows->len; i++) {
    const DaisRoomRow *row = g_ptr_array_index (rows, i);
    DaisRoom *room = NULL;

    if ((row->facets & DAIS_FACET_MIXER) == 0)
      continue;
    room = dais_room_new (dais_rooms_get_house (self), row, error);
    if (room == NULL)
      return FALSE;
    dais_rooms_put (self, room);
  }

  return TRUE;
}
