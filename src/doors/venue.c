/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue.h"

#include "doors/venue-private.h"

/* Paths whose errors the venue door words, though the server answers them. */
static const gchar *const OWN_PATHS[] = { "/", "/login", "/streams", "/rooms",
  "/room", "/devices", "/streaming", "/session", "/users" };

/**
 * dais_venue_door_new:
 * @server: the server to add the routes to
 * @house: the venue
 *
 * Opens the venue door (contracts README §2).
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisVenueDoor *
dais_venue_door_new (DaisServer *server, DaisHouse *house)
{
  DaisVenueDoor *self = g_new0 (DaisVenueDoor, 1);

  self->server = g_object_ref (server);
  self->house = g_object_ref (house);

  for (guint i = 0; i < G_N_ELEMENTS (OWN_PATHS); i++)
    dais_server_set_error_body (server, OWN_PATHS[i], dais_venue_error_body);

  dais_venue_groups_open (self);
  dais_venue_login_install (self);
  dais_venue_session_install (self);
  dais_venue_users_install (self);
  dais_venue_streams_install (self);
  dais_venue_rooms_install (self);
  dais_venue_mixing_install (self);
  dais_venue_watch_install (self);
  dais_venue_follow_install (self);

  return self;
}

/**
 * dais_venue_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_venue_door_free (DaisVenueDoor *self)
{
  dais_venue_follow_close (self);
  dais_venue_groups_close (self);
  g_clear_object (&self->house);
  g_clear_object (&self->server);
  g_free (self);
}

/**
 * dais_venue_door_count_sockets:
 * @self: the door
 *
 * Returns: watch sockets that are open now
 */
guint
dais_venue_door_count_sockets (DaisVenueDoor *self)
{
  return self->n_sockets;
}
