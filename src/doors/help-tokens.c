/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/help-private.h"

#define MAX_TOKEN_BODY (16 * 1024)

static void
on_logged_in (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisCallers *callers = DAIS_CALLERS (source);
  g_autoptr (DaisRequest) request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_callers_login_finish (
      callers, result, &error);
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autofree gchar *refresh = NULL;
  g_autofree gchar *access = NULL;

  if (caller == NULL) {
    if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED))
      dais_help_refuse (request, 401,
          "No active account found with the given credentials", NULL);
    else
      dais_help_fail (request, g_steal_pointer (&error));
    return;
  }

  refresh = dais_callers_issue_token (callers, caller, DAIS_LIFE_REFRESH);
  access = dais_callers_issue_token (callers, caller, DAIS_LIFE_ACCESS);
  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "refresh", refresh);
  dais_json_writer_name_string (writer, "access", access);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/**
 * dais_help_answer_login:
 * @house: the venue
 * @request: the request to answer
 * @body: with username and password
 *
 * Answers with an access and a refresh token.
 */
void
dais_help_answer_login (
    DaisHouse *house, DaisRequest *request, JsonObject *body)
{
  g_autoptr (DaisJsonWriter) errors = dais_json_writer_new ();
  const gchar *username = NULL;
  const gchar *password = NULL;

  dais_json_writer_begin_object (errors);
  username = dais_help_need (body, "username", errors);
  password = dais_help_need (body, "password", errors);
  dais_json_writer_end_object (errors);
  if (username == NULL || password == NULL) {
    dais_request_respond_json (request, 400, dais_json_writer_steal (errors));
    return;
  }

  dais_callers_login_async (dais_house_get_callers (house),
      dais_request_get_address (request), username, password,
      dais_request_get_cancellable (request), on_logged_in,
      g_object_ref (request));
}

static void
on_token (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  g_autoptr (JsonObject) body = dais_help_body (request);

  if (body != NULL)
    dais_help_answer_login (self->house, request, body);
}

static void
on_refresh (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (JsonObject) body = dais_help_body (request);
  g_autoptr (DaisCaller) caller = NULL;
  g_autofree gchar *access = NULL;
  const gchar *refresh = NULL;

  if (body == NULL)
    return;
  dais_json_writer_begin_object (writer);
  refresh = dais_help_need (body, "refresh", writer);
  if (refresh == NULL) {
    dais_json_writer_end_object (writer);
    dais_request_respond_json (request, 400, dais_json_writer_steal (writer));
    return;
  }
  caller = dais_callers_authenticate_refresh (callers, refresh, NULL);
  if (caller == NULL) {
    dais_help_refuse (
        request, 401, "Token is invalid or expired", "token_not_valid");
    return;
  }

  access = dais_callers_issue_token (callers, caller, DAIS_LIFE_ACCESS);
  dais_json_writer_name_string (writer, "access", access);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (request, 200, dais_json_writer_steal (writer));
}

/**
 * dais_help_tokens_install:
 * @self: the door
 *
 * /api/token/ and /api/token/refresh/.
 */
void
dais_help_tokens_install (DaisHelpDoor *self)
{
  dais_server_add_route (
      self->server, "POST", "/api/token", MAX_TOKEN_BODY, on_token, self);
  dais_server_add_route (self->server, "POST", "/api/token/refresh",
      MAX_TOKEN_BODY, on_refresh, self);
}
