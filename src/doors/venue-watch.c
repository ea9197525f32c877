/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

#define OPTIONAL_TOPICS \
  (1u << DAIS_TOPIC_LEVELS | 1u << DAIS_TOPIC_PRESENCE | 1u << DAIS_TOPIC_LOG)

/* How often it is looked whether a watcher may still see its room. */
#define GRANTS_INTERVAL_S 15

/* RFC 6455 §7.4.1 */
#define CLOSE_GOING_AWAY 1001
#define CLOSE_POLICY     1008

/* All sockets of one room. A broadcast may lose sockets on its way, and their
 * leaving may cause another broadcast: so a slot is only emptied while one
 * runs, and the list is closed up after the outermost. */
struct _DaisWatchGroup {
  DaisVenueDoor *door;
  DaisRoom *room;
  GPtrArray *watchers; /* (element-type DaisWatcher) (nullable items) */
  guint depth;         /* broadcasts that are running */
  gboolean has_holes;
};

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
  guint added = topics & ~self->topics & OPTIONAL_TOPICS;

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

/* ---- groups ---- */

static void
close_up (DaisWatchGroup *group)
{
  guint kept = 0;

  for (guint i = 0; i < group->watchers->len; i++) {
    DaisWatcher *watcher = g_ptr_array_index (group->watchers, i);

    if (watcher == NULL)
      continue;
    watcher->index = kept;
    group->watchers->pdata[kept++] = watcher;
  }
  g_ptr_array_set_size (group->watchers, (gint) kept);
  group->has_holes = FALSE;
}

static void
take_out (DaisWatchGroup *group, guint index)
{
  if (group->depth > 0) {
    group->watchers->pdata[index] = NULL;
    group->has_holes = TRUE;
    return;
  }

  g_ptr_array_remove_index_fast (group->watchers, index);
  if (index < group->watchers->len) {
    DaisWatcher *moved = g_ptr_array_index (group->watchers, index);

    moved->index = index;
  }
}

typedef void (*Visit) (DaisWatcher *watcher, gpointer data);

static void
visit_all (DaisWatchGroup *group, Visit visit, gpointer data)
{
  guint n_watchers = group->watchers->len;

  group->depth++;
  for (guint i = 0; i < n_watchers; i++) {
    DaisWatcher *watcher = g_ptr_array_index (group->watchers, i);

    if (watcher != NULL)
      visit (watcher, data);
  }
  group->depth--;

  if (group->depth == 0 && group->has_holes)
    close_up (group);
}

typedef struct {
  GBytes *frame;
  DaisTopic topic;
} Broadcast;

static void
send_frame (DaisWatcher *watcher, gpointer data)
{
  const Broadcast *broadcast = data;
  gboolean is_optional = OPTIONAL_TOPICS & 1u << broadcast->topic;

  if (is_optional && !(watcher->topics & 1u << broadcast->topic))
    return;

  if (broadcast->topic == DAIS_TOPIC_LEVELS)
    dais_socket_send_volatile (watcher->socket, broadcast->frame);
  else
    dais_socket_send (watcher->socket, broadcast->frame);
}

static void
on_room_message (DaisRoom *room, DaisTopic topic, guint64 rev, GBytes *text,
    DaisWatchGroup *group)
{
  g_autoptr (GBytes) frame = dais_frame_new_text (
      g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
  Broadcast broadcast = { frame, topic };

  visit_all (group, send_frame, &broadcast);
}

static GBytes *
make_frame (DaisRoom *room, const gchar *type, GBytes *json)
{
  g_autoptr (GBytes) text = dais_message_new (
      type, json, (gint64) dais_room_get_rev (room), FALSE);

  return dais_frame_new_text (
      g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
}

/* Messages that differ by the address a watcher came by, or by its rights: made
 * once for each that occurs. */
typedef struct {
  GHashTable *frames; /* (element-type utf8|GBytes GBytes) */
} Variants;

static void
send_config (DaisWatcher *watcher, gpointer data)
{
  Variants *variants = data;
  GBytes *frame = g_hash_table_lookup (variants->frames, watcher->base_url);

  if (frame == NULL) {
    g_autoptr (GBytes) json = dais_room_get_config (
        watcher->room, watcher->base_url);

    frame = make_frame (watcher->room, "config", json);
    g_hash_table_insert (variants->frames, g_strdup (watcher->base_url), frame);
  }

  dais_socket_send (watcher->socket, frame);
}

static void
on_room_config_changed (DaisRoom *room, DaisWatchGroup *group)
{
  g_autoptr (GHashTable) frames = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  Variants variants = { frames };

  visit_all (group, send_config, &variants);
}

/* Callers of equal rights get the very same GBytes from the service, so the
 * pointer tells the variants apart. */
static void
send_streams (DaisWatcher *watcher, gpointer data)
{
  Variants *variants = data;
  g_autoptr (GBytes) json = dais_streams_get_json (
      dais_house_get_streams (watcher->door->house), watcher->caller,
      watcher->base_url, NULL);
  GBytes *frame = g_hash_table_lookup (variants->frames, json);

  if (frame == NULL) {
    frame = make_frame (watcher->room, "streams", json);
    g_hash_table_insert (variants->frames, g_bytes_ref (json), frame);
  }

  dais_socket_send (watcher->socket, frame);
}

static void
on_streams_changed (DaisStreams *streams, DaisWatchGroup *group)
{
  g_autoptr (GHashTable) frames = g_hash_table_new_full (NULL, NULL,
      (GDestroyNotify) g_bytes_unref, (GDestroyNotify) g_bytes_unref);
  Variants variants = { frames };

  visit_all (group, send_streams, &variants);
}

static void
close_removed (DaisWatcher *watcher, gpointer data)
{
  dais_socket_close (watcher->socket, CLOSE_GOING_AWAY, "the room was removed");
}

static void
on_room_removed (DaisRoom *room, DaisWatchGroup *group)
{
  visit_all (group, close_removed, NULL);
}

static DaisWatchGroup *
group_new (DaisVenueDoor *door, DaisRoom *room)
{
  DaisWatchGroup *group = g_new0 (DaisWatchGroup, 1);

  group->door = door;
  group->room = g_object_ref (room);
  group->watchers = g_ptr_array_new ();
  g_signal_connect (room, "message", G_CALLBACK (on_room_message), group);
  g_signal_connect (
      room, "config-changed", G_CALLBACK (on_room_config_changed), group);
  g_signal_connect (room, "removed", G_CALLBACK (on_room_removed), group);
  g_signal_connect (dais_house_get_streams (door->house), "changed",
      G_CALLBACK (on_streams_changed), group);

  return group;
}

static void
group_free (DaisWatchGroup *group)
{
  g_signal_handlers_disconnect_by_data (
      dais_house_get_streams (group->door->house), group);
  g_signal_handlers_disconnect_by_data (group->room, group);
  g_ptr_array_unref (group->watchers);
  g_object_unref (group->room);
  g_free (group);
}

static void
check_grant (DaisWatcher *watcher, gpointer data)
{
  if (!dais_caller_may (watcher->caller, DAIS_GRANT_VIEW, watcher->room))
    dais_socket_close (
        watcher->socket, CLOSE_POLICY, "this account may not see the room");
}

/* Also puts away groups that have had no socket for a while: a room that is
 * watched on and off keeps its group. */
static gboolean
on_grants_due (gpointer user_data)
{
  DaisVenueDoor *self = user_data;
  GHashTableIter iter;
  DaisWatchGroup *group;

  g_hash_table_iter_init (&iter, self->groups);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &group)) {
    if (group->watchers->len == 0)
      g_hash_table_iter_remove (&iter);
    else
      visit_all (group, check_grant, NULL);
  }

  if (g_hash_table_size (self->groups) > 0)
    return G_SOURCE_CONTINUE;

  self->grants_source = 0;
  return G_SOURCE_REMOVE;
}

static DaisWatchGroup *
get_group (DaisVenueDoor *self, DaisRoom *room)
{
  DaisWatchGroup *group = g_hash_table_lookup (self->groups, room);

  if (group == NULL) {
    group = group_new (self, room);
    g_hash_table_insert (self->groups, room, group);
  }
  if (self->grants_source == 0)
    self->grants_source = g_timeout_add_seconds (
        GRANTS_INTERVAL_S, on_grants_due, self);

  return group;
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
  dais_watcher_unsubscribe (self, OPTIONAL_TOPICS);
  take_out (self->group, self->index);
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
  g_autoptr (GBytes) text = dais_room_get_message (self->room, topic, reset);

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
  watcher->group = get_group (self, room);
  watcher->index = watcher->group->watchers->len;
  g_ptr_array_add (watcher->group->watchers, watcher);
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
  self->groups = g_hash_table_new_full (
      NULL, NULL, NULL, (GDestroyNotify) group_free);
  dais_server_add_route (
      self->server, "WEBSOCKET", "/room/<room>/watch", 0, on_watch, self);
}

/**
 * dais_venue_watch_close:
 * @self: the door, whose server has been stopped and has closed the sockets
 *
 * Lets go of the rooms.
 */
void
dais_venue_watch_close (DaisVenueDoor *self)
{
  g_clear_handle_id (&self->grants_source, g_source_remove);
  g_clear_pointer (&self->groups, g_hash_table_unref);
}
