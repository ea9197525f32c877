/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/console.h"

#include "doors/venue-private.h"
#include "net/static-files.h"

struct _DaisConsoleDoor {
  DaisStaticFiles *files;
};

/* Addresses that the page itself tells apart (data/web/lib/router.js). */
static const gchar *const PAGES[] = { "/", "/mix/<room>", "/watch/<room>",
  "/members", "/help", "/room", "/party", "/settings", "/settings/<tab>" };

static void
respond_missing (DaisRequest *request)
{
  dais_venue_fail (request,
      g_error_new (DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such page"));
}

static void
on_page (DaisRequest *request, gpointer user_data)
{
  DaisConsoleDoor *self = user_data;

  if (!dais_static_files_respond (self->files, request, 200, "index.html"))
    respond_missing (request);
}

/* The page says so itself, in the reader's language and with a way back. */
static void
on_missing (DaisRequest *request, gpointer user_data)
{
  DaisConsoleDoor *self = user_data;

  if (!dais_static_files_respond (self->files, request, 404, "index.html"))
    respond_missing (request);
}

static void
on_file (DaisRequest *request, gpointer user_data)
{
  DaisConsoleDoor *self = user_data;

  if (!dais_static_files_respond (
          self->files, request, 200, dais_request_get_param (request, "path")))
    respond_missing (request);
}

/**
 * dais_console_door_new:
 * @server: the server to add the routes to
 * @resource_folder: where the pages lie
 *
 * Returns: (transfer full): the door, to be kept as long as the server
 */
DaisConsoleDoor *
dais_console_door_new (DaisServer *server, const gchar *resource_folder)
{
  DaisConsoleDoor *self = g_new0 (DaisConsoleDoor, 1);

  self->files = dais_static_files_new (resource_folder);
  for (guint i = 0; i < G_N_ELEMENTS (PAGES); i++)
    dais_server_add_route (server, "GET", PAGES[i], 0, on_page, self);
  dais_server_add_route (server, "GET", "/web/<path...>", 0, on_file, self);
  dais_server_set_missing_page (server, on_missing, self);

  return self;
}

/**
 * dais_console_door_free:
 * @self: (transfer full): the door, after its server was stopped
 */
void
dais_console_door_free (DaisConsoleDoor *self)
{
  g_clear_pointer (&self->files, dais_static_files_free);
  g_free (self);
}
