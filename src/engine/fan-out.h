/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _DaisFanOut DaisFanOut;

/* A viewer has gone. Called on the fan-out's thread. */
typedef void (*DaisFanOutGone) (gpointer user_data);

DaisFanOut *dais_fan_out_new (const gchar *name, gboolean with_header,
    DaisFanOutGone gone, gpointer user_data);
void dais_fan_out_free (DaisFanOut *self);

void dais_fan_out_add (
    DaisFanOut *self, GSocket *socket, GBytes *head, gboolean last);
void dais_fan_out_add_socket (DaisFanOut *self, GSocket *socket, GBytes *head);
void dais_fan_out_set_header (DaisFanOut *self, GBytes *header);
void dais_fan_out_push (DaisFanOut *self, GBytes *piece, gboolean key);
void dais_fan_out_finish (DaisFanOut *self);
void dais_fan_out_restart (DaisFanOut *self);

guint dais_fan_out_get_viewers (DaisFanOut *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisFanOut, dais_fan_out_free)

G_END_DECLS
