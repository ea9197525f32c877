/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/rooms.h"

#include "core/json-writer.h"
#include "service/house-private.h"
#include "service/room-cache.h"
#include "service/room-list.h"
#include "service/room-private.h"

struct _DaisRooms {
  GObject parent_instance;

  DaisHouse *house; /* not owned, outlives it */
  DaisRoomCache *cache;
  GPtrArray *list;     /* (element-type DaisRoom) */
  GPtrArray *arriving; /* (element-type DaisRoomInfo) */
  GBytes *json;        /* (nullable) /rooms for who may see them all */
  gchar *etag;         /* of json */
};

enum {
  SIGNAL_CHANGED,
  SIGNAL_ADDED,
  SIGNAL_REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisRooms, dais_rooms, G_TYPE_OBJECT)

static void
dais_rooms_finalize (GObject *object)
{
  DaisRooms *self = DAIS_ROOMS (object);

  g_clear_pointer (&self->cache, dais_room_cache_free);
  g_ptr_array_unref (self->arriving);
  g_ptr_array_unref (self->list);
  g_clear_pointer (&self->json, g_bytes_unref);
  g_free (self->etag);

  G_OBJECT_CLASS (dais_rooms_parent_class)->finalize (object);
}

static void
dais_rooms_class_init (DaisRoomsClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dais_rooms_finalize;

  /**
   * DaisRooms::changed:
   * @self: the rooms
   *
   * The list, or an entry of it.
   */
  signals[SIGNAL_CHANGED] = g_signal_new (
      "changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DaisRooms::added:
   * @self: the rooms
   * @room: the new one
   */
  signals[SIGNAL_ADDED] = g_signal_new ("added", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, DAIS_TYPE_ROOM);
  /**
   * DaisRooms::removed:
   * @self: the rooms
   * @room: the one that is gone, after its own "removed"
   */
  signals[SIGNAL_REMOVED] = g_signal_new ("removed", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, DAIS_TYPE_ROOM);
}

static void
dais_rooms_init (DaisRooms *self)
{
  self->list = g_ptr_array_new_with_free_func (g_object_unref);
  self->arriving = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_room_info_unref);
  self->cache = dais_room_cache_new (self);
}

/**
 * dais_rooms_new:
 * @house: the house, not owned
 *
 * Returns: (transfer full): an empty list
 */
DaisRooms *
dais_rooms_new (DaisHouse *house)
{
  DaisRooms *self = g_object_new (DAIS_TYPE_ROOMS, NULL);

  self->house = house;

  return self;
}

/**
 * dais_rooms_get_house:
 * @self: the rooms
 *
 * Returns: (transfer none): the house
 */
DaisHouse *
dais_rooms_get_house (DaisRooms *self)
{
  return self->house;
}

/**
 * dais_rooms_get_cache:
 * @self: the rooms
 *
 * Returns: (transfer none): the rooms without a mixer
 */
DaisRoomCache *
dais_rooms_get_cache (DaisRooms *self)
{
  return self->cache;
}

/**
 * dais_rooms_get_list:
 * @self: the rooms
 *
 * Returns: (transfer none) (element-type DaisRoom): all of them
 */
GPtrArray *
dais_rooms_get_list (DaisRooms *self)
{
  return self->list;
}

/**
 * dais_rooms_get_arriving:
 * @self: the rooms
 *
 * Returns: (transfer none) (element-type DaisRoomInfo): see the header
 */
GPtrArray *
dais_rooms_get_arriving (DaisRooms *self)
{
  return self->arriving;
}

/**
 * dais_rooms_find_url_name:
 * @self: the rooms
 * @url_name: without regard to ASCII case
 *
 * Returns: (transfer none) (nullable): the room
 */
DaisRoom *
dais_rooms_find_url_name (DaisRooms *self, const gchar *url_name)
{
  guint i;

  for (i = 0; i < self->list->len; i++) {
    DaisRoom *room = g_ptr_array_index (self->list, i);

    if (g_ascii_strcasecmp (room->info->url_name, url_name) == 0)
      return room;
  }

  return NULL;
}

/**
 * dais_rooms_find_name:
 * @self: the rooms
 * @name: a display name
 *
 * Returns: (transfer none) (nullable): the room
 */
DaisRoom *
dais_rooms_find_name (DaisRooms *self, const gchar *name)
{
  guint i;

  for (i = 0; i < self->list->len; i++) {
    DaisRoom *room = g_ptr_array_index (self->list, i);

    if (g_str_equal (room->info->name, name))
      return room;
  }

  return NULL;
}

/**
 * dais_rooms_find:
 * @self: the rooms
 * @caller: who asks
 * @name: a url_name without regard to case, or a display name
 * @facet: what the room must be used for
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer none) (nullable): the room, when the caller may see it
 */
DaisRoom *
dais_rooms_find (DaisRooms *self, DaisCaller *caller, const gchar *name,
    DaisFacet facet, GError **error)
{
  DaisRoom *room;

  g_return_val_if_fail (DAIS_IS_ROOMS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  room = dais_rooms_find_url_name (self, name);
  if (room == NULL)
    room = dais_rooms_find_name (self, name);
  if (room != NULL && (room->info->facets & facet) != 0 &&
      dais_caller_may (caller, DAIS_GRANT_VIEW, room))
    return room;

  g_set_error (
      error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no room '%s'", name);
  return NULL;
}

/**
 * dais_rooms_touch:
 * @self: the rooms
 *
 * Forgets the list's text and emits "changed".
 */
void
dais_rooms_touch (DaisRooms *self)
{
  g_clear_pointer (&self->json, g_bytes_unref);
  g_clear_pointer (&self->etag, g_free);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * dais_rooms_put:
 * @self: the rooms
 * @room: (transfer full): a new one
 */
void
dais_rooms_put (DaisRooms *self, DaisRoom *room)
{
  g_ptr_array_add (self->list, room);
  g_signal_emit (self, signals[SIGNAL_ADDED], 0, room);
  dais_rooms_touch (self);
}

/**
 * dais_rooms_take_out:
 * @self: the rooms
 * @room: one that is gone from the store
 */
void
dais_rooms_take_out (DaisRooms *self, DaisRoom *room)
{
  g_autoptr (DaisRoom) held = g_object_ref (room);

  if (!g_ptr_array_remove (self->list, room))
    return;

  dais_room_remove (held);
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0, held);
  dais_rooms_touch (self);
}

static GBytes *
make_json (DaisRooms *self, DaisCaller *caller)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  guint i;

  dais_json_writer_begin_object (writer);
  for (i = 0; i < self->list->len; i++) {
    DaisRoom *room = g_ptr_array_index (self->list, i);

    if ((room->info->facets & DAIS_FACET_MIXER) == 0 ||
        (caller != NULL && !dais_caller_may (caller, DAIS_GRANT_VIEW, room)))
      continue;
    dais_json_writer_name (writer, room->info->name);
    dais_room_info_write_json (room->info, writer, TRUE);
  }
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal_bytes (writer);
}

/**
 * dais_rooms_get_json:
 * @self: the rooms
 * @caller: who asks
 * @etag: (out) (optional) (transfer full): a hash of the text
 *
 * Contract /rooms; made once per change for those who may see every room.
 *
 * Returns: (transfer full): the map by display name
 */
GBytes *
dais_rooms_get_json (DaisRooms *self, DaisCaller *caller, gchar **etag)
{
  g_return_val_if_fail (DAIS_IS_ROOMS (self), NULL);

  if (!dais_caller_may (caller, DAIS_GRANT_VIEW, NULL)) {
    GBytes *own = make_json (self, caller);

    if (etag != NULL)
      *etag = g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, own);
    return own;
  }

  if (self->json == NULL) {
    self->json = make_json (self, NULL);
    self->etag = g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, self->json);
  }
  if (etag != NULL)
    *etag = g_strdup (self->etag);

  return g_bytes_ref (self->json);
}

/**
 * dais_rooms_get_one_json:
 * @self: the rooms
 * @room: one that the caller may see
 *
 * Returns: (transfer full): its entry of the list
 */
GBytes *
dais_rooms_get_one_json (DaisRooms *self, DaisRoom *room)
{
  g_return_val_if_fail (DAIS_IS_ROOMS (self), NULL);

  return g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_ROOM));
}
