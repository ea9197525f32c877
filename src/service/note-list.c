/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/note-list.h"

#include "core/json-writer.h"

typedef struct {
  gint64 id;
  gchar *text;
} Entry;

struct _DaisNoteList {
  GArray *entries; /* (element-type Entry) by id */
  gsize size;      /* bytes of all texts */
};

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->text, g_free);
}

/**
 * dais_note_to_text:
 * @note: a note
 *
 * Returns: (transfer full): its JSON (contracts README §2, notes)
 */
gchar *
dais_note_to_text (DaisNote *note)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_note_write_json (note, writer);

  return dais_json_writer_steal (writer);
}

/**
 * dais_note_list_new:
 * @notes: (element-type DaisNote): by id
 *
 * Any thread.
 *
 * Returns: (transfer full): the notes, encoded
 */
DaisNoteList *
dais_note_list_new (GPtrArray *notes)
{
  DaisNoteList *self = g_new0 (DaisNoteList, 1);
  guint i;

  self->entries = g_array_sized_new (FALSE, FALSE, sizeof (Entry), notes->len);
  g_array_set_clear_func (self->entries, entry_clear);
  for (i = 0; i < notes->len; i++) {
    DaisNote *note = g_ptr_array_index (notes, i);

    dais_note_list_put (self, note->id, dais_note_to_text (note));
  }

  return self;
}

/**
 * dais_note_list_load:
 * @store: the store
 * @room: the room's number
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the room's notes
 */
DaisNoteList *
dais_note_list_load (DaisStore *store, gint64 room, GError **error)
{
  g_autoptr (GPtrArray) notes = dais_note_rows_list (store, room, NULL, error);

  return notes != NULL ? dais_note_list_new (notes) : NULL;
}

/**
 * dais_note_list_free:
 * @self: (transfer full): the list
 */
void
dais_note_list_free (DaisNoteList *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

/**
 * dais_note_list_get_length:
 * @self: the list
 *
 * Returns: how many notes there are
 */
guint
dais_note_list_get_length (DaisNoteList *self)
{
  return self->entries->len;
}

/**
 * dais_note_list_get_size:
 * @self: the list
 *
 * Returns: bytes of all notes as JSON
 */
gsize
dais_note_list_get_size (DaisNoteList *self)
{
  return self->size;
}

/* The first place whose id is not less. New notes come last, so look there. */
static guint
find (DaisNoteList *self, gint64 id)
{
  guint low = 0;
  guint high = self->entries->len;

  if (high > 0 && g_array_index (self->entries, Entry, high - 1).id < id)
    return high;

  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (g_array_index (self->entries, Entry, middle).id < id)
      low = middle + 1;
    else
      high = middle;
  }

  return low;
}

/**
 * dais_note_list_has:
 * @self: the list
 * @id: a note's number
 *
 * Returns: whether the note is in the list
 */
gboolean
dais_note_list_has (DaisNoteList *self, gint64 id)
{
  guint i = find (self, id);

  return i < self->entries->len &&
      g_array_index (self->entries, Entry, i).id == id;
}

/**
 * dais_note_list_remove:
 * @self: the list
 * @id: a note's number; ignored when it is not there
 */
void
dais_note_list_remove (DaisNoteList *self, gint64 id)
{
  guint i = find (self, id);

  if (i >= self->entries->len ||
      g_array_index (self->entries, Entry, i).id != id)
    return;

  self->size -= strlen (g_array_index (self->entries, Entry, i).text);
  g_array_remove_index (self->entries, i);
}

/**
 * dais_note_list_put:
 * @self: the list
 * @id: a note's number
 * @text: (transfer full): its JSON
 *
 * Adds the note or replaces it.
 */
void
dais_note_list_put (DaisNoteList *self, gint64 id, gchar *text)
{
  Entry entry = { id, text };

  dais_note_list_remove (self, id);
  g_array_insert_val (self->entries, find (self, id), entry);
  self->size += strlen (text);
}

/**
 * dais_note_list_make_json:
 * @self: the list
 *
 * Returns: (transfer full): the array of all notes
 */
GBytes *
dais_note_list_make_json (DaisNoteList *self)
{
  GString *text = g_string_sized_new (self->size + self->entries->len + 3);
  guint i;

  g_string_append_c (text, '[');
  for (i = 0; i < self->entries->len; i++) {
    if (i > 0)
      g_string_append_c (text, ',');
    g_string_append (text, g_array_index (self->entries, Entry, i).text);
  }
  g_string_append_c (text, ']');

  return g_string_free_to_bytes (text);
}
