/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/output.h"

G_BEGIN_DECLS

/* One kind of stream of an output: its viewers, and its encoder while there
 * are any. Everything but push on the main thread. */
typedef struct _DaisOutputChannel DaisOutputChannel;

/* The number of viewers or the wanted feeds have changed. Main context. */
typedef void (*DaisOutputChannelChanged) (gpointer user_data);

DaisOutputChannel *dais_output_channel_new_webm (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data);
DaisOutputChannel *dais_output_channel_new_mjpg (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data);
DaisOutputChannel *dais_output_channel_new_jpg (
    const gchar *name, DaisOutputChannelChanged changed, gpointer user_data);
void dais_output_channel_free (DaisOutputChannel *self);

const gchar *dais_output_channel_get_kind (DaisOutputChannel *self);
void dais_output_channel_set_feeds (DaisOutputChannel *self, DaisFeed feeds);
void dais_output_channel_add (
    DaisOutputChannel *self, GSocket *socket, const gchar *head);
gboolean dais_output_channel_takes_sockets (DaisOutputChannel *self);
void dais_output_channel_add_socket (
    DaisOutputChannel *self, GSocket *socket, const gchar *head);
DaisFeed dais_output_channel_get_wanted (DaisOutputChannel *self);
guint dais_output_channel_get_viewers (DaisOutputChannel *self);
gboolean dais_output_channel_is_behind (DaisOutputChannel *self);
gboolean
dais_output_channel_is_due (DaisOutputChannel *self, GstClockTime time);
void dais_output_channel_push (
    DaisOutputChannel *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps);

G_END_DECLS
