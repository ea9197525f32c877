/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * DaisJsonWriter:
 *
 * Writes ASCII-only JSON in the order of the calls, doubles in their shortest
 * form that reads back the same. The one writer of the house. Not thread-safe.
 */
typedef struct _DaisJsonWriter DaisJsonWriter;

DaisJsonWriter *dais_json_writer_new (void);
void dais_json_writer_free (DaisJsonWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisJsonWriter, dais_json_writer_free)

void dais_json_writer_begin_object (DaisJsonWriter *self);
void dais_json_writer_end_object (DaisJsonWriter *self);
void dais_json_writer_begin_array (DaisJsonWriter *self);
void dais_json_writer_end_array (DaisJsonWriter *self);
void dais_json_writer_name (DaisJsonWriter *self, const gchar *name);
void dais_json_writer_string (
    DaisJsonWriter *self, const gchar *value); /* NULL writes null */
void dais_json_writer_int (DaisJsonWriter *self, gint64 value);
void dais_json_writer_double (DaisJsonWriter *self, gdouble value);
void dais_json_writer_boolean (DaisJsonWriter *self, gboolean value);
void dais_json_writer_null (DaisJsonWriter *self);
/* Text that is JSON already; what is not ASCII in it is escaped. */
void dais_json_writer_raw (DaisJsonWriter *self, const gchar *json);
void dais_json_writer_node (DaisJsonWriter *self, JsonNode *node);

/* name + value in one call */
void dais_json_writer_name_string (
    DaisJsonWriter *self, const gchar *name, const gchar *value);
void dais_json_writer_name_int (
    DaisJsonWriter *self, const gchar *name, gint64 value);
void dais_json_writer_name_double (
    DaisJsonWriter *self, const gchar *name, gdouble value);
void dais_json_writer_name_boolean (
    DaisJsonWriter *self, const gchar *name, gboolean value);
void dais_json_writer_name_raw (
    DaisJsonWriter *self, const gchar *name, const gchar *json);

/* Returns: (transfer full): the text so far; the writer starts anew */
gchar *dais_json_writer_steal (DaisJsonWriter *self);
GBytes *dais_json_writer_steal_bytes (DaisJsonWriter *self);

gchar *dais_json_node_to_text (JsonNode *node);

G_END_DECLS
