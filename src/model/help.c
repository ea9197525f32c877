/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/help.h"

/**
 * dais_help_status_to_string:
 * @status: of a help room
 *
 * Returns: (transfer none): the contract's word
 */
const gchar *
dais_help_status_to_string (DaisHelpStatus status)
{
  switch (status) {
    case DAIS_HELP_ACTIVE:
      return "active";
    case DAIS_HELP_ENGAGED:
      return "engaged";
    case DAIS_HELP_CLOSED:
    default:
      return "closed";
  }
}

/**
 * dais_help_person_free:
 * @self: (transfer full): a person
 */
void
dais_help_person_free (DaisHelpPerson *self)
{
  g_free (self->first_name);
  g_free (self->last_name);
  g_free (self->email);
  g_free (self->image);
  g_free (self);
}

/**
 * dais_help_room_free:
 * @self: (transfer full): a room
 */
void
dais_help_room_free (DaisHelpRoom *self)
{
  g_clear_pointer (&self->student, dais_help_person_free);
  g_clear_pointer (&self->teacher, dais_help_person_free);
  g_free (self->text);
  g_free (self->image);
  g_free (self);
}
