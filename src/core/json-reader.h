/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Strict RFC 8259: what json-glib's parser would let pass (comments, single
 * quotes, leading zeros, wrapped integers, bad UTF-8, deep nesting) is refused
 * with DAIS_ERROR_INVALID and a line and column. */
#define DAIS_JSON_MAX_DEPTH 64

gboolean dais_json_check (const gchar *text, gssize length, GError **error);
JsonNode *dais_json_parse (const gchar *text, gssize length, GError **error);
JsonObject *
dais_json_parse_object (const gchar *text, gssize length, GError **error);

/* Members of an object. Absent and null leave *value untouched and return TRUE
 * (initialise it with the default); the wrong type is DAIS_ERROR_INVALID and
 * names the member. */
gboolean dais_json_get_string (JsonObject *object, const gchar *member,
    const gchar **value, GError **error);
gboolean dais_json_get_int (
    JsonObject *object, const gchar *member, gint64 *value, GError **error);
gboolean dais_json_get_double (
    JsonObject *object, const gchar *member, gdouble *value, GError **error);
gboolean dais_json_get_boolean (
    JsonObject *object, const gchar *member, gboolean *value, GError **error);
gboolean dais_json_get_object (JsonObject *object, const gchar *member,
    JsonObject **value, GError **error);
gboolean dais_json_get_array (
    JsonObject *object, const gchar *member, JsonArray **value, GError **error);

/* Refuses an object that has a member not in the NULL-ended list. */
gboolean dais_json_only_members (
    JsonObject *object, const gchar *const *members, GError **error);

/* The value of a member as the client wrote it, for relaying verbatim
 * (contracts README §1). text must have passed dais_json_check().
 * Returns: (transfer full) (nullable): NULL when there is no such member */
gchar *
dais_json_member_slice (const gchar *text, gssize length, const gchar *member);
/* The elements of an array as the client wrote them. (transfer full) */
GPtrArray *dais_json_array_slices (const gchar *text, gssize length);

G_END_DECLS
