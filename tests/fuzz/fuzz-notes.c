/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "fuzz.h"
#include "model/layout.h"
#include "model/note.h"

/* Notes and layouts as clients write them. */

static void
check_change (const DaisNoteChange *change)
{
  g_autoptr (DaisNote) note = NULL;
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autofree gchar *json = NULL;

  if (change->action != DAIS_NOTE_ADD)
    return;
  note = dais_note_apply (NULL, change, 7, "op", 1000000);
  writer = dais_json_writer_new ();
  dais_note_write_json (note, writer);
  json = dais_json_writer_steal (writer);
  g_assert_true (dais_json_check (json, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_autofree gchar *layout = dais_layout_parse (text, -1, NULL);
  g_autoptr (JsonNode) write = dais_json_parse (text, -1, NULL);
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  if (layout)
    g_assert_true (dais_json_check (layout, -1, NULL));
  if (!write)
    return 0;
  changes = dais_note_changes_from_json (write, 1000000, &error);
  g_assert_true ((changes != NULL) != (error != NULL));
  for (i = 0; changes && i < changes->len; i++)
    check_change (g_ptr_array_index (changes, i));
  return 0;
}
