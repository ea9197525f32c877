/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the responses to viewers look like. Pure text, no sockets. */
GBytes *
dais_output_http_stream_head (const gchar *content_type, const gchar *head);
GBytes *dais_output_http_socket_head (const gchar *head);
GBytes *dais_output_http_picture (GBytes *jpeg, const gchar *head);
GBytes *dais_output_http_no_picture (const gchar *head);
GBytes *dais_output_http_part (gconstpointer jpeg, gsize size);

#define DAIS_OUTPUT_HTTP_WEBM "video/webm"
#define DAIS_OUTPUT_HTTP_MJPG "multipart/x-mixed-replace; boundary=dais"

gboolean dais_output_http_check_head (const gchar *head, GError **error);

#define DAIS_OUTPUT_HTTP_MESSAGE_HEAD 10

gsize dais_output_http_message_head (
    guint8 head[DAIS_OUTPUT_HTTP_MESSAGE_HEAD], guint64 size);

G_END_DECLS
