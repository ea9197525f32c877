/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/error.h"
#include "service/callers.h"
#include "service/house.h"
#include "service/media.h"
#include "service/mix.h"
#include "service/notes.h"
#include "service/rooms.h"
#include "service/streams.h"
#include "service/talks.h"

/* A house on a temporary folder, with people in it. */
typedef struct {
  gchar *folder;
  gchar *runtime; /* (nullable) */
  DaisHouse *house;
  gchar *admin_password; /* (nullable) of the last start */
  DaisCaller *admin;     /* "eva" */
  DaisCaller *operator;  /* "tom" */
  DaisCaller *student;   /* "ann" */
  GAsyncResult *result;  /* of the last call */
  GPtrArray *messages; /* (element-type utf8) frame texts of the watched room */
} Fixture;

/* config: text of the file. Starts a house without engines. */
void fixture_set_up (Fixture *f, gconstpointer config);
void fixture_set_up_engines (Fixture *f, gconstpointer config);
void fixture_tear_down (Fixture *f, gconstpointer config);
/* An orderly end and a new start, on the same folder. */
void fixture_restart (Fixture *f, const gchar *config);

DaisRoom *fixture_room (Fixture *f, const gchar *url_name);
/* Collects what the room tells its watchers. */
void fixture_watch (Fixture *f, DaisRoom *room);
/* The last message of a type; NULL = none. */
const gchar *fixture_last (Fixture *f, const gchar *type);
guint fixture_count (Fixture *f, const gchar *type);

/* Calls that wait for their answer. */
void
fixture_on_result (GObject *source, GAsyncResult *result, gpointer fixture);
GAsyncResult *fixture_wait (Fixture *f); /* (transfer full) */
gboolean fixture_mix (Fixture *f, DaisRoom *room, DaisCaller *caller,
    const gchar *json, gint64 if_rev, guint64 *rev, GError **error);
gboolean fixture_add_stream (
    Fixture *f, DaisCaller *caller, const gchar *json, GError **error);
DaisRoom *fixture_add_room (
    Fixture *f, DaisCaller *caller, const gchar *json, GError **error);
DaisCaller *fixture_login (Fixture *f, const gchar *address,
    const gchar *username, const gchar *password, GError **error);

#define wait_until(condition)                            \
  G_STMT_START                                           \
  {                                                      \
    guint watchdog_ = g_timeout_add_seconds (            \
        20, fixture_on_watchdog, (gpointer) #condition); \
    while (!(condition))                                 \
      g_main_context_iteration (NULL, TRUE);             \
    g_source_remove (watchdog_);                         \
  }                                                      \
  G_STMT_END
gboolean fixture_on_watchdog (gpointer what);

gchar *bytes_to_text (GBytes *bytes); /* (transfer full) both ways */
#define assert_has(text, part)                           \
  G_STMT_START                                           \
  {                                                      \
    const gchar *text_ = (text);                         \
    if (text_ == NULL || strstr (text_, (part)) == NULL) \
      g_error ("'%s' is not in: %s", (part), text_);     \
  }                                                      \
  G_STMT_END
