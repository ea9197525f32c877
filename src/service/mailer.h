/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisMailer:
 *
 * Gets a mail on its way; never blocks, and only the log hears of a failure.
 * Which one is used is decided by the configuration's mail_command.
 */
typedef struct {
  void (*send) (const gchar *address, const gchar *subject, const gchar *text,
      gpointer user_data);
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
