/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/slug.h"

#include "core/error.h"

#include <string.h>

static gboolean
is_slug_char (gchar c)
{
  return (c >= 'a' && c <= 'z') || g_ascii_isdigit (c);
}

/* "Breakout Room 1(Level 2)" → "Breakout Room 1", but never down to nothing. */
static gchar *
cut_remark (const gchar *name)
{
  g_autofree gchar *copy = g_strchomp (g_strdup (name));
  gchar *open = strrchr (copy, '(');

  if (g_str_has_suffix (copy, ")") && open != NULL && open > copy)
    *open = '\0';
  return g_steal_pointer (&copy);
}

/**
 * dais_slug_from_name:
 * @name: a display name, UTF-8
 * @fallback: what to answer when nothing of @name is left, as "room"
 *
 * The rule of contracts README §2. Letters beyond ASCII lose their accents.
 *
 * Returns: (transfer full): a valid slug
 */
gchar *
dais_slug_from_name (const gchar *name, const gchar *fallback)
{
  g_autofree gchar *valid = g_utf8_make_valid (name, -1);
  g_autofree gchar *stem = cut_remark (valid);
  g_autofree gchar *ascii = g_str_to_ascii (stem, "C");
  g_autofree gchar *lower = g_ascii_strdown (ascii, -1);
  GString *slug = g_string_new (NULL);

  for (const gchar *p = lower; *p != '\0'; p++) {
    if (is_slug_char (*p))
      g_string_append_c (slug, *p);
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
      g_string_append_c (slug, '-');
  }
  g_string_truncate (slug, MIN (slug->len, DAIS_SLUG_MAX));
  while (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate (slug, slug->len - 1);
  if (slug->len == 0)
    g_string_assign (slug, fallback);
  return g_string_free (slug, FALSE);
}

/**
 * dais_slug_unique:
 * @stem: a valid slug
 * @taken: (scope call): whether a slug is in use
 * @user_data: data for @taken
 *
 * Returns: (transfer full): @stem, or @stem with the first free suffix -2, -3 …
 */
gchar *
dais_slug_unique (const gchar *stem,
    gboolean (*taken) (const gchar *slug, gpointer user_data),
    gpointer user_data)
{
  g_autofree gchar *slug = g_strdup (stem);

  for (guint n = 2; taken (slug, user_data); n++) {
    g_autofree gchar *suffix = g_strdup_printf ("-%u", n);
    gsize room = DAIS_SLUG_MAX - strlen (suffix);
    g_autofree gchar *head = g_strndup (stem, MIN (strlen (stem), room));

    g_free (slug);
    slug = g_strconcat (head, suffix, NULL);
  }
  return g_steal_pointer (&slug);
}

/**
 * dais_slug_is_valid:
 * @slug: (nullable): text from anywhere
 *
 * Returns: %TRUE for 1 to %DAIS_SLUG_MAX of a–z, 0–9 and "-" that begin and end
 *   with no "-"; such text is safe as a file name and in a URL
 */
gboolean
dais_slug_is_valid (const gchar *slug)
{
  gsize length = slug != NULL ? strlen (slug) : 0;

  if (length == 0 || length > DAIS_SLUG_MAX || slug[0] == '-' ||
      slug[length - 1] == '-')
    return FALSE;
  for (const gchar *p = slug; *p != '\0'; p++) {
    if (!is_slug_char (*p) && *p != '-')
      return FALSE;
  }
  return TRUE;
}

/* Control characters, and those that turn the direction of what follows and so
 * can make one name look like another. */
static gboolean
is_forbidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR ||
      type == G_UNICODE_PARAGRAPH_SEPARATOR || (c >= 0x202a && c <= 0x202e) ||
      (c >= 0x2066 && c <= 0x2069);
}

static gboolean
invalid (GError **error, const gchar *what, const gchar *why)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID, "%s %s", what, why);
  return FALSE;
}

/**
 * dais_name_check:
 * @name: (nullable): a display name from anywhere
 * @what: begins the message, as "room name"
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %TRUE for UTF-8 of 1 to %DAIS_NAME_MAX characters without control
 *   characters and without a blank at either end
 */
gboolean
dais_name_check (const gchar *name, const gchar *what, GError **error)
{
  glong length;

  if (name == NULL || *name == '\0')
    return invalid (error, what, "must not be empty");
  if (!g_utf8_validate (name, -1, NULL))
    return invalid (error, what, "must be UTF-8");
  length = g_utf8_strlen (name, -1);
  if (length > DAIS_NAME_MAX) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "%s has %ld characters, at most %d are allowed", what, length,
        DAIS_NAME_MAX);
    return FALSE;
  }
  for (const gchar *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    if (is_forbidden (g_utf8_get_char (p)))
      return invalid (error, what, "must not hold control characters");
  }
  if (g_unichar_isspace (g_utf8_get_char (name)) ||
      g_unichar_isspace (
          g_utf8_get_char (g_utf8_offset_to_pointer (name, length - 1))))
    return invalid (error, what, "must not begin or end with a blank");
  return TRUE;
}
