/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

/* ---- watchers ---- */

DaisWatcher *
dais_watcher_ref (DaisWatcher *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
dais_watcher_unref (DaisWatcher *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;

  dais_caller_unref (self->caller);
  g_object_unref (self->room);
  g_free (self->base_url);
  g_free (self);
}

static void
send_text (DaisWatcher *self, GBytes *text)
{
  g_autoptr (GBytes) frame = dais_frame_new_text (
      g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));

  if (self->socket != NULL)
    dais_socket_send (self->socket, frame);
}

void
dais_watcher_subscribe (DaisWatcher *self, guint topics)
{
  static const DaisTopic SHOWN[] = { DAIS_TOPIC_PRESENCE, DAIS_TOPIC_LOG };
  guint added = topics & ~self->topics & DAIS_OPTIONAL_TOPICS;

  self->topics |= added;
  if (added & 1u << DAIS_TOPIC_LEVELS)
    dais_room_hold_levels (self->room);

  for (guint i = 0; i < G_N_ELEMENTS (SHOWN); i++) {
    if (added & 1u << SHOWN[i]) {
      g_autoptr (GBytes) text = dais_room_get_message (
          self->room, SHOWN[i], FALSE);

      send_text (self, text);
    }
  }
}

void
dais_watcher_unsubscribe (DaisWatcher *self, guint topics)
{
  guint dropped = topics & self->topics;

  self->topics &= ~dropped;
  if (dropped & 1u << DAIS_TOPIC_LEVELS)
    dais_room_release_levels (self->room);
}

/* ---- a socket's life ---- */

static void
on_socket_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  DaisWatcher *self = user_data;

  dais_watcher_receive (self, is_text, data, length);
}

static void
on_socket_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  g_autoptr (DaisWatcher) self = user_data;

  self->socket = NULL;
  self->door->n_sockets--;
  dais_watcher_unsubscribe (self, DAIS_OPTIONAL_TOPICS);
  dais_watcher_part (self);
  dais_room_leave (self->room, self->presence);
}

static const DaisSocketCallbacks CALLBACKS = { on_socket_message,
  on_socket_closed, NULL };

static void
send_message (DaisWatcher *self, const gchar *type, GBytes *json, gint64 rev,
    gboolean reset)
{
  g_autoptr (GBytes) text = dais_message_new (type, json, rev, reset);

  send_text (self, text);
}

static void
send_topic (DaisWatcher *self, DaisTopic topic, gboolean reset)
{
  g_autoptr (GBytes) text = NULL;

  if (self->socket == NULL)
    return;
  if (!reset) {
    dais_socket_send (self->socket, dais_watcher_get_greeting (self, topic));
    return;
  }

  text = dais_room_get_message (self->room, topic, TRUE);
  send_text (self, text);
}

/* The state of things in the contract's order, or what was missed. The rev of
 * config and streams is the one that the client is at by then: one that is cut
 * off here and resumes must not miss a change. */
static void
greet (DaisWatcher *self, gboolean resumes, guint64 since)
{
  g_autoptr (GPtrArray) missed = resumes
      ? dais_room_get_missed (self->room, since)
      : NULL;
  gint64 rev = (gint64) (missed != NULL ? since
                                        : dais_room_get_rev (self->room));
  gboolean reset = resumes && missed == NULL;
  g_autoptr (GBytes) config = dais_room_get_config (self->room, self->base_url);
  g_autoptr (GBytes) streams = dais_streams_get_json (
      dais_house_get_streams (self->door->house), self->caller, self->base_url,
      NULL);

  send_message (self, "config", config, rev, reset);
  send_message (self, "streams", streams, rev, reset);

  if (missed != NULL) {
    for (guint i = 0; i < missed->len; i++)
      send_text (self, g_ptr_array_index (missed, i));
    return;
  }

  send_topic (self, DAIS_TOPIC_LAYOUT, reset);
  send_topic (self, DAIS_TOPIC_STATE, reset);
  send_topic (self, DAIS_TOPIC_NOTES, reset);
}

static gboolean
read_since (DaisRequest *request, gboolean *resumes, guint64 *since)
{
  const gchar *text = dais_request_get_query (request, "since");

  *resumes = text != NULL;
  if (text == NULL ||
      g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, since, NULL))
    return TRUE;

  dais_venue_fail (request,
      g_error_new (DAIS_ERROR, DAIS_ERROR_INVALID,
          "since must be a revision, a whole number from 0"));
  return FALSE;
}

static void
on_watch (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  g_autoptr (DaisCaller) caller = NULL;
  DaisRoom *room = dais_venue_room (self, request, &caller);
  DaisSocketOptions options = { 0 };
  g_autoptr (DaisWatcher) hold = NULL;
  DaisWatcher *watcher = NULL;
  gboolean resumes = FALSE;
  guint64 since = 0;

  if (room == NULL || !read_since (request, &resumes, &since))
    return;

  watcher = g_new0 (DaisWatcher, 1);
  g_atomic_ref_count_init (&watcher->references);
  watcher->door = self;
  watcher->room = g_object_ref (room);
  watcher->caller = dais_caller_ref (caller);
  watcher->base_url = g_strdup (dais_request_get_base_url (request));
  watcher->socket = dais_socket_accept (request, &options, &CALLBACKS, watcher);
  if (watcher->socket == NULL) {
    dais_watcher_unref (watcher);
    return;
  }

  hold = dais_watcher_ref (watcher);
  dais_watcher_join (watcher);
  self->n_sockets++;
  watcher->presence = dais_room_enter (
      room, caller, "venue", dais_request_get_query (request, "role"));
  greet (watcher, resumes, since);
}

/**
 * dais_venue_watch_install:
 * @self: the door
 *
 * The sockets at /room/<room>/watch.
 */
void
dais_venue_watch_install (DaisVenueDoor *self)
{
  dais_server_add_route (
      self->server, "WEBSOCKET", "/room/<room>/watch", 0, on_watch, self);
}
