/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the store only. */

#include "store/connection.h"

G_BEGIN_DECLS

/* connection: (transfer full). Starts the thread. */
DaisWriter *dais_writer_new (DaisConnection *connection);
/* Carries out what is queued, ends the thread, closes the connection. */
void dais_writer_free (DaisWriter *self);
/* task: (transfer full): its task data is a DaisSubmit */
void dais_writer_push (DaisWriter *self, GTask *task);
guint64 dais_writer_get_n_commits (DaisWriter *self);
void dais_writer_set_reserve (DaisWriter *self, guint64 bytes);

typedef struct {
  DaisChange change;
  gpointer data;
  GDestroyNotify destroy;
} DaisSubmit;

G_END_DECLS
