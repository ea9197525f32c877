/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "picture-code.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What was seen of one area of the output. */
typedef struct _AreaStats AreaStats;
/* What was heard. */
typedef struct _AudioStats AudioStats;
/* The rhythm of the output itself, whatever it shows. */
typedef struct _RhythmStats RhythmStats;

AreaStats *area_stats_new (const gchar *name, const PictureArea *share);
void area_stats_free (AreaStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AreaStats, area_stats_free)
const gchar *area_stats_get_name (AreaStats *self);
void area_stats_add (AreaStats *self, const guint8 *luma, gint stride,
    gint width, gint height, gint64 now_us);
void area_stats_write_last (AreaStats *self, JsonBuilder *json);
void area_stats_write (AreaStats *self, JsonBuilder *json);

RhythmStats *rhythm_stats_new (void);
void rhythm_stats_free (RhythmStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RhythmStats, rhythm_stats_free)
void rhythm_stats_add (
    RhythmStats *self, gint64 pts_us, gint64 duration_us, gint64 now_us);
void rhythm_stats_look (RhythmStats *self, const guint8 *luma, gint stride,
    gint width, gint height);
guint rhythm_stats_get_frames (RhythmStats *self);
void rhythm_stats_write (RhythmStats *self, JsonBuilder *json);

AudioStats *audio_stats_new (void);
void audio_stats_free (AudioStats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioStats, audio_stats_free)
void audio_stats_add (AudioStats *self, const gint16 *samples, gsize n_frames,
    gint64 pts_us, gint64 now_us);
void audio_stats_write (AudioStats *self, JsonBuilder *json);

G_END_DECLS
