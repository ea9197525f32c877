/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS

#define DAIS_TYPE_WIRE_SRC (dais_wire_src_get_type ())
G_DECLARE_FINAL_TYPE (DaisWireSrc, dais_wire_src, DAIS, WIRE_SRC, GstPushSrc)

G_END_DECLS
