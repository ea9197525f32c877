/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/source-guard.h"

G_BEGIN_DECLS

/* The way of one input's data to the guard: paces it, counts it, drops what
 * nobody takes before it is converted, converts, and puts it on the shared
 * clock. Lives as long as the input's pipeline; a closed chain swallows what
 * still comes. Counted, any thread. */
typedef struct _DaisChain DaisChain;

typedef struct {
  DaisGuard *guard;
  DaisCanvas canvas;
  gboolean paced;    /* hold back what comes before its time */
  gboolean live;     /* data comes when it happens */
  gboolean no_video; /* leave pictures out, of sound: no_audio */
  gboolean no_audio;
  guint rotate;      /* degrees, clockwise; 0 = as the input says */
  guint left, right; /* channels, from 1; 0 = as the input says */
  /* Answers an allocation query with memory to write pictures into. */
  gboolean (*answer) (GstQuery *query, gpointer user_data);
  gpointer user_data;
} DaisChainSettings;

DaisChain *
dais_chain_new (GstElement *pipeline, const DaisChainSettings *settings);
DaisChain *dais_chain_ref (DaisChain *self);
void dais_chain_unref (DaisChain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisChain, dais_chain_unref)

void dais_chain_attach (DaisChain *self, GstPad *pad);
void dais_chain_gate (DaisChain *self, GstPad *pad, gboolean video);
gboolean dais_chain_takes (DaisChain *self, const GstCaps *caps);
/* What the running time 0 of the input means on the shared clock, as far as it
 * means anything. Before it plays. */
void dais_chain_set_base (DaisChain *self, gint64 base_ns);
void dais_chain_set_live (DaisChain *self);
void dais_chain_set_wanted (DaisChain *self, gboolean video, gboolean audio);
void dais_chain_close (DaisChain *self);
gboolean dais_chain_is_closed (DaisChain *self);

gboolean dais_chain_has_video (DaisChain *self);
gboolean dais_chain_has_audio (DaisChain *self);
gboolean dais_chain_is_waiting (DaisChain *self);
/* Pictures, or pieces of sound where there are no pictures, so far. */
guint64 dais_chain_get_count (DaisChain *self);

G_END_DECLS
