/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "model/scene.h"

#include <string.h>

static const gchar *const media[] = { NULL, "Camera", "Mic", "Screen", NULL,
  "Caf\303\251" };

static gboolean
has_stream (const gchar *name, gpointer user_data)
{
  for (guint i = 0; i < G_N_ELEMENTS (media); i++) {
    if (g_strcmp0 (media[i], name) == 0)
      return TRUE;
  }
  return FALSE;
}

static const gchar *
name_at (guint index, gpointer user_data)
{
  return index < G_N_ELEMENTS (media) ? media[index] : NULL;
}

static const DaisSceneLookup lookup = { has_stream, name_at, NULL };

static DaisScene *
write_scene (DaisScene *present, const gchar *json, GError **error)
{
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, error);

  g_assert_nonnull (node);
  return dais_scene_apply_json (present, node, &lookup, NULL, error);
}

/* Writes one after another must end in the given state. */
static void
assert_writes (const gchar *const *writes, const gchar *expected)
{
  g_autoptr (DaisScene) scene = dais_scene_new ();
  g_autofree gchar *text = NULL;

  for (guint i = 0; writes[i] != NULL; i++) {
    g_autoptr (GError) error = NULL;
    DaisScene *next = write_scene (scene, writes[i], &error);

    g_assert_no_error (error);
    dais_scene_unref (scene);
    scene = next;
  }
  text = dais_scene_to_text (scene);
  if (strncmp (text, expected, strlen (expected)) != 0)
    g_assert_cmpstr (text, ==, expected);
}

#define assert_writes(expected, ...) \
  assert_writes ((const gchar *const[]){ __VA_ARGS__, NULL }, expected)

static void
test_default (void)
{
  assert_writes ("{\"video\":null,\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\",\"pip_corner\":\"bottom-right\","
                 "\"pip_size\":0.25,\"grid\":[],\"volumes\":{},\"mutes\":[],"
                 "\"master\":1}",
      "{}");
}

static void
test_document (void)
{
  assert_writes ("{\"video\":\"Camera\",\"audio\":\"Mic\",\"pip\":null,"
                 "\"scene\":\"full\"",
      "{\"video\":\"Camera\",\"audio\":\"Mic\",\"pip\":null}");
  assert_writes ("{\"video\":\"Screen\",\"audio\":\"Mic\",\"pip\":\"Camera\","
                 "\"scene\":\"pip\"",
      "{\"video\":\"Camera\",\"audio\":\"Mic\"}",
      "{\"video\":\"Screen\",\"pip\":\"Camera\"}");
  assert_writes ("{\"video\":\"Camera\",\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\"",
      "{\"video\":\"Camera\",\"pip\":\"Screen\",\"audio\":\"Mic\"}",
      "{\"pip\":null,\"audio\":null}");
}

static void
test_older_encodings (void)
{
  assert_writes ("{\"video\":\"Camera\",\"audio\":\"Mic\",\"pip\":\"Screen\","
                 "\"scene\":\"pip\"",
      "{\"main\":1,\"audio\":2,\"pop\":3}");
  assert_writes ("{\"video\":null,\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\"",
      "{\"main\":1,\"audio\":2,\"pop\":3}",
      "{\"video\":0,\"audio\":false,\"pop\":\"\"}");
  assert_writes ("{\"video\":\"Camera\",\"audio\":\"Mic\",\"pip\":\"Screen\","
                 "\"scene\":\"pip\"",
      "{\"mix\":[false,\"main\",\"audio\",\"pop\",false,\"\"]}");
  assert_writes ("{\"video\":\"Screen\",\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\"",
      "{\"main\":1,\"audio\":2,\"pop\":3}",
      "{\"mix\":[false,false,false,\"main\"]}");
}

static void
test_kind (void)
{
  /* A write that does not touch the picture leaves the scene alone. */
  assert_writes ("{\"video\":\"Camera\",\"audio\":\"Mic\",\"pip\":\"Screen\","
                 "\"scene\":\"lecture\"",
      "{\"scene\":\"lecture\",\"video\":\"Camera\",\"pip\":\"Screen\"}",
      "{\"audio\":\"Mic\",\"master\":0.5}");
  assert_writes ("{\"video\":\"Screen\",\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\"",
      "{\"scene\":\"blank\"}", "{\"video\":\"Screen\"}");
  assert_writes ("{\"video\":\"Screen\",\"audio\":null,\"pip\":\"Camera\","
                 "\"scene\":\"full\"",
      "{\"scene\":\"full\",\"video\":\"Screen\",\"pip\":\"Camera\"}");
}

static void
test_extensions (void)
{
  assert_writes (
      "{\"video\":null,\"audio\":null,\"pip\":null,\"scene\":\"grid\","
      "\"pip_corner\":\"top-left\",\"pip_size\":0.5,"
      "\"grid\":[\"Camera\",\"Caf\\u00e9\"],"
      "\"volumes\":{\"Caf\\u00e9\":2.5,\"Mic\":0},\"mutes\":[\"Camera\"],"
      "\"master\":4}",
      "{\"scene\":\"grid\",\"grid\":[1,\"Caf\\u00e9\"],\"pip_size\":0.5,"
      "\"pip_corner\":\"top-left\",\"volumes\":{\"Mic\":0.5,\"Camera\":1},"
      "\"mutes\":[\"Camera\"],\"master\":4}",
      "{\"volumes\":{\"Mic\":0,\"Camera\":null,\"Caf\\u00e9\":2.5}}");
  assert_writes ("{\"video\":null,\"audio\":null,\"pip\":null,"
                 "\"scene\":\"full\",\"pip_corner\":\"bottom-right\","
                 "\"pip_size\":0.25,\"grid\":[],\"volumes\":{},\"mutes\":[],"
                 "\"master\":1}",
      "{\"grid\":[\"Camera\"],\"pip_size\":0.1,\"pip_corner\":\"top-left\","
      "\"volumes\":{\"Mic\":0.5},\"mutes\":[\"Mic\"],\"master\":0}",
      "{\"grid\":null,\"pip_size\":null,\"pip_corner\":null,\"volumes\":null,"
      "\"mutes\":null,\"master\":null,\"rev\":7,\"utc\":\"\","
      "\"running_time\":1}");
}

static void
test_refuses (void)
{
  static const gchar *const table[][2] = {
    { "[]", "a state must be an object" },
    { "{\"vidoe\":\"Camera\"}", "unknown field 'vidoe'" },
    { "{\"video\":\"Nobody\"}", "'video': this room has no stream 'Nobody'" },
    { "{\"video\":{}}", "'video' must be the name of a stream" },
    { "{\"video\":true}", "'video' must be the name of a stream" },
    { "{\"video\":4}", "'video': config.media has no stream at index 4" },
    { "{\"video\":-1}", "'video': config.media has no stream at index -1" },
    { "{\"pop\":99}", "'pop': config.media has no stream at index 99" },
    { "{\"main\":1,\"video\":\"Mic\"}", "'main' is the older word" },
    { "{\"mix\":[false,\"main\"],\"audio\":1}", "'mix' says all" },
    { "{\"mix\":[false,\"main\",\"main\"]}", "'mix' names 'main' twice" },
    { "{\"mix\":[\"side\"]}", "'mix' must hold" },
    { "{\"mix\":[false,false,false,false,\"main\"]}", "'mix': config.media" },
    { "{\"scene\":\"wide\"}", "'scene' must be full" },
    { "{\"scene\":1}", "'scene' must be a string" },
    { "{\"pip_corner\":\"middle\"}", "'pip_corner' must be top-left" },
    { "{\"pip_size\":0.51}", "'pip_size' must be from 0.1 to 0.5, not 0.51" },
    { "{\"pip_size\":\"big\"}", "'pip_size' must be a number" },
    { "{\"grid\":[\"Camera\",\"Camera\"]}", "'grid' names 'Camera' twice" },
    { "{\"grid\":[null]}", "'grid' must hold names" },
    { "{\"grid\":[1,2,3,1,2,3,1,2,3,1]}", "'grid' may name at most 9" },
    { "{\"volumes\":{\"Mic\":4.1}}", "'volumes': 'Mic' must be from 0 to 4" },
    { "{\"volumes\":{\"Mic\":\"1\"}}", "'volumes': 'Mic' must be a number" },
    { "{\"volumes\":{\"No\":1}}", "'volumes': this room has no stream 'No'" },
    { "{\"volumes\":[]}", "'volumes' must be an object" },
    { "{\"mutes\":[\"No\"]}", "'mutes': this room has no stream 'No'" },
    { "{\"master\":-0.1}", "'master' must be from 0 to 4" },
    { "{\"transition\":{\"kind\":\"wipe\"}}", "'transition': 'kind'" },
    { "{\"transition\":{\"ms\":-1}}", "'transition': 'ms'" },
    { "{\"transition\":{\"ms\":10001}}", "'transition': 'ms'" },
    { "{\"transition\":{\"s\":1}}", "'transition': unknown field 's'" },
    { "{\"transition\":\"fade\"}", "'transition' must be an object" },
  };
  g_autoptr (DaisScene) present = dais_scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (write_scene (present, table[i][0], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
    if (!g_str_has_prefix (error->message, table[i][1]))
      g_assert_cmpstr (error->message, ==, table[i][1]);
  }
}

static void
test_transition (void)
{
  static const struct {
    const gchar *json;
    gboolean fade;
    guint ms;
  } table[] = {
    { "{}", FALSE, 0 },
    { "{\"transition\":null}", FALSE, 0 },
    { "{\"transition\":{\"kind\":\"cut\",\"ms\":300}}", FALSE, 0 },
    { "{\"transition\":{\"kind\":\"fade\",\"ms\":1500}}", TRUE, 1500 },
    { "{\"transition\":{\"kind\":\"fade\"}}", TRUE, DAIS_TRANSITION_FADE_MS },
    { "{\"transition\":{\"kind\":\"fade\",\"ms\":0}}", FALSE, 0 },
  };
  g_autoptr (DaisScene) present = dais_scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (JsonNode) node = dais_json_parse (table[i].json, -1, NULL);
    DaisTransition transition = { TRUE, 99 };
    g_autoptr (DaisScene) scene = dais_scene_apply_json (
        present, node, &lookup, &transition, NULL);

    g_assert_nonnull (scene);
    g_assert_true (dais_scene_equal (scene, present));
    g_assert_cmpint (transition.fade, ==, table[i].fade);
    g_assert_cmpuint (transition.ms, ==, table[i].ms);
  }
}

static void
test_text_round_trip (void)
{
  g_autoptr (DaisScene) blank = dais_scene_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisScene) scene = write_scene (blank,
      "{\"scene\":\"full\",\"video\":\"Camera\",\"pip\":\"Screen\","
      "\"volumes\":{\"Mic\":0.1},\"grid\":[\"Mic\"],\"pip_size\":0.33}",
      &error);
  g_autofree gchar *text = NULL;
  g_autoptr (DaisScene) again = NULL;

  g_assert_no_error (error);
  text = dais_scene_to_text (scene);
  again = dais_scene_from_text (text, &error);
  g_assert_no_error (error);
  g_assert_true (dais_scene_equal (scene, again));
  g_assert_null (dais_scene_from_text ("{\"scene\":7}", NULL));
}

static void
test_compare (void)
{
  static const struct {
    const gchar *json;
    guint changes;
  } table[] = {
    { "{}", 0 },
    { "{\"video\":\"Camera\"}", DAIS_SCENE_CHANGES_PICTURE },
    { "{\"pip_size\":0.4}", DAIS_SCENE_CHANGES_PICTURE },
    { "{\"scene\":\"grid\"}", DAIS_SCENE_CHANGES_PICTURE },
    { "{\"audio\":\"Mic\"}", DAIS_SCENE_CHANGES_SOUND },
    { "{\"master\":0.4}", DAIS_SCENE_CHANGES_SOUND },
    { "{\"scene\":\"blank\"}", DAIS_SCENE_CHANGES_BLANK },
    { "{\"scene\":\"blank\",\"video\":1,\"mutes\":[2]}",
        DAIS_SCENE_CHANGES_BLANK | DAIS_SCENE_CHANGES_PICTURE |
            DAIS_SCENE_CHANGES_SOUND },
  };
  g_autoptr (DaisScene) present = dais_scene_new ();

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (DaisScene) scene = write_scene (present, table[i].json, NULL);

    g_assert_cmpuint (
        dais_scene_compare (present, scene), ==, table[i].changes);
  }
}

static void
test_rename (void)
{
  g_autoptr (DaisScene) blank = dais_scene_new ();
  g_autoptr (DaisScene) scene = write_scene (blank,
      "{\"video\":\"Camera\",\"pip\":\"Mic\",\"audio\":\"Mic\","
      "\"grid\":[\"Screen\",\"Mic\"],\"volumes\":{\"Mic\":2},"
      "\"mutes\":[\"Mic\"]}",
      NULL);
  g_autoptr (DaisScene) renamed = dais_scene_with_stream_renamed (
      scene, "Mic", "Zed");
  g_autoptr (DaisScene) removed = dais_scene_with_stream_renamed (
      scene, "Mic", NULL);
  gdouble gain = 0;

  g_assert_true (dais_scene_names (scene, "Mic"));
  g_assert_false (dais_scene_names (renamed, "Mic"));
  g_assert_cmpstr (dais_scene_get_pip (renamed), ==, "Zed");
  g_assert_cmpstr (dais_scene_get_grid (renamed)[1], ==, "Zed");
  g_assert_cmpstr (dais_scene_get_volume (renamed, 0, &gain), ==, "Zed");
  g_assert_cmpfloat (gain, ==, 2);
  g_assert_false (dais_scene_names (removed, "Mic"));
  g_assert_cmpint (dais_scene_get_kind (removed), ==, DAIS_SCENE_FULL);
  g_assert_cmpstr (dais_scene_get_video (removed), ==, "Camera");
  g_assert_cmpstr (dais_scene_get_grid (removed)[0], ==, "Screen");
  g_assert_null (dais_scene_get_grid (removed)[1]);
}

static void
test_served (void)
{
  g_autoptr (DaisScene) scene = dais_scene_new ();
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  DaisRevision revision = { 7, 1433586312400000, 123 };
  g_autofree gchar *text = NULL;

  dais_scene_write_json (scene, writer, &revision);
  text = dais_json_writer_steal (writer);
  g_assert_true (g_str_has_suffix (text,
      "\"master\":1,\"rev\":7,\"utc\":\"2015-06-06T10:25:12.400Z\","
      "\"running_time\":123}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) g_test_add_func ("/model/scene/" path, func)
  ADD ("default", test_default);
  ADD ("document", test_document);
  ADD ("older-encodings", test_older_encodings);
  ADD ("kind", test_kind);
  ADD ("extensions", test_extensions);
  ADD ("refuses", test_refuses);
  ADD ("transition", test_transition);
  ADD ("text-round-trip", test_text_round_trip);
  ADD ("compare", test_compare);
  ADD ("rename", test_rename);
  ADD ("served", test_served);
#undef ADD

  return g_test_run ();
}
