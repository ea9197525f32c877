/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"

#include "service/caller-private.h"

#include <glib/gstdio.h>

gboolean
fixture_on_watchdog (gpointer what)
{
  g_error ("waited 20 s for: %s", (const gchar *) what);
  return G_SOURCE_REMOVE;
}

gchar *
bytes_to_text (GBytes *bytes)
{
  gchar *text = g_strndup (
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_bytes_unref (bytes);
  return text;
}

void
fixture_on_result (GObject *source, GAsyncResult *result, gpointer fixture)
{
  Fixture *f = fixture;

  g_assert_null (f->result);
  f->result = g_object_ref (result);
}

GAsyncResult *
fixture_wait (Fixture *f)
{
  wait_until (f->result != NULL);
  return g_steal_pointer (&f->result);
}

static void
start (Fixture *f, const gchar *text)
{
  g_autofree gchar *path = g_build_filename (f->folder, "dais.conf", NULL);
  g_autoptr (GPtrArray) errors = NULL;
  g_autoptr (DaisConfig) config = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  config = dais_config_load (path, &errors);
  if (config == NULL)
    g_error ("%s", (const gchar *) errors->pdata[0]);

  f->house = dais_house_new (config, f->folder, f->runtime);
  g_assert_true (dais_house_open (f->house, &error));
  g_assert_no_error (error);
  dais_passwords_make_weak (
      dais_callers_get_passwords (dais_house_get_callers (f->house)));
  dais_house_start_async (f->house, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_clear_pointer (&f->admin_password, g_free);
  g_assert_true (
      dais_house_start_finish (f->house, result, &f->admin_password, &error));
  g_assert_no_error (error);
}

static void
stop (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  gpointer house = f->house;

  g_clear_pointer (&f->admin, dais_caller_unref);
  g_clear_pointer (&f->operator, dais_caller_unref);
  g_clear_pointer (&f->student, dais_caller_unref);
  dais_house_stop_async (f->house, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_assert_true (dais_house_stop_finish (f->house, result, NULL));
  g_clear_object (&result);

  g_object_add_weak_pointer (house, &house);
  g_clear_object (&f->house);
  wait_until (house == NULL);
}

static DaisCaller *
add_user (Fixture *f, const gchar *name, const gchar *role)
{
  DaisCallers *callers = dais_house_get_callers (f->house);
  const gchar *roles[] = { role, NULL };
  DaisNewUser user = { .username = name, .password = "pw", .roles = roles };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DaisCaller *caller;

  dais_callers_add_user_async (callers, dais_callers_get_console (callers),
      &user, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  caller = dais_callers_add_user_finish (callers, result, &error);
  g_assert_no_error (error);
  return caller;
}

void
fixture_set_up (Fixture *f, gconstpointer config)
{
  if (f->folder == NULL)
    f->folder = g_dir_make_tmp ("dh-XXXXXX", NULL);
  f->messages = g_ptr_array_new_with_free_func (g_free);
  start (f, config);
  f->admin = add_user (f, "eva", "admin");
  f->operator= add_user (f, "tom", "operator");
  f->student = add_user (f, "ann", "student");
}

void
fixture_set_up_engines (Fixture *f, gconstpointer config)
{
  f->folder = g_dir_make_tmp ("dh-XXXXXX", NULL);
  f->runtime = g_build_filename (f->folder, "run", NULL);
  g_setenv ("DAIS_ENGINE", g_getenv ("FAKE_ENGINE"), TRUE);
  fixture_set_up (f, config);
}

static void
remove_folder (const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

void
fixture_tear_down (Fixture *f, gconstpointer config)
{
  stop (f);
  g_ptr_array_unref (f->messages);
  remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->runtime);
  g_free (f->admin_password);
}

static DaisCaller *
come_back (Fixture *f, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  DaisCaller *caller = fixture_login (f, "127.0.0.1", name, "pw", &error);

  g_assert_no_error (error);
  return caller;
}

void
fixture_restart (Fixture *f, const gchar *config)
{
  stop (f);
  g_ptr_array_set_size (f->messages, 0);
  start (f, config);
  f->admin = come_back (f, "eva");
  f->operator= come_back (f, "tom");
  f->student = come_back (f, "ann");
}

DaisRoom *
fixture_room (Fixture *f, const gchar *url_name)
{
  DaisCallers *callers = dais_house_get_callers (f->house);

  return dais_rooms_find (dais_house_get_rooms (f->house),
      dais_callers_get_console (callers), url_name, DAIS_FACET_MIXER, NULL);
}

static void
on_message (DaisRoom *room, guint topic, guint64 rev, GBytes *text, Fixture *f)
{
  g_assert_cmpuint (rev, ==, dais_room_get_rev (room));
  g_ptr_array_add (f->messages, bytes_to_text (g_bytes_ref (text)));
}

void
fixture_watch (Fixture *f, DaisRoom *room)
{
  g_signal_connect (room, "message", G_CALLBACK (on_message), f);
}

static gboolean
is_type (const gchar *message, const gchar *type)
{
  g_autofree gchar *begin = g_strconcat ("{\"type\":\"", type, "\"", NULL);

  return g_str_has_prefix (message, begin);
}

const gchar *
fixture_last (Fixture *f, const gchar *type)
{
  guint i;

  for (i = f->messages->len; i > 0; i--) {
    if (is_type (f->messages->pdata[i - 1], type))
      return f->messages->pdata[i - 1];
  }
  return NULL;
}

guint
fixture_count (Fixture *f, const gchar *type)
{
  guint n = 0;
  guint i;

  for (i = 0; i < f->messages->len; i++)
    n += is_type (f->messages->pdata[i], type) ? 1 : 0;
  return n;
}

gboolean
fixture_mix (Fixture *f, DaisRoom *room, DaisCaller *caller, const gchar *json,
    gint64 if_rev, guint64 *rev, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_mix_write_async (
      room, caller, json, -1, if_rev, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_mix_write_finish (room, result, rev, error);
}

gboolean
fixture_add_stream (
    Fixture *f, DaisCaller *caller, const gchar *json, GError **error)
{
  DaisStreams *streams = dais_house_get_streams (f->house);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree gchar *slug = NULL;

  dais_streams_add_async (
      streams, caller, json, -1, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  slug = dais_streams_add_finish (streams, result, error);
  return slug != NULL;
}

DaisRoom *
fixture_add_room (
    Fixture *f, DaisCaller *caller, const gchar *json, GError **error)
{
  DaisRooms *rooms = dais_house_get_rooms (f->house);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DaisRoom) room = NULL;

  dais_rooms_add_async (rooms, caller, json, -1, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  room = dais_rooms_add_finish (rooms, result, error);
  return room; /* the list holds it */
}

DaisCaller *
fixture_login (Fixture *f, const gchar *address, const gchar *username,
    const gchar *password, GError **error)
{
  DaisCallers *callers = dais_house_get_callers (f->house);
  g_autoptr (GAsyncResult) result = NULL;

  dais_callers_login_async (
      callers, address, username, password, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_callers_login_finish (callers, result, error);
}
