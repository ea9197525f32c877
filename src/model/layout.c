/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/layout.h"

#include "core/error.h"
#include "core/json-reader.h"
#include "core/json-writer.h"

#include <string.h>

/**
 * dais_layout_parse:
 * @text: what a client sent
 * @length: bytes, or -1 when @text ends with NUL
 * @error: return location; %DAIS_ERROR_INVALID, %DAIS_ERROR_TOO_LARGE
 *
 * Returns: (transfer full) (nullable): the same JSON without blanks around it
 */
gchar *
dais_layout_parse (const gchar *text, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  g_autofree gchar *copy = NULL;

  if (size > DAIS_LAYOUT_MAX_BYTES) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE,
        "a layout may have at most %d bytes", DAIS_LAYOUT_MAX_BYTES);
    return NULL;
  }
  if (!dais_json_check (text, (gssize) size, error))
    return NULL;
  copy = g_strndup (text, size);
  return g_strdup (g_strstrip (copy));
}

/**
 * dais_layout_default:
 * @streams: (array zero-terminated=1): names, in order
 *
 * Returns: (transfer full): the layout of a room that nobody arranged yet
 */
gchar *
dais_layout_default (const gchar *const *streams)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_array (writer);
  for (guint i = 0; streams[i] != NULL; i++)
    dais_json_writer_string (writer, streams[i]);
  dais_json_writer_end_array (writer);
  return dais_json_writer_steal (writer);
}
