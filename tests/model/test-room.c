/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/room.h"

static DaisRoomInfo *
parse (const gchar *json, const DaisRoomInfo *present, GError **error)
{
  g_autoptr (JsonObject) object = dais_json_parse_object (json, -1, error);

  g_assert_nonnull (object);
  return dais_room_info_from_json (object, present, error);
}

static gchar *
written (const DaisRoomInfo *room, gboolean full)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_room_info_write_json (room, writer, full);
  return dais_json_writer_steal (writer);
}

static void
test_add (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisRoomInfo) room = parse (
      "{\"name\":\"Hall (big)\",\"url_name\":\"hall\",\"streams\":[\"A\","
      "\"B\"],\"size\":\"1920x1080\",\"fps\":29.97,\"public\":true}",
      NULL, &error);
  g_autofree gchar *text = NULL;

  g_assert_no_error (error);
  text = written (room, TRUE);
  g_assert_cmpstr (text, ==,
      "{\"name\":\"Hall (big)\",\"url_name\":\"hall\","
      "\"output_stream\":\"Hall (big) - Output\",\"streams\":[\"A\",\"B\"],"
      "\"size\":\"1920x1080\",\"fps\":\"30000/1001\",\"public\":true}");
  g_assert_true (dais_room_info_uses_stream (room, "A"));
  g_assert_false (dais_room_info_uses_stream (room, "C"));
}

static void
test_change (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisRoomInfo) room = parse (
      "{\"name\":\"Hall\",\"streams\":[\"A\"],\"size\":\"640x360\"}", NULL,
      &error);
  g_autoptr (DaisRoomInfo) changed = NULL;

  g_assert_no_error (error);
  changed = parse ("{\"name\":\"Aula\",\"streams\":null,\"size\":null,"
                   "\"fps\":50,\"output_stream\":\"x\"}",
      room, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (room->name, ==, "Hall");
  g_assert_cmpstr (changed->name, ==, "Aula");
  g_assert_true (dais_room_info_uses_stream (changed, "B"));
  g_assert_cmpuint (changed->format.width, ==, 0);
  g_assert_cmpuint (changed->format.fps_n, ==, 50);
  g_assert_cmpint (changed->facets, ==, DAIS_FACET_MIXER);
}

static void
test_refuses (void)
{
  static const gchar *const bad[] = {
    "{}",
    "{\"name\":\"\"}",
    "{\"name\":\"a\",\"url_name\":\"../x\"}",
    "{\"name\":\"a\",\"url_name\":\"Hall\"}",
    "{\"name\":\"a\",\"streams\":\"A\"}",
    "{\"name\":\"a\",\"streams\":[1]}",
    "{\"name\":\"a\",\"size\":\"big\"}",
    "{\"name\":\"a\",\"size\":\"1281x720\"}",
    "{\"name\":\"a\",\"size\":\"99999x720\"}",
    "{\"name\":\"a\",\"fps\":0}",
    "{\"name\":\"a\",\"fps\":\"30/0\"}",
    "{\"name\":\"a\",\"fps\":[]}",
    "{\"name\":\"a\",\"public\":\"yes\"}",
    "{\"name\":\"a\",\"nmae\":\"b\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (bad[i], NULL, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

static void
test_output (void)
{
  g_autoptr (DaisRoomInfo) room = parse ("{\"name\":\"Room 1\"}", NULL, NULL);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *text = NULL;

  dais_room_info_write_output_json (room, writer, "http://h/x.webm");
  text = dais_json_writer_steal (writer);
  g_assert_cmpstr (text, ==,
      "{\"name\":\"Room 1 - Output\",\"stream_url\":\"http://h/x.webm\","
      "\"origin\":\"mixed\",\"type\":\"av\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/model/room/add", test_add);
  g_test_add_func ("/model/room/change", test_change);
  g_test_add_func ("/model/room/refuses", test_refuses);
  g_test_add_func ("/model/room/output", test_output);

  return g_test_run ();
}
