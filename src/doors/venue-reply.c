/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-writer.h"
#include "doors/venue-private.h"

#define JSON_TYPE "application/json"

/**
 * dais_venue_error_json:
 * @message: what is wrong, in plain words
 *
 * Returns: (transfer full): the venue contract's error body
 */
gchar *
dais_venue_error_json (const gchar *message)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "error", message);
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal (writer);
}

/**
 * dais_venue_error_body:
 * @request: a request that the server itself refused
 * @status: the HTTP status
 * @error: why
 *
 * The venue shape of an answer that no handler of this door wrote.
 */
void
dais_venue_error_body (DaisRequest *request, guint status, const GError *error)
{
  dais_request_respond_json (
      request, status, dais_venue_error_json (error->message));
}

/**
 * dais_venue_fail:
 * @request: the request to answer
 * @error: (transfer full): why
 *
 * Answers with the error's status and its message.
 */
void
dais_venue_fail (DaisRequest *request, GError *error)
{
  g_autoptr (GError) owned = error;
  guint status = dais_error_to_status (owned);

  if (status == 401)
    dais_request_add_header (
        request, "WWW-Authenticate", "Bearer realm=\"dais\"");
  if (status == 503 || status == 429)
    dais_request_add_header (request, "Retry-After", "1");

  dais_venue_error_body (request, status, owned);
}

/**
 * dais_venue_respond:
 * @request: the request to answer
 * @status: the HTTP status
 * @json: the body
 * @rev: the room's revision for the ETag, or -1
 *
 * Answers with ready JSON.
 */
void
dais_venue_respond (
    DaisRequest *request, guint status, GBytes *json, gint64 rev)
{
  g_autofree gchar *etag = NULL;

  if (rev < 0) {
    dais_request_respond (request, status, JSON_TYPE, json);
    return;
  }

  if (g_str_equal (dais_request_get_method (request), "GET")) {
    etag = g_strdup_printf ("%" G_GINT64_FORMAT, rev);
    dais_request_respond_cached (request, JSON_TYPE, json, etag);
    return;
  }

  etag = g_strdup_printf ("\"%" G_GINT64_FORMAT "\"", rev);
  dais_request_add_header (request, "ETag", etag);
  dais_request_respond (request, status, JSON_TYPE, json);
}

/**
 * dais_venue_token:
 * @request: a request
 *
 * Returns: (nullable): the token of the header or the query, else the session
 *   cookie where a page of ours asks
 */
const gchar *
dais_venue_token (DaisRequest *request)
{
  const gchar *token = dais_request_get_token (request);

  if (token != NULL || !dais_request_is_own_page (request))
    return token;

  return dais_request_get_cookie (request, DAIS_SESSION_COOKIE);
}

/**
 * dais_venue_caller:
 * @house: the venue
 * @request: a request
 *
 * Finds out who asks. Without a token that holds, the request is answered 401.
 *
 * Returns: (transfer full) (nullable): the caller
 */
DaisCaller *
dais_venue_caller (DaisHouse *house, DaisRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = NULL;

  caller = dais_callers_authenticate (
      dais_house_get_callers (house), dais_venue_token (request), &error);
  if (caller == NULL) {
    dais_venue_fail (request, g_steal_pointer (&error));
    return NULL;
  }

  return g_steal_pointer (&caller);
}

/**
 * dais_venue_room:
 * @self: the door
 * @request: a request whose route has a `<room>`
 * @caller: (out) (transfer full): who asks
 *
 * Finds the room and who asks; answers 401 or 404 by itself.
 *
 * Returns: (transfer none) (nullable): the room
 */
DaisRoom *
dais_venue_room (DaisVenueDoor *self, DaisRequest *request, DaisCaller **caller)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) found = dais_venue_caller (self->house, request);
  DaisRoom *room = NULL;

  if (found == NULL)
    return NULL;

  room = dais_rooms_find (dais_house_get_rooms (self->house), found,
      dais_request_get_param (request, "room"), DAIS_FACET_MIXER, &error);
  if (room == NULL) {
    dais_venue_fail (request, g_steal_pointer (&error));
    return NULL;
  }

  *caller = g_steal_pointer (&found);
  return room;
}

/**
 * dais_venue_if_match:
 * @request: a write
 * @rev: (out): the revision that the client saw, -1 = any
 *
 * Reads If-Match: `*`, `"7"`, `W/"7"` or a bare 7. Answers 400 by itself.
 *
 * Returns: whether to go on
 */
gboolean
dais_venue_if_match (DaisRequest *request, gint64 *rev)
{
  const gchar *text = dais_request_get_header (request, "If-Match");
  g_autofree gchar *digits = NULL;
  guint64 value = 0;

  *rev = -1;
  if (text == NULL || g_str_equal (text, "*"))
    return TRUE;

  if (g_str_has_prefix (text, "W/"))
    text += 2;
  digits = g_strdup (text);
  if (digits[0] == '"' && strlen (digits) > 2 &&
      g_str_has_suffix (digits, "\"")) {
    digits[strlen (digits) - 1] = '\0';
    text = digits + 1;
  }

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL)) {
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID,
            "If-Match must be one revision as the ETag gave it, like \"7\""));
    return FALSE;
  }

  *rev = (gint64) value;
  return TRUE;
}

/**
 * dais_venue_write_new:
 * @door: the door
 * @request: the request to answer later
 * @caller: who asks
 * @room: (nullable): the room it is about
 *
 * Returns: (transfer full): what a service's callback needs to answer
 */
DaisVenueWrite *
dais_venue_write_new (DaisVenueDoor *door, DaisRequest *request,
    DaisCaller *caller, DaisRoom *room)
{
  DaisVenueWrite *self = g_new0 (DaisVenueWrite, 1);

  self->door = door;
  self->request = g_object_ref (request);
  self->caller = dais_caller_ref (caller);
  g_set_object (&self->room, room);

  return self;
}

/**
 * dais_venue_write_free:
 * @self: (transfer full): a write that was answered
 */
void
dais_venue_write_free (DaisVenueWrite *self)
{
  g_clear_object (&self->room);
  g_clear_pointer (&self->caller, dais_caller_unref);
  g_clear_object (&self->request);
  g_free (self);
}
