/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

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
  /* What a new socket is told, made once for each revision: a crowd that
   * connects at once shares it, and so does a crowd that reads slowly. */
  GBytes *greetings[DAIS_N_TOPICS]; /* frames (nullable items) */
  guint64 greetings_rev;
};

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
  gboolean is_optional = DAIS_OPTIONAL_TOPICS & 1u << broadcast->topic;

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

static void
forget_greetings (DaisWatchGroup *group)
{
  for (guint i = 0; i < DAIS_N_TOPICS; i++)
    g_clear_pointer (&group->greetings[i], g_bytes_unref);
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
  forget_greetings (group);
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

/**
 * dais_watcher_get_greeting:
 * @self: a watcher in its group
 * @topic: a topic
 *
 * Returns: (transfer none): the frame that shows @topic as it is now
 */
GBytes *
dais_watcher_get_greeting (DaisWatcher *self, DaisTopic topic)
{
  DaisWatchGroup *group = self->group;
  guint64 rev = dais_room_get_rev (group->room);

  if (group->greetings_rev != rev)
    forget_greetings (group);
  group->greetings_rev = rev;
  if (group->greetings[topic] == NULL) {
    g_autoptr (GBytes) text = dais_room_get_message (group->room, topic, FALSE);

    group->greetings[topic] = dais_frame_new_text (
        g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
  }

  return group->greetings[topic];
}

/**
 * dais_watcher_join:
 * @self: a watcher with a socket
 *
 * From now on it hears what happens in its room.
 */
void
dais_watcher_join (DaisWatcher *self)
{
  self->group = get_group (self->door, self->room);
  self->index = self->group->watchers->len;
  g_ptr_array_add (self->group->watchers, self);
}

/**
 * dais_watcher_part:
 * @self: a watcher that joined
 *
 * Its socket is gone.
 */
void
dais_watcher_part (DaisWatcher *self)
{
  take_out (self->group, self->index);
}

/**
 * dais_venue_groups_open:
 * @self: the door
 */
void
dais_venue_groups_open (DaisVenueDoor *self)
{
  self->groups = g_hash_table_new_full (
      NULL, NULL, NULL, (GDestroyNotify) group_free);
}

/**
 * dais_venue_groups_close:
 * @self: the door, whose server has been stopped and has closed the sockets
 *
 * Lets go of the rooms.
 */
void
dais_venue_groups_close (DaisVenueDoor *self)
{
  g_clear_handle_id (&self->grants_source, g_source_remove);
  g_clear_pointer (&self->groups, g_hash_table_unref);
}
