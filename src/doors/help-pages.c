/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/random-id.h"
#include "doors/help-private.h"
#include "doors/venue-private.h"

#define MAX_FORM    (16 * 1024)
#define CSRF_COOKIE "csrftoken"
#define CSRF_FIELD  "csrfmiddlewaretoken"
#define CSRF_BYTES  24

/* Styles of our own only, no script at all. */
#define PAGE_POLICY                                                         \
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; " \
  "form-action 'self'; frame-ancestors 'none'"

static const gchar PAGE[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"dark light\">\n"
    "<title>Sign in - Dais</title>\n"
    "<link rel=\"icon\" href=\"/web/icon.svg\" type=\"image/svg+xml\">\n"
    "<link rel=\"stylesheet\" href=\"/web/css/tokens.css\">\n"
    "<link rel=\"stylesheet\" href=\"/web/css/base.css\">\n"
    "<link rel=\"stylesheet\" href=\"/web/css/controls.css\">\n"
    "<link rel=\"stylesheet\" href=\"/web/css/pages.css\">\n"
    "<link rel=\"stylesheet\" href=\"/web/css/light.css\""
    " media=\"(prefers-color-scheme: light)\">\n"
    "</head>\n"
    "<body>\n"
    "<form class=\"signin stack\" method=\"post\" action=\"/login/\">\n"
    "<h1>Sign in</h1>\n"
    "%s"
    "<input type=\"hidden\" name=\"" CSRF_FIELD "\" value=\"%s\">\n"
    "<input type=\"hidden\" name=\"next\" value=\"%s\">\n"
    "<label class=\"field\"><span>User name</span>\n"
    "<input class=\"input\" name=\"username\" autocomplete=\"username\""
    " autocapitalize=\"none\" spellcheck=\"false\" required autofocus"
    " value=\"%s\"></label>\n"
    "<label class=\"field\"><span>Password</span>\n"
    "<input class=\"input\" name=\"password\" type=\"password\""
    " autocomplete=\"current-password\" required></label>\n"
    "<button class=\"button main\">Sign in</button>\n"
    "</form>\n"
    "</body>\n"
    "</html>\n";

/* A path of this server; everything else would send people away. */
static const gchar *
check_next (const gchar *next)
{
  if (next == NULL || next[0] != '/' || next[1] == '/' || next[1] == '\\')
    return "/";
  for (const gchar *c = next; *c != '\0'; c++)
    if ((guchar) *c <= ' ' || *c == '\\' || (guchar) *c >= 0x7f)
      return "/";

  return next;
}

static void
set_csrf_cookie (DaisRequest *request, const gchar *token)
{
  g_autofree gchar *cookie = g_strdup_printf (CSRF_COOKIE
      "=%s; Path=/login; HttpOnly; SameSite=Strict%s",
      token, dais_request_is_tls (request) ? "; Secure" : "");

  dais_request_add_header (request, "Set-Cookie", cookie);
}

static void
show_page (DaisRequest *request, guint status, const gchar *problem,
    const gchar *next, const gchar *username)
{
  g_autofree gchar *token = dais_random_base64url (CSRF_BYTES);
  g_autofree gchar *safe_next = g_markup_escape_text (check_next (next), -1);
  g_autofree gchar *safe_name = g_markup_escape_text (username, -1);
  g_autofree gchar *notice = problem == NULL
      ? g_strdup ("")
      : g_markup_printf_escaped (
            "<p class=\"notice bad\" role=\"alert\">%s</p>\n", problem);
  g_autoptr (GString) page = g_string_new (NULL);
  g_autoptr (GBytes) body = NULL;

  g_string_printf (page, PAGE, notice, token, safe_next, safe_name);
  set_csrf_cookie (request, token);
  dais_request_add_header (request, "Content-Security-Policy", PAGE_POLICY);
  body = g_bytes_new (page->str, page->len);
  dais_request_respond (request, status, "text/html; charset=utf-8", body);
}

static void
redirect (DaisRequest *request, guint status, const gchar *path)
{
  dais_request_add_header (request, "Location", path);
  dais_request_respond (request, status, NULL, NULL);
}

static void
on_get_page (DaisRequest *request, gpointer user_data)
{
  show_page (request, 200, NULL, dais_request_get_query (request, "next"), "");
}

static void
on_get_bare (DaisRequest *request, gpointer user_data)
{
  redirect (request, 301, "/login/");
}

/* Another site's page can send the form, but knows neither the cookie nor the
 * field. */
static gboolean
check_csrf (DaisRequest *request, GHashTable *form)
{
  const gchar *cookie = dais_request_get_cookie (request, CSRF_COOKIE);
  const gchar *field = g_hash_table_lookup (form, CSRF_FIELD);
  guint difference = 0;

  if (cookie == NULL || field == NULL || *cookie == '\0' ||
      strlen (cookie) != strlen (field))
    return FALSE;
  for (gsize i = 0; cookie[i] != '\0'; i++)
    difference |= (guint) (guchar) cookie[i] ^ (guint) (guchar) field[i];

  return difference == 0;
}

typedef struct {
  DaisRequest *request;
  gchar *next;
  gchar *username;
} SignIn;

static void
sign_in_free (SignIn *self)
{
  g_object_unref (self->request);
  g_free (self->next);
  g_free (self->username);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignIn, sign_in_free)

static void
on_logged_in (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DaisCallers *callers = DAIS_CALLERS (source);
  g_autoptr (SignIn) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) caller = dais_callers_login_finish (
      callers, result, &error);
  g_autofree gchar *token = NULL;

  if (caller == NULL) {
    gboolean is_wrong = g_error_matches (
        error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);

    show_page (self->request, is_wrong ? 200 : dais_error_to_status (error),
        is_wrong ? "User name or password is wrong." : error->message,
        self->next, self->username);
    return;
  }

  token = dais_callers_issue_token (callers, caller, DAIS_LIFE_SESSION);
  dais_venue_set_cookie (self->request, token);
  redirect (self->request, 302, check_next (self->next));
}

static void
on_sign_in (DaisRequest *request, gpointer user_data)
{
  DaisHelpDoor *self = user_data;
  g_autoptr (GHashTable) form = dais_request_get_form (request, NULL);
  g_autoptr (SignIn) sign_in = NULL;
  const gchar *username = NULL;
  const gchar *password = NULL;

  if (form == NULL || !check_csrf (request, form)) {
    show_page (request, 403,
        "The page was too old, or your browser keeps no cookies. Try again.",
        form != NULL ? g_hash_table_lookup (form, "next") : NULL, "");
    return;
  }
  username = g_hash_table_lookup (form, "username");
  password = g_hash_table_lookup (form, "password");
  if (username == NULL || password == NULL || *username == '\0') {
    show_page (request, 200, "Give your user name and your password.",
        g_hash_table_lookup (form, "next"), username != NULL ? username : "");
    return;
  }

  sign_in = g_new0 (SignIn, 1);
  sign_in->request = g_object_ref (request);
  sign_in->next = g_strdup (g_hash_table_lookup (form, "next"));
  sign_in->username = g_strdup (username);
  dais_callers_login_async (dais_house_get_callers (self->house),
      dais_request_get_address (request), username, password,
      dais_request_get_cancellable (request), on_logged_in, sign_in);
  g_steal_pointer (&sign_in);
}

static void
on_sign_out (DaisRequest *request, gpointer user_data)
{
  dais_venue_set_cookie (request, "");
  redirect (request, 302, "/");
}

/**
 * dais_help_pages_install:
 * @self: the door
 *
 * The pages /login/ and /logout/. POST /login without the slash is the venue's.
 */
void
dais_help_pages_install (DaisHelpDoor *self)
{
  DaisServer *server = self->server;

  dais_server_add_route (server, "GET", "/login", 0, on_get_bare, self);
  dais_server_add_route (server, "GET", "/login/", 0, on_get_page, self);
  dais_server_add_route (server, "POST", "/login/", MAX_FORM, on_sign_in, self);
  dais_server_add_route (server, "GET", "/logout", 0, on_sign_out, self);
  dais_server_add_route (server, "POST", "/logout", 0, on_sign_out, self);
}
