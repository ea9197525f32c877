/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The store keeps the numbers. */
typedef enum {
  DAIS_HELP_ACTIVE,  /* waits for a teacher */
  DAIS_HELP_ENGAGED, /* has one */
  DAIS_HELP_CLOSED,
} DaisHelpStatus;

const gchar *dais_help_status_to_string (DaisHelpStatus status);

/* A user as the help contract shows one. */
typedef struct {
  gint64 id;
  gchar *first_name;
  gchar *last_name;
  gchar *email;
  gchar *image;
} DaisHelpPerson;

void dais_help_person_free (DaisHelpPerson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisHelpPerson, dais_help_person_free)

/**
 * DaisHelpRoom:
 *
 * A question to the help desk. A plain value.
 */
typedef struct {
  gint64 id;
  DaisHelpPerson *student;
  DaisHelpPerson *teacher; /* (nullable) */
  DaisHelpStatus status;
  gint64 created; /* UTC, µs */
  gchar *text;
  gchar *image;
} DaisHelpRoom;

void dais_help_room_free (DaisHelpRoom *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisHelpRoom, dais_help_room_free)

G_END_DECLS
