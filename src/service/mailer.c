/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/mailer.h"

#include "core/error.h"

#include <gio/gio.h>

/* Commands at once, and how long one may take. */
#define MAX_RUNNING 16
#define PATIENCE_S  60

static gboolean
send_to_log (const gchar *address, const gchar *subject, const gchar *text,
    gpointer user_data, GError **error)
{
  g_message ("mail to %s: %s: %s", address, subject, text);
  return TRUE;
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

/* A reference counted box: a mail may be on its way when the mailer goes. */
typedef struct {
  gchar **words;
  guint n_running;
} Command;

static void
command_clear (gpointer data)
{
  g_strfreev (((Command *) data)->words);
}

static void
command_unref (gpointer data)
{
  g_rc_box_release_full (data, command_clear);
}

/* One mail on its way. */
typedef struct {
  Command *command;
  GSubprocess *process;
  guint timer; /* 0 = it was ended */
} Sending;

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Sending *sending = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_communicate_utf8_finish (
          G_SUBPROCESS (source), result, NULL, NULL, &error))
    g_warning ("a mail was not sent: %s", error->message);
  else if (sending->timer == 0)
    g_warning (
        "a mail was not sent: mail_command took more than %d s", PATIENCE_S);
  else if (!g_subprocess_get_successful (G_SUBPROCESS (source)))
    g_warning ("a mail was not sent: the command of mail_command failed");
  g_clear_handle_id (&sending->timer, g_source_remove);
  sending->command->n_running--;
  command_unref (sending->command);
}

static gboolean
on_late (gpointer user_data)
{
  Sending *sending = user_data;

  sending->timer = 0;
  g_subprocess_force_exit (sending->process);
  return G_SOURCE_REMOVE;
}

static gboolean
send_to_command (const gchar *address, const gchar *subject, const gchar *text,
    gpointer user_data, GError **error)
{
  Command *command = user_data;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *mail = NULL;
  Sending *sending = NULL;

  if (command->n_running >= MAX_RUNNING) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "too many mails are on their way; try again in a minute");
    return FALSE;
  }
  /* an address with a line end could add headers of its own */
  if (strpbrk (address, "\r\n,;<>") == NULL)
    process = g_subprocess_newv ((const gchar *const *) command->words,
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
        &cause);
  if (process == NULL) {
    g_warning ("a mail was not sent: %s",
        cause != NULL ? cause->message : "bad e-mail address");
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE,
        "the mail cannot be sent; tell the operator (mail_command)");
    return FALSE;
  }

  mail = g_strdup_printf ("To: %s\nSubject: %s\n"
                          "Content-Type: text/plain; charset=utf-8\n\n%s\n",
      address, subject, text);
  sending = g_new0 (Sending, 1);
  sending->command = g_rc_box_acquire (command);
  sending->command->n_running++;
  sending->process = process; /* which the call below keeps */
  sending->timer = g_timeout_add_seconds (PATIENCE_S, on_late, sending);
  g_subprocess_communicate_utf8_async (process, mail, NULL, on_sent, sending);

  return TRUE;
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
  Command *box = NULL;

  if (!g_shell_parse_argv (command, NULL, &words, &cause)) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "'mail_command' cannot be read: %s", cause->message);
    return FALSE;
  }
  box = g_rc_box_new0 (Command);
  box->words = g_steal_pointer (&words);
  *mailer = (DaisMailer){
    .send = send_to_command, .user_data = box, .destroy = command_unref
  };

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
