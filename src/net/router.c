/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "net/router.h"

#include <string.h>

/* deeper paths belong to nobody; bounds the walk over the tree */
#define MAX_SEGMENTS 32

static const struct {
  const gchar *name;
  DaisMethods method;
} method_names[] = {
  { "GET", DAIS_METHOD_GET },
  { "POST", DAIS_METHOD_POST },
  { "PUT", DAIS_METHOD_PUT },
  { "DELETE", DAIS_METHOD_DELETE },
  { "PATCH", DAIS_METHOD_PATCH },
  { "OPTIONS", DAIS_METHOD_OPTIONS },
  { "WEBSOCKET", DAIS_METHOD_WEBSOCKET },
};

typedef struct _Node Node;
struct _Node {
  GHashTable *literals; /* (nullable) (element-type utf8 Node) */
  Node *parameter;      /* (nullable) "<name>" */
  GPtrArray *routes;    /* (element-type DaisRoute) path ends here */
  GPtrArray *rest;      /* (element-type DaisRoute) "<name...>" */
};

struct _DaisRouter {
  Node *root;
  GHashTable *whole; /* (element-type utf8 GPtrArray): without parameters */
};

static void
route_free (DaisRoute *route)
{
  g_strfreev (route->names);
  g_free (route);
}

static Node *
node_new (void)
{
  Node *node = g_new0 (Node, 1);

  node->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) route_free);
  node->rest = g_ptr_array_new_with_free_func ((GDestroyNotify) route_free);
  return node;
}

static void
node_free (Node *node)
{
  g_clear_pointer (&node->literals, g_hash_table_unref);
  g_clear_pointer (&node->parameter, node_free);
  g_ptr_array_unref (node->routes);
  g_ptr_array_unref (node->rest);
  g_free (node);
}

/**
 * dais_router_new:
 *
 * Returns: (transfer full): a router without routes
 */
DaisRouter *
dais_router_new (void)
{
  DaisRouter *self = g_new0 (DaisRouter, 1);

  self->root = node_new ();
  self->whole = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/**
 * dais_router_free:
 * @self: (transfer full): the router
 */
void
dais_router_free (DaisRouter *self)
{
  g_hash_table_unref (self->whole);
  node_free (self->root);
  g_free (self);
}

/**
 * dais_match_clear:
 * @match: a result of dais_router_match()
 */
void
dais_match_clear (DaisMatch *match)
{
  g_clear_pointer (&match->values, g_strfreev);
  match->route = NULL;
}

/**
 * dais_methods_parse:
 * @methods: names of methods, blanks between them
 *
 * Returns: the methods; an unknown name is a mistake of the caller's
 */
DaisMethods
dais_methods_parse (const gchar *methods)
{
  g_auto (GStrv) names = g_strsplit (methods, " ", -1);
  DaisMethods result = 0;

  for (guint i = 0; names[i] != NULL; i++) {
    DaisMethods method = 0;

    for (guint j = 0; j < G_N_ELEMENTS (method_names); j++)
      if (g_str_equal (names[i], method_names[j].name))
        method = method_names[j].method;
    if (method == 0 && names[i][0] != '\0')
      g_critical ("unknown method \"%s\" in a route", names[i]);
    result |= method;
  }
  return result;
}

/**
 * dais_methods_to_allow:
 * @methods: the methods of a path
 *
 * Returns: (transfer full): the value of the Allow header
 */
gchar *
dais_methods_to_allow (DaisMethods methods)
{
  GString *allow = g_string_new (NULL);

  if (methods & DAIS_METHOD_WEBSOCKET)
    methods |= DAIS_METHOD_GET;
  for (guint i = 0; i < G_N_ELEMENTS (method_names); i++) {
    if (!(methods & method_names[i].method) ||
        method_names[i].method >= DAIS_METHOD_OPTIONS)
      continue;
    g_string_append_printf (allow, "%s, ", method_names[i].name);
    if (method_names[i].method == DAIS_METHOD_GET)
      g_string_append (allow, "HEAD, ");
  }
  g_string_append (allow, "OPTIONS");
  return g_string_free (allow, FALSE);
}

static Node *
node_get_literal (Node *node, const gchar *text)
{
  Node *next;

  if (node->literals == NULL)
    node->literals = g_hash_table_new_full (
        g_str_hash, g_str_equal, g_free, (GDestroyNotify) node_free);
  next = g_hash_table_lookup (node->literals, text);
  if (next == NULL) {
    next = node_new ();
    g_hash_table_insert (node->literals, g_strdup (text), next);
  }
  return next;
}

/**
 * dais_router_add:
 * @self: the router
 * @methods: what the route answers to
 * @pattern: see dais_server_add_route()
 * @max_body: bytes; 0 = the server's limit
 * @handler: kept for the caller
 * @user_data: kept for the caller
 *
 * Adds a route. Several routes may share a pattern with different methods.
 *
 * Returns: (transfer none): the route
 */
DaisRoute *
dais_router_add (DaisRouter *self, DaisMethods methods, const gchar *pattern,
    gsize max_body, GCallback handler, gpointer user_data)
{
  g_auto (GStrv) segments = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  Node *node = self->root;
  GPtrArray *routes = NULL;
  DaisRoute *route = g_new0 (DaisRoute, 1);

  g_return_val_if_fail (pattern[0] == '/', NULL);
  segments = g_strsplit (pattern + 1, "/", -1);
  for (guint i = 0; segments[i] != NULL && routes == NULL; i++) {
    const gchar *segment = segments[i];

    if (segment[0] != '<') {
      node = node_get_literal (node, segment);
    } else if (g_str_has_suffix (segment, "...>")) {
      g_ptr_array_add (names, g_strndup (segment + 1, strlen (segment) - 5));
      routes = node->rest;
    } else {
      g_ptr_array_add (names, g_strndup (segment + 1, strlen (segment) - 2));
      if (node->parameter == NULL)
        node->parameter = node_new ();
      node = node->parameter;
    }
  }
  g_ptr_array_add (names, NULL);
  route->methods = methods;
  route->max_body = max_body;
  route->handler = handler;
  route->user_data = user_data;
  route->names = (GStrv) g_ptr_array_steal (names, NULL);
  g_ptr_array_add (routes != NULL ? routes : node->routes, route);
  if (route->names[0] == NULL)
    g_hash_table_insert (self->whole, g_strdup (pattern), node->routes);
  return route;
}

/* Percent-decodes in place; FALSE when that is no UTF-8 text. */
static gboolean
decode (gchar **segment)
{
  gchar *text = NULL;

  if (strchr (*segment, '%') != NULL) {
    text = g_uri_unescape_string (*segment, NULL);
    if (text == NULL)
      return FALSE;
    g_free (*segment);
    *segment = text;
  }
  return g_utf8_validate (*segment, -1, NULL);
}

typedef struct {
  gchar **decoded;
  guint n_segments;
  guint positions[MAX_SEGMENTS]; /* of the parameters so far */
  guint n_positions;
  gboolean is_rest;
} Walk;

/* Literal before parameter before rest, with a way back. */
static GPtrArray *
walk_node (Walk *walk, Node *node, guint index)
{
  GPtrArray *found = NULL;
  Node *next;

  if (index == walk->n_segments)
    return node->routes->len > 0 ? node->routes : NULL;
  next = node->literals != NULL
      ? g_hash_table_lookup (node->literals, walk->decoded[index])
      : NULL;
  if (next != NULL)
    found = walk_node (walk, next, index + 1);
  if (found == NULL && node->parameter != NULL &&
      walk->decoded[index][0] != '\0') {
    walk->positions[walk->n_positions++] = index;
    found = walk_node (walk, node->parameter, index + 1);
    if (found == NULL)
      walk->n_positions--;
  }
  if (found == NULL && node->rest->len > 0) {
    walk->positions[walk->n_positions++] = index;
    walk->is_rest = TRUE;
    found = node->rest;
  }
  return found;
}

static gboolean
has_dot_segment (gchar **segments)
{
  for (; *segments != NULL; segments++)
    if (g_str_equal (*segments, ".") || g_str_equal (*segments, ".."))
      return TRUE;
  return FALSE;
}

static gchar **
take_values (Walk *walk)
{
  gchar **values = g_new0 (gchar *, walk->n_positions + 1);

  for (guint i = 0; i < walk->n_positions; i++) {
    guint position = walk->positions[i];

    values[i] = walk->is_rest && i == walk->n_positions - 1
        ? g_strjoinv ("/", walk->decoded + position)
        : g_strdup (walk->decoded[position]);
  }
  return values;
}

static void
choose (DaisMatch *match, GPtrArray *routes, DaisMethods method)
{
  for (guint i = 0; i < routes->len; i++) {
    const DaisRoute *route = g_ptr_array_index (routes, i);

    match->allowed |= route->methods;
    if ((route->methods & method) && match->route == NULL)
      match->route = route;
  }
}

/**
 * dais_router_match:
 * @self: the router
 * @method: one method
 * @raw_path: the path as it stood in the request, percent-encoded
 * @match: (out caller-allocates): clear it with dais_match_clear()
 * @error: return location
 *
 * Finds the route of a path. One trailing slash is stripped, but a pattern that
 * ends in a slash is tried first. "." and ".." never match anything.
 *
 * Returns: FALSE when the path is no valid text (DAIS_ERROR_INVALID)
 */
gboolean
dais_router_match (DaisRouter *self, DaisMethods method, const gchar *raw_path,
    DaisMatch *match, GError **error)
{
  g_auto (GStrv) segments = NULL;
  Walk walk = { 0 };
  GPtrArray *routes = g_hash_table_lookup (self->whole, raw_path);

  memset (match, 0, sizeof *match);
  if (routes != NULL) {
    choose (match, routes, method);
    return TRUE;
  }
  segments = g_strsplit (
      raw_path + (raw_path[0] == '/'), "/", MAX_SEGMENTS + 1);
  for (; segments[walk.n_segments] != NULL; walk.n_segments++) {
    if (!decode (&segments[walk.n_segments])) {
      g_set_error_literal (error, DAIS_ERROR, DAIS_ERROR_INVALID,
          "the path is not UTF-8 text in percent encoding");
      return FALSE;
    }
  }
  walk.decoded = segments;
  if (walk.n_segments > MAX_SEGMENTS || has_dot_segment (walk.decoded))
    return TRUE;
  routes = walk_node (&walk, self->root, 0);
  if ((routes == NULL || walk.is_rest) && walk.n_segments > 1 &&
      walk.decoded[walk.n_segments - 1][0] == '\0') {
    /* the same path without its trailing slash */
    g_clear_pointer (&walk.decoded[--walk.n_segments], g_free);
    walk.n_positions = 0;
    walk.is_rest = FALSE;
    routes = walk_node (&walk, self->root, 0);
  }
  if (routes == NULL)
    return TRUE;
  choose (match, routes, method);
  match->values = take_values (&walk);
  return TRUE;
}
