/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/house.h"

G_BEGIN_DECLS

/* Fills a running house with the demo: three test cameras and two rooms; what
 * is there already stays. Gives "admin" a password that the demo can show.
 * password: (nullable): the present one where it is known */
void dais_demo_venue_fill_async (DaisHouse *house, const gchar *password,
    GAsyncReadyCallback callback, gpointer user_data);
/* password: (out) (transfer full) */
gboolean dais_demo_venue_fill_finish (
    DaisHouse *house, GAsyncResult *result, gchar **password, GError **error);

G_END_DECLS
