/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "core/error.h"
#include "core/slug.h"
#include "dais-engine-ipc.h"
#include "engine/body.h"
#include "engine/output.h"
#include "engine/slate.h"
#include "engine/source-input.h"
#include "engine/source-options.h"
#include "engine/source-tap.h"
#include "engine/source-words.h"

#define MAX_URI        4096
#define MAX_OPTIONS    32
#define MAX_RENDITIONS 8
#define LEVELS_MS      100

typedef struct {
  DaisCanvas size;
  DaisTap *tap;
} Rendition;

/* The body of a source engine: one stream, from its input to its wires and its
 * viewers. Main thread, but for the outlets.
 *
 * Locking order: the guard's lock, taps_lock. */
typedef struct {
  DaisControl *control;
  DaisIpcSource *interface;
  DaisOutput *output;
  DaisSourceSpec *spec; /* (nullable): before the first Configure */
  DaisGuard *guard;     /* (nullable) */
  DaisInput *input;     /* (nullable) */
  GstCaps *video_caps;
  GstCaps *audio_caps;
  guint going; /* inputs that are still coming down */
  guint levels_id;
  gboolean stopping;
  gboolean has_video, has_audio;

  GMutex taps_lock;
  /* written by the main thread with taps_lock held */
  DaisTap *video_tap;
  DaisTap *audio_tap;
  GArray *renditions; /* (element-type Rendition) */
} DaisSource;

/* --- outlets, any thread --- */

static void
on_video (GstBuffer *buffer, gpointer user_data)
{
  DaisSource *self = user_data;

  g_mutex_lock (&self->taps_lock);
  if (self->video_tap != NULL)
    dais_tap_push (self->video_tap, buffer);
  for (guint i = 0; i < self->renditions->len; i++)
    dais_tap_push (g_array_index (self->renditions, Rendition, i).tap, buffer);
  g_mutex_unlock (&self->taps_lock);
  dais_output_push (self->output, DAIS_FEED_VIDEO, buffer, self->video_caps);
}

static void
on_audio (GstBuffer *buffer, gpointer user_data)
{
  DaisSource *self = user_data;

  g_mutex_lock (&self->taps_lock);
  if (self->audio_tap != NULL)
    dais_tap_push (self->audio_tap, buffer);
  g_mutex_unlock (&self->taps_lock);
  dais_output_push (self->output, DAIS_FEED_AUDIO, buffer, self->audio_caps);
}

static const DaisGuardOutlets outlets = { on_video, on_audio };

static gboolean
on_answer (GstQuery *query, gpointer user_data)
{
  DaisSource *self = user_data;
  gboolean answered;

  g_mutex_lock (&self->taps_lock);
  answered = self->video_tap != NULL &&
      dais_tap_answer (self->video_tap, query);
  g_mutex_unlock (&self->taps_lock);
  return answered;
}

/* --- who takes what --- */

static guint
count_takers (DaisSource *self)
{
  guint takers = self->video_tap != NULL
      ? dais_tap_get_clients (self->video_tap)
      : 0;

  for (guint i = 0; i < self->renditions->len; i++)
    takers += dais_tap_get_clients (
        g_array_index (self->renditions, Rendition, i).tap);
  return takers;
}

static gboolean
is_video_wanted (DaisSource *self)
{
  return self->has_video &&
      (count_takers (self) > 0 ||
          (dais_output_get_wanted (self->output) & DAIS_FEED_VIDEO) != 0);
}

static gboolean
is_audio_wanted (DaisSource *self)
{
  return self->has_audio &&
      (self->levels_id != 0 ||
          (self->audio_tap != NULL &&
              dais_tap_get_clients (self->audio_tap) > 0) ||
          (dais_output_get_wanted (self->output) & DAIS_FEED_AUDIO) != 0);
}

static void
update_wanted (DaisSource *self)
{
  gboolean video = is_video_wanted (self);
  gboolean audio = is_audio_wanted (self);

  if (self->guard == NULL)
    return;
  /* The guard first: it must be awake when the first picture comes. */
  dais_guard_set_wanted (self->guard, video, audio);
  if (self->input != NULL)
    dais_input_set_wanted (self->input, video, audio);
}

static void
on_clients_changed (gpointer user_data)
{
  update_wanted (user_data);
}

static void
on_output_wanted (DaisOutput *output, DaisSource *self)
{
  update_wanted (self);
}

static void
on_output_viewers (DaisOutput *output, DaisSource *self)
{
  dais_control_emit_viewers (
      self->control, dais_output_get_viewers (self->output));
}

/* --- what the stream is made of --- */

static void
update_media (DaisSource *self)
{
  const gchar *type = self->spec->type;
  const gchar *found = self->input != NULL ? dais_input_get_found (self->input)
                                           : "";
  gboolean video, audio;

  if (*type == '\0')
    type = *found != '\0' ? found : "video";
  video = !g_str_equal (type, "audio");
  audio = !g_str_equal (type, "video");
  if (video == self->has_video && audio == self->has_audio)
    return;
  self->has_video = video;
  self->has_audio = audio;
  dais_guard_set_has (self->guard, video, audio);
  dais_output_set_feeds (self->output,
      (video ? DAIS_FEED_VIDEO : 0) | (audio ? DAIS_FEED_AUDIO : 0));
  update_wanted (self);
}

static void
on_input_changed (gpointer user_data)
{
  static const gchar *const names[] = { "connecting", "live", "lost" };
  DaisSource *self = user_data;
  DaisInput *input = self->input;

  if (input == NULL)
    return;
  g_object_set (self->interface, "state", names[dais_input_get_state (input)],
      "since", dais_input_get_since (input), "fps", dais_input_get_fps (input),
      "error", dais_input_get_error (input), "type",
      dais_input_get_found (input), NULL);
  update_media (self);
}

static const DaisInputEvents input_events = { on_input_changed, on_answer };

/* --- building up and taking down --- */

static void
finish_stop (DaisSource *self)
{
  if (self->stopping && self->going == 0)
    dais_control_stopped (self->control);
}

typedef struct {
  DaisSource *source;
  DaisGuard *guard; /* (nullable): goes with its last input */
} Going;

static void
on_input_gone (gpointer user_data)
{
  Going *going = user_data;
  DaisSource *self = going->source;

  g_clear_pointer (&going->guard, dais_guard_free);
  g_free (going);
  self->going--;
  finish_stop (self);
}

static void
drop_input (DaisSource *self, gboolean guard_too)
{
  Going *going = g_new0 (Going, 1);
  DaisInput *input = g_steal_pointer (&self->input);

  going->source = self;
  if (guard_too)
    going->guard = g_steal_pointer (&self->guard);
  self->going++;
  if (going->guard != NULL)
    dais_guard_set_wanted (going->guard, FALSE, FALSE);
  if (input != NULL)
    dais_input_free (input, on_input_gone, going);
  else
    on_input_gone (going);
}

static void
drop_taps (DaisSource *self)
{
  DaisTap *video, *audio;
  g_autoptr (GArray) renditions = NULL;

  g_mutex_lock (&self->taps_lock);
  video = g_steal_pointer (&self->video_tap);
  audio = g_steal_pointer (&self->audio_tap);
  renditions = self->renditions;
  self->renditions = g_array_new (FALSE, TRUE, sizeof (Rendition));
  g_mutex_unlock (&self->taps_lock);
  g_clear_pointer (&video, dais_tap_free);
  g_clear_pointer (&audio, dais_tap_free);
  for (guint i = 0; i < renditions->len; i++)
    dais_tap_free (g_array_index (renditions, Rendition, i).tap);
}

static void
make_taps (DaisSource *self)
{
  DaisTap *video = NULL, *audio = NULL;

  if (dais_build_wants (self->spec, "video"))
    video = dais_tap_new (self->control, ".v", self->video_caps, NULL,
        G_CALLBACK (on_clients_changed), self);
  if (dais_build_wants (self->spec, "audio"))
    audio = dais_tap_new (self->control, ".a", self->audio_caps, NULL,
        G_CALLBACK (on_clients_changed), self);
  g_mutex_lock (&self->taps_lock);
  self->video_tap = video;
  self->audio_tap = audio;
  g_mutex_unlock (&self->taps_lock);
}

static void
make_slate (DaisSource *self)
{
  g_autoptr (GstAllocator) allocator = self->video_tap != NULL
      ? dais_tap_get_allocator (self->video_tap)
      : NULL;

  if (self->video_tap != NULL)
    dais_guard_set_slate (self->guard,
        dais_slate_new (
            &self->spec->canvas, self->spec->name, "no signal", allocator));
}

static gboolean
same_options (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer key, value;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_strcmp0 (g_hash_table_lookup (b, key), value) != 0)
      return FALSE;
  return TRUE;
}

static void
start_input (DaisSource *self)
{
  dais_guard_set_patience (self->guard,
      dais_source_options_number (self->spec->options, "slate-after", 0));
  dais_guard_drop_input (self->guard);
  self->input = dais_input_new (self->control,
      dais_source_spec_copy (self->spec), self->guard, &input_events, self);
  g_object_set (self->interface, "state", "connecting", "since",
      g_get_real_time (), "fps", 0.0, "error", "", NULL);
}

static void
set_caps (DaisSource *self)
{
  gst_clear_caps (&self->video_caps);
  self->video_caps = dais_caps_video (&self->spec->canvas);
}

/* Does as little as the change asks for. */
static void
apply (DaisSource *self, DaisSourceSpec *spec)
{
  g_autoptr (DaisSourceSpec) old = g_steal_pointer (&self->spec);
  gboolean other_canvas = old == NULL ||
      !dais_canvas_equal (&old->canvas, &spec->canvas);
  gboolean other_type = old == NULL || !g_str_equal (old->type, spec->type);
  gboolean other_input = other_canvas || other_type ||
      !g_str_equal (old->uri, spec->uri) ||
      !same_options (old->options, spec->options);

  self->spec = spec;
  if (other_input && old != NULL)
    drop_input (self, other_canvas);
  if (other_canvas || other_type)
    drop_taps (self);
  if (other_canvas) {
    set_caps (self);
    self->guard = dais_guard_new (&spec->canvas, &outlets, self);
    dais_guard_set_levels (self->guard, self->levels_id != 0);
    self->has_video = self->has_audio = FALSE;
  }
  if (other_canvas || other_type)
    make_taps (self);
  if (other_canvas || other_type || !g_str_equal (old->name, spec->name))
    make_slate (self);
  if (other_input)
    start_input (self);
  update_media (self);
  update_wanted (self);
}

/* --- renditions --- */

static gboolean
read_renditions (
    const DaisCanvas *canvas, GVariant *asked, GArray *sizes, GError **error)
{
  GVariantIter iter;
  guint32 width, height;

  g_variant_iter_init (&iter, asked);
  while (g_variant_iter_next (&iter, "(uu)", &width, &height)) {
    DaisCanvas size = { (gint) width, (gint) height, canvas->fps_n,
      canvas->fps_d };

    if (width < DAIS_CANVAS_MIN_SIZE || width > DAIS_CANVAS_MAX_SIZE ||
        height < DAIS_CANVAS_MIN_SIZE || height > DAIS_CANVAS_MAX_SIZE ||
        width % 2 != 0 || height % 2 != 0 || sizes->len >= MAX_RENDITIONS) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "rendition %ux%u: at most %d, each with even sides of %d to %d",
          width, height, MAX_RENDITIONS, DAIS_CANVAS_MIN_SIZE,
          DAIS_CANVAS_MAX_SIZE);
      return FALSE;
    }
    if (size.width != canvas->width || size.height != canvas->height)
      g_array_append_val (sizes, size);
  }
  return TRUE;
}

static gboolean
has_size (GArray *renditions, const DaisCanvas *size)
{
  for (guint i = 0; i < renditions->len; i++)
    if (dais_canvas_equal (
            &g_array_index (renditions, Rendition, i).size, size))
      return TRUE;
  return FALSE;
}

static void
drop_rendition (DaisSource *self, guint index)
{
  DaisTap *tap = g_array_index (self->renditions, Rendition, index).tap;

  g_mutex_lock (&self->taps_lock);
  g_array_remove_index (self->renditions, index);
  g_mutex_unlock (&self->taps_lock);
  dais_tap_free (tap);
}

static void
apply_renditions (DaisSource *self, GArray *sizes)
{
  for (guint i = self->renditions->len; i > 0; i--) {
    DaisCanvas *size = &g_array_index (self->renditions, Rendition, i - 1).size;
    gboolean asked = FALSE;

    for (guint k = 0; k < sizes->len; k++)
      asked |= dais_canvas_equal (&g_array_index (sizes, DaisCanvas, k), size);
    if (!asked)
      drop_rendition (self, i - 1);
  }
  for (guint i = 0; i < sizes->len && self->video_tap != NULL; i++) {
    Rendition one = { g_array_index (sizes, DaisCanvas, i), NULL };
    g_autofree gchar *suffix = g_strdup_printf (
        ".v-%dx%d", one.size.width, one.size.height);

    if (has_size (self->renditions, &one.size))
      continue;
    one.tap = dais_tap_new (self->control, suffix, self->video_caps, &one.size,
        G_CALLBACK (on_clients_changed), self);
    g_mutex_lock (&self->taps_lock);
    g_array_append_val (self->renditions, one);
    g_mutex_unlock (&self->taps_lock);
  }
  update_wanted (self);
}

/* --- org.dais.Source --- */

static gboolean
read_string (GVariantDict *settings, const gchar *key, gsize longest,
    gchar **value, GError **error)
{
  gchar *given = NULL;

  if (!g_variant_dict_contains (settings, key))
    return TRUE;
  if (!g_variant_dict_lookup (settings, key, "s", &given) ||
      strlen (given) > longest) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'%s' must be a text of at most %" G_GSIZE_FORMAT " bytes", key,
        longest);
    g_free (given);
    return FALSE;
  }
  g_free (*value);
  *value = given;
  return TRUE;
}

static gboolean
read_options (GVariantDict *settings, GHashTable **options, GError **error)
{
  g_autoptr (GVariant) given = NULL;
  GHashTable *read;
  GVariantIter iter;
  gchar *key, *value;

  if (!g_variant_dict_contains (settings, "options"))
    return TRUE;
  given = g_variant_dict_lookup_value (
      settings, "options", G_VARIANT_TYPE ("a{ss}"));
  if (given == NULL || g_variant_n_children (given) > MAX_OPTIONS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'options' must be at most %d pairs of texts", MAX_OPTIONS);
    return FALSE;
  }
  read = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_variant_iter_init (&iter, given);
  while (g_variant_iter_next (&iter, "{ss}", &key, &value))
    g_hash_table_replace (read, key, value);
  g_hash_table_unref (*options);
  *options = read;
  return TRUE;
}

static DaisSourceSpec *
new_spec (DaisSource *self)
{
  DaisSourceSpec *spec;

  if (self->spec != NULL)
    return dais_source_spec_copy (self->spec);
  spec = g_new0 (DaisSourceSpec, 1);
  spec->name = g_strdup (dais_control_get_slug (self->control));
  spec->uri = g_strdup ("");
  spec->type = g_strdup ("");
  spec->canvas = DAIS_CANVAS_DEFAULT;
  spec->options = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  return spec;
}

static gboolean
read_spec (GVariantDict *settings, DaisSourceSpec *spec, GError **error)
{
  static const gchar *const types[] = { "", "audio", "video", "av", NULL };

  if (!read_string (settings, "name", 4 * DAIS_NAME_MAX, &spec->name, error) ||
      !read_string (settings, "uri", MAX_URI, &spec->uri, error) ||
      !read_string (settings, "type", 8, &spec->type, error) ||
      !read_options (settings, &spec->options, error) ||
      !dais_canvas_read (&spec->canvas, settings, error))
    return FALSE;
  if (g_strv_contains (types, spec->type))
    return TRUE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
      "the type '%s' must be audio, video, av or empty", spec->type);
  return FALSE;
}

static gboolean
configure (DaisSource *self, GVariant *settings, GError **error)
{
  g_autoptr (GVariantDict) keys = g_variant_dict_new (settings);
  g_autoptr (DaisSourceSpec) spec = new_spec (self);
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (DaisCanvas));
  g_autoptr (GVariant) renditions = g_variant_dict_lookup_value (
      keys, "renditions", G_VARIANT_TYPE ("a(uu)"));

  if (!read_spec (keys, spec, error))
    return FALSE;
  if (renditions != NULL &&
      !read_renditions (&spec->canvas, renditions, sizes, error))
    return FALSE;
  apply (self, g_steal_pointer (&spec));
  if (renditions != NULL)
    apply_renditions (self, sizes);
  return TRUE;
}

static gboolean
on_handle_configure (DaisIpcSource *interface,
    GDBusMethodInvocation *invocation, GVariant *settings, DaisSource *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->stopping && configure (self, settings, &error))
    dais_ipc_source_complete_configure (interface, invocation);
  else if (error != NULL)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_error_literal (invocation, DAIS_ERROR,
        DAIS_ERROR_UNAVAILABLE, "the engine is stopping");
  return TRUE;
}

/* --- the body --- */

static gpointer
source_create (DaisControl *control)
{
  DaisSource *self = g_new0 (DaisSource, 1);

  dais_source_words_listen ();
  self->control = control;
  self->interface = dais_ipc_source_skeleton_new ();
  dais_ipc_source_set_state (self->interface, "connecting");
  dais_ipc_source_set_since (self->interface, g_get_real_time ());
  g_signal_connect (self->interface, "handle-configure",
      G_CALLBACK (on_handle_configure), self);
  self->audio_caps = dais_caps_audio ();
  self->renditions = g_array_new (FALSE, TRUE, sizeof (Rendition));
  g_mutex_init (&self->taps_lock);
  self->output = dais_output_new (dais_control_get_slug (control));
  g_signal_connect (
      self->output, "wanted-changed", G_CALLBACK (on_output_wanted), self);
  g_signal_connect (
      self->output, "viewers-changed", G_CALLBACK (on_output_viewers), self);
  return self;
}

static GDBusInterfaceSkeleton *
source_get_interface (gpointer body)
{
  return G_DBUS_INTERFACE_SKELETON (((DaisSource *) body)->interface);
}

static void
source_ping (gpointer body, guint64 *frames, gboolean *resting)
{
  DaisSource *self = body;

  *frames = self->guard != NULL ? dais_guard_get_frames (self->guard) : 0;
  *resting = self->guard == NULL || !is_video_wanted (self);
}

static gboolean
source_add_viewer (gpointer body, const gchar *output, GSocket *socket,
    const gchar *head, GError **error)
{
  DaisSource *self = body;

  return dais_output_add_viewer (self->output, output, socket, head, error);
}

static gboolean
on_levels (gpointer user_data)
{
  DaisSource *self = user_data;
  GVariantBuilder levels;
  gdouble peak, rms;

  if (self->guard == NULL || !self->has_audio ||
      !dais_guard_take_levels (self->guard, &peak, &rms))
    return G_SOURCE_CONTINUE;
  g_variant_builder_init (&levels, G_VARIANT_TYPE ("a(sdd)"));
  g_variant_builder_add (&levels, "(sdd)", "", peak, rms);
  dais_control_emit_levels (self->control, g_variant_builder_end (&levels));
  return G_SOURCE_CONTINUE;
}

static void
source_set_levels (gpointer body, gboolean on)
{
  DaisSource *self = body;

  if (on == (self->levels_id != 0))
    return;
  if (on)
    self->levels_id = g_timeout_add (LEVELS_MS, on_levels, self);
  else
    g_clear_handle_id (&self->levels_id, g_source_remove);
  if (self->guard != NULL)
    dais_guard_set_levels (self->guard, on);
  update_wanted (self);
}

static void
source_stop (gpointer body)
{
  DaisSource *self = body;

  self->stopping = TRUE;
  g_clear_handle_id (&self->levels_id, g_source_remove);
  dais_output_stop (self->output);
  if (self->guard != NULL)
    drop_input (self, TRUE);
  drop_taps (self);
  finish_stop (self);
}

static void
source_free (gpointer body)
{
  DaisSource *self = body;

  if (self->going > 0)
    return; /* the process ends under threads that still run */
  if (self->guard != NULL)
    drop_input (self, TRUE);
  drop_taps (self);
  g_signal_handlers_disconnect_by_data (self->output, self);
  g_clear_object (&self->output);
  g_clear_object (&self->interface);
  gst_clear_caps (&self->video_caps);
  gst_clear_caps (&self->audio_caps);
  g_array_unref (self->renditions);
  g_clear_pointer (&self->spec, dais_source_spec_free);
  g_mutex_clear (&self->taps_lock);
  g_free (self);
}

const DaisBodyClass dais_source_body = {
  .kind = "source",
  .create = source_create,
  .get_interface = source_get_interface,
  .ping = source_ping,
  .add_viewer = source_add_viewer,
  .set_levels = source_set_levels,
  .stop = source_stop,
  .free = source_free,
};
