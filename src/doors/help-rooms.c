/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/help-private.h"
#include "service/help.h"
#include "service/images.h"

/* A picture is shown, whatever is in it nothing of it is run. */
#define IMAGE_POLICY "default-src 'none'; sandbox; frame-ancestors 'none'"

static void
fail (DaisRequest *request, GError *error) /* error: (transfer full) */
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (owned, DAIS_ERROR, DAIS_ERROR_NOT_FOUND))
    dais_help_refuse (request, 404, "Not found.", NULL);
  else if (g_error_matches (owned, DAIS_ERROR, DAIS_ERROR_DENIED))
    dais_help_refuse (request, 403,
        "You do not have permission to perform this action.", NULL);
  else if (g_error_matches (owned, DAIS_ERROR, DAIS_ERROR_LIMITED))
    dais_help_refuse (request, 429, owned->message, NULL);
  else
    dais_help_fail (request, g_steal_pointer (&owned));
}

static void
respond (DaisRequest *request, guint status, GBytes *json)
{
  dais_request_respond (request, status, "application/json", json);
}

static void
on_list (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_help_caller (self, request);
  g_autoptr (GBytes) json = NULL;

  if (caller == NULL)
    return;
  json = dais_help_list_rooms (dais_house_get_help (self->house), caller,
      dais_request_get_base_url (request), &error);
  if (json == NULL)
    fail (request, g_steal_pointer (&error));
  else
    respond (request, 200, json);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json = dais_help_ask_finish (
      DAIS_HELP (source), result, &error);

  if (json != NULL)
    respond (request, 201, json);
  else if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_INVALID) ||
      g_error_matches (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE))
    dais_help_refuse_field (request,
        g_str_has_prefix (error->message, "a text") ? "text" : "image",
        error->message);
  else
    fail (request, g_steal_pointer (&error));
}

/* Text may be empty where there is a picture. */
static gboolean
read_question (DaisRequest *request, JsonObject *body, const gchar **text,
    const gchar **image)
{
  g_autoptr (DaisJsonWriter) errors = NULL;

  if (!dais_json_get_string (body, "image", image, NULL)) {
    dais_help_refuse_field (request, "image", "Not a valid string.");
    return FALSE;
  }
  if (*image != NULL && **image != '\0' &&
      dais_json_get_string (body, "text", text, NULL))
    return TRUE;

  errors = dais_json_writer_new ();
  dais_json_writer_begin_object (errors);
  *text = dais_help_need (body, "text", errors);
  dais_json_writer_end_object (errors);
  if (*text == NULL)
    dais_request_respond_json (request, 400, dais_json_writer_steal (errors));

  return *text != NULL;
}

static void
on_ask (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_help_caller (self, request);
  g_autoptr (JsonObject) body = NULL;
  const gchar *text = "";
  const gchar *image = "";

  if (caller == NULL || (body = dais_help_body (request)) == NULL ||
      !read_question (request, body, &text, &image))
    return;

  dais_help_ask_async (dais_house_get_help (self->house), caller, text, image,
      dais_request_get_base_url (request),
      dais_request_get_cancellable (request), on_asked, g_object_ref (request));
}

static void
on_list_messages (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = NULL;
  g_autoptr (GBytes) json = NULL;
  guint64 room = 0;

  if (!g_ascii_string_to_unsigned (dais_request_get_param (request, "room"), 10,
          0, G_MAXINT64, &room, NULL)) {
    dais_help_refuse (request, 404, "Not found.", NULL);
    return;
  }
  caller = dais_help_caller (self, request);
  if (caller == NULL)
    return;
  json = dais_help_list_messages (dais_house_get_help (self->house), caller,
      (gint64) room, dais_request_get_base_url (request), &error);
  if (json == NULL)
    fail (request, g_steal_pointer (&error));
  else
    respond (request, 200, json);
}

/* ---- pictures ---- */

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  const gchar *content_type = NULL;
  g_autoptr (GBytes) data = dais_images_load_finish (
      DAIS_HOUSE (source), result, &content_type, &error);

  if (data == NULL) {
    fail (request, g_steal_pointer (&error));
    return;
  }

  dais_request_add_header (request, "Content-Security-Policy", IMAGE_POLICY);
  dais_request_add_header (request, "Content-Disposition", "inline");
  dais_request_add_header (
      request, "Cross-Origin-Resource-Policy", "cross-origin");
  /* its name is a secret of those who were told it, and never used again */
  dais_request_add_header (
      request, "Cache-Control", "private, max-age=31536000, immutable");
  dais_request_respond (request, 200, content_type, data);
}

static void
on_image (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;

  dais_images_load_async (self->house, dais_request_get_param (request, "name"),
      dais_request_get_cancellable (request), on_loaded,
      g_object_ref (request));
}

/**
 * dais_help_rooms_install:
 * @self: the door
 *
 * /api/room/, /api/<room>/messages/ and the pictures.
 */
void
dais_help_rooms_install (DaisHelpDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/api/room", 0, on_list, self);
  dais_server_add_route (server, "POST", "/api/room",
      dais_images_get_max_text (self->house), on_ask, self);
  dais_server_add_route (
      server, "GET", "/api/<room>/messages", 0, on_list_messages, self);
  dais_server_add_route (
      server, "GET", DAIS_IMAGES_PATH "<name>", 0, on_image, self);
}
