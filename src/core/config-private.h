/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/config.h"

G_BEGIN_DECLS

/* One line "key = value" as it stands in the file. */
typedef struct {
  gchar *key;
  gchar *value; /* raw, blanks around it cut */
  guint line;
} DaisConfigLine;

/* One group and its lines, the parts of a repeated group joined. */
typedef struct {
  gchar *name; /* as in the file: stream "Name" */
  guint line;
  GPtrArray *lines; /* (element-type DaisConfigLine) */
} DaisConfigSection;

/* Adds "file:line: message" to an array of errors. */
void dais_config_add_error (GPtrArray *errors, const gchar *file, guint line,
    const gchar *format, ...) G_GNUC_PRINTF (4, 5);

/* (transfer full) (element-type DaisConfigSection) */
GPtrArray *
dais_config_scan (const gchar *text, const gchar *file, GPtrArray *errors);

/* What stands nearest to a mistyped word; NULL when nothing does. */
const gchar *
dais_config_suggest (const gchar *word, const gchar *const *candidates);

/* Reads a value into the field that a key has in its settings struct.
 * directory: what relative paths start from. FALSE + DAIS_ERROR_INVALID. */
gboolean dais_config_read_value (DaisConfigGroup group, const gchar *key,
    const gchar *raw, const gchar *directory, gpointer settings,
    GError **error);
gboolean dais_config_has_key (DaisConfigGroup group, const gchar *key);
const gchar *dais_config_suggest_key (DaisConfigGroup group, const gchar *key);
/* All of a struct's fields to their defaults, and away. */
void dais_config_init_settings (DaisConfigGroup group, gpointer settings);
void dais_config_clear_settings (DaisConfigGroup group, gpointer settings);

G_END_DECLS
