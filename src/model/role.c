/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/role.h"

#include "core/error.h"

/* In the order of the bits. */
static const gchar *const names[] = { "student", "teacher", "operator",
  "admin" };

/**
 * dais_role_to_string:
 * @role: exactly one role
 *
 * Returns: (transfer none) (nullable): its name; %NULL for none or many
 */
const gchar *
dais_role_to_string (DaisRole role)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (role == (DaisRole) (1u << i))
      return names[i];
  }
  return NULL;
}

/**
 * dais_role_from_string:
 * @text: (nullable): a name
 *
 * Returns: the role; %DAIS_ROLE_NONE when there is none of that name
 */
DaisRole
dais_role_from_string (const gchar *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (text, names[i]) == 0)
      return (DaisRole) (1u << i);
  }
  return DAIS_ROLE_NONE;
}

/**
 * dais_roles_from_strv:
 * @list: (nullable) (array zero-terminated=1): names of roles
 * @roles: (out): the set
 * @error: return location; %DAIS_ERROR_INVALID names the unknown one
 *
 * Returns: %FALSE when a name is unknown
 */
gboolean
dais_roles_from_strv (const gchar *const *list, DaisRole *roles, GError **error)
{
  guint set = 0;

  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    DaisRole role = dais_role_from_string (list[i]);

    if (role == DAIS_ROLE_NONE) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "unknown role '%.40s'; known are student, teacher, operator, admin",
          list[i]);
      return FALSE;
    }
    set |= role;
  }
  *roles = (DaisRole) set;
  return TRUE;
}

/**
 * dais_roles_to_strv:
 * @roles: a set
 *
 * Returns: (transfer full): the names
 */
gchar **
dais_roles_to_strv (DaisRole roles)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (roles & (1u << i))
      g_strv_builder_add (builder, names[i]);
  }
  return g_strv_builder_end (builder);
}
