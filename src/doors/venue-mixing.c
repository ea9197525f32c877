/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"
#include "service/mix.h"
#include "service/notes.h"
#include "service/talks.h"

/* ---- reading ---- */

static void
respond_topic (
    DaisRequest *request, guint status, DaisRoom *room, DaisTopic topic)
{
  dais_venue_respond (request, status, dais_room_get_json (room, topic),
      (gint64) dais_room_get_rev (room));
}

static void
get_topic (DaisVenueDoor *self, DaisRequest *request, DaisTopic topic)
{
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);

  if (room != NULL)
    respond_topic (request, 200, room, topic);
}

static void
on_get_state (DaisRequest *request, gpointer user_data)
{
  get_topic (user_data, request, DAIS_TOPIC_STATE);
}

static void
on_get_layout (DaisRequest *request, gpointer user_data)
{
  get_topic (user_data, request, DAIS_TOPIC_LAYOUT);
}

static void
on_get_notes (DaisRequest *request, gpointer user_data)
{
  get_topic (user_data, request, DAIS_TOPIC_NOTES);
}

static void
on_get_talks (DaisRequest *request, gpointer user_data)
{
  get_topic (user_data, request, DAIS_TOPIC_TALKS);
}

static void
on_get_config (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  g_autoptr (GBytes) json = NULL;

  if (room == NULL)
    return;

  /* It carries the time of now, so no revision describes it. */
  dais_request_add_header (request, "Cache-Control", "no-store");
  json = dais_room_get_config (room, dais_request_get_base_url (request));
  dais_venue_respond (request, 200, json, -1);
}

/* ---- writing ---- */

typedef void (*WriteAsync) (DaisRoom *room, DaisCaller *caller,
    const gchar *json, gssize length, gint64 if_rev, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data);

/* What all writes of a room have in common. */
static void
write_topic (DaisVenueDoor *self, DaisRequest *request, WriteAsync write_async,
    GAsyncReadyCallback callback)
{
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  GBytes *body = dais_request_get_body (request);
  gint64 if_rev = -1;

  if (room == NULL || !dais_venue_if_match (request, &if_rev))
    return;

  write_async (room, caller, g_bytes_get_data (body, NULL),
      (gssize) g_bytes_get_size (body), if_rev,
      dais_request_get_cancellable (request), callback,
      dais_venue_write_new (self, request, caller, room));
}

static void
on_state_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_mix_write_finish (DAIS_ROOM (source), result, &rev, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    respond_topic (write->request, 200, write->room, DAIS_TOPIC_STATE);
}

static void
on_put_state (DaisRequest *request, gpointer user_data)
{
  write_topic (user_data, request, dais_mix_write_async, on_state_written);
}

static void
on_layout_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_layout_write_finish (DAIS_ROOM (source), result, &rev, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    respond_topic (write->request, 200, write->room, DAIS_TOPIC_LAYOUT);
}

static void
on_put_layout (DaisRequest *request, gpointer user_data)
{
  write_topic (user_data, request, dais_layout_write_async, on_layout_written);
}

static void
on_note_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) note = NULL;
  guint64 rev = 0;

  if (!dais_notes_write_finish (
          DAIS_ROOM (source), result, &rev, &note, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else if (note == NULL)
    dais_request_respond (write->request, 204, NULL, NULL);
  else
    dais_venue_respond (write->request, 200, note, (gint64) rev);
}

static void
on_put_note (DaisRequest *request, gpointer user_data)
{
  write_topic (user_data, request, dais_notes_write_async, on_note_written);
}

static void
on_note_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_notes_remove_finish (DAIS_ROOM (source), result, &rev, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_delete_note (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  const gchar *text = dais_request_get_param (request, "id");
  gint64 if_rev = -1;
  guint64 id = 0;

  if (room == NULL || !dais_venue_if_match (request, &if_rev))
    return;
  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &id, NULL)) {
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID,
            "a note's id is a whole number from 1"));
    return;
  }

  dais_notes_remove_async (room, caller, (gint64) id, if_rev,
      dais_request_get_cancellable (request), on_note_removed,
      dais_venue_write_new (self, request, caller, room));
}

static void
on_talk_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_talks_write_finish (DAIS_ROOM (source), result, &rev, NULL, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    respond_topic (write->request, 200, write->room, DAIS_TOPIC_TALKS);
}

static void
on_put_talk (DaisRequest *request, gpointer user_data)
{
  write_topic (user_data, request, dais_talks_write_async, on_talk_written);
}

static void
on_talk_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DaisVenueWrite) write = user_data;
  g_autoptr (GError) error = NULL;
  guint64 rev = 0;

  if (!dais_talks_remove_finish (DAIS_ROOM (source), result, &rev, &error))
    dais_venue_fail (write->request, g_steal_pointer (&error));
  else
    dais_request_respond (write->request, 204, NULL, NULL);
}

static void
on_delete_talk (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  gint64 if_rev = -1;

  if (room == NULL || !dais_venue_if_match (request, &if_rev))
    return;

  dais_talks_remove_async (room, caller,
      dais_request_get_param (request, "key"), if_rev,
      dais_request_get_cancellable (request), on_talk_removed,
      dais_venue_write_new (self, request, caller, room));
}

/**
 * dais_venue_mixing_install:
 * @self: the door
 *
 * /room/<room>/state, layout, notes (and its alias note), talks and config.
 * Writing a note answers with that note alone: a day has thousands.
 */
void
dais_venue_mixing_install (DaisVenueDoor *self)
{
  static const struct {
    const gchar *methods;
    const gchar *pattern;
    DaisHandler handler;
  } ROUTES[] = {
    { "GET", "/room/<room>/state", on_get_state },
    { "PUT POST", "/room/<room>/state", on_put_state },
    { "GET", "/room/<room>/layout", on_get_layout },
    { "PUT POST", "/room/<room>/layout", on_put_layout },
    { "GET", "/room/<room>/notes", on_get_notes },
    { "PUT POST", "/room/<room>/notes", on_put_note },
    { "GET", "/room/<room>/note", on_get_notes },
    { "PUT POST", "/room/<room>/note", on_put_note },
    { "DELETE", "/room/<room>/notes/<id>", on_delete_note },
    { "GET", "/room/<room>/talks", on_get_talks },
    { "PUT POST", "/room/<room>/talks", on_put_talk },
    { "DELETE", "/room/<room>/talks/<key>", on_delete_talk },
    { "GET", "/room/<room>/config", on_get_config },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ROUTES); i++)
    dais_server_add_route (self->server, ROUTES[i].methods, ROUTES[i].pattern,
        0, ROUTES[i].handler, self);
}
