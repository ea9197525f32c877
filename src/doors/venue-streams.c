/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

static DaisStreams *
get_streams (DaisVenueDoor *self)
{
  return dais_house_get_streams (self->house);
}

/* Answers with one stream as the caller may see it. */
static void
respond_one (DaisVenueWrite *write, guint status, const gchar *slug)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json = NULL;

  json = dais_streams_get_one_json (get_streams (write->door), write->caller,
      dais_request_get_base_url (write->request), slug, &error);
  if (json == NULL) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  dais_venue_respond (write->request, status, json, -1);
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

  json = dais_streams_get_json (
      get_streams (self), caller, dais_request_get_base_url (request), &etag);
  dais_request_respond_cached (request, "application/json", json, etag);
}

static void
on_get (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (DaisVenueWrite) read = NULL;

  if (caller == NULL)
    return;

  read = dais_venue_write_new (self, request, caller, NULL);
  respond_one (read, 200, dais_request_get_param (request, "slug"));
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *slug = NULL;
  g_autofree gchar *location = NULL;

  slug = dais_streams_add_finish (DAIS_STREAMS (source), result, &error);
  if (slug == NULL) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  location = g_strconcat ("/streams/", slug, NULL);
  dais_request_add_header (write->request, "Location", location);
  respond_one (write, 201, slug);
}

static void
on_add (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  GBytes *body = dais_request_get_body (request);

  if (caller == NULL)
    return;

  dais_streams_add_async (get_streams (self), caller,
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
      dais_request_get_cancellable (request), on_added,
      dais_venue_write_new (self, request, caller, NULL));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_streams_change_finish (DAIS_STREAMS (source), result, &error)) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  respond_one (write, 200, dais_request_get_param (write->request, "slug"));
}

static void
on_change (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  GBytes *body = dais_request_get_body (request);

  if (caller == NULL)
    return;

  dais_streams_change_async (get_streams (self), caller,
      dais_request_get_param (request, "slug"), g_bytes_get_data (body, NULL),
      (gssize) g_bytes_get_size (body), dais_request_get_cancellable (request),
      on_changed, dais_venue_write_new (self, request, caller, NULL));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_streams_remove_finish (DAIS_STREAMS (source), result, &error)) {
    dais_venue_fail (write->request, g_steal_pointer (&error));
    return;
  }

  dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_remove (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);

  if (caller == NULL)
    return;

  dais_streams_remove_async (get_streams (self), caller,
      dais_request_get_param (request, "slug"),
      dais_request_get_cancellable (request), on_removed,
      dais_venue_write_new (self, request, caller, NULL));
}

static void
on_devices_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) read = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json = NULL;

  json = dais_streams_list_devices_finish (
      DAIS_STREAMS (source), result, &error);
  if (json == NULL) {
    dais_venue_fail (read->request, g_steal_pointer (&error));
    return;
  }

  dais_venue_respond (read->request, 200, json, -1);
}

static void
on_list_devices (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);

  if (caller == NULL)
    return;

  dais_streams_list_devices_async (get_streams (self), caller,
      dais_request_get_cancellable (request), on_devices_listed,
      dais_venue_write_new (self, request, caller, NULL));
}

/**
 * dais_venue_streams_install:
 * @self: the door
 *
 * /streams, /streams/<slug> and /devices.
 */
void
dais_venue_streams_install (DaisVenueDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/streams", 0, on_list, self);
  dais_server_add_route (server, "POST", "/streams", 0, on_add, self);
  dais_server_add_route (server, "GET", "/streams/<slug>", 0, on_get, self);
  dais_server_add_route (server, "PUT", "/streams/<slug>", 0, on_change, self);
  dais_server_add_route (
      server, "DELETE", "/streams/<slug>", 0, on_remove, self);
  dais_server_add_route (server, "GET", "/devices", 0, on_list_devices, self);
}
