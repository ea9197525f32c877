/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/room-cache.h"

#include "core/random-id.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "service/room-private.h"

struct _DaisRoomCache {
  DaisRooms *rooms;    /* not owned, owns this */
  GHashTable *by_name; /* (element-type utf8 DaisRoom) lower case; not owned */
  GHashTable *by_id;   /* (element-type gint64 DaisRoom) not owned */
};

static gboolean
is_same (gpointer key, gpointer value, gpointer room)
{
  return value == room;
}

static void
forget (DaisRoomCache *self, GObject *room)
{
  g_hash_table_foreach_remove (self->by_name, is_same, room);
  g_hash_table_foreach_remove (self->by_id, is_same, room);
}

/* Rooms in memory are few: those that somebody is in right now. */
static void
on_unheld (gpointer data, GObject *room)
{
  forget (data, room);
}

static void
put_id (DaisRoomCache *self, DaisRoom *room)
{
  if (room->info->id != 0)
    g_hash_table_replace (self->by_id,
        g_memdup2 (&room->info->id, sizeof (room->info->id)), room);
}

static void
put (DaisRoomCache *self, DaisRoom *room)
{
  g_hash_table_replace (
      self->by_name, g_ascii_strdown (room->info->url_name, -1), room);
  put_id (self, room);
  g_object_weak_ref (G_OBJECT (room), on_unheld, self);
}

static void
take_out (DaisRoomCache *self, DaisRoom *room)
{
  g_object_weak_unref (G_OBJECT (room), on_unheld, self);
  forget (self, G_OBJECT (room));
  dais_room_remove (room);
}

/* A venue room takes a chat room's name and history over: those who are in come
 * back to the new one. */
static void
on_added (DaisRooms *rooms, DaisRoom *added, gpointer data)
{
  DaisRoomCache *self = data;
  g_autofree gchar *name = g_ascii_strdown (added->info->url_name, -1);
  g_autoptr (DaisRoom) present = NULL;

  g_set_object (&present, g_hash_table_lookup (self->by_name, name));
  if (present != NULL)
    take_out (self, present);
}

/**
 * dais_room_cache_new:
 * @rooms: all rooms with a mixer; not owned
 *
 * Returns: (transfer full): an empty cache
 */
DaisRoomCache *
dais_room_cache_new (DaisRooms *rooms)
{
  DaisRoomCache *self = g_new0 (DaisRoomCache, 1);

  self->rooms = rooms;
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->by_id = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, NULL);
  g_signal_connect (rooms, "added", G_CALLBACK (on_added), self);

  return self;
}

/**
 * dais_room_cache_free:
 * @self: (transfer full): the cache
 */
void
dais_room_cache_free (DaisRoomCache *self)
{
  GHashTableIter iter;
  gpointer room;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    g_object_weak_unref (room, on_unheld, self);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_id);
  g_free (self);
}

static DaisStore *
get_store (DaisRoomCache *self)
{
  return dais_house_get_store (dais_rooms_get_house (self->rooms));
}

static gboolean
load_admitted (
    DaisRoomCache *self, DaisRoom *room, const DaisRoomRow *row, GError **error)
{
  g_autoptr (GArray) users = dais_room_rows_get_admitted (
      get_store (self), row, error);

  if (users == NULL)
    return FALSE;

  g_clear_pointer (&room->admitted, g_hash_table_unref);
  room->admitted = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < users->len; i++)
    g_hash_table_add (room->admitted,
        g_memdup2 (&g_array_index (users, gint64, i), sizeof (gint64)));

  return TRUE;
}

/* Of these facets alone a room is for those who belong to it. */
static gboolean
is_closed (const DaisRoomRow *row)
{
  return (row->facets & DAIS_FACET_MIXER) == 0 &&
      (row->facets &
          (DAIS_FACET_MEMBERS | DAIS_FACET_HELP | DAIS_FACET_PLAYER)) != 0;
}

static DaisRoom *
load (DaisRoomCache *self, const DaisRoomRow *row, GError **error)
{
  g_autoptr (DaisRoom) room = NULL;

  /* one of the configuration file that sleeps */
  if (row->facets & DAIS_FACET_MIXER)
    return NULL;

  room = dais_room_new (dais_rooms_get_house (self->rooms), row, error);
  if (room == NULL ||
      (is_closed (row) && !load_admitted (self, room, row, error)))
    return NULL;
  put (self, room);

  return g_steal_pointer (&room);
}

/**
 * dais_room_cache_get_url_name:
 * @self: the cache
 * @url_name: without regard to ASCII case
 * @error: return location
 *
 * Does not ask who wants to know.
 *
 * Returns: (transfer full) (nullable): the room
 */
DaisRoom *
dais_room_cache_get_url_name (
    DaisRoomCache *self, const gchar *url_name, GError **error)
{
  g_autofree gchar *name = g_ascii_strdown (url_name, -1);
  g_autoptr (DaisRoomRow) row = NULL;
  DaisRoom *room = dais_rooms_find_url_name (self->rooms, url_name);

  if (room == NULL)
    room = g_hash_table_lookup (self->by_name, name);
  if (room != NULL)
    return g_object_ref (room);

  row = dais_room_rows_by_url_name (get_store (self), url_name, error);

  return row != NULL ? load (self, row, error) : NULL;
}

static DaisRoom *
find_mixer (DaisRoomCache *self, gint64 id)
{
  GPtrArray *list = dais_rooms_get_list (self->rooms);

  for (guint i = 0; i < list->len; i++) {
    DaisRoom *room = g_ptr_array_index (list, i);

    if (room->info->id == id)
      return room;
  }

  return NULL;
}

/**
 * dais_room_cache_get_id:
 * @self: the cache
 * @id: the room's number
 * @error: return location
 *
 * Does not ask who wants to know.
 *
 * Returns: (transfer full) (nullable): the room
 */
DaisRoom *
dais_room_cache_get_id (DaisRoomCache *self, gint64 id, GError **error)
{
  g_autoptr (DaisRoomRow) row = NULL;
  DaisRoom *room = g_hash_table_lookup (self->by_id, &id);

  if (room == NULL)
    room = find_mixer (self, id);
  if (room != NULL)
    return g_object_ref (room);

  row = dais_room_rows_by_id (get_store (self), id, error);

  return row != NULL ? load (self, row, error) : NULL;
}

/**
 * dais_room_cache_make:
 * @self: the cache
 * @url_name: a name that no room has
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a room to chat in, not kept yet
 */
DaisRoom *
dais_room_cache_make (
    DaisRoomCache *self, const gchar *url_name, GError **error)
{
  g_autofree gchar *hex24 = dais_random_hex (12);
  DaisRoomRow row = { .hex24 = hex24,
    .url_name = (gchar *) url_name,
    .name = hex24,
    .created = g_get_real_time (),
    .facets = DAIS_FACET_CHAT,
    .is_public = TRUE };

  return load (self, &row, error);
}

/**
 * dais_room_cache_keep:
 * @self: the cache
 * @room: one of dais_room_cache_make()
 * @id: its number in the store
 */
void
dais_room_cache_keep (DaisRoomCache *self, DaisRoom *room, gint64 id)
{
  g_autoptr (DaisRoomInfo) info = NULL;

  if (room->info->id == id || room->removed)
    return;

  info = dais_room_info_copy (room->info);
  info->id = id;
  dais_room_set_info (room, info);
  put_id (self, room);
}

/**
 * dais_room_cache_admit_anew:
 * @self: the cache
 * @id: the room's number
 *
 * To be called when invitations have changed.
 */
void
dais_room_cache_admit_anew (DaisRoomCache *self, gint64 id)
{
  DaisRoom *room = g_hash_table_lookup (self->by_id, &id);
  DaisRoomRow row = { .id = id };
  g_autoptr (GError) error = NULL;

  if (room == NULL || room->admitted == NULL)
    return;

  if (!load_admitted (self, room, &row, &error)) {
    g_warning ("who belongs to a room cannot be read: %s", error->message);
    /* nobody rather than too many */
    g_hash_table_remove_all (room->admitted);
  }
  dais_room_emit_access_changed (room);
}

/**
 * dais_room_cache_drop:
 * @self: the cache
 * @id: of a room that is gone from the store
 */
void
dais_room_cache_drop (DaisRoomCache *self, gint64 id)
{
  g_autoptr (DaisRoom) room = NULL;

  g_set_object (&room, g_hash_table_lookup (self->by_id, &id));
  if (room != NULL)
    take_out (self, room);
}
