/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "doors/venue-private.h"

/**
 * dais_venue_set_cookie:
 * @request: a request of a page of ours
 * @token: the token, "" ends the session
 *
 * Gives the browser its session. Strict and out of scripts' reach: it must
 * never act for another site's page, nor be read by one. Neither does a page of
 * elsewhere sign anybody in or out.
 */
void
dais_venue_set_cookie (DaisRequest *request, const gchar *token)
{
  g_autofree gchar *cookie = NULL;

  if (dais_request_is_foreign_page (request))
    return;
  cookie = g_strdup_printf ("%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
      DAIS_SESSION_COOKIE, token, token[0] == '\0' ? "; Max-Age=0" : "",
      dais_request_is_tls (request) ? "; Secure" : "");
  dais_request_add_header (request, "Set-Cookie", cookie);
}

static void
write_grants (DaisJsonWriter *writer, DaisGrant grants)
{
  dais_json_writer_begin_array (writer);
  for (guint bit = 1; bit & DAIS_GRANT_ALL; bit <<= 1) {
    if (grants & bit)
      dais_json_writer_string (writer, dais_grant_to_string ((DaisGrant) bit));
  }
  dais_json_writer_end_array (writer);
}

static void
write_roles (DaisJsonWriter *writer, DaisRole roles)
{
  g_auto (GStrv) names = dais_roles_to_strv (roles);

  dais_json_writer_begin_array (writer);
  for (guint i = 0; names[i] != NULL; i++)
    dais_json_writer_string (writer, names[i]);
  dais_json_writer_end_array (writer);
}

/* Rooms in which the caller may do more or less than in the house. */
static void
write_room_grants (
    DaisVenueDoor *self, DaisCaller *caller, DaisJsonWriter *writer)
{
  DaisRooms *rooms = dais_house_get_rooms (self->house);
  g_autoptr (GBytes) json = dais_rooms_get_json (rooms, caller, NULL);
  g_autoptr (JsonObject) map = dais_json_parse_object (
      g_bytes_get_data (json, NULL), (gssize) g_bytes_get_size (json), NULL);
  g_autoptr (GList) names = map != NULL ? json_object_get_members (map) : NULL;
  DaisGrant usual = dais_caller_get_grants (caller, NULL);

  dais_json_writer_begin_object (writer);
  for (GList *l = names; l != NULL; l = l->next) {
    DaisRoom *room = dais_rooms_find (
        rooms, caller, l->data, DAIS_FACET_MIXER, NULL);
    DaisGrant grants = room != NULL ? dais_caller_get_grants (caller, room)
                                    : usual;

    if (grants == usual)
      continue;
    dais_json_writer_name (writer, dais_room_get_url_name (room));
    write_grants (writer, grants);
  }
  dais_json_writer_end_object (writer);
}

/* The doors that have a page of the console: its menu shows them. */
static void
write_doors (DaisJsonWriter *writer)
{
  static const gchar *const doors[] = { "venue", "party", "help", "members",
    "chat" };

  dais_json_writer_begin_array (writer);
  for (guint i = 0; i < G_N_ELEMENTS (doors); i++)
    dais_json_writer_string (writer, doors[i]);
  dais_json_writer_end_array (writer);
}

static void
on_get_session (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = dais_venue_caller (self->house, request);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  if (caller == NULL)
    return;

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (caller));
  dais_json_writer_name_int (writer, "id", dais_caller_get_user_id (caller));
  dais_json_writer_name (writer, "roles");
  write_roles (writer, dais_caller_get_roles (caller));
  dais_json_writer_name (writer, "grants");
  write_grants (writer, dais_caller_get_grants (caller, NULL));
  dais_json_writer_name (writer, "rooms");
  write_room_grants (self, caller, writer);
  dais_json_writer_name (writer, "doors");
  write_doors (writer);
  dais_json_writer_end_object (writer);

  dais_request_add_header (request, "Cache-Control", "no-store");
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

static void
on_end_session (DaisRequest *request, gpointer user_data)
{
  /* No token is asked for: a session that has run out can be ended too. */
  dais_venue_set_cookie (request, "");
  dais_request_respond (request, 204, NULL, NULL);
}

/**
 * dais_venue_session_install:
 * @self: the door
 *
 * /session: who a page's visitor is and what they may do; POST /session/end
 * signs out.
 */
void
dais_venue_session_install (DaisVenueDoor *self)
{
  dais_server_add_route (
      self->server, "GET", "/session", 0, on_get_session, self);
  dais_server_add_route (
      self->server, "POST", "/session/end", 0, on_end_session, self);
}
