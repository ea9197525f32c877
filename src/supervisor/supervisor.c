/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-supervisor"
#include "config.h"

#include "supervisor/supervisor.h"

#include "core/error.h"
#include "core/slug.h"
#include "supervisor/engine-handle-private.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <sys/un.h>

/* The longest name below the runtime folder: "/w/<slug>.v-4096x4096" */
#define LONGEST_NAME (3 + DAIS_SLUG_MAX + 12)

struct _DaisSupervisor {
  GObject parent_instance;

  gchar *runtime_dir;
  gchar *engine_path;
  DaisEngineProgram program; /* borrows the two above */
  GPtrArray *handles;        /* (element-type DaisEngineHandle) */
  GPtrArray *ending;    /* (element-type DaisEngineHandle): removed, not gone */
  GPtrArray *strangers; /* (element-type DaisEngineLink): told to stop */
  GTask *stop_task;     /* (nullable) */
};

G_DEFINE_FINAL_TYPE (DaisSupervisor, dais_supervisor, G_TYPE_OBJECT)

/**
 * dais_supervisor_new:
 *
 * Returns: (transfer full): a supervisor without engines
 */
DaisSupervisor *
dais_supervisor_new (
    const gchar *runtime_dir, const gchar *engine_path, guint grace_s)
{
  DaisSupervisor *self = g_object_new (DAIS_TYPE_SUPERVISOR, NULL);

  self->runtime_dir = g_canonicalize_filename (runtime_dir, NULL);
  self->engine_path = g_strdup (engine_path);
  self->program = (DaisEngineProgram){ self->runtime_dir, self->engine_path,
    grace_s };
  return self;
}

static gboolean
make_folder (const gchar *runtime_dir, const gchar *part, GError **error)
{
  g_autofree gchar *path = g_build_filename (runtime_dir, part, NULL);
  gint failure;

  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  failure = errno;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
      "cannot make the folder '%s': %s; choose another runtime_dir in the "
      "configuration",
      path, g_strerror (failure));
  return FALSE;
}

/**
 * dais_supervisor_open:
 *
 * Makes the runtime folder. Blocks for the file system: before the main loop.
 *
 * Returns: FALSE with DAIS_ERROR_FAILED when the folder cannot serve
 */
gboolean
dais_supervisor_open (DaisSupervisor *self, GError **error)
{
  gsize room = sizeof ((struct sockaddr_un *) NULL)->sun_path - 1;

  if (strlen (self->runtime_dir) + LONGEST_NAME > room) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the runtime folder '%s' has a path of over %u bytes, too long for "
        "sockets; set runtime_dir to a shorter one",
        self->runtime_dir, (guint) (room - LONGEST_NAME));
    return FALSE;
  }
  if (!g_file_test (self->engine_path, G_FILE_TEST_IS_EXECUTABLE)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_FAILED,
        "the engine program '%s' is not there; install it, or name it in "
        "the environment variable DAIS_ENGINE",
        self->engine_path);
    return FALSE;
  }
  return make_folder (self->runtime_dir, "e", error) &&
      make_folder (self->runtime_dir, "w", error) &&
      make_folder (self->runtime_dir, "in", error);
}

const gchar *
dais_supervisor_get_runtime_dir (DaisSupervisor *self)
{
  return self->runtime_dir;
}

/**
 * dais_supervisor_get_wire_path:
 *
 * Returns: (transfer full): where the frames of a source are to be had
 */
gchar *
dais_supervisor_get_wire_path (
    DaisSupervisor *self, const gchar *slug, const gchar *suffix)
{
  g_autofree gchar *name = g_strconcat (slug, suffix, NULL);

  return g_build_filename (self->runtime_dir, "w", name, NULL);
}

static DaisEngineHandle *
find (GPtrArray *handles, DaisEngineKind kind, const gchar *slug)
{
  for (guint i = 0; i < handles->len; i++) {
    DaisEngineHandle *handle = handles->pdata[i];

    if (dais_engine_handle_get_kind (handle) == kind &&
        g_str_equal (dais_engine_handle_get_slug (handle), slug))
      return handle;
  }
  return NULL;
}

/**
 * dais_supervisor_add:
 *
 * Returns: (transfer full): a handle; nothing runs before it is configured
 */
DaisEngineHandle *
dais_supervisor_add (
    DaisSupervisor *self, DaisEngineKind kind, const gchar *slug)
{
  DaisEngineHandle *handle = dais_engine_handle_new (
      &self->program, kind, slug);
  DaisEngineHandle *old = find (self->ending, kind, slug);

  if (old != NULL)
    dais_engine_handle_wait_for (handle, old);
  g_ptr_array_add (self->handles, g_object_ref (handle));
  return handle;
}

static void
check_stopped (DaisSupervisor *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stop_task == NULL || self->ending->len > 0 ||
      self->strangers->len > 0)
    return;
  task = g_steal_pointer (&self->stop_task);
  g_task_return_boolean (task, TRUE);
}

static void
on_ending_changed (DaisEngineHandle *handle, DaisSupervisor *self)
{
  if (dais_engine_handle_get_state (handle) != DAIS_ENGINE_STOPPED)
    return;
  g_signal_handlers_disconnect_by_data (handle, self);
  g_ptr_array_remove_fast (self->ending, handle);
  check_stopped (self);
}

/**
 * dais_supervisor_remove:
 *
 * Ends the engine; the supervisor waits for that in the background.
 */
void
dais_supervisor_remove (DaisSupervisor *self, DaisEngineHandle *handle)
{
  g_autoptr (DaisEngineHandle) keep = g_object_ref (handle);

  if (!g_ptr_array_remove_fast (self->handles, handle))
    return;
  if (dais_engine_handle_get_state (handle) == DAIS_ENGINE_STOPPED)
    return;
  g_ptr_array_add (self->ending, g_object_ref (handle));
  g_signal_connect (
      handle, "state-changed", G_CALLBACK (on_ending_changed), self);
  dais_engine_handle_stop (handle);
}

/* --- engines that nobody here wants --- */

static void
on_stranger_lost (DaisEngineLink *link, const gchar *why, DaisSupervisor *self)
{
  g_signal_handlers_disconnect_by_data (link, self);
  g_ptr_array_remove_fast (self->strangers, link);
  check_stopped (self);
}

static void
on_stranger_ready (DaisEngineLink *link, DaisSupervisor *self)
{
  g_message ("stopping the engine process %d, which is not configured any more",
      (gint) dais_engine_link_get_pid (link));
  dais_engine_link_stop (link);
}

static void
stop_stranger (DaisSupervisor *self, DaisEngineKind kind, const gchar *slug)
{
  DaisEngineLink *link = dais_engine_link_new (&self->program, kind, slug);

  g_ptr_array_add (self->strangers, link);
  g_signal_connect (link, "ready", G_CALLBACK (on_stranger_ready), self);
  g_signal_connect (link, "lost", G_CALLBACK (on_stranger_lost), self);
  dais_engine_link_adopt (link);
}

/**
 * dais_supervisor_stop_strangers:
 *
 * Looks at the places in the runtime folder: an engine that belongs to no
 * handle is told to stop, also one that does not listen yet.
 */
void
dais_supervisor_stop_strangers (DaisSupervisor *self)
{
  g_autofree gchar *path = g_build_filename (self->runtime_dir, "e", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  if (folder == NULL)
    return;
  while ((name = g_dir_read_name (folder)) != NULL) {
    DaisEngineKind kind = name[0] == 's' ? DAIS_ENGINE_SOURCE
                                         : DAIS_ENGINE_ROOM;
    g_autofree gchar *slug = NULL;

    if ((name[0] != 's' && name[0] != 'r') || name[1] != '-' ||
        !g_str_has_suffix (name, DAIS_ENGINE_PLACE_SUFFIX))
      continue;
    slug = g_strndup (
        name + 2, strlen (name + 2) - strlen (DAIS_ENGINE_PLACE_SUFFIX));
    if (dais_slug_is_valid (slug) && find (self->handles, kind, slug) == NULL &&
        find (self->ending, kind, slug) == NULL)
      stop_stranger (self, kind, slug);
  }
}

/**
 * dais_supervisor_stop_async:
 *
 * See the header. Once.
 */
void
dais_supervisor_stop_async (
    DaisSupervisor *self, GAsyncReadyCallback callback, gpointer user_data)
{
  self->stop_task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stop_task, dais_supervisor_stop_async);
  while (self->handles->len > 0)
    dais_supervisor_remove (self, self->handles->pdata[0]);
  check_stopped (self);
}

void
dais_supervisor_stop_finish (DaisSupervisor *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
forget (DaisSupervisor *self, GPtrArray *objects)
{
  for (guint i = 0; i < objects->len; i++)
    g_signal_handlers_disconnect_by_data (objects->pdata[i], self);
  g_ptr_array_unref (objects);
}

static void
dais_supervisor_finalize (GObject *object)
{
  DaisSupervisor *self = DAIS_SUPERVISOR (object);

  forget (self, g_steal_pointer (&self->strangers));
  forget (self, g_steal_pointer (&self->ending));
  forget (self, g_steal_pointer (&self->handles));
  g_clear_pointer (&self->engine_path, g_free);
  g_clear_pointer (&self->runtime_dir, g_free);
  G_OBJECT_CLASS (dais_supervisor_parent_class)->finalize (object);
}

static void
dais_supervisor_class_init (DaisSupervisorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_supervisor_finalize;
}

static void
dais_supervisor_init (DaisSupervisor *self)
{
  self->handles = g_ptr_array_new_with_free_func (g_object_unref);
  self->ending = g_ptr_array_new_with_free_func (g_object_unref);
  self->strangers = g_ptr_array_new_with_free_func (g_object_unref);
}
