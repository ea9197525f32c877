/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-wire"
#include "config.h"

#include "wire/wire.h"

#include "wire/sink.h"
#include "wire/src.h"

#include <gst/gst.h>

/**
 * dais_wire_register:
 *
 * Registers both elements without a plugin file, for programs that have them
 * built in. An installed plugin of another release is not used then.
 */
void
dais_wire_register (void)
{
  gst_element_register (
      NULL, "daiswiresink", GST_RANK_NONE, DAIS_TYPE_WIRE_SINK);
  gst_element_register (NULL, "daiswiresrc", GST_RANK_NONE, DAIS_TYPE_WIRE_SRC);
}
