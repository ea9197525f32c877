/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* utc_us: microseconds since 1970, as g_get_real_time(). (transfer full) */
gchar *dais_time_iso_s (gint64 utc_us);      /* 2015-06-06T10:25:12Z */
gchar *dais_time_iso_ms (gint64 utc_us);     /* …12.400Z, members and venue */
gchar *dais_time_iso_us (gint64 utc_us);     /* …12.400000Z, help */
gchar *dais_time_local_date (gint64 utc_us); /* 2015-06-06 in local time */
/* venue's legacy clock: seconds since local midnight */
gdouble dais_time_since_midnight (gint64 utc_us);
/* The moment of a local date (YYYY-MM-DD) and seconds since its midnight, 0 to
 * 86400. FALSE when there is none. */
gboolean
dais_time_from_local (const gchar *date, gdouble seconds, gint64 *utc_us);
/* Reads RFC 3339. FALSE when it is none. */
gboolean dais_time_parse_iso (const gchar *text, gint64 *utc_us);

G_END_DECLS
