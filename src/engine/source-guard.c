/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-guard.h"

#include "engine/source-timeline.h"

#include <math.h>
#include <string.h>

#define MS                  (G_GINT64_CONSTANT (1000000))
#define DEFAULT_PATIENCE_MS 700
/* A place in the grid is filled with the last picture when its own has not come
 * so long after its time. */
#define REPEAT_AFTER (45 * MS)
/* So many places are filled at once when a later picture comes first. */
#define FILL_MOST 8
/* Sound is filled with silence when it is so late. */
#define SILENCE_AFTER (200 * MS)
#define SILENCE_LEN   (20 * MS)
/* Stamps of sound may be off by so much before the rhythm is broken. */
#define SOUND_SLACK (40 * MS)
#define SOUND_JUMP  (1000 * MS)
/* Further from the present than this no stamp is believed; what is held back
 * comes at its time, so one that lies ahead would stop all that follow. */
#define LATE_MOST  (1500 * MS)
#define EARLY_MOST (250 * MS)
/* A camera slower than this is not waited for longer. */
#define SLOWEST     (5000 * MS)
#define FRAME_BYTES (2 * DAIS_AUDIO_CHANNELS)
#define SILENT_DB   (-100.0)

struct _DaisGuard {
  const DaisGuardOutlets *outlets;
  gpointer user_data;
  GThread *thread;

  GMutex lock;
  GCond cond;
  /* protected by lock */
  gboolean ending;
  gboolean has_video, has_audio;
  gboolean want_video, want_audio;
  gboolean still;
  gboolean levels;
  gint64 patience_ns;

  DaisGrid grid;
  GstBuffer *last;     /* (nullable): the newest picture */
  GstBuffer *previous; /* (nullable): see keep_picture() */
  GstBuffer *slate;    /* (nullable) */
  gboolean is_slate;
  gint64 seen_ns;     /* when the newest picture came */
  gint64 expected_ns; /* when one comes that is held back, 0 = not known */
  gint64 noted_ns;    /* when the newest came, wanted or not, 0 = never */
  gint64 gaps[2];     /* between the last three */
  guint64 frames;

  gint64 sound_base_ns;  /* -1 = no rhythm yet */
  gint64 sound_samples;  /* since sound_base_ns */
  gboolean sound_filled; /* what was sent last was silence */
  gint64 heard_ns;

  gdouble square_sum;
  guint64 square_count;
  gint peak;
};

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static gint64
believe (gint64 stamp, gint64 now)
{
  return now - stamp > LATE_MOST || stamp - now > EARLY_MOST ? now : stamp;
}

/* --- pictures, with the lock held --- */

static void
send_picture (DaisGuard *self, GstBuffer *buffer, gint64 place)
{
  gint64 time = dais_grid_time (&self->grid, place);

  GST_BUFFER_PTS (buffer) = (GstClockTime) time;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (
      buffer) = (GstClockTime) (dais_grid_time (&self->grid, place + 1) - time);
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
  self->frames++;
  self->outlets->video (buffer, self->user_data);
}

/* A repeated picture shares its memory with the first one. A pool throws memory
 * away that comes back while somebody shares it, so a picture is kept for one
 * more round: by then its repetitions are used up. */
static void
keep_picture (DaisGuard *self, GstBuffer *buffer)
{
  gst_clear_buffer (&self->previous);
  self->previous = self->last;
  self->last = buffer;
}

static void
forget_pictures (DaisGuard *self)
{
  gst_clear_buffer (&self->previous);
  gst_clear_buffer (&self->last);
}

/* A camera of one picture a second is not dead after less than that; one that
 * has paused once is no such camera. */
static gint64
get_patience (DaisGuard *self)
{
  gint64 usual = MIN (self->gaps[0], self->gaps[1]);

  return MAX (self->patience_ns, MIN (usual, SLOWEST) * 3 / 2);
}

/* Sends what stands in for a picture that is late, when it is time. Returns:
 * when to look again. */
static gint64
mind_video (DaisGuard *self, gint64 now)
{
  g_autoptr (GstBuffer) copy = NULL;
  gint64 patience = get_patience (self);
  gboolean missed = !self->still && now - self->seen_ns > patience &&
      (self->last == NULL || now - self->expected_ns > patience);
  gint64 hold, due;

  if (!missed && self->last == NULL) /* it just began: the first is coming */
    return self->seen_ns + patience + MS;
  self->is_slate = missed;
  hold = missed ? 0 : REPEAT_AFTER;
  due = self->grid.last < 0
      ? now
      : dais_grid_time (&self->grid, self->grid.last + 1) + hold;
  if (due > now)
    return due;
  if (missed)
    forget_pictures (self);
  if (!missed || self->slate != NULL)
    copy = gst_buffer_copy (missed ? self->slate : self->last);
  dais_grid_fill (&self->grid, now - hold);
  if (copy != NULL)
    send_picture (self, copy, self->grid.last);
  return dais_grid_time (&self->grid, self->grid.last + 1) + hold;
}

/* A camera slower than the canvas leaves places free: the rate is kept. */
static void
fill_gap (DaisGuard *self, gint64 from, gint64 to)
{
  if (self->last == NULL || from < 0 || to - from > FILL_MOST)
    return;
  while (++from < to) {
    g_autoptr (GstBuffer) copy = gst_buffer_copy (self->last);

    send_picture (self, copy, from);
  }
}

/**
 * dais_guard_push_video:
 * @buffer: (transfer full): a picture of the canvas
 * @time_ns: when to show it
 *
 * Sends the picture on, on its place in the grid.
 */
void
dais_guard_push_video (DaisGuard *self, GstBuffer *buffer, gint64 time_ns)
{
  gint64 before, place;

  g_mutex_lock (&self->lock);
  before = self->grid.last;
  self->seen_ns = now_ns ();
  time_ns = believe (time_ns, self->seen_ns);
  place = self->want_video ? dais_grid_take (&self->grid, time_ns) : -1;
  if (place < 0) {
    gst_buffer_unref (buffer);
  } else {
    self->is_slate = FALSE;
    fill_gap (self, before, place);
    buffer = gst_buffer_make_writable (buffer);
    send_picture (self, buffer, place);
    keep_picture (self, buffer);
  }
  g_mutex_unlock (&self->lock);
}

/* --- sound, with the lock held --- */

static gint64
sound_time (DaisGuard *self, gint64 samples)
{
  return self->sound_base_ns + samples / DAIS_AUDIO_RATE * 1000 * MS +
      samples % DAIS_AUDIO_RATE * 1000 * MS / DAIS_AUDIO_RATE;
}

static gint64
to_samples (gint64 ns)
{
  return ns * (DAIS_AUDIO_RATE / 1000) / MS;
}

static void
measure (DaisGuard *self, GstBuffer *buffer)
{
  GstMapInfo map;
  const gint16 *samples;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  samples = (const gint16 *) map.data;
  for (gsize i = 0; i < map.size / 2; i++) {
    gint value = ABS ((gint) samples[i]);

    self->peak = MAX (self->peak, value);
    self->square_sum += (gdouble) value * value;
  }
  self->square_count += map.size / 2;
  gst_buffer_unmap (buffer, &map);
}

static void
send_sound (DaisGuard *self, GstBuffer *buffer)
{
  gint64 samples = (gint64) (gst_buffer_get_size (buffer) / FRAME_BYTES);
  gint64 start = sound_time (self, self->sound_samples);

  self->sound_samples += samples;
  GST_BUFFER_PTS (buffer) = (GstClockTime) start;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (
      buffer) = (GstClockTime) (sound_time (self, self->sound_samples) - start);
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
  if (self->levels)
    measure (self, buffer);
  self->outlets->audio (buffer, self->user_data);
}

static void
send_silence (DaisGuard *self, gint64 length_ns)
{
  while (length_ns > 0) {
    gsize size = (gsize) to_samples (MIN (length_ns, SILENCE_LEN)) *
        FRAME_BYTES;
    g_autoptr (GstBuffer) buffer = NULL;

    if (size == 0)
      return;
    buffer = gst_buffer_new_allocate (NULL, size, NULL);
    gst_buffer_memset (buffer, 0, 0, size);
    send_sound (self, buffer);
    length_ns -= SILENCE_LEN;
  }
  self->sound_filled = TRUE;
}

static gint64
mind_audio (DaisGuard *self, gint64 now)
{
  gint64 next;

  if (self->sound_base_ns < 0 ||
      now - sound_time (self, self->sound_samples) > SOUND_JUMP) {
    self->sound_base_ns = now;
    self->sound_samples = 0;
  }
  next = sound_time (self, self->sound_samples);
  if (now - self->heard_ns < SILENCE_AFTER)
    return self->heard_ns + SILENCE_AFTER;
  if (next > now)
    return next;
  send_silence (self, now - next + SILENCE_LEN);
  return sound_time (self, self->sound_samples);
}

/* Keeps an unbroken row of samples as long as the stamps allow it. Returns:
 * (transfer full) (nullable): what is left of the buffer */
static GstBuffer *
fit_sound (DaisGuard *self, GstBuffer *buffer, gint64 time_ns)
{
  gint64 off = time_ns - sound_time (self, self->sound_samples);
  /* After silence it can be put right without anybody hearing it. */
  gint64 slack = self->sound_filled ? 0 : SOUND_SLACK;
  GstBuffer *rest;
  gsize cut;

  self->sound_filled = FALSE;

  if (self->sound_base_ns < 0 || ABS (off) > SOUND_JUMP) {
    self->sound_base_ns = time_ns;
    self->sound_samples = 0;
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    return buffer;
  }
  if (off > slack)
    send_silence (self, off);
  self->sound_filled = FALSE;
  if (off >= -slack)
    return buffer;
  cut = (gsize) to_samples (-off) * FRAME_BYTES;
  if (cut >= gst_buffer_get_size (buffer)) {
    self->sound_filled = TRUE;
    gst_buffer_unref (buffer);
    return NULL;
  }
  rest = gst_buffer_copy_region (
      buffer, GST_BUFFER_COPY_MEMORY, cut, (gsize) -1);
  gst_buffer_unref (buffer);
  return rest;
}

/**
 * dais_guard_push_audio:
 * @buffer: (transfer full): S16LE 48 kHz stereo
 * @time_ns: when its first sample is to be heard
 *
 * Sends the sound on, without gap or overlap to what went before.
 */
void
dais_guard_push_audio (DaisGuard *self, GstBuffer *buffer, gint64 time_ns)
{
  g_mutex_lock (&self->lock);
  self->heard_ns = now_ns ();
  time_ns = believe (time_ns, self->heard_ns);
  if (!self->want_audio) {
    gst_buffer_unref (buffer);
  } else {
    buffer = fit_sound (self, gst_buffer_make_writable (buffer), time_ns);
    if (buffer != NULL) {
      send_sound (self, buffer);
      gst_buffer_unref (buffer);
    }
  }
  g_mutex_unlock (&self->lock);
}

/* --- the thread that sees what does not come --- */

static gpointer
guard_thread (gpointer user_data)
{
  DaisGuard *self = user_data;

  g_mutex_lock (&self->lock);
  while (!self->ending) {
    gint64 now = now_ns ();
    gint64 next = G_MAXINT64;

    if (self->want_video && self->has_video)
      next = MIN (next, mind_video (self, now));
    if (self->want_audio && self->has_audio)
      next = MIN (next, mind_audio (self, now));
    if (next == G_MAXINT64)
      g_cond_wait (&self->cond, &self->lock);
    else
      g_cond_wait_until (&self->cond, &self->lock, next / 1000 + 1);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- settings --- */

/**
 * dais_guard_new:
 * @canvas: of the pictures
 * @outlets: static
 *
 * Returns: (transfer full): a guard that sends nothing before it is wanted
 */
DaisGuard *
dais_guard_new (const DaisCanvas *canvas, const DaisGuardOutlets *outlets,
    gpointer user_data)
{
  DaisGuard *self = g_new0 (DaisGuard, 1);

  self->outlets = outlets;
  self->user_data = user_data;
  self->patience_ns = DEFAULT_PATIENCE_MS * MS;
  self->sound_base_ns = -1;
  dais_grid_init (&self->grid, canvas->fps_n, canvas->fps_d);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("guard", guard_thread, self);
  return self;
}

/**
 * dais_guard_free:
 *
 * No push may be under way or come later.
 */
void
dais_guard_free (DaisGuard *self)
{
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  forget_pictures (self);
  gst_clear_buffer (&self->slate);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

void
dais_guard_set_slate (DaisGuard *self, GstBuffer *slate)
{
  g_mutex_lock (&self->lock);
  gst_clear_buffer (&self->slate);
  self->slate = slate;
  g_mutex_unlock (&self->lock);
}

void
dais_guard_set_patience (DaisGuard *self, guint patience_ms)
{
  g_mutex_lock (&self->lock);
  self->patience_ns = (patience_ms > 0 ? patience_ms : DEFAULT_PATIENCE_MS) *
      MS;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_guard_set_has:
 *
 * What the stream is made of, so that silence and slates are sent of that.
 */
void
dais_guard_set_has (DaisGuard *self, gboolean video, gboolean audio)
{
  g_mutex_lock (&self->lock);
  self->has_video = video;
  self->has_audio = audio;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_guard_set_wanted:
 *
 * Whether anybody takes pictures and sound. Nothing is made while not.
 */
void
dais_guard_set_wanted (DaisGuard *self, gboolean video, gboolean audio)
{
  gint64 now = now_ns ();

  g_mutex_lock (&self->lock);
  if (video != self->want_video) {
    forget_pictures (self);
    /* Somebody came: the first picture has its time to come, if any does. */
    if (video && !self->is_slate)
      self->seen_ns = now;
  }
  if (audio != self->want_audio) {
    self->sound_base_ns = -1;
    self->heard_ns = now;
  }
  self->want_video = video;
  self->want_audio = audio;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
dais_guard_set_levels (DaisGuard *self, gboolean on)
{
  g_mutex_lock (&self->lock);
  self->levels = on;
  self->square_count = 0;
  self->square_sum = 0;
  self->peak = 0;
  g_mutex_unlock (&self->lock);
}

void
dais_guard_note (DaisGuard *self, gboolean video)
{
  gint64 now = now_ns ();

  g_mutex_lock (&self->lock);
  if (video) {
    self->gaps[0] = self->gaps[1];
    self->gaps[1] = self->noted_ns > 0 ? now - self->noted_ns : 0;
    self->seen_ns = self->noted_ns = now;
  } else {
    self->heard_ns = now;
  }
  if (video && !self->want_video)
    self->is_slate = FALSE;
  g_mutex_unlock (&self->lock);
}

/**
 * dais_guard_expect:
 * @time_ns: when the next one is to be shown, which is already there
 *
 * Until then the last picture stays.
 */
void
dais_guard_expect (DaisGuard *self, gboolean video, gint64 time_ns)
{
  g_mutex_lock (&self->lock);
  if (video)
    self->expected_ns = time_ns;
  g_mutex_unlock (&self->lock);
}

/**
 * dais_guard_get_patience_us:
 *
 * Returns: for how long nothing may come before the slate
 */
gint64
dais_guard_get_patience_us (DaisGuard *self)
{
  gint64 patience;

  g_mutex_lock (&self->lock);
  patience = get_patience (self);
  g_mutex_unlock (&self->lock);
  return patience / 1000;
}

void
dais_guard_set_still (DaisGuard *self, gboolean still)
{
  g_mutex_lock (&self->lock);
  self->still = still;
  g_mutex_unlock (&self->lock);
}

/**
 * dais_guard_drop_input:
 *
 * Nothing more will come from the present input. The slate is up at once.
 */
void
dais_guard_drop_input (DaisGuard *self)
{
  g_mutex_lock (&self->lock);
  self->seen_ns = 0;
  self->heard_ns = 0;
  self->expected_ns = 0;
  self->noted_ns = self->gaps[0] = self->gaps[1] = 0;
  self->still = FALSE;
  self->is_slate = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

gboolean
dais_guard_is_slate (DaisGuard *self)
{
  gboolean is_slate;

  g_mutex_lock (&self->lock);
  is_slate = self->is_slate;
  g_mutex_unlock (&self->lock);
  return is_slate;
}

guint64
dais_guard_get_frames (DaisGuard *self)
{
  guint64 frames;

  g_mutex_lock (&self->lock);
  frames = self->frames;
  g_mutex_unlock (&self->lock);
  return frames;
}

static gdouble
to_db (gdouble share)
{
  return share > 0 ? MAX (20 * log10 (share), SILENT_DB) : SILENT_DB;
}

/**
 * dais_guard_take_levels:
 * @peak: (out): since the last call, dBFS
 * @rms: (out): the same
 *
 * Returns: whether there was any sound to measure
 */
gboolean
dais_guard_take_levels (DaisGuard *self, gdouble *peak, gdouble *rms)
{
  gboolean any;

  g_mutex_lock (&self->lock);
  any = self->square_count > 0;
  *peak = to_db (self->peak / 32768.0);
  *rms = any
      ? to_db (sqrt (self->square_sum / (gdouble) self->square_count) / 32768.0)
      : SILENT_DB;
  self->square_count = 0;
  self->square_sum = 0;
  self->peak = 0;
  g_mutex_unlock (&self->lock);
  return any;
}
