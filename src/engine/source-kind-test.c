/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "engine/source-kind.h"
#include "engine/source-label.h"

#define DEFAULT_TONE "440"
#define TONE_VOLUME  0.2
/* 10 ms */
#define TONE_BLOCK 480

/* test:PATTERN[?tone=HZ&foreground=RRGGBB&background=RRGGBB&label=yes]: a
 * camera and microphone without any hardware. The tone is heard unless it is 0
 * or the stream's type is video. */

static DaisKindFlags
test_flags (const DaisSourceSpec *spec)
{
  return DAIS_KIND_RESTS; /* the chain paces it, on the grid of frames */
}

/* (nullable) */
static const gchar *
look_up (GHashTable *given, const gchar *name)
{
  return g_hash_table_size (given) > 0 ? g_hash_table_lookup (given, name)
                                       : NULL;
}

static gboolean
read_tone (
    DaisSourceBuild *build, GHashTable *given, gdouble *tone, GError **error)
{
  const gchar *text = look_up (given, "tone");
  gchar *end = NULL;

  *tone = 0;
  if (text == NULL)
    text = DEFAULT_TONE;
  if (g_str_equal (text, "0"))
    return TRUE;
  *tone = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *tone >= 20 && *tone <= 20000)
    return TRUE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the tone '%s' must be a number from 20 to 20000, or 0 for none", text);
  return FALSE;
}

static gboolean
set_color (GstElement *element, GHashTable *given, const gchar *name,
    const gchar *property, GError **error)
{
  const gchar *text = look_up (given, name);
  guint64 rgb;

  if (text == NULL)
    return TRUE;
  if (strlen (text) == 6 &&
      g_ascii_string_to_unsigned (text, 16, 0, 0xffffff, &rgb, NULL)) {
    g_object_set (element, property, (guint) (0xff000000 | rgb), NULL);
    return TRUE;
  }
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the %s '%.20s' must be a colour as ffd166", name, text);
  return FALSE;
}

static gboolean
set_pattern (GstElement *element, const gchar *name, GError **error)
{
  GParamSpec *property = g_object_class_find_property (
      G_OBJECT_GET_CLASS (element), "pattern");
  GEnumClass *patterns = G_PARAM_SPEC_ENUM (property)->enum_class;
  GEnumValue *value = g_enum_get_value_by_nick (
      patterns, *name == '\0' ? "smpte" : name);
  g_autoptr (GString) known = NULL;

  if (g_str_equal (name, "bars"))
    value = g_enum_get_value_by_nick (patterns, "smpte75");
  if (value != NULL) {
    g_object_set (element, "pattern", value->value, NULL);
    return TRUE;
  }
  known = g_string_new ("bars");
  for (guint i = 0; i < patterns->n_values; i++)
    g_string_append_printf (known, " %s", patterns->values[i].value_nick);
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "there is no test picture '%s'; there are %s", name, known->str);
  return FALSE;
}

static gboolean
add_picture (DaisSourceBuild *build, const gchar *pattern, GHashTable *given,
    GError **error)
{
  g_autoptr (GstCaps) caps = dais_caps_video (&build->spec->canvas);
  GstElement *source = dais_build_add (build, "videotestsrc", "picture", error);
  GstElement *filter = dais_build_add (build, "capsfilter", NULL, error);

  if (source == NULL || filter == NULL ||
      !set_pattern (source, pattern, error) ||
      !set_color (source, given, "foreground", "foreground-color", error) ||
      !set_color (source, given, "background", "background-color", error))
    return FALSE;
  /* The ball flies by the clock, so that it never jumps back ("running-time"
   * does not move it at all in 1.22). */
  gst_util_set_object_arg (G_OBJECT (source), "animation-mode", "wall-time");
  /* A zone plate that breathes instead of the still one. */
  if (g_str_equal (pattern, "zone-plate"))
    g_object_set (source, "kx2", 8, "ky2", 14, "kt", 3, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link (source, filter);
  if (g_strcmp0 (look_up (given, "label"), "yes") == 0) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (filter, "src");

    dais_label_attach (pad, &build->spec->canvas, build->spec->name);
  }
  return dais_build_raw (build, filter, error);
}

static gboolean
add_tone (DaisSourceBuild *build, gdouble tone, GError **error)
{
  g_autoptr (GstCaps) caps = dais_caps_audio ();
  GstElement *source = dais_build_add (build, "audiotestsrc", "tone", error);
  GstElement *filter = dais_build_add (build, "capsfilter", NULL, error);

  if (source == NULL || filter == NULL)
    return FALSE;
  g_object_set (source, "freq", tone, "volume", TONE_VOLUME, "samplesperbuffer",
      TONE_BLOCK, NULL);
  g_object_set (filter, "caps", caps, NULL);
  gst_element_link (source, filter);
  return dais_build_raw (build, filter, error);
}

static gboolean
test_build (DaisSourceBuild *build, GError **error)
{
  const gchar *rest = build->spec->uri + strlen (dais_kind_test.scheme);
  const gchar *query = strchr (rest, '?');
  g_autofree gchar *pattern = query != NULL
      ? g_strndup (rest, (gsize) (query - rest))
      : g_strdup (rest);
  g_autoptr (GHashTable) given = query == NULL
      ? g_hash_table_new (NULL, NULL)
      : g_uri_parse_params (query + 1, -1, "&", 0, error);
  gdouble tone;

  if (given == NULL || !read_tone (build, given, &tone, error))
    return FALSE;
  if (dais_build_wants (build->spec, "video") &&
      !add_picture (build, pattern, given, error))
    return FALSE;
  return tone <= 0 || !dais_build_wants (build->spec, "audio") ||
      add_tone (build, tone, error);
}

const DaisSourceKind dais_kind_test = { "test:", test_build, test_flags };
