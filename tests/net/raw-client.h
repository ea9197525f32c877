/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A bare TCP connection to a server in this very thread: whoever waits turns
 * the main loop, with a limit after which the test fails. */
typedef struct {
  gint fd;
  GByteArray *received;
  gboolean is_closed; /* by the peer, or reset */
} RawClient;

RawClient *raw_client_new (const gchar *url);
void raw_client_free (RawClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RawClient, raw_client_free)

void raw_client_send (RawClient *self, gconstpointer data, gssize length);
/* until so many bytes are there, or the text, or the end; FALSE: it ended */
gboolean raw_client_wait_bytes (RawClient *self, gsize length);
gboolean raw_client_wait_text (RawClient *self, const gchar *text);
void raw_client_wait_closed (RawClient *self);
const gchar *raw_client_get_text (RawClient *self);
void raw_client_clear (RawClient *self);
/* Removes and returns the first @length bytes. */
GBytes *raw_client_take (RawClient *self, gsize length);

/* Sends one request with Connection: close and returns the whole answer. */
gchar *raw_request (const gchar *url, const gchar *request);

/* Turns the main loop until the function says so. */
void raw_wait (gboolean (*done) (gpointer data), gpointer data);
void raw_turn (guint milliseconds);

G_END_DECLS
