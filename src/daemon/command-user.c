/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-daemon"

#include "config.h"

#include "core/json-reader.h"
#include "core/log.h"
#include "core/random-id.h"
#include "daemon/command.h"
#include "daemon/folders.h"
#include "service/callers.h"
#include "service/house.h"

#include <glib/gi18n.h>

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#define MAX_PASSWORD 1024

typedef struct {
  gchar *config_path;
  gchar *data_dir;
  gchar **roles;
  gchar *email;
  gchar *first_name;
  gchar *last_name;
  gboolean password_stdin;
  gboolean json;
  const gchar *verb;
  const gchar *name; /* (nullable) */

  DaisConfig *config;
  DaisFolders *folders;
  DaisHouse *house;
  DaisCallers *callers; /* not owned */
  DaisCaller *console;  /* not owned */
  GMainLoop *loop;
  gchar *password; /* (nullable) */
  gboolean is_made_up;
  DaisExit code;
} UserCommand;

static void
user_command_clear (UserCommand *self)
{
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_object (&self->house);
  g_clear_pointer (&self->folders, dais_folders_free);
  g_clear_pointer (&self->config, dais_config_unref);
  g_free (self->config_path);
  g_free (self->data_dir);
  g_strfreev (self->roles);
  g_free (self->email);
  g_free (self->first_name);
  g_free (self->last_name);
  g_free (self->password);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UserCommand, user_command_clear)

/* ---- the password ---- */

/* One line; from a terminal without showing it. */
static gchar *
read_line (gboolean hidden)
{
  gchar buffer[MAX_PASSWORD + 2] = { 0 };
  struct termios shown = { 0 };
  struct termios silent = { 0 };
  gboolean got = FALSE;

  if (hidden && tcgetattr (STDIN_FILENO, &shown) == 0) {
    silent = shown;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  }
  got = fgets (buffer, sizeof buffer, stdin) != NULL;
  if (hidden) {
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
    g_printerr ("\n");
  }

  return got ? g_strchomp (g_strdup (buffer)) : NULL;
}

static gchar *
ask_twice (void)
{
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  g_printerr (_ ("New password: "));
  first = read_line (TRUE);
  g_printerr (_ ("The same again: "));
  second = read_line (TRUE);
  if (first == NULL || g_strcmp0 (first, second) != 0) {
    dais_command_complain (_ ("the two passwords are not the same"));
    return NULL;
  }

  return g_steal_pointer (&first);
}

static gboolean
get_password (UserCommand *self)
{
  if (self->password_stdin) {
    self->password = read_line (FALSE);
  } else if (isatty (STDIN_FILENO)) {
    self->password = ask_twice ();
    if (self->password == NULL)
      return FALSE;
  } else {
    self->password = dais_random_base64url (12);
    self->is_made_up = TRUE;
  }

  if (self->password != NULL && self->password[0] != '\0' &&
      g_utf8_validate (self->password, -1, NULL))
    return TRUE;

  dais_command_complain (
      _ ("the password is empty or not UTF-8; give it as one line"));
  return FALSE;
}

/* ---- the verbs ---- */

static void
end (UserCommand *self, GError *error, const gchar *done)
{
  if (error != NULL) {
    dais_command_complain ("%s", error->message);
    self->code = DAIS_EXIT_FAILED;
  } else if (self->is_made_up) {
    g_print (_ ("%s; the password is %s\n"), done, self->password);
  } else {
    g_print ("%s\n", done);
  }
  g_main_loop_quit (self->loop);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  UserCommand *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisCaller) user = dais_callers_add_user_finish (
      self->callers, result, &error);
  g_autofree gchar *done = g_strdup_printf (_ ("'%s' is added"), self->name);

  end (self, error, done);
}

static void
on_password_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  UserCommand *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *done = g_strdup_printf (
      _ ("'%s' has a new password"), self->name);

  dais_callers_set_password_finish (self->callers, result, &error);
  end (self, error, done);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  UserCommand *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *done = g_strdup_printf (_ ("'%s' is removed"), self->name);

  dais_callers_remove_user_finish (self->callers, result, &error);
  end (self, error, done);
}

static void
print_user (JsonObject *user)
{
  const gchar *name = "";
  g_autofree gchar *roles = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  JsonArray *list = NULL;

  dais_json_get_string (user, "username", &name, NULL);
  dais_json_get_array (user, "roles", &list, NULL);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_strv_builder_add (builder, json_array_get_string_element (list, i));
  words = g_strv_builder_end (builder);
  roles = g_strjoinv (", ", words);
  g_print ("%-24s %s\n", name, roles);
}

static DaisExit
list (UserCommand *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json = dais_callers_list_users (
      self->callers, self->console, &error);
  g_autoptr (JsonNode) node = NULL;
  JsonArray *users = NULL;

  if (json == NULL) {
    dais_command_complain ("%s", error->message);
    return DAIS_EXIT_FAILED;
  }
  if (self->json) {
    g_print ("%.*s\n", (gint) g_bytes_get_size (json),
        (const gchar *) g_bytes_get_data (json, NULL));
    return DAIS_EXIT_OK;
  }

  node = dais_json_parse (
      g_bytes_get_data (json, NULL), (gssize) g_bytes_get_size (json), &error);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return DAIS_EXIT_FAILED;
  users = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (users); i++)
    print_user (json_array_get_object_element (users, i));

  return DAIS_EXIT_OK;
}

static gboolean
start_verb (gpointer user_data)
{
  UserCommand *self = user_data;
  DaisNewUser user = { .username = self->name,
    .password = self->password,
    .email = self->email,
    .first_name = self->first_name,
    .last_name = self->last_name,
    .roles = (const gchar *const *) self->roles };

  if (g_str_equal (self->verb, "add"))
    dais_callers_add_user_async (
        self->callers, self->console, &user, NULL, on_added, self);
  else if (g_str_equal (self->verb, "passwd"))
    dais_callers_set_password_async (self->callers, self->console, self->name,
        self->password, NULL, on_password_set, self);
  else
    dais_callers_remove_user_async (
        self->callers, self->console, self->name, NULL, on_removed, self);

  return G_SOURCE_REMOVE;
}

/* Whose accounts these are: without --data-dir that depends on who asks, and an
 * account in the wrong folder lets nobody in. */
static gboolean
check_folder (UserCommand *self)
{
  g_autofree gchar *data = dais_config_get_data_dir (self->config);
  g_autofree gchar *database = g_build_filename (data, "dais.db", NULL);

  if (!g_str_equal (self->verb, "add") &&
      !g_file_test (database, G_FILE_TEST_EXISTS)) {
    dais_command_complain (_ ("there is no server's data in '%s'; name its "
                              "folder with --data-dir, or ask as root"),
        data);
    return FALSE;
  }
  if (self->data_dir == NULL && !self->json)
    g_printerr (_ ("Accounts in %s\n"), data);

  return TRUE;
}

static DaisExit
run (UserCommand *self)
{
  g_autoptr (GError) error = NULL;

  self->folders = dais_folders_open (self->config, &error);
  if (self->folders != NULL) {
    self->house = dais_house_new (self->config, self->folders->data, NULL);
    if (!dais_house_open (self->house, &error))
      g_clear_object (&self->house);
  }
  if (self->house == NULL) {
    dais_command_complain ("%s", error->message);
    return DAIS_EXIT_FAILED;
  }

  self->callers = dais_house_get_callers (self->house);
  self->console = dais_callers_get_console (self->callers);
  if (g_str_equal (self->verb, "list"))
    return list (self);

  self->loop = g_main_loop_new (NULL, FALSE);
  g_idle_add (start_verb, self);
  g_main_loop_run (self->loop);
  return self->code;
}

/* ---- the command line ---- */

static gboolean
check_words (UserCommand *self, gint argc, gchar **argv)
{
  static const gchar *const VERBS[] = { "add", "list", "passwd", "remove",
    NULL };

  if (argc < 2 || !g_strv_contains (VERBS, argv[1])) {
    dais_command_complain (
        _ ("%s: say add, list, passwd or remove"), argc < 2 ? "user" : argv[1]);
    return FALSE;
  }

  self->verb = argv[1];
  self->name = argc > 2 ? argv[2] : NULL;
  if ((self->name != NULL) == g_str_equal (self->verb, "list")) {
    dais_command_complain (self->name != NULL
            ? _ ("'list' takes no name")
            : _ ("the name of the account is missing"));
    return FALSE;
  }

  return TRUE;
}

static gboolean
parse (UserCommand *self, gint argc, gchar **argv)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &self->config_path,
        N_ ("Configuration file"), N_ ("FILE") },
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &self->data_dir,
        N_ ("Folder of the database"), N_ ("DIR") },
    { "role", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &self->roles,
        N_ ("student, teacher, operator or admin; may be repeated"),
        N_ ("ROLE") },
    { "email", 0, 0, G_OPTION_ARG_STRING, &self->email, N_ ("E-mail address"),
        N_ ("ADDRESS") },
    { "first-name", 0, 0, G_OPTION_ARG_STRING, &self->first_name,
        N_ ("First name"), N_ ("NAME") },
    { "last-name", 0, 0, G_OPTION_ARG_STRING, &self->last_name,
        N_ ("Last name"), N_ ("NAME") },
    { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &self->password_stdin,
        N_ ("The password is the first line of standard input"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("List as JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  return dais_command_parse (&argc, &argv, entries,
             _ ("add NAME | list | passwd NAME | remove NAME"),
             _ ("Keeps the accounts, beside a running server or without one."),
             2) &&
      check_words (self, argc, argv);
}

/**
 * dais_command_user:
 * @argc: number of words
 * @argv: "user" and what follows
 *
 * Returns: the exit code
 */
DaisExit
dais_command_user (gint argc, gchar **argv)
{
  g_auto (UserCommand) self = { 0 };
  g_autofree gchar *data = NULL;

  if (!parse (&self, argc, argv))
    return DAIS_EXIT_USAGE;

  dais_log_init (FALSE);
  self.config = dais_command_load_config (self.config_path);
  if (self.config == NULL)
    return DAIS_EXIT_CONFIG;
  if (self.data_dir != NULL)
    data = g_canonicalize_filename (self.data_dir, NULL);
  if (!dais_command_override (self.config, "data_dir", data))
    return DAIS_EXIT_USAGE;
  if (!check_folder (&self))
    return DAIS_EXIT_FAILED;
  if ((g_str_equal (self.verb, "add") || g_str_equal (self.verb, "passwd")) &&
      !get_password (&self))
    return DAIS_EXIT_FAILED;

  return run (&self);
}
