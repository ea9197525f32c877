/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/output.h"

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _DaisEncoder DaisEncoder;

/**
 * DaisEncoderEvents:
 * @header: what a viewer of the stream needs first; (nullable): never wanted
 * @data: encoded bytes; key: a viewer may begin with them
 * @failed: the encoder is of no more use
 *
 * header and data are called on streaming threads, one at a time and never
 * after dais_encoder_free(); failed on the main context.
 */
typedef struct {
  void (*header) (GBytes *header, gpointer user_data);
  void (*data) (
      gconstpointer data, gsize size, gboolean key, gpointer user_data);
  void (*failed) (gpointer user_data);
} DaisEncoderEvents;

DaisEncoder *dais_encoder_new_webm (const gchar *name, DaisFeed feeds,
    const DaisEncoderEvents *events, gpointer user_data);
DaisEncoder *dais_encoder_new_jpeg (const gchar *name, gint width,
    const DaisEncoderEvents *events, gpointer user_data);
DaisEncoder *dais_encoder_ref (DaisEncoder *self);
void dais_encoder_unref (DaisEncoder *self);

gboolean dais_encoder_is_behind (DaisEncoder *self);
void dais_encoder_push (
    DaisEncoder *self, DaisFeed feed, GstBuffer *buffer, GstCaps *caps);
void dais_encoder_free (DaisEncoder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisEncoder, dais_encoder_unref)

G_END_DECLS
