/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * DaisFeed:
 * @DAIS_FEED_VIDEO: I420 pictures
 * @DAIS_FEED_AUDIO: S16LE 48 kHz stereo sound
 *
 * What an output is fed with, as flags.
 */
typedef enum {
  DAIS_FEED_VIDEO = 1 << 0,
  DAIS_FEED_AUDIO = 1 << 1,
} DaisFeed;

/* What viewers see of one raw feed: "webm" (never-ending), "mjpg" (multipart,
 * 320 wide, at most ten a second) and "jpg" (one picture of full size). Its
 * encoders live in pipelines of their own and only while somebody watches, so
 * the feeding pipeline is never changed: it pushes what it has, which costs
 * one atomic read while nobody watches.
 *
 * Signals, on the main context of the thread that made it:
 *   viewers-changed ()  see dais_output_get_viewers()
 *   wanted-changed ()   see dais_output_get_wanted() */
#define DAIS_TYPE_OUTPUT (dais_output_get_type ())
G_DECLARE_FINAL_TYPE (DaisOutput, dais_output, DAIS, OUTPUT, GObject)

DaisOutput *dais_output_new (const gchar *name);

/* What will be pushed; without it nothing is encoded. A change of it, or of a
 * feed's caps, ends the viewers of the WebM stream: its head is fixed. */
void dais_output_set_feeds (DaisOutput *self, DaisFeed feeds);

/* Any thread; never blocks. PTS is running time on the shared clock. A late
 * encoder loses pictures, never sound. */
void dais_output_push (
    DaisOutput *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps);

/* Whether anybody can take a picture of that time. Any thread. */
gboolean dais_output_takes (DaisOutput *self, GstClockTime time);

/* Pushes whatever passes pad, by a probe on its streaming thread. */
void dais_output_watch_pad (DaisOutput *self, DaisFeed feed, GstPad *pad);

/* Takes a reference on socket when it succeeds. Main thread. */
gboolean dais_output_add_viewer (DaisOutput *self, const gchar *output,
    GSocket *socket, const gchar *head, GError **error);

/* The feeds that somebody takes at present: while 0 the feeding pipeline may
 * rest. */
DaisFeed dais_output_get_wanted (DaisOutput *self);

/* a{su}: output → viewers; outputs without a viewer are listed with 0. */
GVariant *dais_output_get_viewers (DaisOutput *self);

/* Ends all viewers and encoders. Does not block; nothing is signalled after. */
void dais_output_stop (DaisOutput *self);

G_END_DECLS
