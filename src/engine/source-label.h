/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/caps.h"

G_BEGIN_DECLS

/* Writes a name and the time of day into every picture that leaves @pad, which
 * must carry the canvas's caps. */
void
dais_label_attach (GstPad *pad, const DaisCanvas *canvas, const gchar *name);

G_END_DECLS
