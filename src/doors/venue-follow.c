/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/venue-private.h"

/* How often it is looked whether a follower's account is still good. */
#define CHECK_INTERVAL_S 15

#define CLOSE_POLICY 1008 /* RFC 6455 §7.4.1 */

/* /streams/watch: everyone who follows the list of streams. A socket that is
 * lost while a message goes round empties its slot; the list is closed up
 * after it. */
struct _DaisFollowers {
  DaisVenueDoor *door;
  GPtrArray *list; /* (element-type Follower) (nullable items) */
  guint check_source;
  gboolean is_sending;
  gboolean has_holes;
};

typedef struct {
  DaisFollowers *followers;
  DaisSocket *socket;
  DaisCaller *caller;
  gchar *base_url;
  guint index;
} Follower;

static GBytes *
get_json (Follower *self)
{
  return dais_streams_get_json (
      dais_house_get_streams (self->followers->door->house), self->caller,
      self->base_url, NULL);
}

static GBytes *
make_frame (GBytes *json)
{
  g_autoptr (GBytes) text = dais_message_new ("streams", json, -1, FALSE);

  return dais_frame_new_text (
      g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
}

static void
close_up (DaisFollowers *self)
{
  guint kept = 0;

  for (guint i = 0; i < self->list->len; i++) {
    Follower *follower = g_ptr_array_index (self->list, i);

    if (follower == NULL)
      continue;
    follower->index = kept;
    self->list->pdata[kept++] = follower;
  }
  g_ptr_array_set_size (self->list, (gint) kept);
  self->has_holes = FALSE;
}

static void
take_out (DaisFollowers *self, guint index)
{
  if (self->is_sending) {
    self->list->pdata[index] = NULL;
    self->has_holes = TRUE;
    return;
  }

  g_ptr_array_remove_index_fast (self->list, index);
  if (index < self->list->len) {
    Follower *moved = g_ptr_array_index (self->list, index);

    moved->index = index;
  }
}

static gboolean
on_check_due (gpointer user_data)
{
  DaisFollowers *self = user_data;
  guint n_followers = self->list->len;

  self->is_sending = TRUE;
  for (guint i = 0; i < n_followers; i++) {
    Follower *follower = g_ptr_array_index (self->list, i);

    if (follower != NULL && !dais_caller_is_current (follower->caller))
      dais_socket_close (
          follower->socket, CLOSE_POLICY, "this account is no longer good");
  }
  self->is_sending = FALSE;
  if (self->has_holes)
    close_up (self);
  if (self->list->len > 0)
    return G_SOURCE_CONTINUE;

  self->check_source = 0;
  return G_SOURCE_REMOVE;
}

/* Callers of equal rights get the very same GBytes from the service, so the
 * pointer tells the variants apart and each is encoded once. */
static void
on_streams_changed (DaisStreams *streams, DaisFollowers *self)
{
  g_autoptr (GHashTable) frames = g_hash_table_new_full (NULL, NULL,
      (GDestroyNotify) g_bytes_unref, (GDestroyNotify) g_bytes_unref);
  guint n_followers = self->list->len;

  self->is_sending = TRUE;
  for (guint i = 0; i < n_followers; i++) {
    Follower *follower = g_ptr_array_index (self->list, i);
    g_autoptr (GBytes) json = NULL;
    GBytes *frame = NULL;

    if (follower == NULL)
      continue;
    json = get_json (follower);
    frame = g_hash_table_lookup (frames, json);
    if (frame == NULL) {
      frame = make_frame (json);
      g_hash_table_insert (frames, g_bytes_ref (json), frame);
    }
    dais_socket_send (follower->socket, frame);
  }
  self->is_sending = FALSE;
  if (self->has_holes)
    close_up (self);
}

static void
on_message (DaisSocket *socket, gboolean is_text, const gchar *data,
    gsize length, gpointer user_data)
{
  /* The document has no client message here; whoever sends one is told so
   * and stays connected. */
  if (dais_socket_get_queued (socket) == 0)
    dais_socket_send_text (socket,
        "{\"type\":\"error\",\"error\":\"this socket takes no messages\"}");
}

static void
on_closed (DaisSocket *socket, guint code, gpointer user_data)
{
  Follower *follower = user_data;
  DaisFollowers *self = follower->followers;

  self->door->n_sockets--;
  take_out (self, follower->index);

  dais_caller_unref (follower->caller);
  g_free (follower->base_url);
  g_free (follower);
}

static const DaisSocketCallbacks CALLBACKS = { on_message, on_closed, NULL };

static void
on_watch (DaisRequest *request, gpointer user_data)
{
  DaisVenueDoor *door = user_data;
  DaisFollowers *self = door->followers;
  g_autoptr (DaisCaller) caller = dais_venue_caller (door->house, request);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GBytes) frame = NULL;
  DaisSocketOptions options = { 0 };
  Follower *follower = NULL;

  if (caller == NULL)
    return;

  follower = g_new0 (Follower, 1);
  follower->followers = self;
  follower->socket = dais_socket_accept (
      request, &options, &CALLBACKS, follower);
  if (follower->socket == NULL) {
    g_free (follower);
    return;
  }

  follower->caller = g_steal_pointer (&caller);
  follower->base_url = g_strdup (dais_request_get_base_url (request));
  follower->index = self->list->len;
  g_ptr_array_add (self->list, follower);
  door->n_sockets++;
  if (self->check_source == 0)
    self->check_source = g_timeout_add_seconds (
        CHECK_INTERVAL_S, on_check_due, self);

  json = get_json (follower);
  frame = make_frame (json);
  dais_socket_send (follower->socket, frame);
}

/**
 * dais_venue_follow_install:
 * @self: the door
 *
 * The sockets at /streams/watch.
 */
void
dais_venue_follow_install (DaisVenueDoor *self)
{
  self->followers = g_new0 (DaisFollowers, 1);
  self->followers->door = self;
  self->followers->list = g_ptr_array_new ();
  g_signal_connect (dais_house_get_streams (self->house), "changed",
      G_CALLBACK (on_streams_changed), self->followers);
  dais_server_add_route (
      self->server, "WEBSOCKET", "/streams/watch", 0, on_watch, self);
}

/**
 * dais_venue_follow_close:
 * @self: the door, whose server has been stopped and has closed the sockets
 *
 * Lets go of the list of streams.
 */
void
dais_venue_follow_close (DaisVenueDoor *self)
{
  g_signal_handlers_disconnect_by_data (
      dais_house_get_streams (self->house), self->followers);
  g_clear_handle_id (&self->followers->check_source, g_source_remove);
  g_ptr_array_unref (self->followers->list);
  g_clear_pointer (&self->followers, g_free);
}
