/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"

#include <math.h>

static void
assert_double (gdouble value, const gchar *expected)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *text = NULL;

  dais_json_writer_double (writer, value);
  text = dais_json_writer_steal (writer);
  g_assert_cmpstr (text, ==, expected);
  g_assert_true (dais_json_check (text, -1, NULL));
}

static void
test_doubles (void)
{
  assert_double (33.3, "33.3");
  assert_double (0.1, "0.1");
  assert_double (1, "1");
  assert_double (-2, "-2");
  assert_double (0, "0");
  assert_double (37512.4, "37512.4");
  assert_double (1e21, "1e+21");
  assert_double (1e15, "1000000000000000");
  assert_double (1.0 / 3, "0.3333333333333333");
  assert_double (0.1 + 0.2, "0.30000000000000004");
  assert_double (5e-324, "5e-324");
  assert_double (1.7976931348623157e308, "1.7976931348623157e+308");
  assert_double (NAN, "null");
  assert_double (-INFINITY, "null");
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < 2000; i++) {
    gdouble value = g_test_rand_double_range (-1, 1) *
        pow (10, g_test_rand_int_range (-300, 300));
    g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
    g_autofree gchar *text = NULL;

    dais_json_writer_double (writer, value);
    text = dais_json_writer_steal (writer);
    g_assert_cmpfloat (g_ascii_strtod (text, NULL), ==, value);
  }
}

static void
test_structure (void)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *text = NULL;

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "z", "end,");
  dais_json_writer_name_int (writer, "i", G_MININT64);
  dais_json_writer_name (writer, "a");
  dais_json_writer_begin_array (writer);
  dais_json_writer_begin_array (writer);
  dais_json_writer_end_array (writer);
  dais_json_writer_begin_object (writer);
  dais_json_writer_end_object (writer);
  dais_json_writer_boolean (writer, FALSE);
  dais_json_writer_string (writer, NULL);
  dais_json_writer_string (writer, "");
  dais_json_writer_double (writer, 0.5);
  dais_json_writer_end_array (writer);
  dais_json_writer_name_raw (writer, "r", "[1e21, \"\303\251\"]");
  dais_json_writer_name_boolean (writer, "b", TRUE);
  dais_json_writer_end_object (writer);
  text = dais_json_writer_steal (writer);
  g_assert_cmpstr (text, ==,
      "{\"z\":\"end,\",\"i\":-9223372036854775808,"
      "\"a\":[[],{},false,null,\"\",0.5],\"r\":[1e21, \"\\u00e9\"],"
      "\"b\":true}");
}

static void
test_strings (void)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *text = NULL;
  g_autoptr (GBytes) broken = NULL;

  dais_json_writer_string (
      writer, "a\"\\/\b\f\n\r\t\001\177\303\251\360\237\230\200");
  text = dais_json_writer_steal (writer);
  g_assert_cmpstr (text, ==,
      "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u00e9\\ud83d\\ude00\"");
  g_assert_true (dais_json_check (text, -1, NULL));

  dais_json_writer_string (writer, "x\377\303");
  broken = dais_json_writer_steal_bytes (writer);
  g_assert_cmpmem (g_bytes_get_data (broken, NULL), g_bytes_get_size (broken),
      "\"x\\ufffd\\ufffd\"", 15);
}

static void
test_node_keeps_order (void)
{
  const gchar *json = "{\"z\":1,\"a\":[33.3,null,true,\"x\"],\"m\":{\"b\":-1,"
                      "\"a\":2.5}}";
  g_autoptr (JsonNode) node = dais_json_parse (json, -1, NULL);
  g_autofree gchar *text = dais_json_node_to_text (node);

  g_assert_cmpstr (text, ==, json);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) g_test_add_func ("/core/json-writer/" path, func)
  ADD ("doubles", test_doubles);
  ADD ("round-trip", test_round_trip);
  ADD ("structure", test_structure);
  ADD ("strings", test_strings);
  ADD ("node-keeps-order", test_node_keeps_order);
#undef ADD

  return g_test_run ();
}
