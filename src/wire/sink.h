/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define DAIS_TYPE_WIRE_SINK (dais_wire_sink_get_type ())
G_DECLARE_FINAL_TYPE (
    DaisWireSink, dais_wire_sink, DAIS, WIRE_SINK, GstBaseSink)

#define DAIS_WIRE_MEDIA "video/x-raw; audio/x-raw, layout=(string)interleaved"

/* A clock-independent instant: ns on the system's monotonic clock. */
GstClockTimeDiff dais_wire_clock_offset (GstElement *element);

G_END_DECLS
