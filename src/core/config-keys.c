/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/config-private.h"
#include "core/error.h"
#include "core/slug.h"

#include <string.h>

/* How a value is read and which C type its field has. */
typedef enum {
  VALUE_TEXT,      /* gchar * */
  VALUE_PATH,      /* gchar *, absolute afterwards */
  VALUE_URL,       /* gchar *, http or https without a path */
  VALUE_SLUG,      /* gchar * */
  VALUE_WORD,      /* gchar *, one of words */
  VALUE_LIST,      /* gchar ** */
  VALUE_WORDS,     /* gchar **, each one of words */
  VALUE_URLS,      /* gchar **, at least one */
  VALUE_ADDRESSES, /* gchar **, IP addresses and networks */
  VALUE_NUMBER,    /* guint, min to max */
  VALUE_BYTES,     /* gsize, min to max */
  VALUE_BOOLEAN,   /* gboolean */
  VALUE_SIZE,      /* DaisVideoFormat, width and height */
  VALUE_FPS,       /* DaisVideoFormat, the rate */
  VALUE_OPTION,    /* GHashTable, option.<name> */
} Value;

typedef struct {
  DaisConfigKey key;
  Value value;
  gsize offset;
  gsize min;
  gsize max;
  const gchar *words; /* apart by blanks */
} Entry;

#define KIB (1024u)
#define MIB (1024u * 1024u)

#define GRANT_WORDS "view chat note cut audio blank record publish manage admin"

/* clang-format off */
static const Entry entries[] = {
#define S(field) G_STRUCT_OFFSET (DaisServerSettings, field)
  { { DAIS_CONFIG_SERVER, "listen", "list of addresses", "http://0.0.0.0:8080",
      "Where the server listens: http://HOST:PORT or https://HOST:PORT, port 0 for any." },
    VALUE_URLS, S (listen) },
  { { DAIS_CONFIG_SERVER, "public_url", "address", "",
      "How clients reach the server, when it is not the address they ask for." },
    VALUE_URL, S (public_url) },
  { { DAIS_CONFIG_SERVER, "certificate", "file", "",
      "Certificate chain in PEM form, for https." },
    VALUE_PATH, S (certificate) },
  { { DAIS_CONFIG_SERVER, "private_key", "file", "",
      "Private key of the certificate in PEM form." },
    VALUE_PATH, S (private_key) },
  { { DAIS_CONFIG_SERVER, "data_dir", "folder", "",
      "Where everything is kept; empty: the folder that systemd gives, else /var/lib/dais or ~/.local/share/dais." },
    VALUE_PATH, S (data_dir) },
  { { DAIS_CONFIG_SERVER, "runtime_dir", "folder", "",
      "Sockets of the engines; empty: the folder that systemd gives, else run in the data folder." },
    VALUE_PATH, S (runtime_dir) },
  { { DAIS_CONFIG_SERVER, "size", "picture size", "1280x720",
      "Size of every room's picture, unless the room says its own." },
    VALUE_SIZE, S (format) },
  { { DAIS_CONFIG_SERVER, "fps", "picture rate", "30",
      "Pictures a second: 30, 29.97 or 30000/1001." },
    VALUE_FPS, S (format) },
  { { DAIS_CONFIG_SERVER, "token_hours", "number", "12",
      "How long a login at the venue's door is good, in hours." },
    VALUE_NUMBER, S (token_hours), 1, 8760 },
  { { DAIS_CONFIG_SERVER, "members_token_hours", "number", "12",
      "How long a login at the members' door is good, in hours." },
    VALUE_NUMBER, S (members_token_hours), 1, 8760 },
  { { DAIS_CONFIG_SERVER, "anonymous", "list of grants", "view",
      "What somebody without a login may do in public rooms; empty: nothing." },
    VALUE_WORDS, S (anonymous), 0, 0, GRANT_WORDS },
  { { DAIS_CONFIG_SERVER, "cors", "list of origins", "*",
      "Web pages of which origins may use the server from a browser; * for all." },
    VALUE_LIST, S (cors) },
  { { DAIS_CONFIG_SERVER, "trusted_proxies", "list of networks", "",
      "Addresses of reverse proxies whose X-Forwarded headers are believed." },
    VALUE_ADDRESSES, S (trusted_proxies) },
  { { DAIS_CONFIG_SERVER, "log_level", "word", "message",
      "How much is logged: warning, message, info or debug." },
    VALUE_WORD, S (log_level), 0, 0, "warning message info debug" },
  { { DAIS_CONFIG_SERVER, "grace_seconds", "number", "30",
      "How long engines go on without the server before they stop by themselves." },
    VALUE_NUMBER, S (grace_seconds), 1, 3600 },
  { { DAIS_CONFIG_SERVER, "header_limit", "bytes", "64 KiB",
      "Largest head of a request." },
    VALUE_BYTES, S (header_limit), KIB, MIB },
  { { DAIS_CONFIG_SERVER, "body_limit", "bytes", "1 MiB",
      "Largest body of a request." },
    VALUE_BYTES, S (body_limit), KIB, 256 * MIB },
  { { DAIS_CONFIG_SERVER, "image_limit", "bytes", "8 MiB",
      "Largest image that is taken." },
    VALUE_BYTES, S (image_limit), KIB, 256 * MIB },
  { { DAIS_CONFIG_SERVER, "image_space", "bytes", "2048 MiB",
      "How much all images together may take of the disk." },
    VALUE_BYTES, S (image_space), MIB, (gsize) MIB * MIB },
  { { DAIS_CONFIG_SERVER, "free_space", "bytes", "64 MiB",
      "How much of the disk chats, questions and parties leave to the recordings." },
    VALUE_BYTES, S (free_space), 0, (gsize) MIB * MIB },
  { { DAIS_CONFIG_SERVER, "message_limit", "bytes", "64 KiB",
      "Largest message on a socket." },
    VALUE_BYTES, S (message_limit), KIB, 16 * MIB },
  { { DAIS_CONFIG_SERVER, "chat_message_limit", "bytes", "512",
      "Largest message on a chat socket." },
    VALUE_BYTES, S (chat_message_limit), 64, 64 * KIB },
  { { DAIS_CONFIG_SERVER, "queue_limit", "bytes", "1 MiB",
      "How much may wait for a socket that reads slowly before it is dropped." },
    VALUE_BYTES, S (queue_limit), 64 * KIB, 256 * MIB },
  { { DAIS_CONFIG_SERVER, "sockets_per_address", "number", "16",
      "How many sockets one address may hold open without a login." },
    VALUE_NUMBER, S (sockets_per_address), 1, 100000 },
  { { DAIS_CONFIG_SERVER, "connections", "number", "10000",
      "How many connections the server takes in all." },
    VALUE_NUMBER, S (connections), 16, 1000000 },
  { { DAIS_CONFIG_SERVER, "recovery_seconds", "number", "0",
      "How long a Socket.IO client that lost its connection may come back to what it missed; 0: not at all." },
    VALUE_NUMBER, S (recovery_seconds), 0, 3600 },
  { { DAIS_CONFIG_SERVER, "header_timeout", "number", "10",
      "How many seconds a client may take to send the head of a request." },
    VALUE_NUMBER, S (header_timeout), 1, 300 },
  { { DAIS_CONFIG_SERVER, "login_attempts", "number", "10",
      "How many failed logins a minute one address may try." },
    VALUE_NUMBER, S (login_attempts), 1, 10000 },
  { { DAIS_CONFIG_SERVER, "hash_threads", "number", "0",
      "How many passwords are checked at once; 0: one a processor core." },
    VALUE_NUMBER, S (hash_threads), 0, 256 },
  { { DAIS_CONFIG_SERVER, "sign_up", "yes or no", "yes",
      "Whether anybody may make an account; it has no role until an admin gives one." },
    VALUE_BOOLEAN, S (sign_up) },
  { { DAIS_CONFIG_SERVER, "hide_users", "yes or no", "no",
      "Whether a login never tells an unknown name from a wrong password." },
    VALUE_BOOLEAN, S (hide_users) },
  { { DAIS_CONFIG_SERVER, "mail_command", "command", "",
      "Program that sends a mail from its input, as /usr/sbin/sendmail -t; empty: one-time codes go to the log." },
    VALUE_TEXT, S (mail_command) },
  { { DAIS_CONFIG_SERVER, "video_hosts", "list of hosts", "",
      "Hosts whose videos a party may begin with, beside YouTube and this server." },
    VALUE_LIST, S (video_hosts) },
#undef S
#define S(field) G_STRUCT_OFFSET (DaisStreamSpec, field)
  { { DAIS_CONFIG_STREAM, "uri", "address", "",
      "Where the stream comes from, as rtsp://camera/1, v4l2:///dev/video0 or test:ball." },
    VALUE_TEXT, S (uri) },
  { { DAIS_CONFIG_STREAM, "type", "word", "",
      "What it carries: audio, video or av; empty: found out." },
    VALUE_WORD, S (type), 0, 0, "audio video av" },
  { { DAIS_CONFIG_STREAM, "option.*", "text", "",
      "A setting of this kind of source, as option.latency=200." },
    VALUE_OPTION, S (options) },
#undef S
#define S(field) G_STRUCT_OFFSET (DaisRoomSpec, field)
  { { DAIS_CONFIG_ROOM, "url_name", "word", "",
      "Its name in addresses; empty: made from the room's name." },
    VALUE_SLUG, S (url_name) },
  { { DAIS_CONFIG_ROOM, "streams", "list of names", "",
      "Names of the streams that the room may use; empty: all." },
    VALUE_LIST, S (streams) },
  { { DAIS_CONFIG_ROOM, "size", "picture size", "",
      "Size of this room's picture; empty: the server's." },
    VALUE_SIZE, S (format) },
  { { DAIS_CONFIG_ROOM, "fps", "picture rate", "",
      "Pictures a second of this room; empty: the server's." },
    VALUE_FPS, S (format) },
  { { DAIS_CONFIG_ROOM, "public", "yes or no", "no",
      "Whether somebody without a login may see the room." },
    VALUE_BOOLEAN, S (is_public) },
  { { DAIS_CONFIG_ROOM, "creator", "username", "",
      "The user that the room belongs to." },
    VALUE_TEXT, S (creator) },
  { { DAIS_CONFIG_ROOM, "party_password", "text", "",
      "With it people watch the room's output in step; empty: no party." },
    VALUE_TEXT, S (party_password) },
#undef S
};
/* clang-format on */

/**
 * dais_config_get_key:
 * @i: counts from 0
 *
 * Returns: (transfer none) (nullable): a key of the table, %NULL past its end
 */
const DaisConfigKey *
dais_config_get_key (guint i)
{
  return i < G_N_ELEMENTS (entries) ? &entries[i].key : NULL;
}

static const Entry *
find_entry (DaisConfigGroup group, const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    const Entry *entry = &entries[i];

    if (entry->key.group != group)
      continue;
    if (entry->value == VALUE_OPTION
            ? g_str_has_prefix (name, "option.") && name[7] != '\0'
            : strcmp (entry->key.name, name) == 0)
      return entry;
  }
  return NULL;
}

/**
 * dais_config_has_key:
 * @group: a kind of group
 * @key: a name
 *
 * Returns: %TRUE when the table knows it
 */
gboolean
dais_config_has_key (DaisConfigGroup group, const gchar *key)
{
  return find_entry (group, key) != NULL;
}

/**
 * dais_config_suggest_key:
 * @group: a kind of group
 * @key: a name that the table does not know
 *
 * Returns: (transfer none) (nullable): the key that may have been meant
 */
const gchar *
dais_config_suggest_key (DaisConfigGroup group, const gchar *key)
{
  const gchar *names[G_N_ELEMENTS (entries) + 1] = { NULL };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    if (entries[i].key.group == group)
      names[n++] = entries[i].key.name;
  }
  return dais_config_suggest (key, names);
}

static gboolean
invalid (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
invalid (GError **error, const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID, message);
  return FALSE;
}

static gboolean
check_word (const Entry *entry, const gchar *word, GError **error)
{
  g_auto (GStrv) words = g_strsplit (entry->words, " ", -1);
  g_autofree gchar *known = NULL;

  if (g_strv_contains ((const gchar *const *) words, word))
    return TRUE;
  known = g_strjoinv (", ", words);
  return invalid (error, "'%s' must be one of %s, not '%.40s'", entry->key.name,
      known, word);
}

/* Only what a listener can do something with: scheme, host, port. */
static gboolean
check_url (const Entry *entry, const gchar *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const gchar *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  const gchar *path = uri != NULL ? g_uri_get_path (uri) : "";

  if ((strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0) &&
      host != NULL && *host != '\0' && g_uri_get_userinfo (uri) == NULL &&
      g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL &&
      (*path == '\0' || strcmp (path, "/") == 0))
    return TRUE;
  return invalid (error,
      "'%s' must be as http://0.0.0.0:8080 or https://[::]:8443, not '%.100s'; "
      "several are set apart by ';'",
      entry->key.name, text);
}

/* "10.0.0.0/8", "::1" */
static gboolean
check_address (const Entry *entry, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  guint64 bits;

  if (g_hostname_is_ip_address (parts[0]) &&
      (parts[1] == NULL ||
          g_ascii_string_to_unsigned (parts[1], 10, 0,
              strchr (parts[0], ':') != NULL ? 128 : 32, &bits, NULL)))
    return TRUE;
  return invalid (error,
      "'%s' must hold addresses or networks as 10.0.0.1 or 10.0.0.0/8, not "
      "'%.60s'",
      entry->key.name, text);
}

static gboolean
read_list (const Entry *entry, gchar **parts, gchar ***field, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (guint i = 0; parts[i] != NULL; i++) {
    const gchar *part = g_strstrip (parts[i]);

    if (*part == '\0')
      continue;
    if ((entry->value == VALUE_WORDS && !check_word (entry, part, error)) ||
        (entry->value == VALUE_URLS && !check_url (entry, part, error)) ||
        (entry->value == VALUE_ADDRESSES &&
            !check_address (entry, part, error)))
      return FALSE;
    g_strv_builder_add (builder, part);
    n++;
  }
  if (n == 0 && entry->value == VALUE_URLS)
    return invalid (error, "'%s' must hold an address", entry->key.name);
  g_strfreev (*field);
  *field = g_strv_builder_end (builder);
  return TRUE;
}

/* "65536", "64 KiB", "1MiB" */
static gboolean
read_bytes (const Entry *entry, const gchar *text, gsize *field, GError **error)
{
  static const struct {
    const gchar *unit;
    guint shift;
  } units[] = { { "", 0 }, { "B", 0 }, { "K", 10 }, { "KiB", 10 }, { "M", 20 },
    { "MiB", 20 } };
  g_autofree gchar *number = g_strndup (text, strspn (text, "0123456789"));
  const gchar *unit = text + strlen (number);
  guint64 value;

  unit += strspn (unit, " ");
  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_ascii_strcasecmp (unit, units[i].unit) == 0 &&
        g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32, &value, NULL) &&
        value << units[i].shift >= entry->min &&
        value << units[i].shift <= entry->max) {
      *field = (gsize) (value << units[i].shift);
      return TRUE;
    }
  }
  return invalid (error,
      "'%s' must be a size from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
      " bytes, as 65536, 64 KiB or 1 MiB, not '%.40s'",
      entry->key.name, entry->min, entry->max, text);
}

static gboolean
read_number (
    const Entry *entry, const gchar *text, guint *field, GError **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (
          text, 10, entry->min, entry->max, &value, NULL))
    return invalid (error,
        "'%s' must be a whole number from %" G_GSIZE_FORMAT
        " to %" G_GSIZE_FORMAT ", not '%.40s'",
        entry->key.name, entry->min, entry->max, text);
  *field = (guint) value;
  return TRUE;
}

static gboolean
read_boolean (
    const Entry *entry, const gchar *text, gboolean *field, GError **error)
{
  static const gchar *const words[] = { "no", "yes", "false", "true", "off",
    "on", "0", "1" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_ascii_strcasecmp (text, words[i]) != 0)
      continue;
    *field = i % 2 == 1;
    return TRUE;
  }
  return invalid (
      error, "'%s' must be yes or no, not '%.40s'", entry->key.name, text);
}

static gboolean
read_text (const Entry *entry, const gchar *text, const gchar *directory,
    gchar **field, GError **error)
{
  if (*text != '\0' &&
      ((entry->value == VALUE_WORD && !check_word (entry, text, error)) ||
          (entry->value == VALUE_URL && !check_url (entry, text, error))))
    return FALSE;
  if (*text != '\0' && entry->value == VALUE_SLUG && !dais_slug_is_valid (text))
    return invalid (error,
        "'%s' must be 1 to %d of a-z, 0-9 and '-', with no '-' at either end, "
        "not '%.60s'",
        entry->key.name, DAIS_SLUG_MAX, text);
  g_free (*field);
  if (*text != '\0' && entry->value == VALUE_PATH)
    *field = g_canonicalize_filename (text, directory);
  else
    *field = g_strdup (text);
  if (entry->value == VALUE_URL && g_str_has_suffix (*field, "/"))
    (*field)[strlen (*field) - 1] = '\0';
  return TRUE;
}

static gboolean
read_format (const Entry *entry, const gchar *text, DaisVideoFormat *field,
    GError **error)
{
  gboolean ok = TRUE;

  /* A room without its own follows the server: zeros. */
  if (*text == '\0' && entry->key.group != DAIS_CONFIG_SERVER) {
    if (entry->value == VALUE_SIZE)
      field->width = field->height = 0;
    else
      field->fps_n = field->fps_d = 0;
    return TRUE;
  }
  if (entry->value == VALUE_SIZE)
    ok = dais_video_format_parse_size (field, text, error);
  else
    ok = dais_video_format_parse_fps (field, text, error);
  if (!ok)
    g_prefix_error (error, "'%s': ", entry->key.name);
  return ok;
}

static gboolean
read_one (const Entry *entry, const gchar *key, const gchar *text,
    const gchar *directory, gpointer field, GError **error)
{
  for (const gchar *p = text; *p != '\0'; p++) {
    if (g_ascii_iscntrl (*p))
      return invalid (error, "'%s' must not hold control characters", key);
  }
  switch ((guint) entry->value) {
    case VALUE_NUMBER:
      return read_number (entry, text, field, error);
    case VALUE_BYTES:
      return read_bytes (entry, text, field, error);
    case VALUE_BOOLEAN:
      return read_boolean (entry, text, field, error);
    case VALUE_SIZE:
    case VALUE_FPS:
      return read_format (entry, text, field, error);
    case VALUE_OPTION:
      g_hash_table_insert (*(GHashTable **) field,
          g_strdup (key + strlen ("option.")), g_strdup (text));
      return TRUE;
    default:
      return read_text (entry, text, directory, field, error);
  }
}

/* GKeyFile knows the escapes, and ";" in lists. */
static gboolean
read_entry (const Entry *entry, const gchar *key, const gchar *raw,
    const gchar *directory, gpointer settings, GError **error)
{
  gpointer field = G_STRUCT_MEMBER_P (settings, entry->offset);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) broken = NULL;
  g_autofree gchar *text = NULL;

  g_key_file_set_value (file, "group", "key", raw);
  if (entry->value >= VALUE_LIST && entry->value <= VALUE_ADDRESSES) {
    g_auto (GStrv) parts = g_key_file_get_string_list (
        file, "group", "key", NULL, &broken);

    if (broken == NULL)
      return read_list (entry, parts, field, error);
  } else {
    text = g_key_file_get_string (file, "group", "key", &broken);
    if (broken == NULL)
      return read_one (entry, key, text, directory, field, error);
  }
  return invalid (
      error, "'%s' holds an unknown escape; write a backslash as \\\\", key);
}

/**
 * dais_config_read_value:
 * @group: the kind of @settings
 * @key: a key that the table knows
 * @raw: its value as in the file
 * @directory: what relative paths start from
 * @settings: the group's struct
 * @error: return location; %DAIS_ERROR_INVALID names the key
 *
 * Returns: %FALSE when the value is none; the field stays as it was then
 */
gboolean
dais_config_read_value (DaisConfigGroup group, const gchar *key,
    const gchar *raw, const gchar *directory, gpointer settings, GError **error)
{
  const Entry *entry = find_entry (group, key);

  g_return_val_if_fail (entry != NULL, FALSE);

  return read_entry (entry, key, raw, directory, settings, error);
}

/**
 * dais_config_init_settings:
 * @group: the kind of @settings
 * @settings: a struct of zeros
 *
 * Fills every field with the table's default.
 */
void
dais_config_init_settings (DaisConfigGroup group, gpointer settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    const Entry *entry = &entries[i];
    g_autoptr (GError) error = NULL;

    if (entry->key.group != group)
      continue;
    if (entry->value == VALUE_OPTION) {
      GHashTable **field = G_STRUCT_MEMBER_P (settings, entry->offset);

      *field = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    } else if (!read_entry (entry, entry->key.name, entry->key.default_value,
                   "/", settings, &error)) {
      g_critical ("default of %s: %s", entry->key.name, error->message);
    }
  }
}

/**
 * dais_config_clear_settings:
 * @group: the kind of @settings
 * @settings: the group's struct
 *
 * Frees what its fields hold.
 */
void
dais_config_clear_settings (DaisConfigGroup group, gpointer settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    const Entry *entry = &entries[i];
    gpointer field = G_STRUCT_MEMBER_P (settings, entry->offset);

    if (entry->key.group != group)
      continue;
    if (entry->value <= VALUE_WORD)
      g_clear_pointer ((gchar **) field, g_free);
    else if (entry->value <= VALUE_ADDRESSES)
      g_clear_pointer ((gchar ***) field, g_strfreev);
    else if (entry->value == VALUE_OPTION)
      g_clear_pointer ((GHashTable **) field, g_hash_table_unref);
  }
}
