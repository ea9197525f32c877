/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static GLogLevelFlags least_level = G_LOG_LEVEL_MESSAGE;
static GLogLevelFlags fatal_levels = 0;
static gboolean to_journal = FALSE;

static const gchar *
level_name (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "CRITICAL";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "message";
  if (level & G_LOG_LEVEL_INFO)
    return "info";
  return "debug";
}

static const gchar *
level_priority (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return "3";
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  return level & G_LOG_LEVEL_INFO ? "6" : "7";
}

/* Fields come with a length or end with NUL (length -1). */
static const gchar *
find_field (const GLogField *fields, gsize n_fields, const gchar *key)
{
  for (gsize i = 0; i < n_fields; i++) {
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  }
  return NULL;
}

static gboolean
is_shown (GLogLevelFlags level, const gchar *domain)
{
  if ((level & G_LOG_LEVEL_MASK) <= least_level)
    return TRUE;
  /* G_MESSAGES_DEBUG adds what is finer, never what was turned off. */
  return (level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) != 0 &&
      !g_log_writer_default_would_drop (level, domain);
}

/* What it is about: a room or a stream. (nullable) */
static const gchar *
find_about (const GLogField *fields, gsize n_fields)
{
  const gchar *about = find_field (fields, n_fields, "ROOM");

  return about != NULL ? about : find_field (fields, n_fields, "STREAM");
}

/* journalctl shows the message alone, and one that says "live" says too little.
 */
static gboolean
write_journal (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  const gchar *about = find_about (fields, n_fields);
  g_autofree GLogField *named = NULL;
  g_autofree gchar *message = NULL;

  if (about != NULL) {
    message = g_strdup_printf (
        "[%s] %s", about, find_field (fields, n_fields, "MESSAGE"));
    named = g_memdup2 (fields, n_fields * sizeof *fields);
    for (gsize i = 0; i < n_fields; i++) {
      if (strcmp (named[i].key, "MESSAGE") == 0)
        named[i] = (GLogField){ "MESSAGE", message, -1 };
    }
  }
  return g_log_writer_journald (level, named != NULL ? named : fields, n_fields,
             NULL) == G_LOG_WRITER_HANDLED;
}

/* One write() a line, so that the lines of several processes do not mix. */
static void
write_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  const gchar *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const gchar *about = find_about (fields, n_fields);
  const gchar *message = find_field (fields, n_fields, "MESSAGE");
  g_autofree gchar *clock = g_date_time_format (now, "%H:%M:%S");
  g_autofree gchar *clean = NULL;
  g_autoptr (GString) line = g_string_new (NULL);

  if (domain != NULL && g_str_has_prefix (domain, "dais-"))
    domain += strlen ("dais-");
  /* What a client sent must not begin a line of its own or paint the screen. */
  clean = g_strescape (message != NULL ? message : "", "\"\\\t");
  if (message != NULL && g_utf8_validate (message, -1, NULL)) {
    g_free (clean);
    clean = g_strdup (message);
    for (gchar *p = clean; *p != '\0'; p++) {
      if (g_ascii_iscntrl (*p))
        *p = ' ';
    }
  }
  g_string_append_printf (line, "%s.%03d %s %s ", clock,
      g_date_time_get_microsecond (now) / 1000,
      domain != NULL ? domain : "dais", level_name (level));
  if (about != NULL)
    g_string_append_printf (line, "[%s] ", about);
  g_string_append (line, clean);
  g_string_append_c (line, '\n');
  if (write (STDERR_FILENO, line->str, line->len) < 0)
    return; /* nobody is left to tell */
}

static GLogWriterOutput
on_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
    gpointer user_data)
{
  if (!is_shown (level, find_field (fields, n_fields, "GLIB_DOMAIN")))
    return G_LOG_WRITER_HANDLED;
  if (!to_journal || !write_journal (level, fields, n_fields))
    write_line (level, fields, n_fields);
  if (level & fatal_levels)
    G_BREAKPOINT ();
  return G_LOG_WRITER_HANDLED;
}

/**
 * dais_log_with_field:
 * @domain: a log domain
 * @level: how grave
 * @field: an upper-case field name, as "ROOM"
 * @value: (nullable): the field's value
 * @format: the message
 * @...: what goes into it
 *
 * Use the macros. Any thread.
 */
void
dais_log_with_field (const gchar *domain, GLogLevelFlags level,
    const gchar *field, const gchar *value, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;
  GLogField fields[4];

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fields[0] = (GLogField){ "MESSAGE", message, -1 };
  fields[1] = (GLogField){ "PRIORITY", level_priority (level), -1 };
  fields[2] = (GLogField){ "GLIB_DOMAIN", domain, -1 };
  fields[3] = (GLogField){ field, value != NULL ? value : "", -1 };
  g_log_structured_array (level, fields, G_N_ELEMENTS (fields));
}

/**
 * dais_log_init:
 * @verbose: whether "info" is shown too
 *
 * Takes over the log: to journald when stderr is the journal, else one line a
 * message on stderr. G_MESSAGES_DEBUG names domains to show in full. Call once,
 * first thing in main().
 */
void
dais_log_init (gboolean verbose)
{
  static const GDebugKey keys[] = {
    { "fatal-warnings", 1 },
    { "fatal-criticals", 2 },
  };
  guint debug = g_parse_debug_string (
      g_getenv ("G_DEBUG"), keys, G_N_ELEMENTS (keys));

  if (verbose)
    least_level = G_LOG_LEVEL_INFO;
  if (debug & 1)
    fatal_levels = G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL;
  else if (debug & 2)
    fatal_levels = G_LOG_LEVEL_CRITICAL;
  to_journal = g_log_writer_is_journald (STDERR_FILENO);
  g_log_set_writer_func (on_log, NULL, NULL);
}

/**
 * dais_log_set_level:
 * @least: the least grave level that is shown, as %G_LOG_LEVEL_WARNING
 *
 * From the configuration, once it is read. Main thread.
 */
void
dais_log_set_level (GLogLevelFlags least)
{
  least_level = least;
}

/**
 * dais_log_redact_url:
 * @url: (nullable): a source's address, may hold secrets
 *
 * What may be a secret is cut: user and password (to the last "@", for people
 * forget to escape one), the query, and a whole pipeline.
 *
 * Returns: (transfer full): text for a log line
 */
gchar *
dais_log_redact_url (const gchar *url)
{
  const gchar *rest;
  const gchar *at;
  g_autofree gchar *scheme = NULL;
  g_autofree gchar *tail = NULL;

  if (url == NULL)
    return g_strdup ("");
  if (g_str_has_prefix (url, "pipeline:"))
    return g_strdup ("pipeline:…");
  rest = strstr (url, "://");
  rest = rest != NULL ? rest + 3 : url;
  scheme = g_strndup (url, (gsize) (rest - url));
  at = strrchr (rest, '@');
  tail = g_strdup (at != NULL ? at : rest);
  tail[strcspn (tail, "?#")] = '\0';
  return g_strconcat (scheme, at != NULL ? "…" : "", tail, NULL);
}
