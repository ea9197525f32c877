/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include <libsoup/soup.h>

#include <string.h>

/* bare-server BODY [HEAD]: libsoup and nothing else, the floor of bench-http.
 * Answers every request with the file BODY; with HEAD, header lines as they
 * went over the wire, with these too. Prints its port; ends on SIGTERM.
 */

typedef struct {
  GBytes *body;
  GPtrArray *names;
  GPtrArray *values;
} Answer;

static void
on_request (SoupServer *server, SoupServerMessage *message, const gchar *path,
    GHashTable *query, gpointer user_data)
{
  Answer *answer = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (
      message);

  for (guint i = 0; i < answer->names->len; i++)
    soup_message_headers_append (headers, g_ptr_array_index (answer->names, i),
        g_ptr_array_index (answer->values, i));
  if (answer->names->len == 0)
    soup_message_headers_set_content_type (headers, "application/json", NULL);
  soup_message_body_append_bytes (
      soup_server_message_get_response_body (message), answer->body);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

/* What libsoup writes by itself is left out. */
static void
add_line (Answer *answer, const gchar *line)
{
  static const gchar *const own[] = { "Date", "Content-Length", "Connection" };
  const gchar *colon = strchr (line, ':');
  g_autofree gchar *name = NULL;

  if (colon == NULL)
    return;
  name = g_strndup (line, (gsize) (colon - line));
  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_ascii_strcasecmp (name, own[i]) == 0)
      return;
  g_ptr_array_add (answer->names, g_steal_pointer (&name));
  g_ptr_array_add (answer->values, g_strstrip (g_strdup (colon + 1)));
}

static gboolean
read_answer (Answer *answer, const gchar *body, const gchar *head)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize size;

  answer->names = g_ptr_array_new_with_free_func (g_free);
  answer->values = g_ptr_array_new_with_free_func (g_free);
  if (!g_file_get_contents (body, &text, &size, &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  answer->body = g_bytes_new_take (g_steal_pointer (&text), size);
  if (head == NULL)
    return TRUE;
  if (!g_file_get_contents (head, &text, NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return FALSE;
  }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (answer, lines[i]);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = g_object_new (SOUP_TYPE_SERVER, NULL);
  g_autoptr (GError) error = NULL;
  Answer answer = { 0 };
  GSList *uris;

  if (argc < 2) {
    g_printerr ("usage: bare-server BODY [HEAD]\n");
    return 2;
  }
  if (!read_answer (&answer, argv[1], argc > 2 ? argv[2] : NULL))
    return 1;
  soup_server_add_handler (server, NULL, on_request, &answer, NULL);
  if (!soup_server_listen_local (
          server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  uris = soup_server_get_uris (server);
  g_print ("%d\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_loop_run (loop);
  return 0;
}
