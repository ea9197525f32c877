/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"

#define BASE "http://hall:8080"

static const gchar config[] = "[stream \"Camera\"]\nuri=test:ball\n"
                              "[room \"Main Hall\"]\npublic=true\n";

static gchar *
get_streams (Fixture *f, DaisCaller *caller)
{
  return bytes_to_text (dais_streams_get_json (
      dais_house_get_streams (f->house), caller, BASE, NULL));
}

static gchar *
get_config (Fixture *f)
{
  return bytes_to_text (
      dais_room_get_config (fixture_room (f, "main-hall"), BASE));
}

static void
test_streams (Fixture *f, gconstpointer data)
{
  DaisStreams *streams = dais_house_get_streams (f->house);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *seen = NULL;
  g_autofree gchar *managed = NULL;
  g_autoptr (GBytes) one = NULL;
  g_autoptr (GBytes) other = NULL;

  g_assert_true (fixture_add_stream (f, f->operator,
      "{\"name\":\"Hall Cam\",\"uri\":\"rtsp://u:secret@cam/1\"}", &error));
  g_assert_no_error (error);
  seen = get_streams (f, f->student);
  assert_has (seen, "\"Hall Cam\":{");
  assert_has (seen, "\"stream_url\":\"" BASE "/streaming/hall-cam.webm\"");
  assert_has (seen, "\"origin\":\"raw\"");
  assert_has (seen, "\"Main Hall - Output\":{");
  assert_has (
      seen, "\"stream_url\":\"" BASE "/streaming/mixed/main-hall.webm\"");
  assert_has (seen, "\"origin\":\"mixed\"");
  g_assert_null (strstr (seen, "secret"));
  managed = get_streams (f, f->operator);
  assert_has (managed, "secret");

  one = dais_streams_get_json (streams, f->student, BASE, NULL);
  other = dais_streams_get_json (streams, f->student, BASE, NULL);
  g_assert_true (one == other);
}

/* A day of a script that adds and removes streams: no index is used again at
 * once, and the list has an end all the same. */
static void
test_media_of_a_busy_day (Fixture *f, gconstpointer data)
{
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < 450; i++) {
    g_autofree gchar *json = g_strdup_printf (
        "{\"name\":\"Guest %u\",\"uri\":\"test:ball\"}", i);
    g_autofree gchar *slug = g_strdup_printf ("guest-%u", i);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (fixture_add_stream (f, f->operator, json, &error));
    if (i == 10) {
      g_autofree gchar *shown = get_config (f);

      /* the output, the camera, ten that are gone, this one */
      assert_has (shown, "{},{},{},{},{},{},{},{},{},{},{\"href\"");
    }
    dais_streams_remove_async (dais_house_get_streams (f->house), f->operator,
        slug, NULL, fixture_on_result, f);
    result = fixture_wait (f);
    g_assert_true (dais_streams_remove_finish (
        dais_house_get_streams (f->house), result, &error));
  }
  text = get_config (f);
  g_assert_cmpuint (strlen (text), <, 400 * 3 + 500);
}

static void
refuse_stream (
    Fixture *f, DaisCaller *caller, const gchar *json, DaisError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_add_stream (f, caller, json, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
}

static void
test_streams_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  refuse_stream (f, f->student, "{\"name\":\"A\",\"uri\":\"test:ball\"}",
      DAIS_ERROR_DENIED);
  refuse_stream (f, f->operator, "{\"name\":\"Camera\",\"uri\":\"test:ball\"}",
      DAIS_ERROR_CONFLICT);
  refuse_stream (f, f->operator,
      "{\"name\":\"Main Hall - Output\",\"uri\":\"test:ball\"}",
      DAIS_ERROR_CONFLICT);
  refuse_stream (f, f->operator,
      "{\"name\":\"A\",\"uri\":\"file:///etc/passwd\"}", DAIS_ERROR_DENIED);
  refuse_stream (f, f->operator, "{\"name\":\"A\",\"uri\":\"gopher://x\"}",
      DAIS_ERROR_INVALID);
  refuse_stream (f, f->operator, "{\"name\":\"A\"}", DAIS_ERROR_INVALID);
  g_assert_true (fixture_add_stream (
      f, f->admin, "{\"name\":\"A\",\"uri\":\"file:///srv/a.mkv\"}", &error));
  g_assert_no_error (error);
}

static gboolean
change_stream (Fixture *f, const gchar *slug, const gchar *json, GError **error)
{
  DaisStreams *streams = dais_house_get_streams (f->house);
  g_autoptr (GAsyncResult) result = NULL;

  dais_streams_change_async (
      streams, f->operator, slug, json, -1, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_streams_change_finish (streams, result, error);
}

static gboolean
remove_stream (Fixture *f, const gchar *slug, GError **error)
{
  DaisStreams *streams = dais_house_get_streams (f->house);
  g_autoptr (GAsyncResult) result = NULL;

  dais_streams_remove_async (
      streams, f->operator, slug, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_streams_remove_finish (streams, result, error);
}

static void
test_stream_life (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_add_stream (
      f, f->operator, "{\"name\":\"Two\",\"uri\":\"test:ball\"}", &error));
  g_assert_true (fixture_mix (f, room, f->operator,
      "{\"video\":\"Two\",\"pip\":\"Camera\"}", -1, NULL, &error));
  fixture_watch (f, room);

  g_assert_true (change_stream (f, "two", "{\"name\":\"Zwei\"}", &error));
  wait_until (fixture_count (f, "state") == 1);
  assert_has (fixture_last (f, "state"), "\"video\":\"Zwei\"");
  assert_has (fixture_last (f, "log"), "\"user\":\"\"");

  g_assert_true (remove_stream (f, "two", &error));
  wait_until (fixture_count (f, "state") == 2);
  assert_has (fixture_last (f, "state"), "\"video\":null");
  assert_has (fixture_last (f, "state"), "\"rev\":3");

  g_assert_false (remove_stream (f, "two", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (remove_stream (f, "camera", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
}

/* contracts README §2: an index is never re-used within a day */
static void
test_media_indices (Fixture *f, gconstpointer data)
{
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  g_autofree gchar *later = NULL;

  g_assert_true (fixture_add_stream (
      f, f->operator, "{\"name\":\"Two\",\"uri\":\"test:ball\"}", NULL));
  before = get_config (f);
  assert_has (before, "\"name\":\"Main Hall - Output\"},{");
  assert_has (before, "\"name\":\"Camera\"},{");
  assert_has (before, "\"name\":\"Two\"}]");

  g_assert_true (remove_stream (f, "two", NULL));
  g_assert_true (fixture_add_stream (
      f, f->operator, "{\"name\":\"Three\",\"uri\":\"test:ball\"}", NULL));
  after = get_config (f);
  assert_has (after, "\"name\":\"Camera\"},{},{");
  assert_has (after, "\"name\":\"Three\"}]");
  fixture_restart (f, config);
  later = get_config (f);
  assert_has (later, "\"name\":\"Camera\"},{},{");
  assert_has (later, "\"name\":\"Three\"}]");
}

static void
refuse_room (Fixture *f, DaisCaller *caller, const gchar *json, DaisError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_add_room (f, caller, json, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
}

static gboolean
change_room (Fixture *f, DaisRoom *room, const gchar *json, gint64 if_rev,
    GError **error)
{
  DaisRooms *rooms = dais_house_get_rooms (f->house);
  g_autoptr (GAsyncResult) result = NULL;

  dais_rooms_change_async (
      rooms, f->operator, room, json, -1, if_rev, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_rooms_change_finish (rooms, result, NULL, error);
}

static void
on_flag (gpointer source, gboolean *flag)
{
  *flag = TRUE;
}

static void
test_rooms (Fixture *f, gconstpointer data)
{
  DaisRooms *rooms = dais_house_get_rooms (f->house);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *list = NULL;
  gboolean removed = FALSE;
  DaisRoom *room;

  room = fixture_add_room (f, f->operator,
      "{\"name\":\"Breakout Room 1(Level 2)\",\"streams\":[\"Camera\"]}",
      &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dais_room_get_url_name (room), ==, "breakout-room-1");
  list = bytes_to_text (dais_rooms_get_json (rooms, f->student, NULL));
  assert_has (list, "\"Breakout Room 1(Level 2)\":{");
  assert_has (list, "\"output_stream\":\"Breakout Room 1(Level 2) - Output\"");

  refuse_room (f, f->student, "{\"name\":\"X\"}", DAIS_ERROR_DENIED);
  refuse_room (f, f->operator, "{\"name\":\"Main Hall\"}", DAIS_ERROR_CONFLICT);
  refuse_room (f, f->operator, "{\"name\":\"X\",\"streams\":[\"None\"]}",
      DAIS_ERROR_INVALID);
  refuse_room (f, f->operator, "{\"name\":\"X\",\"url_name\":\"../x\"}",
      DAIS_ERROR_INVALID);

  fixture_watch (f, room);
  g_assert_false (change_room (f, room, "{\"public\":true}", 9, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STALE);
  g_clear_error (&error);
  g_assert_true (change_room (
      f, room, "{\"name\":\"Lab\",\"url_name\":\"lab\"}", 0, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_room (f, "LAB") == room);
  assert_has (fixture_last (f, "room"), "\"url_name\":\"lab\"");

  g_signal_connect (room, "removed", G_CALLBACK (on_flag), &removed);
  dais_rooms_remove_async (
      rooms, f->operator, room, -1, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_assert_true (dais_rooms_remove_finish (rooms, result, &error));
  g_assert_true (removed);
  g_assert_null (fixture_room (f, "lab"));
  g_assert_false (change_room (
      f, fixture_room (f, "main-hall"), "{\"public\":false}", -1, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
}

static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autofree gchar *streams = NULL;

  g_assert_true (fixture_add_stream (f, f->operator,
      "{\"name\":\"Two\",\"uri\":\"srt://cam:7001\",\"type\":\"video\","
      "\"options\":{\"latency\":\"200\"}}",
      NULL));
  g_assert_nonnull (fixture_add_room (f, f->operator,
      "{\"name\":\"Lab\",\"streams\":[\"Two\"],\"size\":\"640x360\"}", NULL));
  fixture_restart (f, config);

  streams = get_streams (f, f->operator);
  assert_has (streams, "\"uri\":\"srt://cam:7001\"");
  assert_has (streams, "\"latency\":\"200\"");
  g_assert_nonnull (fixture_room (f, "lab"));
  g_assert_true (fixture_mix (f, fixture_room (f, "lab"), f->operator,
      "{\"video\":\"Two\"}", -1, NULL, NULL));
}

static gboolean
is_live (Fixture *f)
{
  g_autofree gchar *text = get_streams (f, f->student);

  return strstr (text, "\"state\":\"live\"") != NULL;
}

static void
test_engines (Fixture *f, gconstpointer data)
{
  DaisRoom *room = fixture_room (f, "main-hall");
  g_autoptr (GError) error = NULL;

  /* every engine is a process of its own that comes up in its own time */
  wait_until (
      dais_media_check (f->house, f->student, TRUE, "main-hall", "webm", NULL));
  wait_until (
      dais_media_check (f->house, f->student, FALSE, "camera", "jpg", NULL));
  wait_until (is_live (f));

  fixture_watch (f, room);
  g_assert_true (fixture_mix (
      f, room, f->operator, "{\"video\":\"Camera\"}", -1, NULL, &error));
  g_assert_no_error (error);
  dais_room_hold_levels (room);
  wait_until (fixture_count (f, "levels") > 0);
  assert_has (fixture_last (f, "levels"),
      "\"data\":{\"mix\":{\"peak\":-12,\"rms\":-18,\"loudness\":-20}");
  dais_room_release_levels (room);

  g_assert_false (
      dais_media_check (f->house, f->student, TRUE, "nowhere", "webm", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (dais_media_check (f->house,
      dais_callers_get_anonymous (dais_house_get_callers (f->house)), FALSE,
      "camera", "webm", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                      \
  g_test_add ("/service/lists/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("streams", test_streams);
  ADD ("streams-refused", test_streams_refused);
  ADD ("stream-life", test_stream_life);
  ADD ("media-indices", test_media_indices);
  ADD ("media-of-a-busy-day", test_media_of_a_busy_day);
  ADD ("rooms", test_rooms);
  ADD ("kept", test_kept);
#undef ADD
  g_test_add ("/service/lists/engines", Fixture, config, fixture_set_up_engines,
      test_engines, fixture_tear_down);

  return g_test_run ();
}
