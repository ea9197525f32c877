/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one thing that a server says on stdout: where it is and, once, who may
 * sign in. username, password: (nullable) together. */
void dais_welcome_print (
    GStrv urls, const gchar *username, const gchar *password, gboolean json);

G_END_DECLS
