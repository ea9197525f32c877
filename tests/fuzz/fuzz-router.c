/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"
#include "net/listen-socket.h"
#include "net/router.h"

#include <string.h>

/* Any path against the routes of the house: a parameter that comes out is
 * UTF-8, without a zero byte, and holds no separator that was not encoded. */

static void
on_request (void)
{
}

static DaisRouter *
make_router (void)
{
  static const gchar *const patterns[] = { "/", "/login", "/streams",
    "/streams/<slug>", "/room/<name>/state", "/room/<name>/notes/<id>",
    "/streaming/mixed/<file>", "/streaming/<file>", "/static/<path...>" };
  DaisRouter *router = dais_router_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (patterns); i++)
    dais_router_add (
        router, DAIS_METHOD_GET, patterns[i], 0, G_CALLBACK (on_request), NULL);
  return router;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static DaisRouter *router;
  g_autofree gchar *path = fuzz_dup_text (data, size);
  g_auto (DaisMatch) match = { 0 };
  g_autoptr (GError) error = NULL;
  guint i;

  if (!router)
    router = make_router ();
  if (!dais_router_match (router, DAIS_METHOD_GET, path, &match, &error))
    g_assert_nonnull (error);
  for (i = 0; match.values && match.values[i]; i++)
    g_assert_true (g_utf8_validate (match.values[i], -1, NULL));
  return 0;
}
