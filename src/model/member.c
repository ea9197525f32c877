/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/member.h"

/**
 * dais_person_free:
 * @self: (transfer full): a person
 */
void
dais_person_free (DaisPerson *self)
{
  g_free (self->hex24);
  g_free (self->username);
  g_free (self);
}

/**
 * dais_member_room_free:
 * @self: (transfer full): a room
 */
void
dais_member_room_free (DaisMemberRoom *self)
{
  g_free (self->hex24);
  g_free (self->title);
  g_clear_pointer (&self->creator, dais_person_free);
  g_clear_pointer (&self->invited, g_ptr_array_unref);
  g_clear_pointer (&self->joined, g_ptr_array_unref);
  g_free (self);
}
