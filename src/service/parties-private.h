/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "auth/attempts.h"
#include "service/party-private.h"

G_BEGIN_DECLS

#define DAIS_PARTIES_KEY_BYTES 32

struct _DaisParties {
  GObject parent_instance;

  DaisHouse *house;    /* not owned, outlives it */
  GHashTable *by_name; /* (element-type utf8 DaisParty) lower case */
  GHashTable *checks;  /* (element-type utf8 GPtrArray<GTask>) by secret */
  DaisAttempts *guesses;
  DaisAttempts *creations;
  guint8 key[DAIS_PARTIES_KEY_BYTES];
  guint after_last;   /* s */
  guint before_first; /* s */
  guint timer;
};

/* What stands for a password in memory: of equal length, and worth nothing
 * without this process's key. (transfer full) */
gchar *dais_parties_make_secret (
    DaisParties *self, const gchar *name, const gchar *password);
/* In constant time. */
gboolean dais_parties_is_secret (const gchar *one, const gchar *other);

G_END_DECLS
