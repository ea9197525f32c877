/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-model"

#include "config.h"

#include "model/message.h"

/**
 * dais_message_free:
 * @self: (transfer full): a message
 */
void
dais_message_free (DaisMessage *self)
{
  g_free (self->user);
  g_free (self->text);
  g_free (self->image);
  g_free (self->extra);
  g_free (self);
}
