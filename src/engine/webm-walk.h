/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where in a WebM stream we are; {0} at its beginning. */
typedef struct {
  guint8 head[12]; /* of an element whose size is not known yet */
  guint head_size;
  guint64 left; /* bytes of the present element */
} DaisWebmWalk;

gboolean dais_webm_walk (DaisWebmWalk *self, gconstpointer data, gsize size);

G_END_DECLS
