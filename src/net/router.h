/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * DaisRouter:
 *
 * Finds the route of a path; pure, knows no HTTP library. Rules: contracts
 * README §1 and src/net/server.h.
 */
typedef struct _DaisRouter DaisRouter;

typedef enum {
  DAIS_METHOD_GET = 1 << 0,
  DAIS_METHOD_POST = 1 << 1,
  DAIS_METHOD_PUT = 1 << 2,
  DAIS_METHOD_DELETE = 1 << 3,
  DAIS_METHOD_PATCH = 1 << 4,
  DAIS_METHOD_OPTIONS = 1 << 5, /* a route of its own instead of our answer */
  DAIS_METHOD_WEBSOCKET = 1 << 6,
} DaisMethods;

typedef struct {
  DaisMethods methods;
  gsize max_body;
  GCallback begun; /* (nullable) kept for the caller */
  GCallback handler;
  gpointer user_data;
  GStrv names; /* of the parameters, in the order of the path */
} DaisRoute;

typedef struct {
  const DaisRoute *route; /* (nullable) for the method asked for */
  DaisMethods allowed;    /* of all routes of this path; 0 = unknown path */
  gchar **values;         /* (nullable) of the parameters, decoded */
} DaisMatch;

void dais_match_clear (DaisMatch *match);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DaisMatch, dais_match_clear)

DaisRouter *dais_router_new (void);
void dais_router_free (DaisRouter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisRouter, dais_router_free)

DaisMethods dais_methods_parse (const gchar *methods);
gchar *dais_methods_to_allow (DaisMethods methods);

DaisRoute *
dais_router_add (DaisRouter *self, DaisMethods methods, const gchar *pattern,
    gsize max_body, GCallback handler, gpointer user_data);
gboolean dais_router_match (DaisRouter *self, DaisMethods method,
    const gchar *raw_path, DaisMatch *match, GError **error);

G_END_DECLS
