/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/journal.h"
#include "store/media.h"
#include "store/notes.h"
#include "store/rooms.h"
#include "store/states.h"
#include "store/store.h"
#include "store/streams.h"
#include "store/talks.h"
#include "store/users.h"

#include <glib/gstdio.h>

#define ADMIN 8u

typedef struct {
  gchar *folder;
  gchar *path;
  DaisStore *store;
  GAsyncResult *result;
  gint64 room;
} Fixture;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->result = g_object_ref (result);
}

static gboolean
change (Fixture *f, DaisChange call, gpointer data, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_store_submit_async (f->store, call, data, NULL, NULL, on_answer, f);
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = g_steal_pointer (&f->result);

  return dais_store_submit_finish (f->store, result, error);
}

static gboolean
insert_room (DaisWriter *writer, gpointer data, GError **error)
{
  Fixture *f = data;
  DaisRoomRow row = {
    .hex24 = (gchar *) "0123456789abcdef01234567",
    .url_name = (gchar *) "main-hall",
    .name = (gchar *) "Main Hall",
    .facets = 1,
  };

  if (!dais_room_rows_insert (writer, &row, error))
    return FALSE;
  f->room = row.id;

  return TRUE;
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("dais-rows-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "dais.db", NULL);
  f->store = dais_store_open (f->path, &error);
  g_assert_no_error (error);
  g_assert_true (change (f, insert_room, f, &error));
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->store);
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static gboolean
insert_users (DaisWriter *writer, gpointer data, GError **error)
{
  DaisUserRow eva = { .hex24 = (gchar *) "e",
    .username = (gchar *) "eva",
    .hash = (gchar *) "$argon",
    .roles = ADMIN,
    .created = 5 };
  DaisUserRow tom = { .hex24 = (gchar *) "t", .username = (gchar *) "tom" };

  return dais_users_insert (writer, &eva, error) &&
      dais_users_insert (writer, &tom, error) &&
      dais_users_set_hash (writer, tom.id, "$other", 9, error);
}

static gboolean
change_user (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_users_change (writer, data, 0, ADMIN, error);
}

static gboolean
remove_user (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_users_remove (writer, *(gint64 *) data, ADMIN, error);
}

static void
test_users (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisUserRow) eva = NULL;
  g_autoptr (DaisUserRow) tom = NULL;
  g_autoptr (DaisUserRow) changed = NULL;
  g_autoptr (GPtrArray) all = NULL;
  DaisUserRow details = { .first_name = (gchar *) "Tom",
    .email = (gchar *) "tom@example.org" };

  g_assert_true (change (f, insert_users, NULL, &error));
  eva = dais_users_by_name (f->store, "Eva", &error);
  g_assert_cmpstr (eva->hash, ==, "$argon");
  g_assert_cmpstr (eva->image, ==, "");
  g_assert_null (eva->email);
  tom = dais_users_by_hex24 (f->store, "t", &error);
  g_assert_cmpstr (tom->hash, ==, "$other");
  g_assert_cmpint (dais_users_count_role (f->store, ADMIN, &error), ==, 1);

  details.id = eva->id;
  g_assert_false (change (f, change_user, &details, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_clear_error (&error);
  details.id = tom->id;
  g_assert_true (change (f, change_user, &details, &error));
  changed = dais_users_by_id (f->store, tom->id, &error);
  g_assert_cmpstr (changed->first_name, ==, "Tom");
  g_assert_cmpstr (changed->email, ==, "tom@example.org");
  g_assert_cmpstr (changed->hash, ==, "$other");

  g_assert_false (change (f, remove_user, &eva->id, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (change (f, remove_user, &tom->id, &error));
  g_assert_no_error (error);
  g_assert_false (change (f, remove_user, &tom->id, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&error);
  all = dais_users_list (f->store, &error);
  g_assert_cmpuint (all->len, ==, 1);
}

typedef struct {
  gint64 room;
  guint64 rev;
} Step;

static gboolean
step (DaisWriter *writer, gpointer data, GError **error)
{
  Step *wanted = data;
  DaisJournalRow row = { .room = wanted->room,
    .rev = wanted->rev,
    .utc = 7,
    .user = (gchar *) "eva",
    .kind = (gchar *) (wanted->rev % 2 == 0 ? "state" : "layout"),
    .payload = (gchar *) "{}" };

  return dais_room_rows_step (writer, wanted->room, wanted->rev, error) &&
      dais_states_put (
          writer, wanted->room, "{\"a\":1}", wanted->rev, 7, 9, error) &&
      dais_journal_append (writer, &row, error);
}

static gboolean
update_room (DaisWriter *writer, gpointer data, GError **error)
{
  DaisRoomRow *row = data;

  row->fps_n = 25;
  row->streams = g_strdup ("[\"Cam\"]");
  row->configured = TRUE;

  return dais_room_rows_update (writer, row, error);
}

static void
test_rooms (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) before = dais_room_rows_list (f->store, &error);
  g_autoptr (GPtrArray) after = NULL;
  DaisRoomRow *row = before->pdata[0];

  g_assert_cmpuint (before->len, ==, 1);
  g_assert_cmpstr (row->url_name, ==, "main-hall");
  g_assert_null (row->streams);
  g_assert_true (change (f, update_room, row, &error));
  after = dais_room_rows_list (f->store, &error);
  row = after->pdata[0];
  g_assert_cmpuint (row->fps_n, ==, 25);
  g_assert_cmpstr (row->streams, ==, "[\"Cam\"]");
  g_assert_true (row->configured);
}

static gboolean
trim (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_journal_trim (writer, *(gint64 *) data, 3, "state", 6, error) &&
      dais_states_set_running_time (writer, *(gint64 *) data, 10, 77, error);
}

static void
test_journal (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) other = NULL;
  g_autoptr (GPtrArray) shorter = NULL;
  g_autoptr (GPtrArray) newest = NULL;
  g_autoptr (DaisStateRow) state = NULL;
  Step wanted = { f->room, 0 };

  for (wanted.rev = 1; wanted.rev <= 10; wanted.rev++)
    g_assert_true (change (f, step, &wanted, &error));
  /* no gap, no repeat */
  wanted.rev = 12;
  g_assert_false (change (f, step, &wanted, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_STALE);
  g_clear_error (&error);

  rows = dais_journal_after (f->store, f->room, 8, 100, "layout", &error);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpuint (((DaisJournalRow *) rows->pdata[0])->rev, ==, 9);
  g_assert_cmpstr (((DaisJournalRow *) rows->pdata[0])->payload, !=, "");
  other = dais_journal_after (f->store, f->room, 8, 100, "notes", &error);
  g_assert_cmpuint (other->len, ==, 2);
  g_assert_cmpstr (((DaisJournalRow *) other->pdata[0])->payload, ==, "");
  shorter = dais_journal_newest (f->store, f->room, 100, 1, &error);
  g_assert_cmpuint (shorter->len, ==, 10);
  g_assert_cmpstr (((DaisJournalRow *) shorter->pdata[0])->payload, ==, "");

  g_assert_true (change (f, trim, &f->room, &error));
  newest = dais_journal_newest (f->store, f->room, 100, 1024, &error);
  g_assert_cmpstr (((DaisJournalRow *) newest->pdata[0])->payload, !=, "");
  /* 10, 9, 8, and of the states also 6 */
  g_assert_cmpuint (newest->len, ==, 4);
  g_assert_cmpuint (((DaisJournalRow *) newest->pdata[0])->rev, ==, 10);
  g_assert_cmpuint (((DaisJournalRow *) newest->pdata[3])->rev, ==, 6);
  g_assert_cmpuint (
      ((DaisJournalRow *) newest->pdata[0])->running_time, ==, 77);
  state = dais_states_get (f->store, f->room, &error);
  g_assert_cmpstr (state->state, ==, "{\"a\":1}");
  g_assert_cmpuint (state->running_time, ==, 77);
  g_assert_null (state->layout);
}

static gboolean
insert_rest (DaisWriter *writer, gpointer data, GError **error)
{
  Fixture *f = data;
  g_autoptr (DaisNote) note = dais_note_new (0, 7, "k", "hear, hear", "eva", 8);
  DaisStreamRow stream = { .slug = (gchar *) "cam",
    .name = (gchar *) "Cam",
    .uri = (gchar *) "test:ball",
    .type = (gchar *) "",
    .options = (gchar *) "{}" };
  g_autoptr (GPtrArray) media = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_media_row_free);

  g_ptr_array_add (media, dais_media_row_new (1, "cam", NULL));
  g_ptr_array_add (media, dais_media_row_new (2, "old", "2015-06-06"));

  return dais_note_rows_insert (writer, f->room, note, &note->id, error) &&
      dais_note_rows_update (writer, f->room, note, error) &&
      dais_stream_rows_insert (writer, &stream, error) &&
      dais_stream_rows_update (writer, &stream, error) &&
      dais_talk_rows_put (writer, f->room, "k", "{}", error) &&
      dais_talk_rows_put (writer, f->room, "k", "{\"x\":1}", error) &&
      dais_layouts_put (writer, f->room, "[1.50]", 4, error) &&
      dais_media_rows_replace (writer, f->room, media, error);
}

static gboolean
remove_room (DaisWriter *writer, gpointer data, GError **error)
{
  Fixture *f = data;

  return dais_room_rows_remove (writer, f->room, error);
}

static void
test_rest (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notes = NULL;
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GPtrArray) media = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GHashTable) talks = NULL;
  g_autoptr (DaisStateRow) state = NULL;

  g_assert_true (change (f, insert_rest, f, &error));
  g_assert_no_error (error);
  notes = dais_note_rows_list (f->store, f->room, "k", &error);
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (((DaisNote *) notes->pdata[0])->text, ==, "hear, hear");
  streams = dais_stream_rows_list (f->store, &error);
  g_assert_cmpstr (((DaisStreamRow *) streams->pdata[0])->uri, ==, "test:ball");
  talks = dais_talk_rows_list (f->store, f->room, &error);
  g_assert_cmpstr (g_hash_table_lookup (talks, "k"), ==, "{\"x\":1}");
  state = dais_states_get (f->store, f->room, &error);
  g_assert_cmpstr (state->layout, ==, "[1.50]");
  media = dais_media_rows_list (f->store, f->room, &error);
  g_assert_cmpuint (media->len, ==, 2);
  g_assert_null (((DaisMediaRow *) media->pdata[0])->gone);

  g_assert_true (change (f, remove_room, f, &error));
  none = dais_note_rows_list (f->store, f->room, NULL, &error);
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                 \
  g_test_add ("/store/rows/" path, Fixture, NULL, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("users", test_users);
  ADD ("rooms", test_rooms);
  ADD ("journal", test_journal);
  ADD ("rest", test_rest);
#undef ADD

  return g_test_run ();
}
