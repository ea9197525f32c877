/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/presence.h"

#include "core/json-writer.h"
#include "core/time-format.h"
#include "service/room-private.h"

/* A crowd that comes all at once is told about a few times, not head by head.
 */
#define TELL_INTERVAL_MS 250
#define MAX_ROLE         32 /* characters */

/* One connection; or, in the list that is told, those that look alike. */
typedef struct {
  guint64 handle;
  gint64 user_id;
  const gchar *user; /* interned by GRefString */
  const gchar *role; /* GRefString */
  const gchar *door; /* interned */
  gint64 since;      /* UTC, µs */
  guint n;
} Presence;

static void
presence_free (gpointer data)
{
  Presence *presence = data;

  g_ref_string_release ((gchar *) presence->user);
  g_ref_string_release ((gchar *) presence->role);
  g_free (presence);
}

/**
 * dais_presence_new_table:
 *
 * Returns: (transfer full): an empty table of a room's connections
 */
GHashTable *
dais_presence_new_table (void)
{
  return g_hash_table_new_full (
      g_int64_hash, g_int64_equal, NULL, presence_free);
}

static guint
line_hash (gconstpointer key)
{
  const Presence *line = key;

  return g_str_hash (line->user) * 31 + g_str_hash (line->role) * 7 +
      g_str_hash (line->door);
}

static gboolean
line_equal (gconstpointer a, gconstpointer b)
{
  const Presence *one = a;
  const Presence *other = b;

  return g_str_equal (one->user, other->user) &&
      g_str_equal (one->role, other->role) &&
      g_str_equal (one->door, other->door);
}

static gint
by_since (gconstpointer a, gconstpointer b)
{
  const Presence *one = *(Presence *const *) a;
  const Presence *other = *(Presence *const *) b;

  return (one->since > other->since) - (one->since < other->since);
}

static gint
by_id (gconstpointer a, gconstpointer b)
{
  const DaisPerson *one = *(DaisPerson *const *) a;
  const DaisPerson *other = *(DaisPerson *const *) b;

  return (one->id > other->id) - (one->id < other->id);
}

static GPtrArray *
make_lines (DaisRoom *self)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (
      line_hash, line_equal, NULL, NULL);
  GPtrArray *sorted = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->present);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Presence *presence = value;
    Presence *line = g_hash_table_lookup (lines, presence);

    if (line == NULL) {
      line = g_memdup2 (presence, sizeof (*presence));
      line->n = 0;
      g_hash_table_add (lines, line);
      g_ptr_array_add (sorted, line);
    }
    line->since = MIN (line->since, presence->since);
    line->n++;
  }
  g_ptr_array_sort (sorted, by_since);

  return sorted;
}

/**
 * dais_room_make_presence:
 * @self: the room
 *
 * Returns: (transfer full): array of who is there; connections that look alike
 *   are one entry with their number, so a crowd of viewers is one line
 */
GBytes *
dais_room_make_presence (DaisRoom *self)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GPtrArray) lines = make_lines (self);
  guint i;

  dais_json_writer_begin_array (writer);
  for (i = 0; i < lines->len; i++) {
    Presence *line = g_ptr_array_index (lines, i);
    g_autofree gchar *since = dais_time_iso_ms (line->since);

    dais_json_writer_begin_object (writer);
    dais_json_writer_name_string (writer, "user", line->user);
    dais_json_writer_name_string (writer, "role", line->role);
    dais_json_writer_name_string (writer, "door", line->door);
    dais_json_writer_name_string (writer, "since", since);
    dais_json_writer_name_int (writer, "connections", line->n);
    dais_json_writer_end_object (writer);
  }
  dais_json_writer_end_array (writer);

  return dais_json_writer_steal_bytes (writer);
}

static gboolean
on_time_to_tell (gpointer data)
{
  DaisRoom *self = data;

  self->presence_timer = 0;
  dais_room_emit (self, DAIS_TOPIC_PRESENCE, -1, NULL);

  return G_SOURCE_REMOVE;
}

static void
tell_soon (DaisRoom *self)
{
  dais_room_forget_json (self, DAIS_TOPIC_PRESENCE);
  if (self->presence_timer == 0)
    self->presence_timer = g_timeout_add (
        TELL_INTERVAL_MS, on_time_to_tell, self);
}

/**
 * dais_room_enter:
 * @self: the room
 * @caller: who connected
 * @door: "venue", "chat" …; one of a few fixed words
 * @role: (nullable): what the client says it is; %NULL for what the caller may
 *   do: "operator" or "viewer"
 *
 * Returns: a handle for dais_room_leave()
 */
guint64
dais_room_enter (
    DaisRoom *self, DaisCaller *caller, const gchar *door, const gchar *role)
{
  g_autofree gchar *own_role = NULL;
  Presence *presence = NULL;

  g_return_val_if_fail (DAIS_IS_ROOM (self), 0);
  g_return_val_if_fail (caller != NULL && door != NULL, 0);

  if (role != NULL && g_utf8_validate (role, -1, NULL))
    own_role = g_utf8_substring (
        role, 0, MIN (g_utf8_strlen (role, -1), MAX_ROLE));
  else if (dais_caller_may (caller, DAIS_GRANT_CUT, self))
    own_role = g_strdup ("operator");
  else
    own_role = g_strdup ("viewer");

  presence = g_new0 (Presence, 1);
  presence->handle = ++self->next_handle;
  presence->user_id = dais_caller_get_user_id (caller);
  presence->user = g_ref_string_new_intern (dais_caller_get_username (caller));
  presence->role = g_ref_string_new_intern (own_role);
  presence->door = g_intern_string (door);
  presence->since = g_get_real_time ();
  g_hash_table_replace (self->present, &presence->handle, presence);
  tell_soon (self);

  return presence->handle;
}

/**
 * dais_room_leave:
 * @self: the room
 * @handle: what dais_room_enter() gave; an old one is ignored
 */
void
dais_room_leave (DaisRoom *self, guint64 handle)
{
  g_return_if_fail (DAIS_IS_ROOM (self));

  if (g_hash_table_remove (self->present, &handle))
    tell_soon (self);
}

/**
 * dais_room_get_people:
 * @self: the room
 *
 * Returns: (transfer full) (element-type DaisPerson): the users who are there,
 *   each once, in the order of their numbers
 */
GPtrArray *
dais_room_get_people (DaisRoom *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  GPtrArray *people = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_person_free);
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail (DAIS_IS_ROOM (self), people);

  g_hash_table_iter_init (&iter, self->present);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Presence *presence = value;
    DaisPerson *person = NULL;

    if (presence->user_id == 0 || !g_hash_table_add (seen, &presence->user_id))
      continue;
    person = g_new0 (DaisPerson, 1);
    person->id = presence->user_id;
    person->username = g_strdup (presence->user);
    g_ptr_array_add (people, person);
  }
  g_ptr_array_sort (people, by_id);

  return people;
}
