/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-writer.h"
#include "doors/venue-private.h"

/* A login has no business with more: a name, a password, a form around them. */
#define MAX_LOGIN_BODY (16 * 1024)

typedef struct {
  DaisVenueDoor *door;
  DaisRequest *request; /* owned */
} Login;

static void
login_free (Login *login)
{
  g_clear_object (&login->request);
  g_free (login);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Login, login_free)

static void
on_logged_in (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisCallers *callers = DAIS_CALLERS (source);
  g_autoptr (Login) login = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = NULL;
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *token = NULL;

  caller = dais_callers_login_finish (callers, result, &error);
  if (caller == NULL) {
    dais_venue_fail (login->request, g_steal_pointer (&error));
    return;
  }

  token = dais_callers_issue_token (callers, caller, DAIS_LIFE_SESSION);
  dais_venue_set_cookie (login->request, token);
  dais_request_add_header (login->request, "Cache-Control", "no-store");

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "jwt", token);
  dais_json_writer_end_object (writer);
  dais_request_respond_json (
      login->request, 200, dais_json_writer_steal (writer));
}

static void
on_login (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (GHashTable) form = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Login) login = NULL;
  const gchar *username = NULL;
  const gchar *password = NULL;

  if (g_bytes_get_size (dais_request_get_body (request)) > 0) {
    form = dais_request_get_form (request, &error);
    if (form == NULL) {
      dais_venue_fail (request, g_steal_pointer (&error));
      return;
    }
    username = g_hash_table_lookup (form, "username");
    password = g_hash_table_lookup (form, "password");
  }

  /* The document knows two answers only, a token or 401. */
  if (username == NULL || password == NULL) {
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED,
            "the form field '%s' is missing; send username and password",
            username == NULL ? "username" : "password"));
    return;
  }

  login = g_new0 (Login, 1);
  login->door = self;
  login->request = g_object_ref (request);
  dais_callers_login_async (dais_house_get_callers (self->house),
      dais_request_get_address (request), username, password,
      dais_request_get_cancellable (request), on_logged_in,
      g_steal_pointer (&login));
}

/**
 * dais_venue_login_install:
 * @self: the door
 *
 * POST /login.
 */
void
dais_venue_login_install (DaisVenueDoor *self)
{
  dais_server_add_route (
      self->server, "POST", "/login", MAX_LOGIN_BODY, on_login, self);
}
