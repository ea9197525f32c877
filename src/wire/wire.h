/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes the elements daiswiresink and daiswiresrc known to this process, after
 * gst_init(). */
void dais_wire_register (void);

G_END_DECLS
