/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisGrant:
 *
 * What a caller may do (design §6), given by role and per room.
 */
typedef enum {
  DAIS_GRANT_NONE = 0,
  DAIS_GRANT_VIEW = 1 << 0,
  DAIS_GRANT_CHAT = 1 << 1,
  DAIS_GRANT_NOTE = 1 << 2,
  DAIS_GRANT_CUT = 1 << 3,
  DAIS_GRANT_AUDIO = 1 << 4,
  DAIS_GRANT_BLANK = 1 << 5,
  DAIS_GRANT_RECORD = 1 << 6,
  DAIS_GRANT_PUBLISH = 1 << 7,
  DAIS_GRANT_MANAGE = 1 << 8,
  DAIS_GRANT_ADMIN = 1 << 9,
} DaisGrant;

#define DAIS_GRANT_ALL ((DaisGrant) 0x3ff)

const gchar *dais_grant_to_string (DaisGrant grant);  /* one bit */
DaisGrant dais_grant_from_string (const gchar *text); /* NONE = unknown */

/* Many: a list of names ⇄ a set of bits. An unknown name is
 * DAIS_ERROR_INVALID; to_strv is (transfer full). */
gboolean dais_grants_from_strv (
    const gchar *const *names, DaisGrant *grants, GError **error);
gchar **dais_grants_to_strv (DaisGrant grants);

G_END_DECLS
