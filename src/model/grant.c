/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/grant.h"

#include "core/error.h"

/* In the order of the bits. */
static const gchar *const names[] = { "view", "chat", "note", "cut", "audio",
  "blank", "record", "publish", "manage", "admin" };

/**
 * dais_grant_to_string:
 * @grant: exactly one grant
 *
 * Returns: (transfer none) (nullable): its name; %NULL for none or many
 */
const gchar *
dais_grant_to_string (DaisGrant grant)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (grant == (DaisGrant) (1u << i))
      return names[i];
  }
  return NULL;
}

/**
 * dais_grant_from_string:
 * @text: (nullable): a name
 *
 * Returns: the grant; %DAIS_GRANT_NONE when there is none of that name
 */
DaisGrant
dais_grant_from_string (const gchar *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (text, names[i]) == 0)
      return (DaisGrant) (1u << i);
  }
  return DAIS_GRANT_NONE;
}

/**
 * dais_grants_from_strv:
 * @list: (nullable) (array zero-terminated=1): names of grants
 * @grants: (out): the set
 * @error: return location; %DAIS_ERROR_INVALID names the unknown one
 *
 * Returns: %FALSE when a name is unknown
 */
gboolean
dais_grants_from_strv (
    const gchar *const *list, DaisGrant *grants, GError **error)
{
  guint set = 0;

  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    DaisGrant grant = dais_grant_from_string (list[i]);

    if (grant == DAIS_GRANT_NONE) {
      g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "unknown grant '%.40s'; known are view, chat, note, cut, audio, "
          "blank, record, publish, manage, admin",
          list[i]);
      return FALSE;
    }
    set |= grant;
  }
  *grants = (DaisGrant) set;
  return TRUE;
}

/**
 * dais_grants_to_strv:
 * @grants: a set
 *
 * Returns: (transfer full): the names
 */
gchar **
dais_grants_to_strv (DaisGrant grants)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (grants & (1u << i))
      g_strv_builder_add (builder, names[i]);
  }
  return g_strv_builder_end (builder);
}
