/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "engine/room-state.h"

static DaisRoomState *
read_state (const gchar *text)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed (text));
  g_autoptr (GError) error = NULL;
  DaisRoomState *state = dais_room_state_read (dict, &error);

  g_assert_no_error (error);
  return state;
}

static void
assert_layers (const gchar *text, const gchar *expected)
{
  g_autoptr (DaisRoomState) state = read_state (text);
  DaisRoomLayer layers[DAIS_LAYOUT_MAX_PLACES];
  guint n = dais_room_state_get_layers (state, 1280, 720, layers);
  g_autoptr (GString) seen = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (seen, "%s%s:%d", i > 0 ? " " : "", layers[i].slug,
        layers[i].place.width);
  g_assert_cmpstr (seen->str, ==, expected);
}

static void
test_layers (void)
{
  assert_layers ("@a{sv} {}", "");
  assert_layers ("{'video': <'a'>}", "a:1280");
  assert_layers ("{'video': <'a'>, 'pip': <'b'>}", "a:1280 b:320");
  assert_layers ("{'video': <'a'>, 'pip': <'b'>, 'scene': <'full'>}", "a:1280");
  assert_layers (
      "{'video': <'a'>, 'pip': <'b'>, 'pip-size': <0.5>}", "a:1280 b:640");
  assert_layers ("{'video': <''>, 'pip': <'b'>}", "b:320");
  assert_layers ("{'video': <'a'>, 'pip': <'a'>}", "a:1280");
  assert_layers ("{'video': <'a'>, 'scene': <'lecture'>}", "a:1280");
  assert_layers ("{'video': <'a'>, 'scene': <'blank'>}", "");
  assert_layers (
      "{'scene': <'grid'>, 'grid': <['a', '', 'a', 'b']>}", "a:606 b:606");
  assert_layers (
      "{'scene': <'grid'>, 'video': <'a'>, 'pip': <'b'>}", "a:620 b:620");
}

static void
test_gains (void)
{
  g_autoptr (DaisRoomState) state = read_state (
      "{'audio': <'a'>, 'volumes': <{'b': 0.5, 'c': 9.0, 'd': -1.0, 'e': 1.0}>,"
      " 'mutes': <['e']>, 'master': <5.0>}");

  g_assert_cmpfloat (dais_room_state_get_gain (state, "a"), ==, 1);
  g_assert_cmpfloat (dais_room_state_get_gain (state, "b"), ==, 0.5);
  g_assert_cmpfloat (dais_room_state_get_gain (state, "c"), ==, 4);
  g_assert_cmpfloat (dais_room_state_get_gain (state, "d"), ==, 0);
  g_assert_cmpfloat (dais_room_state_get_gain (state, "e"), ==, 0);
  g_assert_cmpfloat (dais_room_state_get_gain (state, "f"), ==, 0);
  g_assert_cmpfloat (state->master, ==, 4);
}

static void
test_transition (void)
{
  g_autoptr (DaisRoomState) cut = read_state (
      "{'transition-ms': <uint32 500>}");
  g_autoptr (DaisRoomState) fade = read_state (
      "{'transition': <'fade'>, 'transition-ms': <uint32 500>}");
  g_autoptr (DaisRoomState) plain = read_state ("{'transition': <'fade'>}");
  g_autoptr (DaisRoomState) endless = read_state (
      "{'transition': <'fade'>, 'transition-ms': <uint32 4000000000>}");

  g_assert_cmpuint (cut->fade_ms, ==, 0);
  g_assert_cmpuint (fade->fade_ms, ==, 500);
  g_assert_cmpuint (plain->fade_ms, ==, 300);
  g_assert_cmpuint (endless->fade_ms, ==, 10000);
}

static void
test_nonsense (void)
{
  const gchar *states[] = { "{'scene': <'mosaic'>}", "{'video': <1>}",
    "{'pip-corner': <'middle'>}", "{'volumes': <{'s0': 'loud'}>}",
    "{'volumes': <{'s0': nan}>}", "{'master': <inf>}",
    "{'transition': <'wipe'>}", "{'transition-ms': <'soon'>}",
    "{'grid': <'s0'>}", "{'pip-size': <'large'>}" };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) dict = g_variant_ref_sink (
        g_variant_new_parsed (states[i]));

    g_assert_null (dais_room_state_read (dict, &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

static void
test_inputs (void)
{
  g_autoptr (GVariant) good = g_variant_ref_sink (g_variant_new_parsed (
      "[('a', '/v', '/a'), ('b', '', '/b'), ('a', '/other', '')]"));
  g_autoptr (GVariant) bad = g_variant_ref_sink (
      g_variant_new_parsed ("['a', 'b']"));
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  const DaisRoomInput *input = NULL;

  list = dais_room_inputs_read (good, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  input = g_ptr_array_index (list, 0);
  g_assert_cmpstr (input->video, ==, "/v");
  g_assert_null (dais_room_inputs_read (bad, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/room-state/layers", test_layers);
  g_test_add_func ("/engine/room-state/gains", test_gains);
  g_test_add_func ("/engine/room-state/transition", test_transition);
  g_test_add_func ("/engine/room-state/nonsense", test_nonsense);
  g_test_add_func ("/engine/room-state/inputs", test_inputs);
  return g_test_run ();
}
