/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/member.h"
#include "service/caller.h"
#include "service/house.h"

G_BEGIN_DECLS

/**
 * DaisCallers:
 *
 * Turns logins and tokens into a #DaisCaller, and keeps the accounts.
 */
#define DAIS_TYPE_CALLERS (dais_callers_get_type ())
G_DECLARE_FINAL_TYPE (DaisCallers, dais_callers, DAIS, CALLERS, GObject)

/* Nobody in particular. (transfer none) */
DaisCaller *dais_callers_get_anonymous (DaisCallers *self);
/* The person at the machine, who may do everything: the command line.
 * (transfer none) */
DaisCaller *dais_callers_get_console (DaisCallers *self);

/* address: the peer's, for throttling. An unknown user and a wrong password
 * take the same time. Errors: UNAUTHENTICATED (NOT_FOUND instead where the
 * configuration lets the doors tell unknown users), LIMITED (too many wrong
 * passwords), INVALID. */
void dais_callers_login_async (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
DaisCaller *dais_callers_login_finish (
    DaisCallers *self, GAsyncResult *result, GError **error);

/* A login without a password: a code is sent to the account's e-mail address.
 * Errors: UNAUTHENTICATED, LIMITED. (transfer full): not logged in yet */
DaisCaller *dais_callers_send_code (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *email, GError **error);
/* (transfer full): logged in */
DaisCaller *dais_callers_use_code (DaisCallers *self, const gchar *address,
    const gchar *username, const gchar *code, GError **error);

typedef enum {
  DAIS_LIFE_SESSION, /* venue: token_hours of the configuration */
  DAIS_LIFE_MEMBERS, /* members: members_token_hours */
  DAIS_LIFE_ACCESS,  /* help: 5 minutes */
  DAIS_LIFE_REFRESH, /* help: 1 day; no access token */
  DAIS_LIFE_CHAT,    /* chat: 72 h */
} DaisTokenLife;

/* Returns: (transfer full): a signed token */
gchar *dais_callers_issue_token (
    DaisCallers *self, DaisCaller *caller, DaisTokenLife life);
/* Synchronous and cheap: a verified token is remembered until it expires.
 * token NULL or "" gives UNAUTHENTICATED too. (transfer full) */
DaisCaller *dais_callers_authenticate (
    DaisCallers *self, const gchar *token, GError **error);
/* A refresh token. (transfer full) */
DaisCaller *dais_callers_authenticate_refresh (
    DaisCallers *self, const gchar *token, GError **error);

/* ---- accounts ---- */

typedef struct {
  const gchar *username;     /* 1 to 64 characters, unique without case */
  const gchar *password;     /* (nullable): no password, no login */
  const gchar *email;        /* (nullable) */
  const gchar *first_name;   /* (nullable) */
  const gchar *last_name;    /* (nullable) */
  const gchar *image;        /* (nullable) */
  const gchar *const *roles; /* (nullable): admin operator teacher student */
} DaisNewUser;

/* Needs ADMIN, or sign-up open in the configuration (then without roles).
 * user: (transfer none), copied. Errors: CONFLICT for a taken name. */
void dais_callers_add_user_async (DaisCallers *self, DaisCaller *caller,
    const DaisNewUser *user, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full): the new user as a caller */
DaisCaller *dais_callers_add_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error);

/* INVALID: it cannot be a password. */
gboolean dais_callers_check_password (
    DaisCallers *self, const gchar *password, GError **error);
/* Whether strangers may make an account of their own now: DENIED when the
 * configuration closes it, LIMITED when the address made many. Counts. */
gboolean dais_callers_check_sign_up (
    DaisCallers *self, const gchar *address, GError **error);
/* FALSE: a door may say that nobody has this name. */
gboolean dais_callers_may_know (DaisCallers *self, const gchar *username);
/* (transfer full) (nullable) */
DaisPerson *dais_callers_get_person (DaisCallers *self, gint64 id);
/* (transfer full) (element-type DaisPerson): at most ten, without the caller */
GPtrArray *dais_callers_search (
    DaisCallers *self, DaisCaller *caller, const gchar *text, GError **error);

/* ADMIN; a password alone also of one's own. What is NULL stays; the name
 * cannot be changed. The last admin stays one: CONFLICT.
 * change: (transfer none), copied. */
void dais_callers_change_user_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, const DaisNewUser *change, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_callers_change_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error);

/* The same for a password alone. */
void dais_callers_set_password_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, const gchar *password, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_callers_set_password_finish (
    DaisCallers *self, GAsyncResult *result, GError **error);

/* ADMIN. The last admin cannot be removed: CONFLICT. */
void dais_callers_remove_user_async (DaisCallers *self, DaisCaller *caller,
    const gchar *username, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);
gboolean dais_callers_remove_user_finish (
    DaisCallers *self, GAsyncResult *result, GError **error);

/* ADMIN. JSON array of {"id","username","email","roles",…}, no hashes.
 * (transfer full) */
GBytes *
dais_callers_list_users (DaisCallers *self, DaisCaller *caller, GError **error);

G_END_DECLS
