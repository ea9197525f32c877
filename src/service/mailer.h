/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisMailer:
 *
 * Gets a mail on its way and never blocks; of a failure on the way only the log
 * hears. Which one is used is decided by the configuration's mail_command.
 */
typedef struct {
  /* Errors: DAIS_ERROR_LIMITED (too many on their way), DAIS_ERROR_UNAVAILABLE
   */
  gboolean (*send) (const gchar *address, const gchar *subject,
      const gchar *text, gpointer user_data, GError **error);
  gpointer user_data;
  GDestroyNotify destroy;
} DaisMailer;

/* To the log, for a house without mail. */
void dais_mailer_init_log (DaisMailer *mailer);
/* To the input of a command ("/usr/sbin/sendmail -t"), as RFC 5322 text. */
gboolean dais_mailer_init_command (
    DaisMailer *mailer, const gchar *command, GError **error);
void dais_mailer_clear (DaisMailer *mailer);

G_END_DECLS
