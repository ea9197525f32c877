/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/chat-private.h"

#define MAX_ACCOUNT_BODY (16 * 1024)

/* {"username","secret"}, both strings. */
typedef struct {
  DaisChatDoor *door;
  DaisRequest *request; /* owned */
  gchar *username;
  gchar *secret;
} Account;

static void
account_free (Account *account)
{
  g_clear_object (&account->request);
  g_free (account->username);
  g_free (account->secret);
  g_free (account);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Account, account_free)

static Account *
read_account (DaisChatDoor *self, DaisRequest *request)
{
  GBytes *body = dais_request_get_body (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = dais_json_parse_object (
      g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), &error);
  const gchar *username = NULL;
  const gchar *secret = NULL;
  Account *account = NULL;

  if (object == NULL ||
      !dais_json_get_string (object, "username", &username, &error) ||
      !dais_json_get_string (object, "secret", &secret, &error)) {
    dais_chat_fail (request, g_steal_pointer (&error));
    return NULL;
  }
  if (username == NULL || secret == NULL) {
    dais_chat_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID, "'%s' is missing",
            username == NULL ? "username" : "secret"));
    return NULL;
  }

  account = g_new0 (Account, 1);
  account->door = self;
  account->request = g_object_ref (request);
  account->username = g_strdup (username);
  account->secret = g_strdup (secret);

  return account;
}

/* ---- sign-up ---- */

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Account) account = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_callers_add_user_finish (
      DAIS_CALLERS (source), result, &error);
  DaisJsonWriter *writer = NULL;

  if (caller == NULL) {
    dais_chat_fail (account->request, g_steal_pointer (&error));
    return;
  }

  writer = dais_chat_begin ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", dais_caller_get_user_id (caller));
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (caller));
  dais_json_writer_end_object (writer);
  dais_chat_respond (account->request, 201, writer);
}

static void
on_sign_up (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (GError) error = NULL;
  g_autoptr (Account) account = read_account (self, request);
  DaisNewUser user = { 0 };

  if (account == NULL)
    return;
  if (!dais_callers_check_password (callers, account->secret, &error)) {
    dais_chat_refuse (request, 400, "BAD_PASSWORD", error->message);
    return;
  }
  if (!dais_callers_check_sign_up (
          callers, dais_request_get_address (request), &error)) {
    dais_chat_fail (request, g_steal_pointer (&error));
    return;
  }

  user.username = account->username;
  user.password = account->secret;
  dais_callers_add_user_async (callers, dais_callers_get_anonymous (callers),
      &user, dais_request_get_cancellable (request), on_added,
      g_steal_pointer (&account));
}

/* ---- login ---- */

static void
respond_token (DaisCallers *callers, DaisRequest *request, DaisCaller *caller)
{
  g_autofree gchar *token = dais_callers_issue_token (
      callers, caller, DAIS_LIFE_CHAT);
  DaisJsonWriter *writer = dais_chat_begin ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "token", token);
  dais_json_writer_name (writer, "user");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", dais_caller_get_user_id (caller));
  dais_json_writer_name_string (
      writer, "username", dais_caller_get_username (caller));
  dais_json_writer_name (writer, "roles");
  dais_json_writer_begin_array (writer);
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "name", "normalUser");
  dais_json_writer_end_object (writer);
  dais_json_writer_end_array (writer);
  dais_json_writer_end_object (writer);
  dais_json_writer_end_object (writer);
  dais_chat_respond (request, 200, writer);
}

static void
on_logged_in (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisCallers *callers = DAIS_CALLERS (source);
  g_autoptr (Account) account = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_callers_login_finish (
      callers, result, &error);

  if (caller != NULL)
    respond_token (callers, account->request, caller);
  else if (!g_error_matches (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED))
    dais_chat_fail (account->request, g_steal_pointer (&error));
  else if (dais_callers_may_know (callers, account->username))
    dais_chat_refuse (
        account->request, 401, "PASSWORD_MATCH_FAILED", error->message);
  else
    dais_chat_refuse (account->request, 400, "USER_NOT_FOUND",
        "there is no user of that name; sign up first");
}

static void
on_login (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  g_autoptr (Account) account = read_account (self, request);

  if (account == NULL)
    return;

  dais_callers_login_async (dais_house_get_callers (self->house),
      dais_request_get_address (request), account->username, account->secret,
      dais_request_get_cancellable (request), on_logged_in, account);
  g_steal_pointer (&account);
}

/* ---- a user ---- */

static void
on_get_user (DaisRequest *request, gpointer user_data)
{
  DaisChatDoor *self = user_data;
  DaisCallers *callers = dais_house_get_callers (self->house);
  g_autoptr (DaisCaller) caller = dais_chat_caller (self, request, NULL);
  g_autoptr (DaisPerson) person = NULL;
  const gchar *text = dais_request_get_param (request, "id");
  DaisJsonWriter *writer = NULL;
  guint64 id = 0;

  if (caller == NULL)
    return;
  if (dais_caller_is_anonymous (caller)) {
    dais_chat_refuse (
        request, 403, "NOT_AUTHORIZED", "log in to see who has an account");
    return;
  }
  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &id, NULL)) {
    dais_chat_refuse (
        request, 400, "BAD_BINDING", "a user's id is a whole number");
    return;
  }
  person = dais_callers_get_person (callers, (gint64) id);
  if (person == NULL) {
    dais_chat_refuse (
        request, 404, "USER_NOT_FOUND", "there is no user of that id");
    return;
  }

  writer = dais_chat_begin ();
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_int (writer, "id", person->id);
  dais_json_writer_name_string (writer, "username", person->username);
  dais_json_writer_end_object (writer);
  dais_chat_respond (request, 200, writer);
}

/**
 * dais_chat_accounts_install:
 * @self: the door
 *
 * /api/v1/users, /api/v1/users/<id>, /api/v1/login.
 */
void
dais_chat_accounts_install (DaisChatDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (
      server, "POST", "/api/v1/users", MAX_ACCOUNT_BODY, on_sign_up, self);
  dais_server_add_route (
      server, "GET", "/api/v1/users/<id>", 0, on_get_user, self);
  dais_server_add_route (
      server, "POST", "/api/v1/login", MAX_ACCOUNT_BODY, on_login, self);
}
