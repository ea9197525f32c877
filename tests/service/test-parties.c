/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"
#include "service/chat.h"
#include "service/parties.h"

static const gchar config[] =
    "[room \"Main Hall\"]\npublic=true\nparty_password=open sesame\n"
    "[room \"Annex\"]\n";

static DaisParties *
get_parties (Fixture *f)
{
  return dais_house_get_parties (f->house);
}

static DaisCaller *
get_nobody (Fixture *f)
{
  return dais_callers_get_anonymous (dais_house_get_callers (f->house));
}

static gchar *
create (Fixture *f, const gchar *password, const gchar *video, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_parties_create_async (
      get_parties (f), "10.0.0.1", password, video, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_parties_create_finish (get_parties (f), result, error);
}

static DaisParty *
open_party (
    Fixture *f, const gchar *name, const gchar *password, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_parties_open_async (get_parties (f), get_nobody (f), "10.0.0.1", name,
      password, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_parties_open_finish (get_parties (f), result, error);
}

static void
assert_refused (Fixture *f, const gchar *name, const gchar *password, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (open_party (f, name, password, &error));
  g_assert_error (error, DAIS_ERROR, code);
}

static void
test_password (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = create (f, " Päss ", "\"x\"", &error);
  g_autoptr (DaisParty) party = NULL;
  g_autoptr (DaisParty) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (name), ==, 22);
  g_assert_nonnull (dais_parties_find (get_parties (f), get_nobody (f), name));
  g_assert_null (dais_parties_find (get_parties (f), get_nobody (f), "none"));
  assert_refused (f, name, "Päss", DAIS_ERROR_DENIED);
  assert_refused (f, name, "", DAIS_ERROR_DENIED);
  assert_refused (f, "none", " Päss ", DAIS_ERROR_NOT_FOUND);
  party = open_party (f, name, " Päss ", &error);
  g_assert_no_error (error);

  g_clear_object (&party);
  fixture_restart (f, config);
  assert_refused (f, name, "Päss", DAIS_ERROR_DENIED);
  party = open_party (f, name, " Päss ", &error);
  g_assert_no_error (error);
  again = open_party (f, name, " Päss ", &error);
  g_assert_true (party == again);
  assert_refused (f, name, "Päss", DAIS_ERROR_DENIED);
}

static void
test_guessing (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisParty) party = NULL;

  for (guint i = 0; i < 120; i++)
    assert_refused (f, "main-hall", "wrong", DAIS_ERROR_DENIED);
  assert_refused (f, "main-hall", "open sesame", DAIS_ERROR_LIMITED);
}

static void
test_names (Fixture *f, gconstpointer data)
{
  g_autoptr (DaisParty) party = open_party (
      f, "Main-Hall", "open sesame", NULL);
  DaisCaller *nobody = get_nobody (f);
  DaisPartyGuest *guests[5] = {
    dais_party_enter (party, nobody, "äbcdefghijklmnopqrst", NULL),
    dais_party_enter (party, nobody, "äbcdefghijklmnop", NULL),
    dais_party_enter (party, nobody, NULL, NULL),
    dais_party_enter (party, nobody, "", NULL),
    dais_party_enter (party, nobody, "anna", NULL),
  };

  g_assert_cmpstr (
      dais_party_guest_get_name (guests[0]), ==, "äbcdefghijklmnop");
  g_assert_cmpstr (
      dais_party_guest_get_name (guests[1]), ==, "äbcdefghijklmno2");
  assert_has (dais_party_guest_get_name (guests[2]), "user_");
  g_assert_cmpstr (dais_party_guest_get_name (guests[2]), !=,
      dais_party_guest_get_name (guests[3]));
  g_assert_true (dais_party_get_longest (party, guests[1]) == guests[0]);
  g_assert_true (dais_party_get_longest (party, guests[0]) == guests[1]);
  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    dais_party_leave (party, guests[i]);
  g_assert_null (dais_party_get_longest (party, NULL));
}

static void
test_venue (Fixture *f, gconstpointer data)
{
  g_autoptr (DaisParty) party = open_party (
      f, "main-hall", "open sesame", NULL);
  g_autofree gchar *video = dais_party_get_video (party, "http://h:1");
  g_autofree gchar *changed = NULL;

  g_assert_cmpstr (video, ==, "\"http://h:1/streaming/mixed/main-hall.webm\"");
  g_assert_true (dais_party_set_video (party, "\"other\""));
  changed = dais_party_get_video (party, "http://h:1");
  g_assert_cmpstr (changed, ==, "\"other\"");
  g_assert_null (dais_parties_find (get_parties (f), get_nobody (f), "annex"));
  assert_refused (f, "annex", "", DAIS_ERROR_NOT_FOUND);
}

typedef struct {
  gchar *text;
  DaisPartyGuest *by;
} Heard;

static void
on_said (DaisParty *party, const DaisMessage *message, DaisPartyGuest *by,
    gpointer data)
{
  Heard *heard = data;

  g_free (heard->text);
  heard->text = g_strdup (message->text);
  heard->by = by;
}

static void
test_said (Fixture *f, gconstpointer data)
{
  g_autoptr (DaisParty) party = open_party (
      f, "main-hall", "open sesame", NULL);
  DaisRoom *room = fixture_room (f, "main-hall");
  DaisPartyGuest *guest = dais_party_enter (
      party, get_nobody (f), "anna", NULL);
  g_autoptr (GPtrArray) history = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Heard heard = { 0 };

  g_signal_connect (party, "said", G_CALLBACK (on_said), &heard);
  g_assert_true (
      dais_party_say (party, guest, "hello", "{\"videoTime\":\"1:00\"}"));
  wait_until (heard.text != NULL);
  g_assert_cmpstr (heard.text, ==, "hello");
  g_assert_true (heard.by == guest);
  history = dais_chat_get_history (room, 10, NULL);
  g_assert_cmpuint (history->len, ==, 1);
  g_assert_cmpstr (((DaisMessage *) history->pdata[0])->user, ==, "anna");

  /* the same room by another door */
  dais_chat_say_async (
      room, f->operator, "from the chat", NULL, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  g_assert_true (dais_chat_say_finish (room, result, NULL));
  g_assert_cmpstr (heard.text, ==, "from the chat");
  g_assert_null (heard.by);

  /* who is gone before it is on disk */
  g_assert_true (dais_party_say (party, guest, "bye", NULL));
  dais_party_leave (party, guest);
  guest = dais_party_enter (party, get_nobody (f), NULL, NULL);
  wait_until (g_str_equal (heard.text, "bye"));
  g_assert_null (heard.by);
  dais_party_leave (party, guest);
  g_signal_handlers_disconnect_by_data (party, &heard);
  g_free (heard.text);
}

static gboolean
is_there (Fixture *f, const gchar *name)
{
  return dais_parties_find (get_parties (f), get_nobody (f), name) != NULL;
}

static void
test_end (Fixture *f, gconstpointer data)
{
  g_autofree gchar *name = create (f, "one", NULL, NULL);
  g_autofree gchar *other = create (f, "two", NULL, NULL);
  g_autoptr (DaisParty) party = open_party (f, name, "one", NULL);
  DaisPartyGuest *guest = dais_party_enter (party, get_nobody (f), NULL, NULL);

  dais_parties_set_patience (get_parties (f), 0, 3600);
  dais_party_leave (party, guest);
  wait_until (!is_there (f, name));
  g_assert_true (is_there (f, other));
  g_clear_object (&party);

  fixture_restart (f, config);
  g_assert_false (is_there (f, name));
  g_assert_true (is_there (f, other));
  g_assert_true (is_there (f, "main-hall"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, func)                                                        \
  g_test_add ("/service/parties/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)
  ADD ("password", test_password);
  ADD ("guessing", test_guessing);
  ADD ("names", test_names);
  ADD ("venue", test_venue);
  ADD ("said", test_said);
  ADD ("end", test_end);
#undef ADD

  return g_test_run ();
}
