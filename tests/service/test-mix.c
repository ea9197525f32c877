/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"
#include "service/house-private.h"
#include "store/connection.h"

static const gchar config[] = "[server]\n"
                              "[stream \"Camera\"]\nuri=test:ball\n"
                              "[stream \"Slides\"]\nuri=test:smpte\n"
                              "[stream \"Mic\"]\nuri=test:silence\ntype=audio\n"
                              "[room \"Main Hall\"]\npublic=true\n"
                              "[room \"Annex\"]\nstreams=Camera\n";

static void
test_write (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *state = NULL;
  guint64 rev = 0;

  fixture_watch (f, room);
  g_assert_true (fixture_mix (f, room, f->operator,
      "{\"video\":\"Camera\",\"audio\":\"Mic\"}", -1, &rev, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rev, ==, 1);
  g_assert_cmpuint (dais_room_get_rev (room), ==, 1);
  g_assert_cmpuint (fixture_count (f, "state"), ==, 1);
  assert_has (fixture_last (f, "state"), "\"video\":\"Camera\"");
  assert_has (fixture_last (f, "state"), "\"rev\":1");
  assert_has (fixture_last (f, "state"), "\"running_time\":");
  assert_has (fixture_last (f, "log"), "\"user\":\"tom\"");

  state = bytes_to_text (
      g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_STATE)));
  assert_has (state, "\"audio\":\"Mic\"");
  assert_has (state, "\"pip\":null");
}

static void
test_unchanged (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  guint64 rev = 0;

  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Camera\"}", -1, &rev, NULL));
  fixture_watch (f, room);
  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Camera\"}", -1, &rev, NULL));
  g_assert_cmpuint (rev, ==, 1);
  g_assert_cmpuint (f->messages->len, ==, 0);
}

static void
refuse (Fixture *f, DaisRoom *room, DaisCaller *caller, const gchar *json,
    gint64 if_rev, DaisError code)
{
  g_autoptr (GError) error = NULL;
  guint64 before = dais_room_get_rev (room);

  g_assert_false (fixture_mix (f, room, caller, json, if_rev, NULL, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
  g_assert_cmpuint (dais_room_get_rev (room), ==, before);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  DaisRoom *hall = fixture_room (f, "main-hall");
  DaisRoom *annex = fixture_room (f, "annex");
  DaisCaller *anonymous = dais_callers_get_anonymous (
      dais_house_get_callers (f->house));

  fixture_watch (f, hall);
  refuse (f, hall, f->operator, "{\"video\":", -1, DAIS_ERROR_INVALID);
  refuse (
      f, hall, f->operator, "{\"video\":\"No such\"}", -1, DAIS_ERROR_INVALID);
  refuse (f, hall, f->operator, "{\"vidoe\":null}", -1, DAIS_ERROR_INVALID);
  refuse (
      f, annex, f->operator, "{\"video\":\"Slides\"}", -1, DAIS_ERROR_INVALID);
  refuse (f, hall, f->student, "{\"video\":\"Camera\"}", -1, DAIS_ERROR_DENIED);
  refuse (f, hall, anonymous, "{\"video\":\"Camera\"}", -1,
      DAIS_ERROR_UNAUTHENTICATED);
  refuse (f, hall, f->operator, "{\"video\":\"Camera\"}", 5, DAIS_ERROR_STALE);
  g_assert_cmpuint (f->messages->len, ==, 0);
}

static void
test_older_forms (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GError) error = NULL;
  g_autofree gchar *state = NULL;

  /* config.media: 0 the mix, 1 Camera, 2 Slides, 3 Mic */
  g_assert_true (fixture_mix (f, room, f->operator,
      "{\"main\":2,\"audio\":3,\"pop\":1}", -1, NULL, &error));
  g_assert_no_error (error);
  state = bytes_to_text (
      g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_STATE)));
  assert_has (state, "\"video\":\"Slides\"");
  assert_has (state, "\"audio\":\"Mic\"");
  assert_has (state, "\"pip\":\"Camera\"");
}

static void
on_pipelined (GObject *source, GAsyncResult *result, gpointer data)
{
  GPtrArray *results = data;

  g_ptr_array_add (results, g_object_ref (result));
}

static void
write_many (Fixture *f, DaisRoom *room, GPtrArray *results, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    dais_mix_write_async (room, f->operator,
        i % 2 == 0 ? "{\"video\":\"Camera\"}" : "{\"video\":\"Slides\"}", -1,
        -1, NULL, on_pipelined, results);
}

static void
test_many_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (
      g_object_unref);
  DaisRoom *room = fixture_room (f, "main-hall");
  guint i;

  fixture_watch (f, room);
  write_many (f, room, results, 50);
  wait_until (results->len == 50);
  for (i = 0; i < 50; i++) {
    guint64 rev = 0;

    g_assert_true (dais_mix_write_finish (room, results->pdata[i], &rev, NULL));
    g_assert_cmpuint (rev, ==, i + 1);
  }
  g_assert_cmpuint (fixture_count (f, "state"), ==, 50);
  assert_has (fixture_last (f, "state"), "\"rev\":50");
}

static gboolean
limit_pages (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_connection_exec (dais_writer_get_connection (writer),
      GPOINTER_TO_INT (data) ? "PRAGMA max_page_count = 1"
                             : "PRAGMA max_page_count = 1073741823",
      error);
}

static void
set_disk_full (Fixture *f, gboolean full)
{
  dais_store_submit_async (dais_house_get_store (f->house), limit_pages,
      GINT_TO_POINTER (full), NULL, NULL, NULL, NULL);
}

/* A layout of 60 KiB each fills the pages that are free. */
static gboolean
write_layout (Fixture *f, DaisRoom *room, gchar letter, GError **error)
{
  g_autofree gchar *filling = g_strnfill (60000, letter);
  g_autofree gchar *json = g_strconcat ("[\"", filling, "\"]", NULL);
  g_autoptr (GAsyncResult) result = NULL;

  dais_layout_write_async (
      room, f->operator, json, -1, -1, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_layout_write_finish (room, result, NULL, error);
}

static void
test_disk_full (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GError) error = NULL;
  GLogLevelFlags fatal;
  guint64 rev = 0;

  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Camera\"}", -1, &rev, &error));
  fixture_watch (f, room);
  /* the refusal is logged */
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  set_disk_full (f, TRUE);
  g_assert_false (write_layout (f, room, 'x', &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STORAGE);
  g_log_set_always_fatal (fatal);
  g_clear_error (&error);
  g_assert_cmpuint (f->messages->len, ==, 0);
  g_assert_cmpuint (dais_room_get_rev (room), ==, 1);

  set_disk_full (f, FALSE);
  g_assert_true (write_layout (f, room, 'y', &error));
  g_assert_no_error (error);
  g_assert_true (
      fixture_mix (f, room, f->operator, "{\"video\":null}", 2, &rev, &error));
  g_assert_cmpuint (rev, ==, 3);
}

/* What was prepared on top of a change that failed fails too, and the next one
 * starts from what is on disk. */
static void
test_failed_pipeline (Fixture *f, gconstpointer data)
{
  g_autofree gchar *filling = g_strnfill (60000, 'x');
  g_autofree gchar *json = g_strconcat ("[\"", filling, "\"]", NULL);
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (
      g_object_unref);
  DaisRoom *room = fixture_room (f, "main-hall");
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  guint64 rev = 0;

  set_disk_full (f, TRUE);
  dais_layout_write_async (
      room, f->operator, json, -1, -1, NULL, on_pipelined, results);
  write_many (f, room, results, 2);
  wait_until (results->len == 3);
  g_assert_false (
      dais_layout_write_finish (room, results->pdata[0], NULL, NULL));
  g_assert_false (dais_mix_write_finish (room, results->pdata[1], NULL, NULL));
  g_assert_false (dais_mix_write_finish (room, results->pdata[2], NULL, NULL));
  g_assert_cmpuint (dais_room_get_rev (room), ==, 0);

  set_disk_full (f, FALSE);
  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Camera\"}", 0, &rev, NULL));
  g_assert_cmpuint (rev, ==, 1);
  g_log_set_always_fatal (fatal);
}

static void
test_missed (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (
      g_object_unref);
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GPtrArray) missed = NULL;
  g_autoptr (GPtrArray) nothing = NULL;
  g_autofree gchar *first = NULL;

  write_many (f, room, results, 10);
  wait_until (results->len == 10);

  missed = dais_room_get_missed (room, 7);
  g_assert_cmpuint (missed->len, ==, 3);
  first = bytes_to_text (g_bytes_ref (missed->pdata[0]));
  assert_has (first, "{\"type\":\"state\"");
  assert_has (first, "\"video\":\"Slides\"");
  assert_has (first, "\"rev\":8");

  nothing = dais_room_get_missed (room, 10);
  g_assert_cmpuint (nothing->len, ==, 0);
  g_assert_null (dais_room_get_missed (room, 11));
}

static void
test_layout (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "annex");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) broken = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *before = bytes_to_text (
      g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_LAYOUT)));

  g_assert_cmpstr (before, ==, "[\"Camera\"]");
  fixture_watch (f, room);
  dais_layout_write_async (room, f->operator, "{\"a\":[33.30, 1e21]}", -1, -1,
      NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_assert_true (dais_layout_write_finish (room, result, NULL, &error));
  assert_has (fixture_last (f, "layout"), "\"data\":{\"a\":[33.30, 1e21]}");

  dais_layout_write_async (
      room, f->operator, "[01]", -1, -1, NULL, fixture_on_result, f);
  broken = fixture_wait (f);
  g_assert_false (dais_layout_write_finish (room, broken, NULL, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GPtrArray) missed = NULL;
  g_autofree gchar *state = NULL;

  g_assert_true (fixture_mix (f, room, f->operator,
      "{\"video\":\"Camera\",\"volumes\":{\"Mic\":0.5}}", -1, NULL, NULL));
  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Slides\"}", -1, NULL, NULL));
  fixture_restart (f, config);

  room = fixture_room (f, "main-hall");
  g_assert_cmpuint (dais_room_get_rev (room), ==, 2);
  state = bytes_to_text (
      g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_STATE)));
  assert_has (state, "\"video\":\"Slides\"");
  assert_has (state, "\"Mic\":0.5");
  missed = dais_room_get_missed (room, 1);
  g_assert_cmpuint (missed->len, ==, 1);
}

static void
test_stream_gone (Fixture *f, gconstpointer data)
{
  static const gchar less[] = "[stream \"Slides\"]\nuri=test:smpte\n"
                              "[room \"Main Hall\"]\npublic=true\n";
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autofree gchar *state = NULL;

  g_assert_true (fixture_mix (f, room, f->operator,
      "{\"video\":\"Slides\",\"pip\":\"Camera\"}", -1, NULL, NULL));
  fixture_restart (f, less);

  room = fixture_room (f, "main-hall");
  wait_until (dais_room_get_rev (room) == 2);
  state = bytes_to_text (
      g_bytes_ref (dais_room_get_json (room, DAIS_TOPIC_STATE)));
  assert_has (state, "\"video\":\"Slides\"");
  assert_has (state, "\"pip\":null");
  g_assert_null (fixture_room (f, "annex"));
}

static void
test_presence (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  DaisCaller *anonymous = dais_callers_get_anonymous (
      dais_house_get_callers (f->house));
  guint64 tom = dais_room_enter (room, f->operator, "venue", NULL);
  guint i;

  fixture_watch (f, room);
  for (i = 0; i < 100; i++)
    dais_room_enter (room, anonymous, "venue", NULL);
  wait_until (fixture_count (f, "presence") == 1);
  assert_has (fixture_last (f, "presence"),
      "\"user\":\"tom\",\"role\":\"operator\",\"door\":\"venue\"");
  assert_has (fixture_last (f, "presence"), "\"connections\":100");

  dais_room_leave (room, tom);
  dais_room_leave (room, tom);
  wait_until (fixture_count (f, "presence") == 2);
  g_assert_null (strstr (fixture_last (f, "presence"), "tom"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                    \
  g_test_add ("/service/mix/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("write", test_write);
  ADD ("unchanged", test_unchanged);
  ADD ("refused", test_refused);
  ADD ("older-forms", test_older_forms);
  ADD ("many-at-once", test_many_at_once);
  ADD ("disk-full", test_disk_full);
  ADD ("failed-pipeline", test_failed_pipeline);
  ADD ("missed", test_missed);
  ADD ("layout", test_layout);
  ADD ("restart", test_restart);
  ADD ("stream-gone", test_stream_gone);
  ADD ("presence", test_presence);
#undef ADD

  return g_test_run ();
}
