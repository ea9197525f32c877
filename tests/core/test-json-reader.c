/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "core/json-reader.h"

#include <math.h>
#include <string.h>

static void
test_check_accepts (void)
{
  static const gchar *const good[] = {
    "{}",
    "[]",
    " [1 , -0, 0.5, 1e9, 1E-2, 1.25e+3]\r\n\t",
    "\"x\"",
    "null",
    "true",
    "-1",
    "[\"\\u00e9\\uD83D\\uDE00\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\303\251\360\237\230\200\"]",
    "{\"a\":1,\"a\":2}",
    "[123456789012345678901234567890]",
    "[\"\\u0000\"]",
    "{\"\":{}}",
    "[\"\177\"]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;

    dais_json_check (good[i], -1, &error);
    g_assert_no_error (error);
  }
}

static void
test_check_refuses (void)
{
  static const gchar *const bad[] = {
    "",
    " ",
    "[01]",
    "[1.]",
    "[.5]",
    "[+1]",
    "[1e]",
    "[-]",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "['a']",
    "[1] // no",
    "/* no */ [1]",
    "[1] 2",
    "{\"a\" 1}",
    "{\"a\":}",
    "[\"a",
    "[\"\\x\"]",
    "[\"\\u12\"]",
    "[\"\\ud800\"]",
    "[\"\\udc00\"]",
    "[\"\\ud800\\u0041\"]",
    "[\"a\nb\"]",
    "[NaN]",
    "[Infinity]",
    "[tru]",
    "[True]",
    "[\"\300\257\"]",
    "[\"\355\240\200\"]",
    "\357\273\277[]",
    "[1 2]",
    "]",
    "{",
    "[\"\\",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    if (dais_json_check (bad[i], -1, &error))
      g_test_message ("accepted: %s", bad[i]);
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  }
}

static void
test_check_length (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dais_json_check ("[1]x", 3, NULL));
  g_assert_false (dais_json_check ("[1]\0", 4, NULL));
  g_assert_false (dais_json_check ("[\"a\0b\"]", 7, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
}

static void
test_check_position (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      dais_json_check ("{\n \"a\": 1,\n \"\303\251\303\251\" 2}", -1, &error));
  g_assert_cmpstr (error->message, ==,
      "not valid JSON at line 3, column 7: ':' was expected");
}

static void
test_check_depth (void)
{
  g_autofree gchar *open = g_strnfill (DAIS_JSON_MAX_DEPTH, '[');
  g_autofree gchar *close = g_strnfill (DAIS_JSON_MAX_DEPTH, ']');
  g_autofree gchar *good = g_strconcat (open, close, NULL);
  g_autofree gchar *bad = g_strconcat ("[", open, close, "]", NULL);
  g_autofree gchar *huge = g_strnfill (1000000, '[');

  g_assert_true (dais_json_check (good, -1, NULL));
  g_assert_false (dais_json_check (bad, -1, NULL));
  g_assert_false (dais_json_check (huge, -1, NULL));
}

static void
test_parse_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = dais_json_parse_object (
      "{\"s\":\"\\u00e9\\n\",\"i\":9223372036854775807,"
      "\"big\":9223372036854775808,\"d\":33.3,\"t\":true,\"n\":null,"
      "\"o\":{\"x\":1},\"a\":[1,2],\"w\":3.0,\"x\":1,\"x\":[5]}",
      -1, &error);
  const gchar *text = "default";
  gint64 number = -1;
  gdouble real = 0;
  gboolean flag = FALSE;
  JsonObject *inner = NULL;
  JsonArray *array = NULL;

  g_assert_no_error (error);
  g_assert_true (dais_json_get_string (object, "s", &text, NULL));
  g_assert_cmpstr (text, ==, "\303\251\n");
  g_assert_true (dais_json_get_int (object, "i", &number, NULL));
  g_assert_cmpint (number, ==, G_MAXINT64);
  g_assert_false (dais_json_get_int (object, "big", &number, NULL));
  g_assert_true (dais_json_get_double (object, "big", &real, NULL));
  g_assert_cmpfloat (real, ==, 9223372036854775808.0);
  g_assert_true (dais_json_get_double (object, "d", &real, NULL));
  g_assert_cmpfloat (real, ==, 33.3);
  g_assert_true (dais_json_get_int (object, "w", &number, NULL));
  g_assert_cmpint (number, ==, 3);
  g_assert_true (dais_json_get_boolean (object, "t", &flag, NULL));
  g_assert_true (flag);
  g_assert_true (dais_json_get_object (object, "o", &inner, NULL));
  g_assert_cmpint (json_object_get_int_member (inner, "x"), ==, 1);
  g_assert_true (dais_json_get_array (object, "a", &array, NULL));
  g_assert_cmpuint (json_array_get_length (array), ==, 2);
  g_assert_true (dais_json_get_array (object, "x", &array, NULL));
  g_assert_cmpuint (json_array_get_length (array), ==, 1);

  text = "default";
  g_assert_true (dais_json_get_string (object, "n", &text, NULL));
  g_assert_true (dais_json_get_string (object, "absent", &text, NULL));
  g_assert_cmpstr (text, ==, "default");
}

static void
test_parse_wrong_types (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = dais_json_parse_object (
      "{\"s\":\"x\",\"i\":1,\"d\":1.5,\"e\":1e400}", -1, NULL);
  const gchar *text = NULL;
  gint64 number = 0;
  gdouble real = 0;
  gboolean flag = FALSE;

  g_assert_false (dais_json_get_string (object, "i", &text, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, "'i' must be a string, not a number");
  g_assert_false (dais_json_get_int (object, "s", &number, NULL));
  g_assert_false (dais_json_get_int (object, "d", &number, NULL));
  g_assert_false (dais_json_get_double (object, "s", &real, NULL));
  g_assert_false (dais_json_get_double (object, "e", &real, NULL));
  g_assert_false (dais_json_get_boolean (object, "i", &flag, NULL));
  g_assert_null (dais_json_parse_object ("[1]", -1, NULL));
  g_assert_null (dais_json_parse ("[\"admin\\u0000x\"]", -1, NULL));
}

static void
test_only_members (void)
{
  static const gchar *const known[] = { "a", "b", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) good = dais_json_parse_object ("{\"a\":1}", -1, NULL);
  g_autoptr (JsonObject) bad = dais_json_parse_object (
      "{\"a\":1,\"c\":2}", -1, NULL);

  g_assert_true (dais_json_only_members (good, known, NULL));
  g_assert_false (dais_json_only_members (bad, known, &error));
  g_assert_cmpstr (error->message, ==, "unknown field 'c'; known are: a, b");
}

static void
test_slices (void)
{
  const gchar *text = "{ \"a\" : 1.50 , \"t\\u0069me\":\"59:59\","
                      "\"o\":{\"a\":[ 1 ]}, \"a\" : 1e21 }";
  g_autofree gchar *a = dais_json_member_slice (text, -1, "a");
  g_autofree gchar *escaped = dais_json_member_slice (text, -1, "time");
  g_autofree gchar *inner = dais_json_member_slice (text, -1, "o");
  g_autofree gchar *absent = dais_json_member_slice (text, -1, "x");
  g_autoptr (GPtrArray) items = dais_json_array_slices (
      "[ \"ev\", {\"a\" : 1}, [1, 2] ,3 ]", -1);
  g_autoptr (GPtrArray) none = dais_json_array_slices (text, -1);

  g_assert_cmpstr (a, ==, "1e21");
  g_assert_cmpstr (escaped, ==, "\"59:59\"");
  g_assert_cmpstr (inner, ==, "{\"a\":[ 1 ]}");
  g_assert_null (absent);
  g_assert_cmpuint (items->len, ==, 4);
  g_assert_cmpstr (items->pdata[0], ==, "\"ev\"");
  g_assert_cmpstr (items->pdata[1], ==, "{\"a\" : 1}");
  g_assert_cmpstr (items->pdata[2], ==, "[1, 2]");
  g_assert_cmpstr (items->pdata[3], ==, "3");
  g_assert_cmpuint (none->len, ==, 0);
}

/* A megabyte of repeated names must not cost more than its reading. */
static void
test_repeated_names (void)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; i < 40000; i++)
    g_string_append_printf (text, "\"%u\":0,", i);
  for (guint i = 0; i < 40000; i++)
    g_string_append (text, "\"39999\":{},");
  g_string_append (text, "\"end\":0}");
  node = dais_json_parse (text->str, -1, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (
      json_object_get_size (json_node_get_object (node)), ==, 40001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) g_test_add_func ("/core/json-reader/" path, func)
  ADD ("check/accepts", test_check_accepts);
  ADD ("check/refuses", test_check_refuses);
  ADD ("check/length", test_check_length);
  ADD ("check/position", test_check_position);
  ADD ("check/depth", test_check_depth);
  ADD ("parse/values", test_parse_values);
  ADD ("parse/wrong-types", test_parse_wrong_types);
  ADD ("parse/repeated-names", test_repeated_names);
  ADD ("only-members", test_only_members);
  ADD ("slices", test_slices);
#undef ADD

  return g_test_run ();
}
