/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an account is; the store keeps these bits, so they never change. */
typedef enum {
  DAIS_ROLE_NONE = 0,
  DAIS_ROLE_STUDENT = 1 << 0,
  DAIS_ROLE_TEACHER = 1 << 1,
  DAIS_ROLE_OPERATOR = 1 << 2,
  DAIS_ROLE_ADMIN = 1 << 3,
} DaisRole;

const gchar *dais_role_to_string (DaisRole role);   /* one bit */
DaisRole dais_role_from_string (const gchar *text); /* NONE = unknown */

/* Many. An unknown name is DAIS_ERROR_INVALID; to_strv is (transfer full). */
gboolean dais_roles_from_strv (
    const gchar *const *names, DaisRole *roles, GError **error);
gchar **dais_roles_to_strv (DaisRole roles);

G_END_DECLS
