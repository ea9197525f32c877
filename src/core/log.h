/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Structured log lines that carry ROOM= or STREAM= beside the text. Each file
 * defines G_LOG_DOMAIN "dais-<part>" first. debug = for us, info = --verbose,
 * message = an operator should see it once, warning = wrong but going on. */
#define dais_log_room(level, room, ...) \
  dais_log_with_field (G_LOG_DOMAIN, level, "ROOM", room, __VA_ARGS__)
#define dais_log_stream(level, stream, ...) \
  dais_log_with_field (G_LOG_DOMAIN, level, "STREAM", stream, __VA_ARGS__)

void dais_log_with_field (const gchar *domain, GLogLevelFlags level,
    const gchar *field, const gchar *value, const gchar *format, ...)
    G_GNUC_PRINTF (5, 6);

/* Journald when stderr is the journal, else one line a message on stderr:
 * "HH:MM:SS.mmm part level [room] text". Call once, first thing in main(). */
void dais_log_init (gboolean verbose);
/* From the configuration: the least grave level that is shown. */
void dais_log_set_level (GLogLevelFlags least);

/* "rtsp://user:secret@host/x?token=y" → "rtsp://…@host/x". (transfer full) */
gchar *dais_log_redact_url (const gchar *url);

G_END_DECLS
