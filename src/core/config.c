/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/config.h"

#include "core/config-private.h"
#include "core/error.h"
#include "core/slug.h"

#include <string.h>
#include <unistd.h>

#define MAX_FILE (1024 * 1024)

struct _DaisConfig {
  gchar *path;         /* (nullable) */
  gchar *directory;    /* what relative paths start from */
  GPtrArray *sections; /* (nullable) (element-type DaisConfigSection) */
  DaisServerSettings server;
  GPtrArray *streams; /* (element-type DaisStreamSpec) */
  GPtrArray *rooms;   /* (element-type DaisRoomSpec) */
  GHashTable *set;    /* (element-type utf8 utf8): by dais_config_set() */
};

static void
stream_spec_free (gpointer data)
{
  DaisStreamSpec *spec = data;

  g_free (spec->name);
  dais_config_clear_settings (DAIS_CONFIG_STREAM, spec);
  g_free (spec);
}

static void
room_spec_free (gpointer data)
{
  DaisRoomSpec *spec = data;

  g_free (spec->name);
  dais_config_clear_settings (DAIS_CONFIG_ROOM, spec);
  g_free (spec);
}

/**
 * dais_config_new:
 *
 * Returns: (transfer full): all defaults, no streams and no rooms
 */
DaisConfig *
dais_config_new (void)
{
  DaisConfig *self = g_atomic_rc_box_new0 (DaisConfig);

  self->directory = g_get_current_dir ();
  self->streams = g_ptr_array_new_with_free_func (stream_spec_free);
  self->rooms = g_ptr_array_new_with_free_func (room_spec_free);
  self->set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  dais_config_init_settings (DAIS_CONFIG_SERVER, &self->server);
  return self;
}

DaisConfig *
dais_config_ref (DaisConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
config_clear (gpointer data)
{
  DaisConfig *self = data;

  g_free (self->path);
  g_free (self->directory);
  g_clear_pointer (&self->sections, g_ptr_array_unref);
  g_hash_table_unref (self->set);
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->rooms);
  dais_config_clear_settings (DAIS_CONFIG_SERVER, &self->server);
}

void
dais_config_unref (DaisConfig *self)
{
  g_atomic_rc_box_release_full (self, config_clear);
}

/* 'stream "Name"' → kind and (transfer full) name; FALSE when it is no group */
static gboolean
parse_group (const gchar *text, DaisConfigGroup *group, gchar **name)
{
  static const gchar *const kinds[] = { "stream", "room" };

  *name = NULL;
  *group = DAIS_CONFIG_SERVER;
  if (strcmp (text, "server") == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const gchar *rest = text + strlen (kinds[i]);
    gsize length;

    if (!g_str_has_prefix (text, kinds[i]))
      continue;
    rest += strspn (rest, " \t");
    length = strlen (rest);
    if (length < 2 || rest[0] != '"' || rest[length - 1] != '"')
      return FALSE;
    *group = i == 0 ? DAIS_CONFIG_STREAM : DAIS_CONFIG_ROOM;
    *name = g_strndup (rest + 1, length - 2);
    return TRUE;
  }
  return FALSE;
}

static void
add_unknown_key (DaisConfigGroup group, DaisConfigSection *section,
    DaisConfigLine *line, const gchar *file, GPtrArray *errors)
{
  const gchar *meant = dais_config_suggest_key (group, line->key);

  if (meant != NULL)
    dais_config_add_error (errors, file, line->line,
        "unknown key '%.60s' in [%.60s]; did you mean '%s'?", line->key,
        section->name, meant);
  else
    dais_config_add_error (errors, file, line->line,
        "unknown key '%.60s' in [%.60s]; dais.conf(5) lists all", line->key,
        section->name);
}

static void
read_lines (DaisConfig *self, DaisConfigGroup group, DaisConfigSection *section,
    gpointer settings, const gchar *file, GPtrArray *errors)
{
  for (guint i = 0; i < section->lines->len; i++) {
    DaisConfigLine *line = section->lines->pdata[i];
    g_autoptr (GError) error = NULL;

    if (!dais_config_has_key (group, line->key))
      add_unknown_key (group, section, line, file, errors);
    else if (!dais_config_read_value (group, line->key, line->value,
                 self->directory, settings, &error))
      dais_config_add_error (errors, file, line->line, "%s", error->message);
  }
}

static void
read_stream (DaisConfig *self, DaisConfigSection *section, const gchar *name,
    const gchar *file, GPtrArray *errors)
{
  DaisStreamSpec *spec = g_new0 (DaisStreamSpec, 1);

  spec->name = g_strdup (name);
  spec->line = section->line;
  dais_config_init_settings (DAIS_CONFIG_STREAM, spec);
  g_ptr_array_add (self->streams, spec);
  read_lines (self, DAIS_CONFIG_STREAM, section, spec, file, errors);
  if (*spec->uri == '\0')
    dais_config_add_error (errors, file, section->line,
        "[%s] has no uri; add uri= with the stream's address", section->name);
}

static void
read_room (DaisConfig *self, DaisConfigSection *section, const gchar *name,
    const gchar *file, GPtrArray *errors)
{
  DaisRoomSpec *spec = g_new0 (DaisRoomSpec, 1);

  spec->name = g_strdup (name);
  spec->line = section->line;
  dais_config_init_settings (DAIS_CONFIG_ROOM, spec);
  g_ptr_array_add (self->rooms, spec);
  read_lines (self, DAIS_CONFIG_ROOM, section, spec, file, errors);
}

static void
read_section (DaisConfig *self, DaisConfigSection *section, const gchar *file,
    GPtrArray *errors)
{
  DaisConfigGroup group;
  g_autofree gchar *name = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse_group (section->name, &group, &name)) {
    dais_config_add_error (errors, file, section->line,
        "unknown group [%.100s]; write [server], [stream \"Name\"] or "
        "[room \"Name\"]",
        section->name);
    return;
  }
  if (name != NULL &&
      !dais_name_check (name,
          group == DAIS_CONFIG_ROOM ? "room name" : "stream name", &error)) {
    dais_config_add_error (errors, file, section->line, "%s", error->message);
    return;
  }
  if (group == DAIS_CONFIG_SERVER)
    read_lines (self, group, section, &self->server, file, errors);
  else if (group == DAIS_CONFIG_STREAM)
    read_stream (self, section, name, file, errors);
  else
    read_room (self, section, name, file, errors);
}

/* 0 = not there */
static guint
find_line (DaisConfig *self, const gchar *group, const gchar *key)
{
  for (guint i = 0; self->sections != NULL && i < self->sections->len; i++) {
    DaisConfigSection *section = self->sections->pdata[i];

    if (g_strcmp0 (section->name, group) != 0)
      continue;
    for (guint j = 0; key != NULL && j < section->lines->len; j++) {
      DaisConfigLine *line = section->lines->pdata[j];

      if (strcmp (line->key, key) == 0)
        return line->line;
    }
    return section->line;
  }
  return 0;
}

/* What no single line can tell. */
static void
check_together (DaisConfig *self, const gchar *file, GPtrArray *errors)
{
  const DaisServerSettings *server = &self->server;
  g_autoptr (GHashTable) slugs = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean has_https = FALSE;

  for (guint i = 0; server->listen[i] != NULL; i++)
    has_https = has_https || g_str_has_prefix (server->listen[i], "https:");
  if (has_https &&
      (*server->certificate == '\0' || *server->private_key == '\0'))
    dais_config_add_error (errors, file, find_line (self, "server", "listen"),
        "https needs certificate= and private_key=");
  for (guint i = 0; i < self->rooms->len; i++) {
    DaisRoomSpec *room = self->rooms->pdata[i];

    if (*room->url_name != '\0' && !g_hash_table_add (slugs, room->url_name))
      dais_config_add_error (errors, file, room->line,
          "another room has url_name '%s' already", room->url_name);
  }
}

static void
read_text (DaisConfig *self, const gchar *text, gsize length, GPtrArray *errors)
{
  g_autofree gchar *file = g_path_get_basename (self->path);

  if (memchr (text, '\0', length) != NULL) {
    dais_config_add_error (errors, file, 0, "this is no text file");
    return;
  }
  self->sections = dais_config_scan (text, file, errors);
  for (guint i = 0; i < self->sections->len; i++)
    read_section (self, self->sections->pdata[i], file, errors);
  check_together (self, file, errors);
}

/**
 * dais_config_load:
 * @path: the file
 * @errors: (out) (transfer full) (element-type utf8): all that is wrong, one
 *   line each, as "dais.conf:12: unknown key 'lisen' in [server]; did you mean
 *   'listen'?"; empty where a configuration is returned
 *
 * Reads the file with a blocking call, so at the start only.
 *
 * Returns: (transfer full) (nullable): the configuration; %NULL with @errors
 */
DaisConfig *
dais_config_load (const gchar *path, GPtrArray **errors)
{
  g_autoptr (DaisConfig) self = dais_config_new ();
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  *errors = g_ptr_array_new_with_free_func (g_free);
  g_free (self->directory);
  self->path = g_canonicalize_filename (path, NULL);
  self->directory = g_path_get_dirname (self->path);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    dais_config_add_error (*errors, path, 0, "there is no such file");
    return NULL;
  }
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    dais_config_add_error (*errors, path, 0, "this is no file");
    return NULL;
  }
  if (!g_file_get_contents (path, &text, &length, &error)) {
    dais_config_add_error (*errors, path, 0, "%s", error->message);
    return NULL;
  }
  if (length > MAX_FILE)
    dais_config_add_error (*errors, path, 0, "larger than 1 MiB");
  else
    read_text (self, text, length, *errors);
  return (*errors)->len == 0 ? g_steal_pointer (&self) : NULL;
}

/**
 * dais_config_set:
 * @self: a configuration that the daemon does not use yet
 * @key: a key of [server]
 * @value: as it would stand in the file; relative paths start from the
 *   configuration's folder, or the current one where there is no file
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * For the command line.
 *
 * Returns: %FALSE when there is no such key or the value is none
 */
gboolean
dais_config_set (
    DaisConfig *self, const gchar *key, const gchar *value, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gchar *raw = NULL;

  if (!dais_config_has_key (DAIS_CONFIG_SERVER, key)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "unknown key '%s' in [server]", key);
    return FALSE;
  }
  /* On a command line nothing is escaped. */
  g_key_file_set_string (file, "group", "key", value);
  raw = g_key_file_get_value (file, "group", "key", NULL);
  if (!dais_config_read_value (
          DAIS_CONFIG_SERVER, key, raw, self->directory, &self->server, error))
    return FALSE;

  g_hash_table_replace (self->set, g_strdup (key), g_strdup (value));
  return TRUE;
}

/**
 * dais_config_set_as:
 * @self: a configuration that the daemon does not use yet
 * @other: one that it uses
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * The same command line over a file that was read anew.
 *
 * Returns: %FALSE when a value does not fit any more
 */
gboolean
dais_config_set_as (DaisConfig *self, DaisConfig *other, GError **error)
{
  GHashTableIter iter;
  const gchar *key, *value;

  g_hash_table_iter_init (&iter, other->set);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, (gpointer *) &value))
    if (!dais_config_set (self, key, value, error))
      return FALSE;

  return TRUE;
}

const DaisServerSettings *
dais_config_get_server (DaisConfig *self)
{
  return &self->server;
}

GPtrArray *
dais_config_get_streams (DaisConfig *self)
{
  return self->streams;
}

GPtrArray *
dais_config_get_rooms (DaisConfig *self)
{
  return self->rooms;
}

const gchar *
dais_config_get_path (DaisConfig *self)
{
  return self->path;
}

/**
 * dais_config_locate:
 * @self: a configuration
 * @group: as in the file, without the brackets
 * @key: (nullable): a key of it
 *
 * Returns: (transfer full): "dais.conf:12", the line of the key, else of the
 *   group; "dais.conf" when neither is there, "command line" without a file
 */
gchar *
dais_config_locate (DaisConfig *self, const gchar *group, const gchar *key)
{
  g_autofree gchar *file = NULL;
  guint line;

  if (self->path == NULL)
    return g_strdup ("command line");
  file = g_path_get_basename (self->path);
  line = find_line (self, group, key);
  if (line == 0)
    return g_steal_pointer (&file);
  return g_strdup_printf ("%s:%u", file, line);
}

/* systemd gives a list apart by ":" where the unit names several */
static gchar *
first_of (const gchar *variable)
{
  const gchar *value = g_getenv (variable);

  if (value == NULL || *value == '\0')
    return NULL;
  return g_strndup (value, strcspn (value, ":"));
}

/**
 * dais_config_get_data_dir:
 * @self: a configuration
 *
 * Returns: (transfer full): data_dir, else what systemd gives, else
 *   /var/lib/dais for root, else ~/.local/share/dais
 */
gchar *
dais_config_get_data_dir (DaisConfig *self)
{
  gchar *given;

  if (*self->server.data_dir != '\0')
    return g_strdup (self->server.data_dir);
  given = first_of ("STATE_DIRECTORY");
  if (given != NULL)
    return given;
  if (geteuid () == 0)
    return g_strdup ("/var/lib/dais");
  return g_build_filename (g_get_user_data_dir (), "dais", NULL);
}

/**
 * dais_config_get_runtime_dir:
 * @self: a configuration
 *
 * Returns: (transfer full): runtime_dir, else what systemd gives, else "run" in
 *   the data folder, so that a second daemon on the same data finds the engines
 */
gchar *
dais_config_get_runtime_dir (DaisConfig *self)
{
  g_autofree gchar *data = NULL;
  gchar *given;

  if (*self->server.runtime_dir != '\0')
    return g_strdup (self->server.runtime_dir);
  given = first_of ("RUNTIME_DIRECTORY");
  if (given != NULL)
    return given;
  data = dais_config_get_data_dir (self);
  return g_build_filename (data, "run", NULL);
}

/**
 * dais_config_get_log_level:
 * @self: a configuration
 *
 * Returns: log_level as dais_log_set_level() takes it
 */
GLogLevelFlags
dais_config_get_log_level (DaisConfig *self)
{
  switch (self->server.log_level[0]) {
    case 'w':
      return G_LOG_LEVEL_WARNING;
    case 'i':
      return G_LOG_LEVEL_INFO;
    case 'd':
      return G_LOG_LEVEL_DEBUG;
    default:
      return G_LOG_LEVEL_MESSAGE;
  }
}
