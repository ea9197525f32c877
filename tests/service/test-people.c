/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "house-fixture.h"
#include "service/chat.h"
#include "service/help.h"
#include "service/images.h"
#include "service/members.h"
#include "service/one-time-codes.h"

static const gchar config[] = "[room \"Main Hall\"]\npublic=true\n"
                              "[room \"Green Room\"]\npublic=false\n";

/* ---- one-time codes ---- */

static void
test_codes (void)
{
  g_autoptr (DaisOneTimeCodes) codes = dais_one_time_codes_new ();
  gint64 now = 1000;
  g_autofree gchar *first = dais_one_time_codes_make (codes, 7, now);
  g_autofree gchar *second = dais_one_time_codes_make (codes, 8, now);
  g_autofree gchar *third = NULL;

  g_assert_cmpuint (strlen (first), ==, DAIS_CODE_DIGITS);
  g_assert_cmpuint (strspn (first, "0123456789"), ==, DAIS_CODE_DIGITS);
  g_assert_false (dais_one_time_codes_use (codes, 9, first, now));
  g_assert_false (dais_one_time_codes_use (codes, 7, "", now));
  g_assert_false (dais_one_time_codes_use (codes, 7, "12345678901", now));
  g_assert_true (dais_one_time_codes_use (codes, 7, first, now));
  g_assert_false (dais_one_time_codes_use (codes, 7, first, now));

  now += DAIS_CODE_LIFE_S * G_USEC_PER_SEC;
  g_assert_false (dais_one_time_codes_use (codes, 8, second, now));

  third = dais_one_time_codes_make (codes, 9, now);
  for (guint i = 0; i < DAIS_CODE_TRIES; i++)
    g_assert_false (dais_one_time_codes_use (codes, 9, "x", now));
  g_assert_false (dais_one_time_codes_use (codes, 9, third, now));
}

/* Nobody's mailbox is filled, and a void code makes no room for more. */
static void
test_codes_sends (void)
{
  g_autoptr (DaisOneTimeCodes) codes = dais_one_time_codes_new ();
  gint64 now = 1000;
  g_autofree gchar *last = NULL;

  for (guint i = 0; i < DAIS_CODE_SENDS; i++) {
    g_clear_pointer (&last, g_free);
    last = dais_one_time_codes_make (codes, 7, now);
    g_assert_nonnull (last);
    now += G_USEC_PER_SEC;
  }
  g_assert_null (dais_one_time_codes_make (codes, 7, now));
  for (guint i = 0; i < DAIS_CODE_TRIES; i++)
    g_assert_false (dais_one_time_codes_use (codes, 7, "x", now));
  g_assert_null (dais_one_time_codes_make (codes, 7, now));

  now = 1000 + DAIS_CODE_LIFE_S * (gint64) G_USEC_PER_SEC;
  g_free (last);
  last = dais_one_time_codes_make (codes, 7, now);
  g_assert_true (dais_one_time_codes_use (codes, 7, last, now));
}

static void
test_codes_limit (void)
{
  g_autoptr (DaisOneTimeCodes) codes = dais_one_time_codes_new ();
  g_autofree gchar *late = NULL;

  for (gint64 user = 1; user <= DAIS_CODES_MAX; user++)
    g_free (dais_one_time_codes_make (codes, user, 0));
  g_assert_null (dais_one_time_codes_make (codes, DAIS_CODES_MAX + 1, 0));
  late = dais_one_time_codes_make (
      codes, DAIS_CODES_MAX + 1, DAIS_CODE_LIFE_S * G_USEC_PER_SEC);
  g_assert_nonnull (late);
}

/* ---- chat ---- */

static void
on_said (DaisRoom *room, const DaisMessage *message, Fixture *f)
{
  g_ptr_array_add (f->messages, g_strdup (message->text));
}

static gboolean
say (Fixture *f, DaisRoom *room, DaisCaller *caller, const gchar *text,
    GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_chat_say_async (room, caller, text, NULL, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_chat_say_finish (room, result, error);
}

static DaisCaller *
nobody (Fixture *f)
{
  return dais_callers_get_anonymous (dais_house_get_callers (f->house));
}

static void
test_chat (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisRoom) room = dais_chat_open (
      f->house, f->student, "Lobby", &error);
  g_autoptr (DaisRoom) same = NULL;
  g_autoptr (GPtrArray) history = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (dais_room_get_id (room), ==, 0);
  same = dais_chat_open (f->house, nobody (f), "lobby", &error);
  g_assert_true (same == room);
  g_signal_connect (room, "said", G_CALLBACK (on_said), f);

  g_assert_false (say (f, room, nobody (f), "hi", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
  g_clear_error (&error);
  g_assert_true (say (f, room, f->student, "one", &error));
  g_assert_true (say (f, room, f->student, "two", &error));
  g_assert_cmpint (dais_room_get_id (room), >, 0);
  g_assert_cmpuint (f->messages->len, ==, 2);
  history = dais_chat_get_history (room, 1, &error);
  g_assert_cmpuint (history->len, ==, 1);
  g_assert_cmpstr (((DaisMessage *) history->pdata[0])->text, ==, "two");

  /* nobody holds it: it goes from memory, and comes back from the disk */
  g_clear_object (&same);
  g_assert_finalize_object (g_steal_pointer (&room));
  room = dais_chat_find (f->house, f->student, "LOBBY", &error);
  g_assert_no_error (error);
  g_clear_pointer (&history, g_ptr_array_unref);
  history = dais_chat_get_history (room, 10, &error);
  g_assert_cmpuint (history->len, ==, 2);
}

static void
test_chat_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *endless = g_strnfill (DAIS_CHAT_MAX_TEXT + 1, 'x');
  g_autoptr (DaisRoom) hall = NULL;

  g_assert_null (dais_chat_open (f->house, nobody (f), "green-room", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED);
  g_clear_error (&error);
  g_assert_null (dais_chat_open (f->house, f->student, "", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (dais_chat_find (f->house, f->student, "unheard", &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&error);

  hall = dais_chat_open (f->house, f->student, "main-hall", &error);
  g_assert_true (hall == fixture_room (f, "main-hall"));
  g_assert_false (say (f, hall, f->student, endless, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_TOO_LARGE);
}

/* ---- members ---- */

static DaisMemberRoom *
change (Fixture *f, DaisCaller *caller, DaisMembersAction action,
    const gchar *id, const gchar *title, DaisCaller *user, GError **error)
{
  const gchar *users[] = { NULL, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  if (user != NULL)
    users[0] = dais_caller_get_hex24 (user);
  dais_members_change_async (f->house, caller, action, id, title,
      user != NULL ? users : NULL, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_members_change_finish (f->house, result, error);
}

static void
fail_change (Fixture *f, DaisCaller *caller, DaisMembersAction action,
    const gchar *id, DaisError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (change (f, caller, action, id, "x", NULL, &error));
  g_assert_error (error, DAIS_ERROR, (gint) code);
}

static void
test_members (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisMemberRoom) room = change (
      f, f->student, DAIS_MEMBERS_CREATE, NULL, "Team", NULL, &error);
  g_autoptr (DaisMemberRoom) invited = NULL;
  g_autoptr (DaisMemberRoom) joined = NULL;
  g_autoptr (DaisMemberRoom) gone = NULL;
  g_autoptr (DaisRoom) chat = NULL;
  g_autofree gchar *current = NULL;

  g_assert_no_error (error);
  chat = dais_chat_open (f->house, f->student, room->hex24, &error);
  g_assert_no_error (error);
  /* not even an admin */
  g_assert_cmpuint (dais_caller_get_grants (f->admin, chat), ==, 0);
  g_assert_cmpuint (dais_caller_get_grants (nobody (f), chat), ==, 0);
  fail_change (
      f, f->operator, DAIS_MEMBERS_JOIN, room->hex24, DAIS_ERROR_NOT_FOUND);
  fail_change (f, nobody (f), DAIS_MEMBERS_JOIN, room->hex24,
      DAIS_ERROR_UNAUTHENTICATED);

  invited = change (f, f->student, DAIS_MEMBERS_INVITE, room->hex24, NULL,
      f->operator, & error);
  g_assert_cmpuint (invited->invited->len, ==, 1);
  g_assert_true (dais_caller_may (f->operator, DAIS_GRANT_CHAT, chat));
  fail_change (
      f, f->operator, DAIS_MEMBERS_RENAME, room->hex24, DAIS_ERROR_NOT_FOUND);
  fail_change (
      f, f->operator, DAIS_MEMBERS_LEAVE, room->hex24, DAIS_ERROR_CONFLICT);
  joined = change (
      f, f->operator, DAIS_MEMBERS_JOIN, room->hex24, NULL, NULL, &error);
  g_assert_true (joined->is_active);
  fail_change (
      f, f->operator, DAIS_MEMBERS_JOIN, room->hex24, DAIS_ERROR_CONFLICT);
  current = dais_members_get_current (f->house, f->operator, & error);
  g_assert_cmpstr (current, ==, room->hex24);

  gone = change (f, f->student, DAIS_MEMBERS_UNINVITE, room->hex24, NULL,
      f->operator, & error);
  g_assert_cmpuint (gone->invited->len, ==, 0);
  g_assert_cmpuint (gone->joined->len, ==, 0);
  g_assert_cmpuint (dais_caller_get_grants (f->operator, chat), ==, 0);
}

/* ---- help ---- */

static void
on_event (DaisHelp *help, gint64 room, gboolean teachers, const gchar *name,
    GBytes *json, Fixture *f)
{
  g_ptr_array_add (f->messages,
      g_strdup_printf ("%s%s%s", name, room != 0 ? " room" : "",
          teachers ? " teachers" : ""));
}

static void
on_entered (DaisHelp *help, gint64 room, gint64 user, Fixture *f)
{
  g_ptr_array_add (f->messages, g_strdup ("entered"));
}

static void
on_emptied (DaisHelp *help, gint64 room, Fixture *f)
{
  g_ptr_array_add (f->messages, g_strdup ("emptied"));
}

/* What was emitted since the last time. */
static void
assert_told (Fixture *f, const gchar *expected)
{
  g_autofree gchar *told = NULL;

  g_ptr_array_add (f->messages, NULL);
  told = g_strjoinv (", ", (gchar **) f->messages->pdata);
  g_assert_cmpstr (told, ==, expected);
  g_ptr_array_set_size (f->messages, 0);
}

static gint64
ask (Fixture *f, DaisCaller *caller, GError **error)
{
  DaisHelp *help = dais_house_get_help (f->house);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GArray) rooms = NULL;

  dais_help_ask_async (
      help, caller, "how?", "", "http://x", NULL, fixture_on_result, f);
  result = fixture_wait (f);
  json = dais_help_ask_finish (help, result, error);
  if (json == NULL)
    return 0;
  rooms = dais_help_get_open_rooms (help, caller, error);
  return g_array_index (rooms, gint64, rooms->len - 1);
}

static void
act (Fixture *f, DaisCaller *caller, DaisHelpAction action, gint64 room,
    gint code)
{
  DaisHelp *help = dais_house_get_help (f->house);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dais_help_act_async (help, caller, action, room, "text", NULL, "http://x",
      NULL, fixture_on_result, f);
  result = fixture_wait (f);
  dais_help_act_finish (help, result, &error);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, DAIS_ERROR, code);
}

static DaisCaller *
add_teacher (Fixture *f, const gchar *name)
{
  static const gchar *const roles[] = { "teacher", NULL };
  DaisCallers *callers = dais_house_get_callers (f->house);
  DaisNewUser user = { .username = name, .roles = roles };
  g_autoptr (GAsyncResult) result = NULL;

  dais_callers_add_user_async (
      callers, f->admin, &user, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_callers_add_user_finish (callers, result, NULL);
}

static void
test_help (Fixture *f, gconstpointer data)
{
  DaisHelp *help = dais_house_get_help (f->house);
  g_autoptr (DaisCaller) ted = add_teacher (f, "ted");
  g_autoptr (DaisCaller) tim = add_teacher (f, "tim");
  g_autoptr (GError) error = NULL;
  gint64 room = ask (f, f->student, &error);

  g_assert_no_error (error);
  g_signal_connect (help, "event", G_CALLBACK (on_event), f);
  g_signal_connect (help, "entered", G_CALLBACK (on_entered), f);
  g_signal_connect (help, "emptied", G_CALLBACK (on_emptied), f);
  g_assert_cmpint (ask (f, ted, &error), ==, 0);
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_DENIED);
  g_clear_error (&error);

  dais_help_connect (help, f->student);
  dais_help_connect (help, f->student);
  assert_told (f, "online room");
  g_assert_false (dais_help_announce (help, ted, room, "http://x", NULL));
  g_assert_true (dais_help_announce (help, f->student, room, "http://x", NULL));
  assert_told (f, "entered, new_room teachers");

  act (f, f->student, DAIS_HELP_JOIN, room, DAIS_ERROR_DENIED);
  act (f, ted, DAIS_HELP_SAY, room, DAIS_ERROR_DENIED);
  act (f, f->student, DAIS_HELP_SAY, room, -1);
  assert_told (f, "message room");
  act (f, ted, DAIS_HELP_JOIN, room, -1);
  assert_told (f, "entered, room_joined room teachers");
  act (f, ted, DAIS_HELP_JOIN, room, -1);
  assert_told (f, "entered");
  act (f, tim, DAIS_HELP_JOIN, room, DAIS_ERROR_CONFLICT);
  act (f, ted, DAIS_HELP_JOIN, room + 100, DAIS_ERROR_NOT_FOUND);
  act (f, ted, DAIS_HELP_SEE, room, -1);
  assert_told (f, "seen room");
  act (f, tim, DAIS_HELP_SEE, room, DAIS_ERROR_DENIED);
  act (f, f->student, DAIS_HELP_CLOSE, room, DAIS_ERROR_DENIED);
  act (f, ted, DAIS_HELP_CLOSE, room, -1);
  assert_told (f, "room_closed room, emptied");
  act (f, ted, DAIS_HELP_CLOSE, room, DAIS_ERROR_CONFLICT);
  act (f, f->student, DAIS_HELP_SAY, room, DAIS_ERROR_CONFLICT);

  dais_help_disconnect (help, f->student);
  assert_told (f, "");
  dais_help_disconnect (help, f->student);
  assert_told (f, "");
}

/* ---- images ---- */

static gchar *
take (Fixture *f, const gchar *image, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dais_images_take_async (f->house, image, NULL, fixture_on_result, f);
  result = fixture_wait (f);
  return dais_images_take_finish (f->house, result, error);
}

static void
test_images (Fixture *f, gconstpointer data)
{
  static const gchar *const refused[] = { "x", "//a", "http://a b",
    "data:", "data:image/png", "data:image/png;base64,",
    "data:image/png;base64,PGh0bWw+",
    "data:image/svg+xml;base64,PHN2Zz4=", "javascript:x", "\\x", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *none = take (f, NULL, &error);
  g_autofree gchar *own = take (f, "/web/x", &error);
  g_autofree gchar *kept = take (
      f, "data:image/gif;base64,R0lGODlhAAAA", &error);
  g_autofree gchar *url = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (own, ==, "/web/x");
  g_assert_true (g_str_has_prefix (kept, DAIS_IMAGES_PATH));
  g_assert_true (g_str_has_suffix (kept, ".gif"));
  url = dais_images_make_url (kept, "http://hall");
  g_assert_true (g_str_has_prefix (url, "http://hall/images/"));

  for (guint i = 0; refused[i] != NULL; i++) {
    g_assert_null (take (f, refused[i], &error));
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_INVALID);
    g_clear_error (&error);
  }
}

#define ADD(path, func)                                                       \
  g_test_add ("/service/people/" path, Fixture, config, fixture_set_up, func, \
      fixture_tear_down)

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/people/codes", test_codes);
  g_test_add_func ("/service/people/codes-sends", test_codes_sends);
  g_test_add_func ("/service/people/codes-limit", test_codes_limit);
  ADD ("chat", test_chat);
  ADD ("chat-refused", test_chat_refused);
  ADD ("members", test_members);
  ADD ("help", test_help);
  ADD ("images", test_images);
  return g_test_run ();
}
