/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "daemon/welcome.h"

#include "core/json-writer.h"

#include <glib/gi18n.h>

#include <stdio.h>

/* An address to type into a browser on this machine; "0.0.0.0" is none. */
static gchar *
make_visitable (const gchar *url)
{
  g_autoptr (GString) text = g_string_new (url);

  g_string_replace (text, "//0.0.0.0", "//localhost", 1);
  g_string_replace (text, "//[::]", "//localhost", 1);
  if (g_str_has_suffix (text->str, "/"))
    g_string_truncate (text, text->len - 1);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
print_json (GStrv urls, const gchar *username, const gchar *password)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *first = make_visitable (urls[0]);
  g_autofree gchar *line = NULL;

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "url", first);
  if (urls[1] != NULL) {
    dais_json_writer_name (writer, "urls");
    dais_json_writer_begin_array (writer);
    for (guint i = 0; urls[i] != NULL; i++)
      dais_json_writer_string (writer, urls[i]);
    dais_json_writer_end_array (writer);
  }
  if (password != NULL) {
    dais_json_writer_name_string (writer, "username", username);
    dais_json_writer_name_string (writer, "password", password);
  }
  dais_json_writer_end_object (writer);

  line = dais_json_writer_steal (writer);
  g_print ("%s\n", line);
}

/**
 * dais_welcome_print:
 * @urls: where the server listens, at least one
 * @username: (nullable): an account to sign in with
 * @password: (nullable): its password, known for this moment only
 * @json: whether a program reads it
 *
 * Prints the address and the login.
 */
void
dais_welcome_print (
    GStrv urls, const gchar *username, const gchar *password, gboolean json)
{
  if (json) {
    print_json (urls, username, password);
  } else {
    for (guint i = 0; urls[i] != NULL; i++) {
      g_autofree gchar *url = make_visitable (urls[i]);

      g_print (_ ("Address:  %s/\n"), url);
    }
    if (password != NULL)
      g_print (_ ("Sign in:  %s\nPassword: %s\n"), username, password);
  }

  fflush (stdout);
}
