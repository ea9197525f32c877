/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "watch-stats.h"

#include "coded-source.h"

#include <math.h>

/* Everything about a watched output that can be counted. Times are microseconds
 * of the monotonic clock, which is the same in every process. */

#define RATE          48000
#define MAX_CHANGES   2000
#define SILENCE_DBFS  (-50.0)
#define SILENCE_CHUNK 480 /* 10 ms */
#define CLEAR         60
#define TONE_CHUNK    4800 /* 100 ms */
#define RECENT_CHUNKS 100  /* of SILENCE_CHUNK */
#define NOBODY        0xffff
/* A coarse look at a picture, for what carries no code. */
#define GRID_COLUMNS 16
#define GRID_ROWS    9
#define GRID_CELLS   (GRID_COLUMNS * GRID_ROWS)

typedef struct {
  gint64 at_us;
  guint from;
  guint to;
} Change;

struct _AreaStats {
  gchar *name;
  PictureArea share; /* of the picture, 0 to 1 */
  guint frames;
  guint unread;
  guint torn;
  guint mixed; /* another picture shone through */
  guint repeats;
  guint lost;
  guint backwards;
  gboolean has_last;
  PictureReading last;
  gint64 last_now_us;
  guint current;     /* id, NOBODY when unread */
  GArray *latencies; /* (element-type gint64) µs */
  GArray *changes;   /* (element-type Change) */
};

struct _RhythmStats {
  guint frames;
  guint missing;
  gint64 first_us;
  gint64 last_us;
  gint64 last_pts_us;
  gint64 max_gap_us;
  gint64 max_gap_at_us;
  gint64 max_pts_gap_us;
  guint still; /* pictures whose coarse look is the last one's */
  guint looks;
  guint8 last_look[GRID_CELLS];
  gdouble look_sums[GRID_CELLS];
};

struct _AudioStats {
  guint64 frames;
  gint64 first_us;
  gint64 next_pts_us;
  guint gaps;
  gint64 gap_us;
  guint chunk_n;
  gdouble chunk_square;
  guint64 silent;
  guint64 silent_run;
  guint64 longest_silence;
  gdouble square;
  gdouble recent[RECENT_CHUNKS]; /* squares of the last second */
  guint recent_next;
  guint tone_n;
  guint tone_crossings;
  gint16 tone_last;
  guint tone;
  guint tone_next;
  GArray *tones; /* (element-type Change) */
};

static void
write_changes (GArray *changes, JsonBuilder *json)
{
  guint i;

  json_builder_begin_array (json);
  for (i = 0; i < changes->len; i++) {
    Change *change = &g_array_index (changes, Change, i);

    json_builder_begin_object (json);
    json_builder_set_member_name (json, "at_us");
    json_builder_add_int_value (json, change->at_us);
    json_builder_set_member_name (json, "from");
    json_builder_add_int_value (
        json, change->from == NOBODY ? -1 : (gint) change->from);
    json_builder_set_member_name (json, "to");
    json_builder_add_int_value (
        json, change->to == NOBODY ? -1 : (gint) change->to);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
write_int (JsonBuilder *json, const gchar *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
write_ms (JsonBuilder *json, const gchar *name, gdouble us)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, round (us / 10.0) / 100.0);
}

/**
 * area_stats_new:
 * @name: that the output calls it by
 * @share: where it stands, as shares of width and height
 *
 * Returns: (transfer full):
 */
AreaStats *
area_stats_new (const gchar *name, const PictureArea *share)
{
  AreaStats *self = g_new0 (AreaStats, 1);

  self->name = g_strdup (name);
  self->share = *share;
  self->current = NOBODY;
  self->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  return self;
}

void
area_stats_free (AreaStats *self)
{
  g_free (self->name);
  g_array_unref (self->latencies);
  g_array_unref (self->changes);
  g_free (self);
}

const gchar *
area_stats_get_name (AreaStats *self)
{
  return self->name;
}

static void
note_change (GArray *changes, guint *current, guint to, gint64 now_us)
{
  Change change = { now_us, *current, to };

  if (*current == to)
    return;
  *current = to;
  if (changes->len < MAX_CHANGES)
    g_array_append_val (changes, change);
}

static void
follow_frames (AreaStats *self, const PictureReading *now)
{
  gint step;

  if (!self->has_last || self->last.code.id != now->code.id)
    return;
  step = (gint) now->code.frame - (gint) self->last.code.frame;
  if (step == 0)
    self->repeats++;
  else if (step < 0)
    self->backwards++;
  else
    self->lost += (guint) step - 1;
}

/**
 * area_stats_add:
 * @self: the area
 * @luma: of the whole output picture
 * @stride: in bytes
 * @width: of the picture
 * @height: of the picture
 * @now_us: when it was seen
 *
 * Reads and counts one output picture.
 */
void
area_stats_add (AreaStats *self, const guint8 *luma, gint stride, gint width,
    gint height, gint64 now_us)
{
  PictureArea area = { self->share.x * width, self->share.y * height,
    self->share.width * width, self->share.height * height };
  PictureReading reading;
  gint64 latency;

  self->frames++;
  self->last_now_us = now_us;
  if (!picture_code_read (luma, stride, 1, &area, &reading)) {
    self->unread++;
    self->last = reading;
    note_change (self->changes, &self->current, NOBODY, now_us);
    return;
  }
  if (reading.torn)
    self->torn++;
  if (reading.clarity < CLEAR)
    self->mixed++;
  follow_frames (self, &reading);
  note_change (self->changes, &self->current, reading.code.id, now_us);
  latency = now_us - reading.code.time_us;
  g_array_append_val (self->latencies, latency);
  self->last = reading;
  self->has_last = TRUE;
}

/**
 * area_stats_write_last:
 * @self: the area
 * @json: gets an object about the last picture
 */
void
area_stats_write_last (AreaStats *self, JsonBuilder *json)
{
  json_builder_begin_object (json);
  write_int (json, "places", self->last.places);
  if (self->last.places > 0) {
    write_int (json, "id", self->last.code.id);
    write_int (json, "frame", self->last.code.frame);
    write_int (json, "clarity", self->last.clarity);
    write_ms (json, "latency_ms",
        (gdouble) (self->last_now_us - self->last.code.time_us));
    if (self->last.torn)
      write_int (json, "torn", 1);
  }
  json_builder_end_object (json);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

static void
write_latencies (GArray *latencies, JsonBuilder *json)
{
  guint n = latencies->len;
  gdouble sum = 0;
  guint i;

  if (n == 0)
    return;
  g_array_sort (latencies, compare_times);
  for (i = 0; i < n; i++)
    sum += (gdouble) g_array_index (latencies, gint64, i);
  json_builder_set_member_name (json, "latency");
  json_builder_begin_object (json);
  write_ms (json, "min_ms", (gdouble) g_array_index (latencies, gint64, 0));
  write_ms (json, "mean_ms", sum / n);
  write_ms (json, "p50_ms", (gdouble) g_array_index (latencies, gint64, n / 2));
  write_ms (json, "p99_ms",
      (gdouble) g_array_index (latencies, gint64, (guint) ((n - 1) * 0.99)));
  write_ms (json, "max_ms", (gdouble) g_array_index (latencies, gint64, n - 1));
  json_builder_end_object (json);
}

/**
 * area_stats_write:
 * @self: the area
 * @json: gets an object with the sums
 */
void
area_stats_write (AreaStats *self, JsonBuilder *json)
{
  json_builder_begin_object (json);
  write_int (json, "frames", self->frames);
  write_int (json, "unread", self->unread);
  write_int (json, "torn", self->torn);
  write_int (json, "mixed", self->mixed);
  write_int (json, "repeats", self->repeats);
  write_int (json, "lost", self->lost);
  write_int (json, "backwards", self->backwards);
  write_latencies (self->latencies, json);
  json_builder_set_member_name (json, "changes");
  write_changes (self->changes, json);
  json_builder_end_object (json);
}

RhythmStats *
rhythm_stats_new (void)
{
  return g_new0 (RhythmStats, 1);
}

void
rhythm_stats_free (RhythmStats *self)
{
  g_free (self);
}

/**
 * rhythm_stats_add:
 * @self: the output
 * @pts_us: of a picture
 * @duration_us: of a picture at the nominal rate
 * @now_us: when it was seen
 */
void
rhythm_stats_add (
    RhythmStats *self, gint64 pts_us, gint64 duration_us, gint64 now_us)
{
  if (self->frames++ == 0) {
    self->first_us = now_us;
  } else {
    gint64 step = pts_us - self->last_pts_us;

    if (now_us - self->last_us > self->max_gap_us) {
      self->max_gap_us = now_us - self->last_us;
      self->max_gap_at_us = now_us;
    }
    self->max_pts_gap_us = MAX (self->max_pts_gap_us, step);
    if (duration_us > 0 && step > duration_us * 3 / 2)
      self->missing += (guint) ((step + duration_us / 2) / duration_us) - 1;
  }
  self->last_us = now_us;
  self->last_pts_us = pts_us;
}

static guint8
cell_level (const guint8 *luma, gint stride, gint width, gint height, gint cell)
{
  gint x0 = cell % GRID_COLUMNS * width / GRID_COLUMNS;
  gint y0 = cell / GRID_COLUMNS * height / GRID_ROWS;
  guint sum = 0, n = 0;
  gint x, y;

  for (y = y0; y < y0 + height / GRID_ROWS; y += 3) {
    for (x = x0; x < x0 + width / GRID_COLUMNS; x += 3, n++)
      sum += luma[(gsize) y * stride + x];
  }
  return (guint8) (n > 0 ? sum / n : 0);
}

/**
 * rhythm_stats_look:
 * @self: the output
 * @luma: of the picture just added
 * @stride: in bytes
 * @width: of the picture
 * @height: of the picture
 *
 * Notes what the picture looks like from afar.
 */
void
rhythm_stats_look (
    RhythmStats *self, const guint8 *luma, gint stride, gint width, gint height)
{
  gboolean changed = FALSE;
  gint i;

  for (i = 0; i < GRID_CELLS; i++) {
    guint8 level = cell_level (luma, stride, width, height, i);

    changed = changed || level != self->last_look[i];
    self->last_look[i] = level;
    self->look_sums[i] += level;
  }
  if (!changed)
    self->still++;
  self->looks++;
}

guint
rhythm_stats_get_frames (RhythmStats *self)
{
  return self->frames;
}

/**
 * rhythm_stats_write:
 * @self: the output
 * @json: gets members of an open object
 */
void
rhythm_stats_write (RhythmStats *self, JsonBuilder *json)
{
  gint i;

  write_int (json, "frames", self->frames);
  write_int (json, "missing", self->missing);
  write_int (json, "first_us", self->first_us);
  write_int (json, "last_us", self->last_us);
  write_ms (json, "max_gap_ms", (gdouble) self->max_gap_us);
  write_int (json, "max_gap_at_us", self->max_gap_at_us);
  write_ms (json, "max_pts_gap_ms", (gdouble) self->max_pts_gap_us);
  write_int (json, "still", self->still);
  json_builder_set_member_name (json, "grid");
  json_builder_begin_array (json);
  for (i = 0; i < GRID_CELLS && self->looks > 0; i++)
    json_builder_add_int_value (
        json, (gint64) (self->look_sums[i] / self->looks));
  json_builder_end_array (json);
}

AudioStats *
audio_stats_new (void)
{
  AudioStats *self = g_new0 (AudioStats, 1);

  self->tone = self->tone_next = NOBODY;
  self->tones = g_array_new (FALSE, FALSE, sizeof (Change));
  return self;
}

void
audio_stats_free (AudioStats *self)
{
  g_array_unref (self->tones);
  g_free (self);
}

static gdouble
square_to_dbfs (gdouble mean_square)
{
  return mean_square > 0 ? 10 * log10 (mean_square) : -100;
}

static void
end_silence_chunk (AudioStats *self)
{
  if (square_to_dbfs (self->chunk_square / SILENCE_CHUNK) < SILENCE_DBFS) {
    self->silent += SILENCE_CHUNK;
    self->silent_run += SILENCE_CHUNK;
    self->longest_silence = MAX (self->longest_silence, self->silent_run);
  } else {
    self->silent_run = 0;
  }
  self->recent[self->recent_next++ % RECENT_CHUNKS] = self->chunk_square /
      SILENCE_CHUNK;
  self->chunk_n = 0;
  self->chunk_square = 0;
}

/* A tone counts when two windows in a row agree: one of them straddles. */
static void
end_tone_chunk (AudioStats *self, gint64 now_us)
{
  guint tone = self->silent_run > 0
      ? NOBODY
      : coded_source_tone_to_id (
            self->tone_crossings * (RATE / 2.0) / TONE_CHUNK);

  if (tone == 0xff)
    tone = NOBODY;
  if (tone == self->tone_next)
    note_change (self->tones, &self->tone, tone, now_us);
  self->tone_next = tone;
  self->tone_n = 0;
  self->tone_crossings = 0;
}

/**
 * audio_stats_add:
 * @self: what is heard
 * @samples: stereo, interleaved, 48 kHz; the left channel is looked at
 * @n_frames: how many pairs
 * @pts_us: of the first
 * @now_us: when it was heard
 */
void
audio_stats_add (AudioStats *self, const gint16 *samples, gsize n_frames,
    gint64 pts_us, gint64 now_us)
{
  gsize i;

  if (self->frames == 0)
    self->first_us = now_us;
  else if (pts_us > self->next_pts_us + 5000) {
    self->gaps++;
    self->gap_us += pts_us - self->next_pts_us;
  }
  self->next_pts_us = pts_us + (gint64) n_frames * 1000000 / RATE;
  self->frames += n_frames;
  for (i = 0; i < n_frames; i++) {
    gint16 sample = samples[2 * i];
    gdouble square = sample / 32768.0 * (sample / 32768.0);

    self->square += square;
    self->chunk_square += square;
    if (++self->chunk_n == SILENCE_CHUNK)
      end_silence_chunk (self);
    if ((sample < 0) != (self->tone_last < 0))
      self->tone_crossings++;
    self->tone_last = sample;
    if (++self->tone_n == TONE_CHUNK)
      end_tone_chunk (self, now_us);
  }
}

/**
 * audio_stats_write:
 * @self: what was heard
 * @json: gets an object with the sums
 */
void
audio_stats_write (AudioStats *self, JsonBuilder *json)
{
  gdouble recent = 0;
  gint i;

  json_builder_begin_object (json);
  write_ms (json, "heard_ms", (gdouble) self->frames * 1e6 / RATE);
  write_int (json, "gaps", self->gaps);
  write_ms (json, "gap_ms", (gdouble) self->gap_us);
  write_ms (json, "silent_ms", (gdouble) self->silent * 1e6 / RATE);
  write_ms (
      json, "longest_silence_ms", (gdouble) self->longest_silence * 1e6 / RATE);
  json_builder_set_member_name (json, "rms_dbfs");
  json_builder_add_double_value (json,
      round (square_to_dbfs (
                 self->frames > 0 ? self->square / (gdouble) self->frames : 0) *
          10) /
          10);
  for (i = 0; i < RECENT_CHUNKS; i++)
    recent += self->recent[i] / RECENT_CHUNKS;
  json_builder_set_member_name (json, "last_second_dbfs");
  json_builder_add_double_value (
      json, round (square_to_dbfs (recent) * 10) / 10);
  json_builder_set_member_name (json, "tones");
  write_changes (self->tones, json);
  json_builder_end_object (json);
}
