/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Writes the machine's cameras and microphones to standard output as a JSON
 * array; with watch one object a line, for ever. The process's exit code. */
int dais_devices_run (gboolean watch);

/* {"name","kind","uri","modes"}. (transfer full) (nullable): NULL for what no
 * source can open */
gchar *dais_devices_describe (GstDevice *device, const gchar *event);

G_END_DECLS
