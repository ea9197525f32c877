/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/json-writer.h"

G_BEGIN_DECLS

/* The stamp of a room's last change. */
typedef struct {
  guint64 rev; /* per room, counts up by one; 0 = nothing happened yet */
  gint64 utc_us;
  guint64 running_time; /* ns on the shared media clock */
} DaisRevision;

/* "rev", "utc" and "running_time", inside an object. */
void
dais_revision_write_members (const DaisRevision *self, DaisJsonWriter *writer);

/* If-Match: "7", W/"7", 7, a list of them, or * (any is TRUE).
 * FALSE + DAIS_ERROR_INVALID when it is none of these. */
gboolean dais_revision_parse_match (
    const gchar *header, guint64 present, gboolean *matches, GError **error);
/* DAIS_ERROR_STALE when expected is not present. room begins the message. */
gboolean dais_revision_check (
    guint64 present, guint64 expected, const gchar *room, GError **error);

G_END_DECLS
