/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/mailer.h"

#include "core/error.h"

#include <gio/gio.h>

static void
send_to_log (const gchar *address, const gchar *subject, const gchar *text,
    gpointer user_data)
{
  g_message ("mail to %s: %s: %s", address, subject, text);
}

/**
 * dais_mailer_init_log:
 * @mailer: (out caller-allocates): writes mails to the log
 */
void
dais_mailer_init_log (DaisMailer *mailer)
{
  *mailer = (DaisMailer){ .send = send_to_log };
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_communicate_utf8_finish (
          G_SUBPROCESS (source), result, NULL, NULL, &error))
    g_warning ("a mail was not sent: %s", error->message);
  else if (!g_subprocess_get_successful (G_SUBPROCESS (source)))
    g_warning ("a mail was not sent: the command of mail_command failed");
}

static void
send_to_command (const gchar *address, const gchar *subject, const gchar *text,
    gpointer user_data)
{
  const gchar *const *words = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *mail = NULL;

  /* an address with a line end could add headers of its own */
  if (strpbrk (address, "\r\n,;<>") != NULL) {
    g_warning ("a mail was not sent: bad e-mail address");
    return;
  }
  process = g_subprocess_newv (words,
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
      &error);
  if (process == NULL) {
    g_warning ("a mail was not sent: %s", error->message);
    return;
  }

  mail = g_strdup_printf ("To: %s\nSubject: %s\n"
                          "Content-Type: text/plain; charset=utf-8\n\n%s\n",
      address, subject, text);
  g_subprocess_communicate_utf8_async (process, mail, NULL, on_sent, NULL);
}

/**
 * dais_mailer_init_command:
 * @mailer: (out caller-allocates): hands mails to a command
 * @command: a program and its arguments; no shell sees it
 * @error: return location; %DAIS_ERROR_INVALID
 *
 * Returns: whether the command can be read
 */
gboolean
dais_mailer_init_command (
    DaisMailer *mailer, const gchar *command, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) cause = NULL;

  if (!g_shell_parse_argv (command, NULL, &words, &cause)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'mail_command' cannot be read: %s", cause->message);
    return FALSE;
  }
  *mailer = (DaisMailer){ .send = send_to_command,
    .user_data = g_steal_pointer (&words),
    .destroy = (GDestroyNotify) g_strfreev };

  return TRUE;
}

/**
 * dais_mailer_clear:
 * @mailer: a mailer that is needed no more
 */
void
dais_mailer_clear (DaisMailer *mailer)
{
  if (mailer->destroy != NULL)
    mailer->destroy (mailer->user_data);
  *mailer = (DaisMailer){ 0 };
}
