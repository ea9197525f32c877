/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-options.h"

#include "core/error.h"

#include <gst/gst.h>

#include <string.h>

#define MAX_CHANNEL 64

static gboolean
is_caps (const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  return caps != NULL;
}

static gboolean
read_channels (const gchar *text, guint *left, guint *right)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 3);
  guint64 read[2] = { 0, 0 };
  guint n = g_strv_length (parts);

  if (n < 1 || n > 2)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_ascii_string_to_unsigned (
            g_strstrip (parts[i]), 10, 1, MAX_CHANNEL, &read[i], NULL))
      return FALSE;
  *left = (guint) read[0];
  *right = (guint) (n == 2 ? read[1] : read[0]);
  return TRUE;
}

static gboolean
is_channels (const gchar *text)
{
  guint left, right;

  return read_channels (text, &left, &right);
}

/* SRT's own limits. */
static gboolean
is_passphrase (const gchar *text)
{
  return strlen (text) >= 10 && strlen (text) <= 79;
}

/* Every kind of source accepts every option, so that a stream's address can be
 * changed without the others. One of words, test and highest says what fits. */
static const struct {
  const gchar *name;
  const gchar *words;
  gboolean (*test) (const gchar *text);
  guint highest;
  const gchar *meaning;
} known[] = {
  { "caps", NULL, is_caps, 0, "GStreamer caps, as image/jpeg,width=1280" },
  { "channels", NULL, is_channels, 0, "one or two channel numbers, as 3,4" },
  { "insecure", "yes no true false", NULL, 0, "yes or no" },
  { "latency", NULL, NULL, 10000, "0 to 10000 ms" },
  { "passphrase", NULL, is_passphrase, 0, "10 to 79 characters" },
  { "rotate", "0 90 180 270", NULL, 0, "0, 90, 180 or 270 degrees" },
  { "slate-after", NULL, NULL, 60000, "0 to 60000 ms" },
  { "transport", "tcp udp", NULL, 0, "tcp or udp" },
};

static gboolean
is_good (guint index, const gchar *text)
{
  g_auto (GStrv) words = NULL;

  if (known[index].test != NULL)
    return known[index].test (text);
  if (known[index].words == NULL)
    return g_ascii_string_to_unsigned (
        text, 10, 0, known[index].highest, NULL, NULL);
  words = g_strsplit (known[index].words, " ", -1);
  return g_strv_contains ((const gchar *const *) words, text);
}

static gboolean
check (const gchar *name, const gchar *text, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    g_string_append_printf (names, " %s", known[i].name);
    if (!g_str_equal (known[i].name, name))
      continue;
    if (is_good (i, text))
      return TRUE;
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "the option '%s' must be %s", name, known[i].meaning);
    return FALSE;
  }
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "there is no option '%.40s'; there are%s", name, names->str);
  return FALSE;
}

/**
 * dais_source_options_check:
 * @options: (nullable) (element-type utf8 utf8): a stream's
 * @error: DAIS_ERROR_INVALID that names the option; never its value, which
 *     may be a secret
 *
 * Returns: whether all are known and make sense
 */
gboolean
dais_source_options_check (GHashTable *options, GError **error)
{
  GHashTableIter iter;
  gpointer name, text;

  if (options == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, options);
  while (g_hash_table_iter_next (&iter, &name, &text))
    if (!check (name, text, error))
      return FALSE;
  return TRUE;
}

static const gchar *
look_up (GHashTable *options, const gchar *name)
{
  return options != NULL ? g_hash_table_lookup (options, name) : NULL;
}

/**
 * dais_source_options_number:
 * @options: (nullable): checked
 *
 * Returns: its value, or @standard where it is not given
 */
guint
dais_source_options_number (
    GHashTable *options, const gchar *name, guint standard)
{
  const gchar *text = look_up (options, name);
  guint64 value = standard;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &value, NULL);
  return (guint) value;
}

/**
 * dais_source_options_is_set:
 * @options: (nullable): checked
 *
 * Returns: whether it says yes
 */
gboolean
dais_source_options_is_set (GHashTable *options, const gchar *name)
{
  const gchar *text = look_up (options, name);

  return text != NULL &&
      (g_str_equal (text, "yes") || g_str_equal (text, "true"));
}

/**
 * dais_source_options_channels:
 * @options: (nullable): checked
 * @left: (out): counted from 1; 0 = not said
 * @right: (out): the same
 *
 * Which channels of a sound card are heard left and right.
 */
void
dais_source_options_channels (GHashTable *options, guint *left, guint *right)
{
  const gchar *text = look_up (options, "channels");

  *left = *right = 0;
  if (text != NULL)
    read_channels (text, left, right);
}
