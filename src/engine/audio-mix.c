/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/audio-mix.h"

#include "engine/levels.h"

#include <ebur128.h>
#include <math.h>
#include <string.h>

/* Why not audiomixer: docs/decisions/012-sound.md.
 *
 * Each input has a ring whose places are frames of the shared clock, so mixing
 * is reading the same places of every ring. An input that comes later than the
 * mix is read is shifted by as much as it needs; sound that follows what
 * is there, give or take a little, is appended without a seam. */

#define CHANNELS      DAIS_AUDIO_MIX_CHANNELS
#define RING_FRAMES   65536 /* 1.4 s; a power of two */
#define SEAM_FRAMES   1920  /* 40 ms: less is jitter of time stamps */
#define MARGIN_FRAMES 480   /* 10 ms: what a shifted input gets to spare */
#define SHIFT_MAX     48000 /* a second */
#define LATE_FRAMES   7200  /* 150 ms: less is a hiccup, not a habit */
#define SHIFT_WINDOW  (4 * DAIS_AUDIO_MIX_RATE)
#define RAMP_FRAMES   1440 /* 30 ms: shorter is heard as a click */
#define BLOCK_FRAMES  960

typedef struct {
  gfloat now;
  gfloat target;
  gfloat step; /* a frame */
} Ramp;

struct _DaisAudioInput {
  gint16 *ring;     /* RING_FRAMES frames */
  gint64 head;      /* clock frame behind the newest one */
  gint64 filled;    /* frames before head that are there */
  gint64 shift;     /* how much later than its time it is heard */
  gboolean late;    /* so was what came last */
  gint64 late_from; /* clock frame */
  gint64 slack;     /* the least by which sound came early in this window */
  gint64 window;    /* frames of it so far */
  Ramp gain;
  DaisLevel level;
};

struct _DaisAudioMix {
  GMutex lock;       /* protects everything */
  GPtrArray *inputs; /* (element-type DaisAudioInput) */
  Ramp master;
  gint64 rendered; /* clock frame behind the last one rendered */
  gboolean levels;
  DaisLevel level;
  ebur128_state *loudness; /* (nullable): while levels are wanted */
  gfloat sum[BLOCK_FRAMES * CHANNELS];
};

static void
ramp_set (Ramp *ramp, gdouble target)
{
  ramp->target = (gfloat) target;
  ramp->step = (ramp->target - ramp->now) / RAMP_FRAMES;
}

static gfloat
ramp_next (Ramp *ramp)
{
  gfloat left = ramp->target - ramp->now;

  if (ABS (left) <= ABS (ramp->step))
    ramp->now = ramp->target;
  else
    ramp->now += ramp->step;
  return ramp->now;
}

static void
input_free (gpointer data)
{
  DaisAudioInput *input = data;

  g_free (input->ring);
  g_free (input);
}

/**
 * dais_audio_mix_new:
 *
 * Returns: (transfer full): a mix without inputs, master gain 1
 */
DaisAudioMix *
dais_audio_mix_new (void)
{
  DaisAudioMix *self = g_new0 (DaisAudioMix, 1);

  g_mutex_init (&self->lock);
  self->inputs = g_ptr_array_new_with_free_func (input_free);
  self->master = (Ramp){ 1, 1, 0 };
  self->rendered = G_MININT64;
  return self;
}

/**
 * dais_audio_mix_free:
 * @self: (transfer full): a mix
 */
void
dais_audio_mix_free (DaisAudioMix *self)
{
  if (self->loudness != NULL)
    ebur128_destroy (&self->loudness);
  g_ptr_array_unref (self->inputs);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * dais_audio_mix_add:
 * @self: a mix
 *
 * Any thread.
 *
 * Returns: (transfer none): an input that is not heard, gain 0
 */
DaisAudioInput *
dais_audio_mix_add (DaisAudioMix *self)
{
  DaisAudioInput *input = g_new0 (DaisAudioInput, 1);

  input->ring = g_new0 (gint16, RING_FRAMES * CHANNELS);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->inputs, input);
  g_mutex_unlock (&self->lock);
  return input;
}

/**
 * dais_audio_mix_remove:
 * @self: a mix
 * @input: (transfer full): one of its inputs; nobody pushes to it any more
 *
 * Any thread.
 */
void
dais_audio_mix_remove (DaisAudioMix *self, DaisAudioInput *input)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_remove_fast (self->inputs, input);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_audio_mix_set_gain:
 * @self: a mix
 * @input: one of its inputs
 * @gain: factor, 1 = unchanged
 *
 * Reached within 30 ms without a step that could be heard. Any thread.
 */
void
dais_audio_mix_set_gain (
    DaisAudioMix *self, DaisAudioInput *input, gdouble gain)
{
  g_mutex_lock (&self->lock);
  ramp_set (&input->gain, gain);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_audio_mix_set_master:
 * @self: a mix
 * @gain: factor on the sum, 1 = unchanged
 *
 * As dais_audio_mix_set_gain().
 */
void
dais_audio_mix_set_master (DaisAudioMix *self, gdouble gain)
{
  g_mutex_lock (&self->lock);
  ramp_set (&self->master, gain);
  g_mutex_unlock (&self->lock);
}

static gint16 *
ring_at (DaisAudioInput *input, gint64 frame)
{
  return input->ring + (frame & (RING_FRAMES - 1)) * CHANNELS;
}

/* samples: NULL = silence */
static void
ring_append (DaisAudioInput *input, const gint16 *samples, gint64 frames)
{
  while (frames > 0) {
    gint64 place = input->head & (RING_FRAMES - 1);
    gint64 run = MIN (frames, RING_FRAMES - place);
    gsize bytes = (gsize) run * CHANNELS * sizeof (gint16);

    if (samples == NULL) {
      memset (ring_at (input, input->head), 0, bytes);
    } else {
      memcpy (ring_at (input, input->head), samples, bytes);
      samples += run * CHANNELS;
    }
    input->head += run;
    input->filled = MIN (input->filled + run, RING_FRAMES);
    frames -= run;
  }
}

/* Where the new sound goes: at the end of what is there, or elsewhere. */
static void
find_place (DaisAudioInput *input, gint64 at)
{
  gint64 gap = at - input->head;

  if (input->filled > 0 && ABS (gap) <= SEAM_FRAMES)
    return;
  if (input->filled > 0 && gap > 0 && gap < RING_FRAMES / 2) {
    ring_append (input, NULL, gap);
    return;
  }
  input->filled = 0;
  input->head = at;
}

/* An input that keeps coming late is shifted; when nothing of four seconds has
 * needed it, the shift is taken back. */
static void
fit_shift (DaisAudioInput *input, gint64 slack, gint64 frames, gint64 rendered)
{
  if (slack < 0) {
    if (!input->late)
      input->late_from = rendered;
    input->late = TRUE;
    if (rendered - input->late_from < LATE_FRAMES)
      return;
    input->shift = MIN (input->shift - slack + MARGIN_FRAMES, SHIFT_MAX);
    input->late = FALSE;
    input->window = 0;
    return;
  }
  input->late = FALSE;
  input->slack = input->window == 0 ? slack : MIN (input->slack, slack);
  input->window += frames;
  if (input->window < SHIFT_WINDOW)
    return;
  if (input->shift > 0 && input->slack > 2 * MARGIN_FRAMES)
    input->shift -= MIN (input->shift, input->slack - MARGIN_FRAMES);
  input->window = 0;
}

/**
 * dais_audio_mix_push:
 * @self: a mix
 * @input: one of its inputs
 * @pts_ns: running time of the first sample
 * @samples: interleaved
 * @frames: how many frames; at most a ring's, 1.4 s
 *
 * Any thread.
 */
void
dais_audio_mix_push (DaisAudioMix *self, DaisAudioInput *input, guint64 pts_ns,
    const gint16 *samples, gsize frames)
{
  gint64 at = (gint64) (pts_ns / 62500 * 3 + pts_ns % 62500 * 3 / 62500);

  if (frames > RING_FRAMES)
    return;
  g_mutex_lock (&self->lock);
  if (self->levels)
    dais_level_add (&input->level, samples, frames * CHANNELS);
  find_place (input, at);
  if (self->rendered != G_MININT64)
    fit_shift (input, input->head + input->shift - self->rendered,
        (gint64) frames, self->rendered);
  ring_append (input, samples, (gint64) frames);
  g_mutex_unlock (&self->lock);
}

/* With the lock held: adds what input has for [start, start + frames). */
static void
add_input (
    DaisAudioMix *self, DaisAudioInput *input, gint64 start, gint64 frames)
{
  gint64 first = start - input->shift;
  gint64 oldest = input->head - input->filled;

  if (input->gain.now == 0 && input->gain.target == 0)
    return;
  for (gint64 i = 0; i < frames; i++) {
    gfloat gain = ramp_next (&input->gain);
    const gint16 *from = NULL;

    if (first + i < oldest || first + i >= input->head)
      continue;
    from = ring_at (input, first + i);
    self->sum[i * CHANNELS] += gain * from[0];
    self->sum[i * CHANNELS + 1] += gain * from[1];
  }
}

static gint16
to_sample (gfloat value)
{
  return (gint16) CLAMP (value, -32768.f, 32767.f);
}

static void
render_block (DaisAudioMix *self, gint64 start, gint16 *samples, gint64 frames)
{
  memset (self->sum, 0, sizeof self->sum);
  for (guint i = 0; i < self->inputs->len; i++)
    add_input (self, g_ptr_array_index (self->inputs, i), start, frames);
  for (gint64 i = 0; i < frames; i++) {
    gfloat gain = ramp_next (&self->master);

    samples[i * CHANNELS] = to_sample (gain * self->sum[i * CHANNELS]);
    samples[i * CHANNELS + 1] = to_sample (gain * self->sum[i * CHANNELS + 1]);
  }
}

/**
 * dais_audio_mix_render:
 * @self: a mix
 * @start: the first frame's place on the clock, in frames
 * @samples: (out caller-allocates): interleaved
 * @frames: how many frames
 *
 * What an input does not have is silence. Any thread.
 */
void
dais_audio_mix_render (
    DaisAudioMix *self, gint64 start, gint16 *samples, gsize frames)
{
  g_mutex_lock (&self->lock);
  for (gint64 done = 0; done < (gint64) frames; done += BLOCK_FRAMES)
    render_block (self, start + done, samples + done * CHANNELS,
        MIN ((gint64) frames - done, BLOCK_FRAMES));
  if (self->levels)
    dais_level_add (&self->level, samples, frames * CHANNELS);
  if (self->loudness != NULL)
    ebur128_add_frames_short (self->loudness, samples, frames);
  self->rendered = start + (gint64) frames;
  g_mutex_unlock (&self->lock);
}

/**
 * dais_audio_mix_set_levels:
 * @self: a mix
 * @on: whether levels are wanted
 *
 * Off after dais_audio_mix_new(). Any thread.
 */
void
dais_audio_mix_set_levels (DaisAudioMix *self, gboolean on)
{
  g_mutex_lock (&self->lock);
  self->levels = on;
  if (on && self->loudness == NULL)
    self->loudness = ebur128_init (
        CHANNELS, DAIS_AUDIO_MIX_RATE, EBUR128_MODE_S);
  else if (!on && self->loudness != NULL)
    ebur128_destroy (&self->loudness);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_audio_mix_take_level:
 * @self: a mix
 * @input: (nullable): one of its inputs, before its gain; NULL for the mix
 * @peak: (out): dBFS
 * @rms: (out): dBFS
 *
 * How loud it was since this was last asked. Any thread.
 */
void
dais_audio_mix_take_level (
    DaisAudioMix *self, DaisAudioInput *input, gdouble *peak, gdouble *rms)
{
  g_mutex_lock (&self->lock);
  dais_level_take (input != NULL ? &input->level : &self->level, peak, rms);
  g_mutex_unlock (&self->lock);
}

/**
 * dais_audio_mix_get_loudness:
 * @self: a mix whose levels are wanted
 *
 * The mean of the last three seconds, weighted as the ear hears (EBU R 128,
 * short-term loudness). Any thread.
 *
 * Returns: LUFS, DAIS_LEVEL_SILENCE where there was no sound
 */
gdouble
dais_audio_mix_get_loudness (DaisAudioMix *self)
{
  gdouble loudness = DAIS_LEVEL_SILENCE;

  g_mutex_lock (&self->lock);
  if (self->loudness == NULL ||
      ebur128_loudness_shortterm (self->loudness, &loudness) !=
          EBUR128_SUCCESS ||
      !isfinite (loudness))
    loudness = DAIS_LEVEL_SILENCE;
  g_mutex_unlock (&self->lock);
  return MAX (loudness, DAIS_LEVEL_SILENCE);
}
