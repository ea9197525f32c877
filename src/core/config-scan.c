/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/config-private.h"

#include <string.h>

/* GKeyFile stops at the first error and knows no line numbers, so the lines are
 * taken apart here; values keep GKeyFile's escapes and its ";" in lists. */

/**
 * dais_config_add_error:
 * @errors: (element-type utf8): where to
 * @file: name of the file
 * @line: number of the line, 0 = the whole file
 * @format: the message
 * @...: what goes into it
 *
 * Adds one line for the operator.
 */
void
dais_config_add_error (
    GPtrArray *errors, const gchar *file, guint line, const gchar *format, ...)
{
  g_autofree gchar *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (errors,
      line > 0 ? g_strdup_printf ("%s:%u: %s", file, line, message)
               : g_strdup_printf ("%s: %s", file, message));
}

static void
line_free (gpointer data)
{
  DaisConfigLine *line = data;

  g_free (line->key);
  g_free (line->value);
  g_free (line);
}

static void
section_free (gpointer data)
{
  DaisConfigSection *section = data;

  g_free (section->name);
  g_ptr_array_unref (section->lines);
  g_free (section);
}

static DaisConfigSection *
find_section (GPtrArray *sections, const gchar *name)
{
  for (guint i = 0; i < sections->len; i++) {
    DaisConfigSection *section = sections->pdata[i];

    if (strcmp (section->name, name) == 0)
      return section;
  }
  return NULL;
}

static DaisConfigSection *
open_section (GPtrArray *sections, const gchar *name, guint line)
{
  DaisConfigSection *section = find_section (sections, name);

  if (section != NULL)
    return section;
  section = g_new0 (DaisConfigSection, 1);
  section->name = g_strdup (name);
  section->line = line;
  section->lines = g_ptr_array_new_with_free_func (line_free);
  g_ptr_array_add (sections, section);
  return section;
}

/* Where key was given before, 0 = nowhere */
static guint
line_of (DaisConfigSection *section, const gchar *key)
{
  for (guint i = 0; i < section->lines->len; i++) {
    DaisConfigLine *line = section->lines->pdata[i];

    if (strcmp (line->key, key) == 0)
      return line->line;
  }
  return 0;
}

static void
scan_pair (DaisConfigSection *section, gchar *text, guint number,
    const gchar *file, GPtrArray *errors)
{
  gchar *equals = strchr (text, '=');
  DaisConfigLine *line;
  guint before;

  if (equals == NULL || equals == text) {
    dais_config_add_error (errors, file, number,
        "'%.60s' is no [group], no key=value and no # comment", text);
    return;
  }
  if (section == NULL) {
    dais_config_add_error (
        errors, file, number, "a [group] must stand before the first key");
    return;
  }
  *equals = '\0';
  g_strstrip (text);
  before = line_of (section, text);
  if (before != 0) {
    dais_config_add_error (errors, file, number,
        "'%.60s' was given already in line %u", text, before);
    return;
  }
  line = g_new0 (DaisConfigLine, 1);
  line->key = g_strdup (text);
  line->value = g_strdup (g_strstrip (equals + 1));
  line->line = number;
  g_ptr_array_add (section->lines, line);
}

/**
 * dais_config_scan:
 * @text: the whole file
 * @file: its name, for messages
 * @errors: (element-type utf8): gets a message for each line that is none
 *
 * Returns: (transfer full) (element-type DaisConfigSection): the groups
 */
GPtrArray *
dais_config_scan (const gchar *text, const gchar *file, GPtrArray *errors)
{
  GPtrArray *sections = g_ptr_array_new_with_free_func (section_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  DaisConfigSection *section = NULL;

  for (guint i = 0; lines[i] != NULL; i++) {
    gchar *line = g_strstrip (lines[i]);
    gsize length = strlen (line);

    if (!g_utf8_validate (line, -1, NULL)) {
      dais_config_add_error (errors, file, i + 1, "this line is not UTF-8");
    } else if (length == 0 || line[0] == '#') {
      continue;
    } else if (line[0] != '[') {
      scan_pair (section, line, i + 1, file, errors);
    } else if (line[length - 1] != ']') {
      dais_config_add_error (
          errors, file, i + 1, "a group must end with ']': %.60s", line);
    } else {
      line[length - 1] = '\0';
      section = open_section (sections, g_strstrip (line + 1), i + 1);
    }
  }
  return sections;
}

/* How many letters must be changed, added, dropped or swapped. */
static guint
distance (const gchar *a, const gchar *b)
{
  guint n = (guint) MIN (strlen (b), 63);
  guint m = (guint) MIN (strlen (a), 63);
  guint rows[3][64] = { { 0 } };
  guint *before = rows[0];
  guint *last = rows[1];
  guint *row = rows[2];

  for (guint j = 0; j <= n; j++)
    last[j] = j;
  for (guint i = 1; i <= m; i++) {
    guint *spare = before;

    row[0] = i;
    for (guint j = 1; j <= n; j++) {
      guint change = last[j - 1] + (a[i - 1] != b[j - 1]);

      row[j] = MIN (MIN (row[j - 1], last[j]) + 1, change);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = MIN (row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
    row = spare;
  }
  return last[n];
}

/**
 * dais_config_suggest:
 * @word: what somebody wrote
 * @candidates: (array zero-terminated=1): what could have been meant
 *
 * Returns: (transfer none) (nullable): the nearest, %NULL when none is near
 */
const gchar *
dais_config_suggest (const gchar *word, const gchar *const *candidates)
{
  const gchar *best = NULL;
  guint best_distance = (guint) MAX (2, MIN (strlen (word), 12) / 3) + 1;

  for (guint i = 0; candidates[i] != NULL; i++) {
    guint d = distance (word, candidates[i]);

    if (d >= best_distance)
      continue;
    best = candidates[i];
    best_distance = d;
  }
  return best;
}
