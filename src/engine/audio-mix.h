/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sums sound of many inputs, S16 stereo at 48 kHz, on the shared clock. Knows
 * nothing of where it comes from; no GStreamer, no thread of its own. */
typedef struct _DaisAudioMix DaisAudioMix;
typedef struct _DaisAudioInput DaisAudioInput;

#define DAIS_AUDIO_MIX_RATE     48000
#define DAIS_AUDIO_MIX_CHANNELS 2

DaisAudioMix *dais_audio_mix_new (void);
void dais_audio_mix_free (DaisAudioMix *self);

DaisAudioInput *dais_audio_mix_add (DaisAudioMix *self);
void dais_audio_mix_remove (DaisAudioMix *self, DaisAudioInput *input);

void dais_audio_mix_set_gain (
    DaisAudioMix *self, DaisAudioInput *input, gdouble gain);
void dais_audio_mix_set_master (DaisAudioMix *self, gdouble gain);
void dais_audio_mix_push (DaisAudioMix *self, DaisAudioInput *input,
    guint64 pts_ns, const gint16 *samples, gsize frames);
void dais_audio_mix_render (
    DaisAudioMix *self, gint64 start, gint16 *samples, gsize frames);

void dais_audio_mix_set_levels (DaisAudioMix *self, gboolean on);
void dais_audio_mix_take_level (
    DaisAudioMix *self, DaisAudioInput *input, gdouble *peak, gdouble *rms);
gdouble dais_audio_mix_get_loudness (DaisAudioMix *self);

G_END_DECLS
