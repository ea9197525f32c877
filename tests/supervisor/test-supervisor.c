/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "core/error.h"
#include "supervisor/engine-link.h"
#include "supervisor/supervisor.h"

#include <glib/gstdio.h>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define WATCHDOG_S 20

typedef struct {
  gchar *runtime;
  DaisSupervisor *supervisor;
} Fixture;

static gboolean
on_watchdog (gpointer user_data)
{
  g_error ("waited %d s for: %s", WATCHDOG_S, (const gchar *) user_data);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                            \
  G_STMT_START                                           \
  {                                                      \
    guint watchdog_ = g_timeout_add_seconds (            \
        WATCHDOG_S, on_watchdog, (gpointer) #condition); \
    while (!(condition))                                 \
      g_main_context_iteration (NULL, TRUE);             \
    g_source_remove (watchdog_);                         \
  }                                                      \
  G_STMT_END

static guint
count_fds (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* The last reference may be that of an answer which is still on its way: the
 * D-Bus worker tells of a closed connection in its own time. */
static void
wait_until_finalized (gpointer object)
{
  gpointer watched = object;

  g_object_add_weak_pointer (object, &watched);
  g_object_unref (object);
  wait_until (watched == NULL);
}

static GVariant *
settings (const gchar *fake)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "fake", "s", fake);
  return g_variant_dict_end (&dict);
}

static DaisEngineHandle *
add_running (Fixture *fixture, DaisEngineKind kind, const gchar *slug)
{
  DaisEngineHandle *handle = dais_supervisor_add (
      fixture->supervisor, kind, slug);

  dais_engine_handle_configure (handle, settings (""));
  wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_RUNNING);
  return handle;
}

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fixture->runtime = g_dir_make_tmp ("dais-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->supervisor = dais_supervisor_new (
      fixture->runtime, g_getenv ("FAKE_ENGINE"), 2);
  g_assert_true (dais_supervisor_open (fixture->supervisor, &error));
  g_assert_no_error (error);
}

static void
on_stopped (GObject *object, GAsyncResult *result, gpointer user_data)
{
  gboolean *stopped = user_data;

  dais_supervisor_stop_finish (DAIS_SUPERVISOR (object), result);
  *stopped = TRUE;
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  gboolean stopped = FALSE;
  g_autofree gchar *command = NULL;

  if (fixture->supervisor != NULL) {
    dais_supervisor_stop_async (fixture->supervisor, on_stopped, &stopped);
    wait_until (stopped);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    g_assert_finalize_object (fixture->supervisor);
  }
  command = g_strdup_printf ("rm -rf '%s'", fixture->runtime);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->runtime);
}

static void
test_start (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_SOURCE, "cam");
  DaisEngineHealth health;

  g_assert_cmpint (dais_engine_handle_get_pid (handle), >, 1);
  wait_until ((dais_engine_handle_get_health (handle, &health),
      g_str_equal (health.state, "live")));
  g_assert_cmpstr (health.type, ==, "av");
}

static void
test_restart (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");
  GPid first = dais_engine_handle_get_pid (handle);

  kill (first, SIGKILL);
  wait_until (dais_engine_handle_get_restarts (handle) == 1);
  wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_RUNNING);
  g_assert_cmpint (dais_engine_handle_get_pid (handle), !=, first);
}

static void
test_stopped_process_is_replaced (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");

  kill (dais_engine_handle_get_pid (handle), SIGSTOP);
  wait_until (dais_engine_handle_get_restarts (handle) == 1);
  wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_RUNNING);
}

static void
test_still_frames_are_noticed (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");

  dais_engine_handle_configure (handle, settings ("still"));
  wait_until (dais_engine_handle_get_restarts (handle) == 1);
}

/* A crash at every start: the tries grow rarer, and the mended settings end it.
 */
static void
test_crash_loop (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = dais_supervisor_add (
      fixture->supervisor, DAIS_ENGINE_SOURCE, "cam");
  DaisEngineHealth health;

  dais_engine_handle_configure (handle, settings ("crash"));
  wait_until (dais_engine_handle_get_restarts (handle) == 3);
  dais_engine_handle_get_health (handle, &health);
  g_assert_cmpstr (health.state, ==, "lost");
  g_assert_cmpstr (health.error, !=, "");
  dais_engine_handle_configure (handle, settings (""));
  wait_until ((dais_engine_handle_get_health (handle, &health),
      g_str_equal (health.state, "live")));
}

static void
on_applied (GObject *object, GAsyncResult *result, gpointer user_data)
{
  gint *answers = user_data;
  guint64 running_time = 0;
  g_autoptr (GError) error = NULL;

  if (dais_engine_handle_apply_finish (
          DAIS_ENGINE_HANDLE (object), result, &running_time, &error))
    g_assert_cmpuint (running_time, >, 0);
  else
    g_assert_error (error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE);
  (*answers)++;
}

static void
test_apply (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");
  gint answers = 0;

  for (guint64 rev = 1; rev <= 100; rev++)
    dais_engine_handle_apply_async (
        handle, settings (""), rev, on_applied, &answers);
  wait_until (answers == 100);
  /* A dead engine answers too. */
  for (guint64 rev = 101; rev <= 110; rev++)
    dais_engine_handle_apply_async (
        handle, settings (""), rev, on_applied, &answers);
  kill (dais_engine_handle_get_pid (handle), SIGKILL);
  wait_until (answers == 110);
  wait_until (dais_engine_handle_get_restarts (handle) == 1);
  dais_engine_handle_apply_async (
      handle, settings (""), 111, on_applied, &answers);
  wait_until (answers == 111);
}

static void
on_levels (DaisEngineHandle *handle, GVariant *levels, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_levels_come_back (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");
  guint count = 0;

  g_signal_connect (handle, "levels", G_CALLBACK (on_levels), &count);
  dais_engine_handle_set_levels (handle, TRUE);
  wait_until (count > 0);
  kill (dais_engine_handle_get_pid (handle), SIGKILL);
  wait_until (dais_engine_handle_get_restarts (handle) == 1);
  count = 0;
  wait_until (count > 0);
  g_signal_handlers_disconnect_by_data (handle, &count);
}

typedef struct {
  gboolean done;
  GError *error;
} Outcome;

static void
on_viewer_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  dais_engine_handle_add_viewer_finish (
      DAIS_ENGINE_HANDLE (object), result, &outcome->error);
  outcome->done = TRUE;
}

static void
test_add_viewer (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_ROOM, "hall");
  Outcome outcome = { FALSE, NULL };
  char text[256] = { 0 };
  int ends[2];
  guint fds = count_fds ();

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  dais_engine_handle_add_viewer_async (
      handle, "webm", ends[1], "X-A: b\r\n", NULL, on_viewer_added, &outcome);
  wait_until (outcome.done);
  g_assert_no_error (outcome.error);
  g_assert_cmpint (recv (ends[0], text, sizeof text - 1, MSG_WAITALL), >, 0);
  g_assert_nonnull (strstr (text, "X-A: b\r\n\r\nwebm of hall"));
  close (ends[0]);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  outcome.done = FALSE;
  dais_engine_handle_add_viewer_async (
      handle, "none", ends[1], "", NULL, on_viewer_added, &outcome);
  wait_until (outcome.done);
  g_assert_error (outcome.error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND);
  g_clear_error (&outcome.error);
  close (ends[0]);
  wait_until (count_fds () <= fds);
}

/* What a killed daemon leaves is found again, its process unchanged. */
static void
test_adopt (Fixture *fixture, gconstpointer user_data)
{
  DaisEngineHandle *handle = add_running (fixture, DAIS_ENGINE_ROOM, "hall");
  GPid pid = dais_engine_handle_get_pid (handle);
  g_autoptr (DaisEngineHandle) again = NULL;

  /* Dropped without an orderly stop, as by kill -9. */
  g_object_unref (handle);
  g_clear_object (&fixture->supervisor);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fixture->supervisor = dais_supervisor_new (
      fixture->runtime, g_getenv ("FAKE_ENGINE"), 2);
  again = add_running (fixture, DAIS_ENGINE_ROOM, "hall");
  g_assert_cmpint (dais_engine_handle_get_pid (again), ==, pid);
  g_assert_cmpuint (dais_engine_handle_get_restarts (again), ==, 0);
}

/* After an upgrade an engine goes on, unless it could not be spoken to. */
static void
test_adopt_older (Fixture *fixture, gconstpointer user_data)
{
  const gchar *variable = user_data;
  gboolean adopts = g_str_equal (variable, "FAKE_ENGINE_VERSION");
  DaisEngineHandle *handle = NULL;
  g_autoptr (DaisEngineHandle) again = NULL;
  GPid pid;

  g_setenv (variable, "0", TRUE);
  handle = dais_supervisor_add (fixture->supervisor, DAIS_ENGINE_ROOM, "hall");
  dais_engine_handle_configure (handle, settings (""));
  wait_until ((pid = dais_engine_handle_get_pid (handle)) > 1);
  g_unsetenv (variable);
  g_object_unref (handle);
  g_clear_object (&fixture->supervisor);
  fixture->supervisor = dais_supervisor_new (
      fixture->runtime, g_getenv ("FAKE_ENGINE"), 2);
  again = add_running (fixture, DAIS_ENGINE_ROOM, "hall");
  g_assert_cmpint (dais_engine_handle_get_pid (again) == pid, ==, adopts);
}

static void
test_strangers_are_stopped (Fixture *fixture, gconstpointer user_data)
{
  DaisEngineHandle *handle = add_running (fixture, DAIS_ENGINE_SOURCE, "old");
  GPid pid = dais_engine_handle_get_pid (handle);

  g_object_unref (handle);
  g_clear_object (&fixture->supervisor);
  fixture->supervisor = dais_supervisor_new (
      fixture->runtime, g_getenv ("FAKE_ENGINE"), 2);
  dais_supervisor_stop_strangers (fixture->supervisor);
  wait_until (kill (pid, 0) != 0);
}

/* As a daemon that is killed when its engine is born but does not listen. */
static GPid
leave_unborn (Fixture *fixture, const gchar *slug, const gchar *delay_ms)
{
  DaisEngineHandle *handle = dais_supervisor_add (
      fixture->supervisor, DAIS_ENGINE_SOURCE, slug);
  GPid pid = 0;

  g_setenv ("FAKE_ENGINE_DELAY", delay_ms, TRUE);
  dais_engine_handle_configure (handle, settings (""));
  wait_until ((pid = dais_engine_handle_get_pid (handle)) > 1);
  g_unsetenv ("FAKE_ENGINE_DELAY");
  g_object_unref (handle);
  g_clear_object (&fixture->supervisor);
  fixture->supervisor = dais_supervisor_new (
      fixture->runtime, g_getenv ("FAKE_ENGINE"), 2);
  return pid;
}

static void
test_adopt_unborn (Fixture *fixture, gconstpointer user_data)
{
  GPid pid = leave_unborn (fixture, "cam", "500");
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_SOURCE, "cam");

  g_assert_cmpint (dais_engine_handle_get_pid (handle), ==, pid);
  g_assert_cmpuint (dais_engine_handle_get_restarts (handle), ==, 0);
}

static void
test_unborn_strangers_are_stopped (Fixture *fixture, gconstpointer user_data)
{
  GPid pid = leave_unborn (fixture, "old", "500");

  dais_supervisor_stop_strangers (fixture->supervisor);
  wait_until (kill (pid, 0) != 0);
}

/* One that never comes to listen is known by its place alone. */
static void
test_unborn_is_removed (Fixture *fixture, gconstpointer user_data)
{
  GPid pid = leave_unborn (fixture, "cam", "60000");
  g_autoptr (DaisEngineHandle) handle = dais_supervisor_add (
      fixture->supervisor, DAIS_ENGINE_SOURCE, "cam");
  guint rounds = 0;

  dais_engine_handle_configure (handle, settings (""));
  wait_until (rounds++ == 10); /* a few tries to reach it */
  g_assert_cmpint (kill (pid, 0), ==, 0);
  g_assert_cmpint (dais_engine_handle_get_pid (handle), ==, 0);
  dais_supervisor_remove (fixture->supervisor, handle);
  wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_STOPPED);
  wait_until (kill (pid, 0) != 0);
}

/* The new engine of a slug is born when the old one is gone, not before. */
static void
test_removed_and_added_again (Fixture *fixture, gconstpointer user_data)
{
  DaisEngineHandle *old = add_running (fixture, DAIS_ENGINE_SOURCE, "cam");
  GPid pid = dais_engine_handle_get_pid (old);
  g_autoptr (DaisEngineHandle) handle = NULL;

  dais_supervisor_remove (fixture->supervisor, old);
  g_object_unref (old);
  handle = add_running (fixture, DAIS_ENGINE_SOURCE, "cam");
  g_assert_cmpint (kill (pid, 0), !=, 0);
  g_assert_cmpint (dais_engine_handle_get_pid (handle), !=, pid);
  g_assert_cmpuint (dais_engine_handle_get_restarts (handle), ==, 0);
}

/* Of an engine that was removed no file stays. */
static void
test_removed_leaves_no_file (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_SOURCE, "cam");
  g_autofree gchar *path = g_build_filename (fixture->runtime, "e", NULL);
  g_autoptr (GDir) folder = NULL;

  dais_supervisor_remove (fixture->supervisor, handle);
  wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_STOPPED);
  folder = g_dir_open (path, 0, NULL);
  g_assert_null (g_dir_read_name (folder));
}

static void
test_kills_leave_nothing (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (DaisEngineHandle) handle = add_running (
      fixture, DAIS_ENGINE_SOURCE, "cam");
  guint before = count_fds ();

  for (guint i = 1; i <= 50; i++) {
    /* A fresh handle each time: the delay must not grow in this test. */
    kill (dais_engine_handle_get_pid (handle), SIGKILL);
    wait_until (dais_engine_handle_get_restarts (handle) == 1);
    dais_supervisor_remove (fixture->supervisor, handle);
    wait_until (dais_engine_handle_get_state (handle) == DAIS_ENGINE_STOPPED);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    wait_until_finalized (g_steal_pointer (&handle));
    handle = add_running (fixture, DAIS_ENGINE_SOURCE, "cam");
  }
  wait_until (count_fds () <= before);
}

static void
test_bad_places (void)
{
  g_autofree gchar *deep = g_strnfill (90, 'x');
  g_autofree gchar *path = g_build_filename ("/tmp", deep, NULL);
  g_autoptr (DaisSupervisor) longer = dais_supervisor_new (
      path, "/bin/true", 1);
  g_autoptr (DaisSupervisor) missing = dais_supervisor_new (
      "/tmp/dais-none", "/nowhere/dais-engine", 1);
  g_autoptr (GError) error = NULL;

  g_assert_false (dais_supervisor_open (longer, &error));
  g_assert_error (error, DAIS_ERROR, DAIS_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "runtime_dir"));
  g_clear_error (&error);
  g_assert_false (dais_supervisor_open (missing, &error));
  g_assert_nonnull (strstr (error->message, "DAIS_ENGINE"));
}

#define ADD(path, function)                                                    \
  g_test_add ("/supervisor/supervisor/" path, Fixture, NULL, set_up, function, \
      tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* A killed engine is worth a warning; here it is the test. */
  g_log_set_always_fatal (
      (GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  ADD ("start", test_start);
  ADD ("restart", test_restart);
  ADD ("stopped-process", test_stopped_process_is_replaced);
  ADD ("still-frames", test_still_frames_are_noticed);
  ADD ("crash-loop", test_crash_loop);
  ADD ("apply", test_apply);
  ADD ("levels-come-back", test_levels_come_back);
  ADD ("add-viewer", test_add_viewer);
  ADD ("adopt", test_adopt);
  g_test_add ("/supervisor/supervisor/adopt-older", Fixture,
      "FAKE_ENGINE_VERSION", set_up, test_adopt_older, tear_down);
  g_test_add ("/supervisor/supervisor/replace-strange", Fixture,
      "FAKE_ENGINE_PROTOCOL", set_up, test_adopt_older, tear_down);
  ADD ("strangers", test_strangers_are_stopped);
  ADD ("adopt-unborn", test_adopt_unborn);
  ADD ("unborn-strangers", test_unborn_strangers_are_stopped);
  ADD ("unborn-removed", test_unborn_is_removed);
  ADD ("removed-and-added-again", test_removed_and_added_again);
  ADD ("removed-leaves-no-file", test_removed_leaves_no_file);
  ADD ("kills-leave-nothing", test_kills_leave_nothing);
  g_test_add_func ("/supervisor/supervisor/bad-places", test_bad_places);
  return g_test_run ();
}
