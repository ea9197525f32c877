/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/audio-mix.h"
#include "engine/levels.h"

#include <math.h>
#include <string.h>

#define BLOCK 960

typedef struct {
  DaisAudioMix *mix;
  DaisAudioInput *input;
  gint16 block[BLOCK * 2];
  gint64 at; /* the next block to be rendered */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->mix = dais_audio_mix_new ();
  fixture->input = dais_audio_mix_add (fixture->mix);
  fixture->at = 48000;
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  dais_audio_mix_free (fixture->mix);
}

static guint64
to_ns (gint64 frame)
{
  return (guint64) frame * 62500 / 3 + 1;
}

static void
push_constant (Fixture *fixture, DaisAudioInput *input, gint64 at, gint16 value)
{
  gint16 samples[BLOCK * 2];

  for (guint i = 0; i < BLOCK * 2; i++)
    samples[i] = value;
  dais_audio_mix_push (fixture->mix, input, to_ns (at), samples, BLOCK);
}

static void
render (Fixture *fixture)
{
  dais_audio_mix_render (fixture->mix, fixture->at, fixture->block, BLOCK);
  fixture->at += BLOCK;
}

/* Until every ramp is over. */
static void
settle (Fixture *fixture)
{
  for (guint i = 0; i < 3; i++)
    render (fixture);
}

static void
assert_block (Fixture *fixture, gint16 value)
{
  for (guint i = 0; i < BLOCK * 2; i++)
    g_assert_cmpint (fixture->block[i], ==, value);
}

static void
test_gain (Fixture *fixture, gconstpointer unused)
{
  DaisAudioInput *other = dais_audio_mix_add (fixture->mix);

  push_constant (fixture, fixture->input, fixture->at, 1000);
  render (fixture);
  assert_block (fixture, 0);
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 2);
  dais_audio_mix_set_gain (fixture->mix, other, 0.5);
  settle (fixture);
  push_constant (fixture, fixture->input, fixture->at, 1000);
  push_constant (fixture, other, fixture->at, 100);
  render (fixture);
  assert_block (fixture, 2050);
  dais_audio_mix_set_master (fixture->mix, 0.5);
  settle (fixture);
  push_constant (fixture, fixture->input, fixture->at, 1000);
  push_constant (fixture, other, fixture->at, 100);
  render (fixture);
  assert_block (fixture, 1025);
  dais_audio_mix_remove (fixture->mix, other);
  push_constant (fixture, fixture->input, fixture->at, 32000);
  render (fixture);
  assert_block (fixture, 32000);
  dais_audio_mix_set_master (fixture->mix, 4);
  settle (fixture);
  push_constant (fixture, fixture->input, fixture->at, -32000);
  render (fixture);
  assert_block (fixture, -32768);
}

static void
test_ramps_have_no_step (Fixture *fixture, gconstpointer unused)
{
  gint16 before = 0;

  for (guint i = 0; i < 6; i++)
    push_constant (fixture, fixture->input, fixture->at + i * BLOCK, 20000);
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  for (guint i = 0; i < 3; i++) {
    render (fixture);
    for (guint j = 0; j < BLOCK; j++) {
      g_assert_cmpint (ABS (fixture->block[j * 2] - before), <=, 15);
      before = fixture->block[j * 2];
    }
  }
  g_assert_cmpint (before, ==, 20000);
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 0);
  for (guint i = 0; i < 3; i++) {
    render (fixture);
    for (guint j = 0; j < BLOCK; j++) {
      g_assert_cmpint (ABS (fixture->block[j * 2] - before), <=, 15);
      before = fixture->block[j * 2];
    }
  }
  g_assert_cmpint (before, ==, 0);
}

/* Time stamps that shake do not tear the sound. */
static void
test_jitter (Fixture *fixture, gconstpointer unused)
{
  gint16 samples[BLOCK * 2];
  guint expected = 0;
  gint heard = 0;

  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  settle (fixture);
  for (guint i = 0; i < 40; i++) {
    gint64 jitter = (gint64) (i * 7919 % 960) - 480;

    for (guint j = 0; j < BLOCK; j++)
      samples[j * 2] = samples[j * 2 + 1] = (gint16) (expected++ % 30000 + 1);
    dais_audio_mix_push (fixture->mix, fixture->input,
        to_ns (fixture->at + 2 * BLOCK + (i == 0 ? 0 : jitter)), samples,
        BLOCK);
    render (fixture);
    for (guint j = 0; i > 2 && j < BLOCK; j++) {
      if (heard != 0)
        g_assert_cmpint (fixture->block[j * 2], ==, heard % 30000 + 1);
      heard = fixture->block[j * 2];
    }
  }
}

/* Sound that always comes late is heard whole, a little later. */
static void
test_late_input_is_shifted (Fixture *fixture, gconstpointer unused)
{
  guint silent = 0;

  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  settle (fixture);
  for (guint i = 0; i < 100; i++) {
    push_constant (fixture, fixture->input, fixture->at - 10 * BLOCK, 500);
    render (fixture);
    for (guint j = 0; j < BLOCK; j++)
      if (fixture->block[j * 2] != 500)
        silent++;
  }
  g_assert_cmpuint (silent, <=, 10 * BLOCK);
}

/* After a hiccup, be it long, the sound is in time again. */
static void
test_a_hiccup_shifts_nothing (Fixture *fixture, gconstpointer hiccup)
{
  gint64 blocks = GPOINTER_TO_INT (hiccup);

  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  settle (fixture);
  for (gint64 i = 0; i < 500; i++) {
    /* what was held up comes all at once */
    for (gint64 j = blocks; i == 20 + blocks && j > 0; j--)
      push_constant (
          fixture, fixture->input, fixture->at + BLOCK - j * BLOCK, 500);
    if (i < 20 || i >= 20 + blocks)
      push_constant (fixture, fixture->input, fixture->at + BLOCK, 500);
    render (fixture);
  }
  /* what was pushed one block ahead is heard one block later */
  push_constant (fixture, fixture->input, fixture->at + BLOCK, 700);
  render (fixture);
  assert_block (fixture, 500);
  render (fixture);
  assert_block (fixture, 700);
}

static void
test_a_gap_is_silence (Fixture *fixture, gconstpointer unused)
{
  gint64 at = fixture->at;

  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  push_constant (fixture, fixture->input, at + 3 * BLOCK, 500);
  push_constant (fixture, fixture->input, at + 7 * BLOCK, 700);
  settle (fixture);
  for (guint i = 3; i < 9; i++) {
    render (fixture);
    assert_block (fixture, i == 3 ? 500 : i == 7 ? 700 : 0);
  }
}

/* After a pause nothing of what was before is heard again. */
static void
test_a_pause_leaves_nothing (Fixture *fixture, gconstpointer unused)
{
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  settle (fixture);
  push_constant (fixture, fixture->input, fixture->at, 500);
  render (fixture);
  fixture->at += 65536 * 3;
  render (fixture);
  assert_block (fixture, 0);
  push_constant (fixture, fixture->input, fixture->at + BLOCK, 900);
  render (fixture);
  assert_block (fixture, 0);
  render (fixture);
  assert_block (fixture, 900);
}

static void
test_levels (Fixture *fixture, gconstpointer unused)
{
  gdouble peak = 0;
  gdouble rms = 0;
  gint16 samples[4800 * 2];

  for (guint i = 0; i < 4800; i++)
    samples[i * 2] = samples[i * 2 + 1] = (gint16) lrint (
        16384 * sin (2 * G_PI * i * 1000 / 48000));
  dais_audio_mix_take_level (fixture->mix, fixture->input, &peak, &rms);
  g_assert_cmpfloat (peak, ==, DAIS_LEVEL_SILENCE);
  dais_audio_mix_set_levels (fixture->mix, TRUE);
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 0.5);
  settle (fixture);
  dais_audio_mix_take_level (fixture->mix, NULL, &peak, &rms);
  g_assert_cmpfloat (rms, ==, DAIS_LEVEL_SILENCE);
  dais_audio_mix_push (
      fixture->mix, fixture->input, to_ns (fixture->at), samples, 4800);
  for (guint i = 0; i < 5; i++)
    render (fixture);
  dais_audio_mix_take_level (fixture->mix, fixture->input, &peak, &rms);
  g_assert_cmpfloat_with_epsilon (peak, -6.02, 0.02);
  g_assert_cmpfloat_with_epsilon (rms, -9.03, 0.02);
  dais_audio_mix_take_level (fixture->mix, NULL, &peak, &rms);
  g_assert_cmpfloat_with_epsilon (peak, -12.04, 0.02);
  g_assert_cmpfloat_with_epsilon (rms, -15.05, 0.02);
  dais_audio_mix_take_level (fixture->mix, NULL, &peak, &rms);
  g_assert_cmpfloat (peak, ==, DAIS_LEVEL_SILENCE);
}

/* EBU Tech 3341, test signal 1: a sine of 1 kHz at -23 dBFS in both channels is
 * as loud as -23 LUFS. */
static void
test_loudness (Fixture *fixture, gconstpointer unused)
{
  gint16 samples[BLOCK * 2];

  dais_audio_mix_set_levels (fixture->mix, TRUE);
  dais_audio_mix_set_gain (fixture->mix, fixture->input, 1);
  settle (fixture);
  g_assert_cmpfloat (
      dais_audio_mix_get_loudness (fixture->mix), ==, DAIS_LEVEL_SILENCE);
  for (guint n = 0; n < 4 * DAIS_AUDIO_MIX_RATE; n += BLOCK) {
    for (guint i = 0; i < BLOCK; i++)
      samples[i * 2] = samples[i * 2 + 1] = (gint16) lrint (
          32768 * pow (10, -23 / 20.0) * sin (2 * G_PI * ((n + i) % 48) / 48));
    dais_audio_mix_push (
        fixture->mix, fixture->input, to_ns (fixture->at), samples, BLOCK);
    render (fixture);
  }
  g_assert_cmpfloat_with_epsilon (
      dais_audio_mix_get_loudness (fixture->mix), -23, 0.1);
  dais_audio_mix_set_levels (fixture->mix, FALSE);
  g_assert_cmpfloat (
      dais_audio_mix_get_loudness (fixture->mix), ==, DAIS_LEVEL_SILENCE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) \
  g_test_add ("/engine/audio-mix/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("gain", test_gain);
  ADD ("ramps-have-no-step", test_ramps_have_no_step);
  ADD ("jitter", test_jitter);
  ADD ("late-input-is-shifted", test_late_input_is_shifted);
  g_test_add ("/engine/audio-mix/a-short-hiccup-shifts-nothing", Fixture,
      GINT_TO_POINTER (3), set_up, test_a_hiccup_shifts_nothing, tear_down);
  g_test_add ("/engine/audio-mix/a-long-hiccup-shifts-nothing", Fixture,
      GINT_TO_POINTER (40), set_up, test_a_hiccup_shifts_nothing, tear_down);
  ADD ("a-gap-is-silence", test_a_gap_is_silence);
  ADD ("a-pause-leaves-nothing", test_a_pause_leaves_nothing);
  ADD ("levels", test_levels);
  ADD ("loudness", test_loudness);
  return g_test_run ();
}
