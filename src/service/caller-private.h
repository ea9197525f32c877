/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the service only. */

#include "auth/attempts.h"
#include "auth/password.h"
#include "model/role.h"
#include "service/callers.h"
#include "service/mailer.h"
#include "service/one-time-codes.h"
#include "store/users.h"

G_BEGIN_DECLS

typedef enum {
  DAIS_CALLER_ANONYMOUS,
  DAIS_CALLER_USER,
  DAIS_CALLER_CONSOLE,
} DaisCallerKind;

/* What thousands of callers share instead of a weak pointer each: GObject
 * searches those one by one. A GRcBox. */
typedef struct {
  DaisCallers *callers; /* (nullable) NULL once they are gone */
} DaisCallersLink;

/* link: (transfer none). (transfer full) */
DaisCaller *dais_caller_new (DaisCallersLink *link, DaisCallerKind kind,
    gint64 user_id, const gchar *username, const gchar *hex24);

void dais_caller_set_issued (DaisCaller *self, gint64 issued_s);

DaisCallers *dais_callers_new (DaisHouse *house);
/* Opens the key of the tokens. Blocks for the disk. */
gboolean
dais_callers_open (DaisCallers *self, const gchar *data_dir, GError **error);
DaisHouse *dais_callers_get_house (DaisCallers *self);
DaisCallersLink *dais_callers_get_link (DaisCallers *self);
/* What is known about a user, at most a second old where another program
 * changed it. NULL = removed. (transfer none) until the next call */
DaisUserRow *dais_callers_get_user (DaisCallers *self, gint64 id);
void dais_callers_forget_users (DaisCallers *self);
/* What the configuration opens for everybody. */
DaisGrant dais_callers_get_open_grants (DaisCallers *self);

/* Logins. All (transfer none). */

DaisAttempts *dais_callers_get_by_address (DaisCallers *self);
DaisAttempts *dais_callers_get_by_name (DaisCallers *self);
DaisOneTimeCodes *dais_callers_get_codes (DaisCallers *self);
DaisMailer *dais_callers_get_mailer (DaisCallers *self);

/* Hashing of passwords. */

DaisPasswords *dais_callers_get_passwords (DaisCallers *self);

/* Makes the account "admin" when nobody has the role: the password, or NULL
 * without an error when there is one. */
void dais_callers_make_admin_async (
    DaisCallers *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_callers_make_admin_finish (
    DaisCallers *self, GAsyncResult *result, gchar **password, GError **error);

G_END_DECLS
