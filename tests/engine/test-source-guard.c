/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/slate.h"
#include "engine/source-guard.h"

#include <string.h>

#define MS      G_GINT64_CONSTANT (1000000)
#define BLOCK   (480 * 4) /* 10 ms */
#define PATIENT G_GINT64_CONSTANT (8000000)

typedef struct {
  DaisGuard *guard;
  DaisCanvas canvas;
  GMutex lock;
  GCond cond;
  /* protected by lock */
  GPtrArray *pictures;
  GPtrArray *sounds;
} Fixture;

static void
on_video (GstBuffer *buffer, gpointer user_data)
{
  Fixture *f = user_data;

  g_mutex_lock (&f->lock);
  g_ptr_array_add (f->pictures, gst_buffer_ref (buffer));
  g_cond_signal (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
on_audio (GstBuffer *buffer, gpointer user_data)
{
  Fixture *f = user_data;

  g_mutex_lock (&f->lock);
  g_ptr_array_add (f->sounds, gst_buffer_ref (buffer));
  g_cond_signal (&f->cond);
  g_mutex_unlock (&f->lock);
}

static const DaisGuardOutlets outlets = { on_video, on_audio };

static void
unref_buffer (gpointer buffer)
{
  gst_buffer_unref (buffer);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->canvas = (DaisCanvas){ 64, 48, 30, 1 };
  f->pictures = g_ptr_array_new_with_free_func (unref_buffer);
  f->sounds = g_ptr_array_new_with_free_func (unref_buffer);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->guard = dais_guard_new (&f->canvas, &outlets, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  dais_guard_free (f->guard);
  g_ptr_array_unref (f->pictures);
  g_ptr_array_unref (f->sounds);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static GstBuffer *
make (gsize size, guint8 fill)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_memset (buffer, 0, fill, size);
  return buffer;
}

static guint8
first_byte (GstBuffer *buffer)
{
  guint8 byte = 0;

  gst_buffer_extract (buffer, 0, &byte, 1);
  return byte;
}

/* Waits until n buffers are there. */
static void
wait_for (Fixture *f, GPtrArray *what, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENT;

  g_mutex_lock (&f->lock);
  while (what->len < n)
    g_assert_true (g_cond_wait_until (&f->cond, &f->lock, until));
  g_mutex_unlock (&f->lock);
}

/* One after the other; how far apart is a matter of the machine's load. */
static void
assert_rising (GPtrArray *what)
{
  for (guint i = 1; i < what->len; i++) {
    GstBuffer *one = what->pdata[i - 1];
    GstBuffer *next = what->pdata[i];

    g_assert_cmpuint (GST_BUFFER_PTS (next), >=,
        GST_BUFFER_PTS (one) + GST_BUFFER_DURATION (one));
  }
}

/* Without hole or overlap. */
static void
assert_unbroken (GPtrArray *what)
{
  for (guint i = 1; i < what->len; i++) {
    GstBuffer *one = what->pdata[i - 1];
    GstBuffer *next = what->pdata[i];

    g_assert_cmpuint (GST_BUFFER_PTS (next), ==,
        GST_BUFFER_PTS (one) + GST_BUFFER_DURATION (one));
  }
}

static void
test_slate_when_nothing_comes (Fixture *f, gconstpointer data)
{
  dais_guard_set_slate (f->guard, make (100, 99));
  dais_guard_set_has (f->guard, TRUE, FALSE);
  dais_guard_drop_input (f->guard);
  dais_guard_set_wanted (f->guard, TRUE, FALSE);
  wait_for (f, f->pictures, 10);
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (first_byte (f->pictures->pdata[i]), ==, 99);
  assert_rising (f->pictures);
}

static void
test_repeats_then_slate_then_back (Fixture *f, gconstpointer data)
{
  gboolean repeated = FALSE, slated = FALSE;
  guint n;

  dais_guard_set_slate (f->guard, make (100, 99));
  dais_guard_set_has (f->guard, TRUE, FALSE);
  dais_guard_set_patience (f->guard, 300);
  dais_guard_set_wanted (f->guard, TRUE, FALSE);
  dais_guard_push_video (f->guard, make (100, 1), now_ns ());
  wait_for (f, f->pictures, 20);
  dais_guard_push_video (f->guard, make (100, 2), now_ns () + 100 * MS);
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  n = f->pictures->len;
  g_assert_cmpuint (first_byte (f->pictures->pdata[0]), ==, 1);
  for (guint i = 1; i + 1 < n; i++) {
    guint8 byte = first_byte (f->pictures->pdata[i]);

    repeated |= byte == 1;
    slated |= byte == 99;
    g_assert_false (slated && byte == 1);
  }
  g_assert_true (repeated);
  g_assert_true (slated);
  g_assert_cmpuint (first_byte (f->pictures->pdata[n - 1]), ==, 2);
}

/* Ten pictures a second become thirty. */
static void
test_slow_camera_keeps_the_rate (Fixture *f, gconstpointer data)
{
  gint64 start = now_ns () - 700 * MS;

  dais_guard_set_has (f->guard, TRUE, FALSE);
  dais_guard_set_wanted (f->guard, TRUE, FALSE);
  for (gint64 i = 0; i < 8; i++)
    dais_guard_push_video (
        f->guard, make (100, (guint8) (i + 1)), start + i * 100 * MS);
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  g_assert_cmpuint (f->pictures->len, >=, 22);
  assert_unbroken (f->pictures);
}

/* One picture a second: after two gaps of that length the slate waits longer,
 * but not after a single pause of a quick one. */
static void
test_slow_is_not_dead (Fixture *f, gconstpointer data)
{
  gint64 patience = dais_guard_get_patience_us (f->guard);

  for (guint i = 0; i < 3; i++) {
    dais_guard_note (f->guard, TRUE);
    g_usleep (i < 2 ? 1000000 : 0);
  }
  g_assert_cmpint (dais_guard_get_patience_us (f->guard), >, 1400000);
  dais_guard_note (f->guard, TRUE);
  g_assert_cmpint (dais_guard_get_patience_us (f->guard), ==, patience);
}

/* What is held back for a while keeps the slate away. */
static void
test_expected (Fixture *f, gconstpointer data)
{
  gint64 now = now_ns ();

  dais_guard_set_slate (f->guard, make (100, 99));
  dais_guard_set_has (f->guard, TRUE, FALSE);
  dais_guard_set_patience (f->guard, 100);
  dais_guard_set_wanted (f->guard, TRUE, FALSE);
  dais_guard_push_video (f->guard, make (100, 1), now);
  dais_guard_expect (f->guard, TRUE, now + 600 * MS);
  wait_for (f, f->pictures, 30);
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  for (guint i = 0; i < f->pictures->len; i++) {
    GstBuffer *picture = f->pictures->pdata[i];

    if ((gint64) GST_BUFFER_PTS (picture) < now + 600 * MS)
      g_assert_cmpuint (first_byte (picture), ==, 1);
    else if ((gint64) GST_BUFFER_PTS (picture) > now + 900 * MS)
      g_assert_cmpuint (first_byte (picture), ==, 99);
  }
}

static void
test_nothing_for_nobody (Fixture *f, gconstpointer data)
{
  dais_guard_set_slate (f->guard, make (100, 99));
  dais_guard_set_has (f->guard, TRUE, TRUE);
  dais_guard_push_video (f->guard, make (100, 1), now_ns ());
  dais_guard_push_audio (f->guard, make (BLOCK, 1), now_ns ());
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  g_assert_cmpuint (f->pictures->len, ==, 0);
  g_assert_cmpuint (f->sounds->len, ==, 0);
}

static void
test_wild_stamps (Fixture *f, gconstpointer data)
{
  const gint64 stamps[] = { G_MAXINT64 / 2, 0, -5, 1 };

  dais_guard_set_has (f->guard, TRUE, TRUE);
  dais_guard_set_wanted (f->guard, TRUE, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++) {
    dais_guard_push_video (f->guard, make (100, 1), stamps[i]);
    dais_guard_push_audio (f->guard, make (BLOCK, 1), stamps[i]);
  }
  wait_for (f, f->pictures, 10);
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  for (guint i = 0; i < f->pictures->len; i++)
    g_assert_cmpint (
        ABS ((gint64) GST_BUFFER_PTS (f->pictures->pdata[i]) - now_ns ()), <,
        PATIENT * 1000);
}

static void
test_sound_is_unbroken (Fixture *f, gconstpointer data)
{
  gint64 start = now_ns () - 600 * MS;

  dais_guard_set_has (f->guard, FALSE, TRUE);
  dais_guard_set_levels (f->guard, TRUE);
  dais_guard_set_wanted (f->guard, FALSE, TRUE);
  for (gint64 i = 0; i < 40; i++) {
    /* jitter, one hole of 100 ms, one overlap */
    gint64 jitter = i % 3 * MS + (i > 10 && i < 30 ? 100 * MS : 0);

    dais_guard_push_audio (
        f->guard, make (BLOCK, 0x11), start + i * 10 * MS + jitter);
  }
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  assert_unbroken (f->sounds);
}

static void
test_silence_stands_in (Fixture *f, gconstpointer data)
{
  gdouble peak, rms;

  dais_guard_set_has (f->guard, FALSE, TRUE);
  dais_guard_set_levels (f->guard, TRUE);
  dais_guard_set_wanted (f->guard, FALSE, TRUE);
  wait_for (f, f->sounds, 10);
  g_assert_true (dais_guard_take_levels (f->guard, &peak, &rms));
  dais_guard_set_wanted (f->guard, FALSE, FALSE);
  g_assert_cmpfloat (peak, ==, -100);
  g_assert_cmpfloat (rms, ==, -100);
  assert_rising (f->sounds);
}

static void
test_slate_is_a_picture (void)
{
  const DaisCanvas canvas = { 320, 180, 30, 1 };
  g_autoptr (GstBuffer) one = dais_slate_new (
      &canvas, "Halle Süd, Kamera 1 مرحبا", "no signal", NULL);
  g_autoptr (GstBuffer) other = dais_slate_new (&canvas, "Hall", "no", NULL);
  GstMapInfo a, b;
  guint light = 0;

  g_assert_true (gst_buffer_map (one, &a, GST_MAP_READ));
  g_assert_true (gst_buffer_map (other, &b, GST_MAP_READ));
  g_assert_cmpuint (a.size, ==, 320 * 180 * 3 / 2);
  for (guint i = 0; i < 320 * 180; i++)
    light += a.data[i] > 150;
  g_assert_cmpuint (light, >, 300);
  g_assert_cmpuint (light, <, 320 * 180 / 3);
  g_assert_cmpint (memcmp (a.data, b.data, a.size), !=, 0);
  gst_buffer_unmap (one, &a);
  gst_buffer_unmap (other, &b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
#define CASE(name, function)                                                 \
  g_test_add ("/engine/source-guard/" name, Fixture, NULL, set_up, function, \
      tear_down)
  CASE ("slate", test_slate_when_nothing_comes);
  CASE ("repeat-slate-back", test_repeats_then_slate_then_back);
  CASE ("slow-camera", test_slow_camera_keeps_the_rate);
  CASE ("slow-is-not-dead", test_slow_is_not_dead);
  CASE ("expected", test_expected);
  CASE ("nobody", test_nothing_for_nobody);
  CASE ("wild-stamps", test_wild_stamps);
  CASE ("sound-unbroken", test_sound_is_unbroken);
  CASE ("silence", test_silence_stands_in);
  g_test_add_func (
      "/engine/source-guard/slate-picture", test_slate_is_a_picture);
  return g_test_run ();
}
