/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

static DaisRooms *
get_rooms (DaisVenueDoor *self)
{
  return dais_house_get_rooms (self->house);
}

static void
respond_one (DaisVenueWrite *write, guint status, DaisRoom *room)
{
  g_autoptr (GBytes) json = dais_rooms_get_one_json (
      get_rooms (write->door), room);

  dais_venue_respond (
      write->request, status, json, (gint64) dais_room_get_rev (room));
}

static void
on_list (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (GBytes) json = NULL;
  g_autofree gchar *etag = NULL;

  if (caller == NULL)
    return;

  json = dais_rooms_get_json (get_rooms (self), caller, &etag);
  dais_request_respond_cached (request, "application/json", json, etag);
}

static void
on_get (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  g_autoptr (DaisVenueWrite) read = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);

  if (room == NULL)
    return;

  read = dais_venue_write_new (self, request, caller, room);
  respond_one (read, 200, room);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisRoom) room = NULL;
  g_autofree gchar *location = NULL;

  room = dais_rooms_add_finish (DAIS_ROOMS (source), result, &error);
  if (room == NULL) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  location = g_strconcat ("/rooms/", dais_room_get_url_name (room), NULL);
  dais_request_add_header (write->request, "Location", location);
  respond_one (write, 201, room);
}

static void
on_add (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  GBytes *body = dais_request_get_body (request);

  if (caller == NULL)
    return;

  dais_rooms_add_async (get_rooms (self), caller, g_bytes_get_data (body, NULL),
      (gssize) g_bytes_get_size (body), dais_request_get_cancellable (request),
      on_added, dais_venue_write_new (self, request, caller, NULL));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_rooms_change_finish (DAIS_ROOMS (source), result, &rev, &error)) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  respond_one (write, 200, write->room);
}

static void
on_change (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  GBytes *body = dais_request_get_body (request);
  gint64 if_rev = -1;

  if (room == NULL || !dais_venue_if_match (request, &if_rev))
    return;

  dais_rooms_change_async (get_rooms (self), caller, room,
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), if_rev,
      dais_request_get_cancellable (request), on_changed,
      dais_venue_write_new (self, request, caller, room));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_rooms_remove_finish (DAIS_ROOMS (source), result, &error)) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_remove (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  gint64 if_rev = -1;

  if (room == NULL || !dais_venue_if_match (request, &if_rev))
    return;

  dais_rooms_remove_async (get_rooms (self), caller, room, if_rev,
      dais_request_get_cancellable (request), on_removed,
      dais_venue_write_new (self, request, caller, room));
}

/**
 * dais_venue_rooms_install:
 * @self: the door
 *
 * /rooms and /rooms/<url_name>.
 */
void
dais_venue_rooms_install (DaisVenueDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/rooms", 0, on_list, self);
  dais_server_add_route (server, "POST", "/rooms", 0, on_add, self);
  dais_server_add_route (server, "GET", "/rooms/<room>", 0, on_get, self);
  dais_server_add_route (server, "PUT", "/rooms/<room>", 0, on_change, self);
  dais_server_add_route (server, "DELETE", "/rooms/<room>", 0, on_remove, self);
}
