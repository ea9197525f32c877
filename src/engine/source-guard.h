/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"

G_BEGIN_DECLS

/* Stands between an input that may fail and everybody who takes its pictures
 * and sound: what leaves never stops while it is wanted. Any thread. */
typedef struct _DaisGuard DaisGuard;

typedef struct {
  /* With the guard's lock held, from any thread; must not block. The picture
   * may be kept, not written. */
  void (*video) (GstBuffer *buffer, gpointer user_data);
  void (*audio) (GstBuffer *buffer, gpointer user_data);
} DaisGuardOutlets;

DaisGuard *dais_guard_new (const DaisCanvas *canvas,
    const DaisGuardOutlets *outlets, gpointer user_data);
void dais_guard_free (DaisGuard *self);

/* What the slate shows; taken. */
void dais_guard_set_slate (DaisGuard *self, GstBuffer *slate);
/* How long nothing may come before the slate, in ms. */
void dais_guard_set_patience (DaisGuard *self, guint patience_ms);
/* The same in effect, longer for a slow camera. */
gint64 dais_guard_get_patience_us (DaisGuard *self);
void dais_guard_set_has (DaisGuard *self, gboolean video, gboolean audio);
void dais_guard_set_wanted (DaisGuard *self, gboolean video, gboolean audio);
void dais_guard_set_levels (DaisGuard *self, gboolean on);

/* buffer: taken; time_ns: when to show it, on the shared clock */
void dais_guard_push_video (DaisGuard *self, GstBuffer *buffer, gint64 time_ns);
void dais_guard_push_audio (DaisGuard *self, GstBuffer *buffer, gint64 time_ns);
/* The input lives, though what it brings is not wanted. */
void dais_guard_note (DaisGuard *self, gboolean video);
/* It has something that is held back until then. */
void dais_guard_expect (DaisGuard *self, gboolean video, gint64 time_ns);
/* The last picture stays for good: a still image. */
void dais_guard_set_still (DaisGuard *self, gboolean still);
/* The input is gone: slate at once. */
void dais_guard_drop_input (DaisGuard *self);

gboolean dais_guard_is_slate (DaisGuard *self);
guint64 dais_guard_get_frames (DaisGuard *self);
/* FALSE when nothing was heard since the last call. dBFS, -100 is silence. */
gboolean dais_guard_take_levels (DaisGuard *self, gdouble *peak, gdouble *rms);

G_END_DECLS
