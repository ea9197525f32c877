/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/config.h"
#include "core/error.h"

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

typedef struct {
  gchar *directory;
  gchar *path;
  GPtrArray *errors;
  DaisConfig *config;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = g_dir_make_tmp ("dais-config-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "dais.conf", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->config, dais_config_unref);
  g_clear_pointer (&f->errors, g_ptr_array_unref);
  g_unlink (f->path);
  g_rmdir (f->directory);
  g_free (f->path);
  g_free (f->directory);
}

static void
load (Fixture *f, const gchar *text)
{
  g_clear_pointer (&f->config, dais_config_unref);
  g_clear_pointer (&f->errors, g_ptr_array_unref);
  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
  f->config = dais_config_load (f->path, &f->errors);
  if (f->config != NULL)
    g_assert_cmpuint (f->errors->len, ==, 0);
}

static void
test_defaults (void)
{
  g_autoptr (DaisConfig) config = dais_config_new ();
  const DaisServerSettings *server = dais_config_get_server (config);

  g_assert_cmpstr (server->listen[0], ==, "http://0.0.0.0:8080");
  g_assert_null (server->listen[1]);
  g_assert_cmpuint (server->format.width, ==, 1280);
  g_assert_cmpuint (server->format.fps_n, ==, 30);
  g_assert_cmpuint (server->format.fps_d, ==, 1);
  g_assert_cmpuint (server->body_limit, ==, 1024 * 1024);
  g_assert_cmpuint (server->chat_message_limit, ==, 512);
  g_assert_cmpuint (server->grace_seconds, ==, 30);
  g_assert_cmpstr (server->anonymous[0], ==, "view");
  g_assert_cmpint (dais_config_get_log_level (config), ==, G_LOG_LEVEL_MESSAGE);
  g_assert_cmpuint (dais_config_get_streams (config)->len, ==, 0);
}

static void
test_load (Fixture *f, gconstpointer data)
{
  const DaisServerSettings *server;
  DaisStreamSpec *stream;
  DaisRoomSpec *room;
  g_autofree gchar *data_dir = NULL;
  g_autofree gchar *runtime_dir = NULL;
  g_autofree gchar *expected = g_build_filename (f->directory, "data", NULL);
  g_autofree gchar *where = NULL;

  load (f,
      "# a comment\n"
      "[server]\n"
      "listen = http://127.0.0.1:0; http://[::1]:8081/\n"
      "size=1920x1080\n"
      "fps=29.97\n"
      "data_dir=data\n"
      "anonymous=\n"
      "body_limit=2 MiB\n"
      "trusted_proxies=10.0.0.0/8;::1\n"
      "log_level=debug\n"
      "\n"
      "[stream \"Room 1 - Camera\"]\r\n"
      "uri=rtsp://u:p@cam/1?x=1;2\n"
      "type=video\n"
      "option.latency=200\n"
      "option.video_codec=h264\n"
      "[stream \"Mic\"]\n"
      "uri=alsa:hw\\\\x\n"
      "[room \"Breakout Room 1(Level 2)\"]\n"
      "url_name=room-1\n"
      "streams=Room 1 - Camera;Mic\n"
      "public=yes\n"
      "size=640x360\n");
  g_assert_nonnull (f->config);
  server = dais_config_get_server (f->config);
  g_assert_cmpstr (server->listen[1], ==, "http://[::1]:8081/");
  g_assert_cmpuint (server->format.width, ==, 1920);
  g_assert_cmpuint (server->format.fps_n, ==, 30000);
  g_assert_null (server->anonymous[0]);
  g_assert_cmpuint (server->body_limit, ==, 2 * 1024 * 1024);
  g_assert_cmpstr (server->trusted_proxies[1], ==, "::1");
  data_dir = dais_config_get_data_dir (f->config);
  g_assert_cmpstr (data_dir, ==, expected);
  runtime_dir = dais_config_get_runtime_dir (f->config);
  g_assert_true (g_str_has_prefix (runtime_dir, expected));

  stream = dais_config_get_streams (f->config)->pdata[0];
  g_assert_cmpstr (stream->name, ==, "Room 1 - Camera");
  g_assert_cmpstr (stream->uri, ==, "rtsp://u:p@cam/1?x=1;2");
  g_assert_cmpstr (stream->type, ==, "video");
  g_assert_cmpstr (
      g_hash_table_lookup (stream->options, "video_codec"), ==, "h264");
  g_assert_cmpuint (g_hash_table_size (stream->options), ==, 2);
  stream = dais_config_get_streams (f->config)->pdata[1];
  g_assert_cmpstr (stream->uri, ==, "alsa:hw\\x");
  g_assert_cmpstr (stream->type, ==, "");
  room = dais_config_get_rooms (f->config)->pdata[0];
  g_assert_cmpstr (room->url_name, ==, "room-1");
  g_assert_cmpstr (room->streams[1], ==, "Mic");
  g_assert_true (room->is_public);
  g_assert_cmpuint (room->format.height, ==, 360);
  g_assert_cmpuint (room->format.fps_n, ==, 0);

  where = dais_config_locate (f->config, "stream \"Room 1 - Camera\"", "uri");
  g_assert_cmpstr (where, ==, "dais.conf:13");
}

static void
assert_errors (Fixture *f, const gchar *text, const gchar *const *expected)
{
  load (f, text);
  g_assert_null (f->config);
  for (guint i = 0; expected[i] != NULL; i++) {
    const gchar *message = i < f->errors->len ? f->errors->pdata[i] : "none";

    if (!g_str_has_prefix (message, expected[i]))
      g_assert_cmpstr (message, ==, expected[i]);
  }
  g_assert_cmpuint (f->errors->len, ==, g_strv_length ((gchar **) expected));
}

static void
test_errors_have_lines (Fixture *f, gconstpointer data)
{
  static const gchar *const expected[] = {
    "dais.conf:1: a [group] must stand before the first key",
    "dais.conf:5: 'nonsense' is no [group], no key=value",
    "dais.conf:7: 'fps' was given already in line 6",
    "dais.conf:12: a group must end with ']'",
    "dais.conf:3: unknown key 'lisen' in [server]; did you mean 'listen'?",
    "dais.conf:4: 'body_limit' must be a size",
    "dais.conf:8: unknown key 'colour' in [server]; dais.conf(5) lists all",
    "dais.conf:9: [stream \"Cam\"] has no uri; add uri=",
    "dais.conf:10: unknown key 'url' in [stream \"Cam\"]; did you mean 'uri'?",
    "dais.conf:11: 'type' must be one of audio, video, av, not 'x'",
    "dais.conf:13: unknown group [servr]",
    "dais.conf:14: unknown group [room Hall]",
  };

  load (f,
      "early=1\n"
      "[server]\n"
      "lisen=http://0.0.0.0:1\n"
      "body_limit=huge\n"
      "nonsense\n"
      "fps=30\n"
      "fps=25\n"
      "colour=red\n"
      "[stream \"Cam\"]\n"
      "url=test:ball\n"
      "type=x\n"
      "[broken\n"
      "[servr]\n"
      "[room Hall]\n");
  g_assert_null (f->config);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    gboolean found = FALSE;

    for (guint j = 0; j < f->errors->len; j++)
      found = found || g_str_has_prefix (f->errors->pdata[j], expected[i]);
    if (!found)
      g_test_message ("missing: %s", expected[i]);
    g_assert_true (found);
  }
  g_assert_cmpuint (f->errors->len, ==, G_N_ELEMENTS (expected));
}

static void
test_values (Fixture *f, gconstpointer data)
{
  static const gchar *const bad[] = {
    "listen=",
    "listen=ftp://x",
    "listen=http://",
    "listen=http://a:99999",
    "listen=http://a/path",
    "listen=http://a:1, http://b:2",
    "size=big",
    "fps=0",
    "token_hours=0",
    "token_hours=-1",
    "token_hours=12h",
    "anonymous=root",
    "trusted_proxies=proxy",
    "trusted_proxies=10.0.0.0/33",
    "log_level=loud",
    "body_limit=1 GiB",
    "body_limit=1",
    "sockets_per_address=",
    "public_url=dais.example",
    "data_dir=\\q",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *text = g_strconcat ("[server]\n", bad[i], "\n", NULL);

    load (f, text);
    if (f->config != NULL)
      g_test_message ("accepted: %s", bad[i]);
    g_assert_null (f->config);
    g_assert_cmpuint (f->errors->len, ==, 1);
    g_assert_true (g_str_has_prefix (f->errors->pdata[0], "dais.conf:2: '"));
  }
}

static void
test_together (Fixture *f, gconstpointer data)
{
  assert_errors (f, "[server]\nlisten=https://0.0.0.0:8443\n",
      (const gchar *const[]){
          "dais.conf:2: https needs certificate= and private_key=", NULL });
  assert_errors (f, "[room \"A\"]\nurl_name=x\n[room \"B\"]\nurl_name=x\n",
      (const gchar *const[]){
          "dais.conf:3: another room has url_name 'x' already", NULL });
  assert_errors (f, "[room \"\"]\n",
      (const gchar *const[]){
          "dais.conf:1: room name must not be empty", NULL });
}

static void
test_no_file (Fixture *f, gconstpointer data)
{
  g_autofree gchar *zeros = g_build_filename (f->directory, "z", NULL);

  f->config = dais_config_load (f->path, &f->errors);
  g_assert_null (f->config);
  g_assert_true (
      g_str_has_suffix (f->errors->pdata[0], ": there is no such file"));
  g_clear_pointer (&f->errors, g_ptr_array_unref);
  f->config = dais_config_load (f->directory, &f->errors);
  g_assert_null (f->config);
  g_clear_pointer (&f->errors, g_ptr_array_unref);
  g_assert_true (g_file_set_contents (zeros, "[server]\0\n", 10, NULL));
  f->config = dais_config_load (zeros, &f->errors);
  g_assert_null (f->config);
  load (f, "[server]\nsize=\377\n");
  g_assert_null (f->config);
  g_assert_cmpstr (
      f->errors->pdata[0], ==, "dais.conf:2: this line is not UTF-8");
  g_unlink (zeros);
}

static void
test_set (void)
{
  g_autoptr (DaisConfig) config = dais_config_new ();
  g_autoptr (DaisConfig) other = dais_config_new ();
  const DaisServerSettings *server = dais_config_get_server (config);
  g_autoptr (GError) error = NULL;

  g_assert_true (
      dais_config_set (config, "listen", "http://127.0.0.1:0", NULL));
  g_assert_cmpstr (server->listen[0], ==, "http://127.0.0.1:0");
  g_assert_true (dais_config_set (config, "data_dir", "/tmp/a\\b", NULL));
  g_assert_cmpstr (server->data_dir, ==, "/tmp/a\\b");
  g_assert_false (dais_config_set (config, "fps", "never", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_assert_false (dais_config_set (config, "no", "1", NULL));

  g_assert_true (dais_config_set_as (other, config, NULL));
  g_assert_cmpstr (
      dais_config_get_server (other)->listen[0], ==, "http://127.0.0.1:0");
  g_assert_cmpstr (dais_config_get_server (other)->data_dir, ==, "/tmp/a\\b");
}

static void
test_table (void)
{
  guint n = 0;

  for (const DaisConfigKey *key; (key = dais_config_get_key (n)) != NULL; n++) {
    g_assert_cmpuint (strlen (key->description), >, 10);
    g_assert_true (g_str_has_suffix (key->description, "."));
    g_assert_nonnull (key->default_value);
    g_assert_nonnull (key->type);
  }
  g_assert_cmpuint (n, >, 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func) \
  g_test_add ("/core/config/" path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/core/config/defaults", test_defaults);
  ADD ("load", test_load);
  ADD ("errors-have-lines", test_errors_have_lines);
  ADD ("values", test_values);
  ADD ("together", test_together);
  ADD ("no-file", test_no_file);
  g_test_add_func ("/core/config/set", test_set);
  g_test_add_func ("/core/config/table", test_table);
#undef ADD

  return g_test_run ();
}
