/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/sink.h"
#include "wire/src.h"
#include "wire/wire.h"

#include <gst/gst.h>

#define PACKAGE "dais"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return gst_element_register (
             plugin, "daiswiresink", GST_RANK_NONE, DAIS_TYPE_WIRE_SINK) &&
      gst_element_register (
          plugin, "daiswiresrc", GST_RANK_NONE, DAIS_TYPE_WIRE_SRC);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, daiswire,
    "Raw frames between processes through shared memory", plugin_init,
    DAIS_VERSION, "LGPL", "Dais", "https://example.org/dais")
