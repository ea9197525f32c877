/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one function of a target. libFuzzer calls it; in a build without
 * libFuzzer seeds-main.c calls it with each file named on the command line. */
__attribute__ ((visibility ("default"))) int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The input as a string of its own, ended by zero, so that a read past the end
 * is seen by the address sanitizer. (transfer full) */
static inline gchar *
fuzz_dup_text (const guint8 *data, gsize size)
{
  return g_strndup ((const gchar *) data, size);
}

G_END_DECLS
