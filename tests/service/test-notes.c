/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"

static const gchar config[] = "[room \"Main Hall\"]\npublic=true\n"
                              "[room \"Annex\"]\n";

static gboolean
write_note (Fixture *f, DaisCaller *caller, const gchar *json, gint64 if_rev,
    gchar **note, GError **error)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint64 rev = 0;
  gboolean done;

  dais_notes_write_async (
      room, caller, json, -1, if_rev, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  done = dais_notes_write_finish (room, result, &rev, &bytes, error);
  if (done)
    g_assert_cmpuint (rev, ==, dais_room_get_rev (room));
  if (note != NULL)
    *note = bytes != NULL ? bytes_to_text (g_steal_pointer (&bytes)) : NULL;
  return done;
}

static gchar *
get (Fixture *f, DaisTopic topic)
{
  return bytes_to_text (
      g_bytes_ref (dais_room_get_json (fixture_room (f, "main-hall"), topic)));
}

static void
test_add_modify_remove (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *added = NULL;
  g_autofree gchar *modified = NULL;
  g_autofree gchar *removed = NULL;
  g_autofree gchar *all = NULL;

  fixture_watch (f, fixture_room (f, "main-hall"));
  g_assert_true (write_note (f, f->operator,
      "{\"text\":\"welcome\",\"date\":\"2015-06-06\",\"time\":37512.4,"
      "\"talk-id\":\"keynote-1\"}",
      -1, &added, &error));
  g_assert_no_error (error);
  assert_has (added, "\"id\":1");
  assert_has (added, "\"time\":37512.4");
  assert_has (added, "\"date\":\"2015-06-06\"");
  assert_has (added, "\"author\":\"tom\"");
  assert_has (fixture_last (f, "notes"), "\"data\":[{\"id\":1");

  g_assert_true (write_note (f, f->operator,
      "{\"id\":1,\"text\":\"good morning\"}", 1, &modified, &error));
  assert_has (modified, "\"text\":\"good morning\"");
  assert_has (modified, "\"talk-id\":\"keynote-1\"");
  assert_has (modified, "\"time\":37512.4");

  g_assert_true (write_note (
      f, f->operator, "{\"id\":1,\"deleted\":true}", -1, &removed, &error));
  g_assert_null (removed);
  all = get (f, DAIS_TOPIC_NOTES);
  g_assert_cmpstr (all, ==, "[]");
  g_assert_cmpuint (dais_room_get_rev (fixture_room (f, "main-hall")), ==, 3);
}

static void
refuse (Fixture *f, DaisCaller *caller, const gchar *json, DaisError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (write_note (f, caller, json, -1, NULL, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autofree gchar *all = NULL;

  refuse (f, f->student, "{\"text\":\"hi\"}", DAIS_ERROR_DENIED);
  refuse (f, f->operator, "{\"text\":5}", DAIS_ERROR_INVALID);
  refuse (f, f->operator, "{\"txet\":\"hi\"}", DAIS_ERROR_INVALID);
  refuse (f, f->operator, "{}", DAIS_ERROR_INVALID);
  refuse (f, f->operator, "[{\"text\":\"a\"},{\"id\":99,\"text\":\"b\"}]",
      DAIS_ERROR_NOT_FOUND);
  refuse (f, f->operator, "{\"id\":1,\"deleted\":true}", DAIS_ERROR_NOT_FOUND);
  all = get (f, DAIS_TOPIC_NOTES);
  g_assert_cmpstr (all, ==, "[]");
}

static void
test_older_form (Fixture *f, gconstpointer data)
{
  static const gchar json[] =
      "{\"notes\":{\"talk-id\":\"keynote-1\",\"talk-begin\":36000,"
      "\"title\":\"Opening\",\"presenter\":\"Ada\",\"comments\":\"a\\nb\","
      "\"events\":{\"36010\":\"begins\",\"36600.5\":\"question\"}}}";
  g_autoptr (GError) error = NULL;
  g_autofree gchar *notes = NULL;
  g_autofree gchar *again = NULL;
  g_autofree gchar *talks = NULL;

  fixture_watch (f, fixture_room (f, "main-hall"));
  g_assert_true (write_note (f, f->operator, json, -1, NULL, &error));
  g_assert_no_error (error);
  notes = get (f, DAIS_TOPIC_NOTES);
  assert_has (notes, "\"text\":\"begins\"");
  assert_has (notes, "\"time\":36600.5");
  assert_has (notes, "\"talk-id\":\"keynote-1\"");
  talks = get (f, DAIS_TOPIC_TALKS);
  assert_has (talks, "_keynote-1\":{");
  assert_has (talks, "\"title\":\"Opening\"");
  assert_has (talks, "Ada");
  g_assert_cmpuint (fixture_count (f, "talks"), ==, 1);
  g_assert_cmpuint (fixture_count (f, "notes"), ==, 1);

  /* the older client sends everything again and again */
  g_assert_true (write_note (f, f->operator, json, -1, NULL, &error));
  again = get (f, DAIS_TOPIC_NOTES);
  g_assert_cmpstr (again, ==, notes);
}

static void
test_talks (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GAsyncResult) written = NULL;
  g_autoptr (GAsyncResult) removed = NULL;
  g_autoptr (GAsyncResult) absent = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *talks = NULL;

  dais_talks_write_async (room, f->operator,
      "{\"talk-id\":\"k.1\",\"talk-date\":\"2015-06-06\",\"title\":\"T\","
      "\"post-mix\":[[1.50,{\"video\":\"Camera\"}],[9]]}",
      -1, -1, NULL, fixture_on_result, f);
  written = fixture_wait (f);
  g_assert_true (dais_talks_write_finish (room, written, NULL, &key, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (key, ==, "main-hall_2015-06-06_k.1");
  fixture_restart (f, config);

  room = fixture_room (f, "main-hall");
  talks = get (f, DAIS_TOPIC_TALKS);
  assert_has (talks, "{\"main-hall_2015-06-06_k.1\":{");
  dais_talks_remove_async (
      room, f->operator, key, -1, NULL, fixture_on_result, f);
  removed = fixture_wait (f);
  g_assert_true (dais_talks_remove_finish (room, removed, NULL, &error));
  dais_talks_remove_async (
      room, f->operator, key, -1, NULL, fixture_on_result, f);
  absent = fixture_wait (f);
  g_assert_false (dais_talks_remove_finish (room, absent, NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
}

/* Of many notes, what a watcher missed is told once, as it is now. */
static void
test_missed (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GPtrArray) missed = NULL;
  g_autofree gchar *text = NULL;
  guint i;

  for (i = 0; i < 5; i++)
    g_assert_true (
        write_note (f, f->operator, "{\"text\":\"again\"}", -1, NULL, NULL));
  missed = dais_room_get_missed (room, 1);
  g_assert_cmpuint (missed->len, ==, 1);
  text = bytes_to_text (g_bytes_ref (missed->pdata[0]));
  assert_has (text, "\"rev\":5");
  assert_has (text, "\"id\":5");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                      \
  g_test_add ("/service/notes/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("add-modify-remove", test_add_modify_remove);
  ADD ("refused", test_refused);
  ADD ("older-form", test_older_form);
  ADD ("talks", test_talks);
  ADD ("missed", test_missed);
#undef ADD

  return g_test_run ();
}
