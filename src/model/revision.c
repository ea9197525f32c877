/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/revision.h"

#include "core/error.h"
#include "core/time-format.h"

#include <string.h>

/**
 * dais_revision_write_members:
 * @self: a stamp
 * @writer: inside an object
 *
 * What every served state carries: contracts README §2.
 */
void
dais_revision_write_members (const DaisRevision *self, DaisJsonWriter *writer)
{
  g_autofree gchar *utc = dais_time_iso_ms (self->utc_us);

  dais_json_writer_name_int (writer, "rev", (gint64) self->rev);
  dais_json_writer_name_string (writer, "utc", utc);
  dais_json_writer_name_int (
      writer, "running_time", (gint64) self->running_time);
}

/* "7" with or without quotes, weak or not. */
static gboolean
parse_tag (const gchar *text, guint64 *rev)
{
  g_autofree gchar *tag = g_strstrip (g_strdup (text));
  const gchar *p = g_str_has_prefix (tag, "W/") ? tag + 2 : tag;
  gsize length = strlen (p);
  g_autofree gchar *digits = NULL;

  if (length >= 2 && p[0] == '"' && p[length - 1] == '"')
    digits = g_strndup (p + 1, length - 2);
  else
    digits = g_strdup (p);
  return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, rev, NULL);
}

/**
 * dais_revision_parse_match:
 * @header: the value of If-Match (RFC 9110 §13.1.1)
 * @present: the room's revision
 * @matches: (out): whether @present is among them
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: %FALSE when @header is none that this server could have given
 */
gboolean
dais_revision_parse_match (
    const gchar *header, guint64 present, gboolean *matches, GError **error)
{
  g_auto (GStrv) tags = g_strsplit (header, ",", -1);

  *matches = FALSE;
  for (guint i = 0; tags[i] != NULL; i++) {
    guint64 rev;

    if (strcmp (g_strstrip (tags[i]), "*") == 0) {
      *matches = TRUE;
      continue;
    }
    if (!parse_tag (tags[i], &rev)) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "If-Match must hold a revision as the ETag gave it, not '%.40s'",
          tags[i]);
      return FALSE;
    }
    if (rev == present)
      *matches = TRUE;
  }
  return TRUE;
}

/**
 * dais_revision_check:
 * @present: the room's revision
 * @expected: the revision that the caller saw last
 * @room: the room's name, for the message
 * @error: return location; %DAIS_ERROR_STALE
 *
 * Returns: %TRUE when the two are the same
 */
gboolean
dais_revision_check (
    guint64 present, guint64 expected, const gchar *room, GError **error)
{
  if (present == expected)
    return TRUE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_STALE,
      "room '%s' is at revision %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT
      "; read it again",
      room, present, expected);
  return FALSE;
}
