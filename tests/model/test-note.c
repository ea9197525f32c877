/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/note.h"

#define NOW G_GINT64_CONSTANT (1433586312400000) /* 2015-06-06T10:25:12.4Z */

static GPtrArray *
parse (const gchar *json, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, error);

  g_assert_nonnull (node);
  return dais_note_changes_from_json (node, NOW, error);
}

static void
test_actions (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) changes = parse (
      "[{\"text\":\"hello\\n\",\"talk-id\":\"keynote-1\"},"
      "{\"id\":7,\"text\":\"other\"},{\"id\":7,\"deleted\":true},"
      "{\"text\":\"t\",\"date\":\"2015-06-06\",\"time\":37512.4},"
      "{\"text\":\"t\",\"utc\":\"2015-06-06T08:25:12.4Z\",\"author\":\"x\"},"
      "{\"id\":7,\"talk-id\":null}]",
      &error);
  DaisNoteChange *change;

  g_assert_no_error (error);
  g_assert_cmpuint (changes->len, ==, 6);
  change = changes->pdata[0];
  g_assert_cmpint (change->action, ==, DAIS_NOTE_ADD);
  g_assert_cmpint (change->utc_us, ==, NOW);
  g_assert_cmpstr (change->talk_id, ==, "keynote-1");
  change = changes->pdata[1];
  g_assert_cmpint (change->action, ==, DAIS_NOTE_MODIFY);
  g_assert_cmpint (change->id, ==, 7);
  g_assert_false (change->has_utc);
  g_assert_false (change->has_talk_id);
  change = changes->pdata[2];
  g_assert_cmpint (change->action, ==, DAIS_NOTE_REMOVE);
  /* main() sets a zone two hours ahead of UTC: 10:25:12.4 there. */
  change = changes->pdata[3];
  g_assert_cmpint (change->utc_us, ==, NOW - 7200 * (gint64) G_USEC_PER_SEC);
  change = changes->pdata[4];
  g_assert_cmpint (change->utc_us, ==, NOW - 7200 * (gint64) G_USEC_PER_SEC);
  change = changes->pdata[5];
  g_assert_true (change->has_talk_id);
  g_assert_null (change->talk_id);
}

static void
test_refuses (void)
{
  static const gchar *const bad[] = {
    "\"x\"",
    "[1]",
    "{}",
    "{\"text\":\"\"}",
    "{\"text\":7}",
    "{\"text\":\"a\\u0007\"}",
    "{\"text\":\"a\",\"tlak-id\":\"x\"}",
    "{\"text\":\"a\",\"talk-id\":\"a_b\"}",
    "{\"text\":\"a\",\"talk-id\":\"../x\"}",
    "{\"text\":\"a\",\"time\":-2}",
    "{\"text\":\"a\",\"time\":86400}",
    "{\"text\":\"a\",\"time\":\"x\"}",
    "{\"text\":\"a\",\"time\":1,\"date\":\"today\"}",
    "{\"text\":\"a\",\"utc\":\"now\"}",
    "{\"id\":-1,\"text\":\"a\"}",
    "{\"deleted\":true}",
    "{\"id\":\"7\",\"text\":\"a\"}",
  };
  g_autofree gchar *fill = g_strnfill (DAIS_NOTE_MAX_TEXT + 1, 'x');
  g_autofree gchar *long_one = g_strconcat ("{\"text\":\"", fill, "\"}", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (bad[i], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
  g_assert_null (parse (long_one, NULL));
}

static void
test_apply (void)
{
  g_autoptr (GPtrArray) changes = parse (
      "[{\"text\":\"one\",\"talk-id\":\"k\"},{\"id\":3,\"text\":\"two\"}]",
      NULL);
  g_autoptr (DaisNote) added = dais_note_apply (
      NULL, changes->pdata[0], 3, "op", NOW);
  g_autoptr (DaisNote) modified = dais_note_apply (
      added, changes->pdata[1], 0, "other", NOW + 1);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *text = NULL;

  g_assert_true (dais_note_is_same (added, changes->pdata[0]));
  g_assert_false (dais_note_is_same (modified, changes->pdata[0]));
  dais_note_write_json (modified, writer);
  text = dais_json_writer_steal (writer);
  g_assert_cmpstr (text, ==,
      "{\"id\":3,\"time\":44712.4,\"date\":\"2015-06-06\","
      "\"utc\":\"2015-06-06T10:25:12.400Z\",\"talk-id\":\"k\","
      "\"text\":\"two\",\"author\":\"op\","
      "\"created\":\"2015-06-06T10:25:12.400Z\"}");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC-2", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/note/actions", test_actions);
  g_test_add_func ("/model/note/refuses", test_refuses);
  g_test_add_func ("/model/note/apply", test_apply);

  return g_test_run ();
}
