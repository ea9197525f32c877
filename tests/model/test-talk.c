/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/note.h"
#include "model/talk.h"

#define NOW G_GINT64_CONSTANT (1433586312400000) /* 2015-06-06T10:25:12.4Z */

static DaisTalk *
parse (const gchar *json, DaisTalk *present, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, -1, error);

  g_assert_nonnull (object);
  return dais_talk_from_json (object, "hall", "2015-06-06", present, error);
}

static void
test_write (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisTalk) talk = parse (
      "{\"title\":\"Caf\\u00e9\",\"talk-id\":\"keynote-1\",\"room\":\"Hall\","
      "\"talk-begin\":37512.4,\"presenters\":[\"A\",\"B\"],"
      "\"post-mix\":[[1,{\"video\":\"X\"}],[2.5,{}],[9]]}",
      NULL, &error);
  g_autoptr (DaisTalk) again = NULL;
  g_autoptr (DaisTalk) changed = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (dais_talk_get_key (talk), ==, "hall_2015-06-06_keynote-1");
  g_assert_null (dais_talk_get_post_edit_time (talk));
  g_assert_cmpstr (dais_talk_get_text (talk), ==,
      "{\"room\":\"hall\",\"talk-date\":\"2015-06-06\","
      "\"talk-id\":\"keynote-1\",\"talk-begin\":37512.4,"
      "\"title\":\"Caf\\u00e9\",\"presenters\":[\"A\",\"B\"],"
      "\"post-mix\":[[1,{\"video\":\"X\"}],[2.5,{}],[9]]}");
  again = dais_talk_from_text (dais_talk_get_text (talk), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dais_talk_get_text (again), ==, dais_talk_get_text (talk));

  changed = parse ("{\"talk-id\":\"keynote-1\",\"post-mix\":null,"
                   "\"finalised\":true,\"presenters\":\"C\"}",
      talk, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dais_talk_get_text (changed), ==,
      "{\"room\":\"hall\",\"talk-date\":\"2015-06-06\","
      "\"talk-id\":\"keynote-1\",\"talk-begin\":37512.4,"
      "\"title\":\"Caf\\u00e9\",\"presenters\":\"C\",\"finalised\":true}");
}

static void
test_edited (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisTalk) talk = parse (
      "{\"talk-id\":\"k\",\"talk-date\":\"2015-06-05\","
      "\"post-editor\":\"op\",\"post-edit-time\":\"2015-06-06T10.25\"}",
      NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (
      dais_talk_get_key (talk), ==, "hall_2015-06-05_k_2015-06-06T10.25");
}

static void
test_refuses (void)
{
  static const gchar *const bad[] = {
    "{}",
    "{\"talk-id\":\"\"}",
    "{\"talk-id\":\"a_b\"}",
    "{\"talk-id\":\"..\"}",
    "{\"talk-id\":\"a/b\"}",
    "{\"talk-id\":\"k\",\"room\":\"other\"}",
    "{\"talk-id\":\"k\",\"talk-date\":\"6.6.2015\"}",
    "{\"talk-id\":\"k\",\"tilte\":\"x\"}",
    "{\"talk-id\":\"k\",\"title\":1}",
    "{\"talk-id\":\"k\",\"presenters\":[1]}",
    "{\"talk-id\":\"k\",\"finalised\":1}",
    "{\"talk-id\":\"k\",\"post-edit-time\":\"10:25\"}",
    "{\"talk-id\":\"k\",\"post-mix\":{}}",
    "{\"talk-id\":\"k\",\"post-mix\":[[1],[2]]}",
    "{\"talk-id\":\"k\",\"post-mix\":[[2,{}],[1]]}",
    "{\"talk-id\":\"k\",\"post-mix\":[[\"1\",{}],[2]]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (bad[i], NULL, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

static void
test_older_notes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) notes = dais_json_parse_object (
      "{\"talk-id\":\"k\",\"talk-begin\":36000,\"talk-end\":39600,"
      "\"title\":\"T\",\"presenter\":\"P\",\"comments\":\"l1\\nl2\","
      "\"events\":{\"44712.4\":\"laughter\",\"44713\":\"applause\"}}",
      -1, NULL);
  g_autofree gchar *key = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (DaisTalk) talk = NULL;
  DaisNoteChange *change;

  key = dais_talk_key_from_json (notes, "hall", "2015-06-06", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (key, ==, "hall_2015-06-06_k");
  talk = dais_talk_from_older_notes (
      notes, "hall", NOW, NULL, &changes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (dais_talk_get_text (talk), ==,
      "{\"room\":\"hall\",\"talk-date\":\"2015-06-06\",\"talk-id\":\"k\","
      "\"talk-begin\":36000,\"talk-end\":39600,\"title\":\"T\","
      "\"presenters\":\"P\",\"comments\":\"l1\\nl2\"}");
  g_assert_cmpuint (changes->len, ==, 2);
  change = changes->pdata[0];
  g_assert_cmpint (change->action, ==, DAIS_NOTE_ADD);
  g_assert_cmpint (change->utc_us, ==, NOW);
  g_assert_cmpstr (change->talk_id, ==, "k");
  g_assert_cmpstr (change->text, ==, "laughter");
}

static void
test_older_refuses (void)
{
  static const gchar *const bad[] = {
    "{\"talk-id\":\"k\",\"events\":[]}",
    "{\"talk-id\":\"k\",\"events\":{\"x\":\"a\"}}",
    "{\"talk-id\":\"k\",\"events\":{\"99999\":\"a\"}}",
    "{\"talk-id\":\"k\",\"events\":{\"1\":2}}",
    "{\"events\":{}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (JsonObject) notes = dais_json_parse_object (bad[i], -1, NULL);
    g_autoptr (GPtrArray) changes = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_null (dais_talk_from_older_notes (
        notes, "hall", NOW, NULL, &changes, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC-2", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/talk/write", test_write);
  g_test_add_func ("/model/talk/edited", test_edited);
  g_test_add_func ("/model/talk/refuses", test_refuses);
  g_test_add_func ("/model/talk/older-notes", test_older_notes);
  g_test_add_func ("/model/talk/older-refuses", test_older_refuses);

  return g_test_run ();
}
