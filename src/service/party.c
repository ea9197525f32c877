/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/party.h"

#include "core/json-writer.h"
#include "core/random-id.h"
#include "service/chat-private.h"
#include "service/chat.h"
#include "service/house-private.h"
#include "service/party-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "service/stream-list.h"
#include "store/parties.h"

#include <string.h>

/* Tries "anna2", "anna3" …; then numbers by chance. */
#define MAX_COUNTED 50
/* Of one guest, on their way to the disk. */
#define MAX_SAYING 256

struct _DaisPartyGuest {
  gchar *name;
  gpointer data;
  DaisCaller *caller;
  guint64 presence;
  guint n_saying;
  GList *link; /* in the party's guests */
};

enum {
  SIGNAL_SAID,
  SIGNAL_REMOVED,
  SIGNAL_DISMISSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DaisParty, dais_party, G_TYPE_OBJECT)

static void
dais_party_finalize (GObject *object)
{
  DaisParty *self = DAIS_PARTY (object);

  while (!g_queue_is_empty (&self->guests))
    dais_party_leave (self, g_queue_peek_head (&self->guests));
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->saying);
  g_free (self->name);
  g_free (self->hash);
  g_free (self->secret);
  g_free (self->video);

  G_OBJECT_CLASS (dais_party_parent_class)->finalize (object);
}

static void
dais_party_class_init (DaisPartyClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = dais_party_finalize;

  /**
   * DaisParty::said:
   * @self: the party
   * @message: what was said
   * @by: (nullable): the guest who said it
   */
  signals[SIGNAL_SAID] = g_signal_new ("said", type, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_POINTER);
  /**
   * DaisParty::removed:
   * @self: the party
   *
   * Everybody must leave.
   */
  signals[SIGNAL_REMOVED] = g_signal_new (
      "removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * DaisParty::dismissed:
   * @self: the party
   * @guest: who must leave
   */
  signals[SIGNAL_DISMISSED] = g_signal_new ("dismissed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
dais_party_init (DaisParty *self)
{
  g_queue_init (&self->guests);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->saying = g_hash_table_new (NULL, NULL);
  self->empty_since = g_get_monotonic_time ();
}

/**
 * dais_party_new:
 * @house: the house, not owned
 * @room_id: the room's number; 0 = @name is a room of the venue
 * @name: to join it by
 * @hash: (nullable): of the password
 * @video: (nullable): JSON
 *
 * Returns: (transfer full): a party with nobody in it
 */
DaisParty *
dais_party_new (DaisHouse *house, gint64 room_id, const gchar *name,
    const gchar *hash, const gchar *video)
{
  DaisParty *self = g_object_new (DAIS_TYPE_PARTY, NULL);

  self->house = house;
  self->room_id = room_id;
  self->name = g_strdup (name);
  self->hash = g_strdup (hash);
  self->video = g_strdup (video);

  return self;
}

/**
 * dais_party_get_name:
 * @self: the party
 *
 * Returns: the name to join it by
 */
const gchar *
dais_party_get_name (DaisParty *self)
{
  return self->name;
}

/* ---- who is there ---- */

static void
on_said (DaisRoom *room, const DaisMessage *message, DaisParty *self)
{
  g_signal_emit (self, signals[SIGNAL_SAID], 0, message,
      g_hash_table_lookup (self->saying, message));
}

static void
on_removed (DaisRoom *room, DaisParty *self)
{
  g_signal_emit (self, signals[SIGNAL_REMOVED], 0);
}

/**
 * dais_party_check_access:
 * @self: the party
 *
 * Where a password lets people in, it is good as long as they stay.
 */
void
dais_party_check_access (DaisParty *self)
{
  g_autoptr (DaisRoom) room = NULL;

  g_set_object (&room, self->room);
  if (!self->is_for_members || room == NULL)
    return;

  for (GList *link = self->guests.head, *next; link != NULL; link = next) {
    DaisPartyGuest *guest = link->data;

    next = link->next;
    if (!dais_caller_may (guest->caller, DAIS_GRANT_VIEW, room))
      g_signal_emit (self, signals[SIGNAL_DISMISSED], 0, guest);
  }
}

static void
on_access_changed (DaisRoom *room, DaisParty *self)
{
  dais_party_check_access (self);
}

static void
hold_room (DaisParty *self)
{
  DaisRoomCache *cache = dais_rooms_get_cache (
      dais_house_get_rooms (self->house));
  g_autoptr (GError) error = NULL;

  self->room = self->room_id != 0
      ? dais_room_cache_get_id (cache, self->room_id, &error)
      : dais_room_cache_get_url_name (cache, self->name, &error);
  if (error != NULL)
    g_warning ("the room of a party cannot be read: %s", error->message);
  if (self->room == NULL)
    return;

  g_signal_connect (self->room, "said", G_CALLBACK (on_said), self);
  g_signal_connect (self->room, "removed", G_CALLBACK (on_removed), self);
  g_signal_connect (
      self->room, "access-changed", G_CALLBACK (on_access_changed), self);
}

static void
let_go_of_room (DaisParty *self)
{
  self->empty_since = g_get_monotonic_time ();
  if (self->room == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->room, self);
  g_clear_object (&self->room);
}

/* (transfer full): the first @most characters */
static gchar *
cut (const gchar *text, glong most)
{
  return g_utf8_strlen (text, -1) > most ? g_utf8_substring (text, 0, most)
                                         : g_strdup (text);
}

/* Contracts README §3: at most 16 characters, nobody else's. */
static gchar *
make_name (DaisParty *self, const gchar *wanted)
{
  g_autofree gchar *stem = NULL;
  g_autofree gchar *chance = NULL;
  guint32 number = 1;

  if (wanted == NULL || *wanted == '\0') {
    chance = dais_random_hex (4);
    stem = g_strconcat ("user_", chance, NULL);
  } else {
    stem = cut (wanted, DAIS_PARTY_MAX_NAME);
  }
  if (!g_hash_table_contains (self->names, stem))
    return g_steal_pointer (&stem);

  while (TRUE) {
    g_autofree gchar *suffix = NULL;
    g_autofree gchar *shorter = NULL;
    g_autofree gchar *name = NULL;

    if (number < MAX_COUNTED)
      number++;
    else
      dais_random_fill (&number, sizeof (number));
    suffix = g_strdup_printf ("%u", number);
    shorter = cut (stem, DAIS_PARTY_MAX_NAME - (glong) strlen (suffix));
    name = g_strconcat (shorter, suffix, NULL);
    if (!g_hash_table_contains (self->names, name))
      return g_steal_pointer (&name);
    number = MAX (number, 1);
  }
}

/**
 * dais_party_enter:
 * @self: the party
 * @caller: who enters, perhaps nobody in particular
 * @wanted: (nullable): a name
 * @data: the door's
 *
 * Whether the caller knows the password is asked by dais_parties_open_async().
 *
 * Returns: (transfer none): the guest, until it leaves
 */
DaisPartyGuest *
dais_party_enter (
    DaisParty *self, DaisCaller *caller, const gchar *wanted, gpointer data)
{
  DaisPartyGuest *guest = g_new0 (DaisPartyGuest, 1);

  if (g_queue_is_empty (&self->guests))
    hold_room (self);
  self->was_used = TRUE;
  guest->name = make_name (self, wanted);
  guest->data = data;
  guest->caller = dais_caller_ref (caller);
  if (self->room != NULL)
    guest->presence = dais_room_enter (self->room, caller, "party", NULL);
  g_hash_table_add (self->names, guest->name);
  g_queue_push_tail (&self->guests, guest);
  guest->link = self->guests.tail;

  return guest;
}

/**
 * dais_party_leave:
 * @self: the party
 * @guest: (transfer full): who goes
 */
void
dais_party_leave (DaisParty *self, DaisPartyGuest *guest)
{
  GHashTableIter iter;
  gpointer by;

  g_hash_table_iter_init (&iter, self->saying);
  while (guest->n_saying > 0 && g_hash_table_iter_next (&iter, NULL, &by))
    if (by == guest)
      g_hash_table_iter_remove (&iter);
  g_hash_table_remove (self->names, guest->name);
  g_queue_delete_link (&self->guests, guest->link);
  if (self->room != NULL)
    dais_room_leave (self->room, guest->presence);
  dais_caller_unref (guest->caller);
  g_free (guest->name);
  g_free (guest);
  if (g_queue_is_empty (&self->guests))
    let_go_of_room (self);
}

/**
 * dais_party_guest_get_name:
 * @guest: a guest
 *
 * Returns: the name that the others see
 */
const gchar *
dais_party_guest_get_name (DaisPartyGuest *guest)
{
  return guest->name;
}

/**
 * dais_party_guest_get_data:
 * @guest: a guest
 *
 * Returns: (transfer none): what the door gave with it
 */
gpointer
dais_party_guest_get_data (DaisPartyGuest *guest)
{
  return guest->data;
}

/**
 * dais_party_get_longest:
 * @self: the party
 * @except: (nullable): a guest
 *
 * Returns: (transfer none) (nullable): who is there longest of all others
 */
DaisPartyGuest *
dais_party_get_longest (DaisParty *self, DaisPartyGuest *except)
{
  GList *head = self->guests.head;

  if (head != NULL && head->data == except)
    head = head->next;

  return head != NULL ? head->data : NULL;
}

/* ---- the video ---- */

/**
 * dais_party_get_video:
 * @self: the party
 * @base_url: how the client reaches this server
 *
 * Returns: (transfer full): JSON, mostly a string
 */
gchar *
dais_party_get_video (DaisParty *self, const gchar *base_url)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autofree gchar *url = NULL;

  if (self->video != NULL || self->room_id != 0 || self->is_for_members)
    return g_strdup (self->video != NULL ? self->video : "null");

  writer = dais_json_writer_new ();
  url = dais_streams_make_url (base_url, self->name, TRUE);
  dais_json_writer_string (writer, url);

  return dais_json_writer_steal (writer);
}

typedef struct {
  gint64 room;
  gchar *video;
} NewVideo;

static void
new_video_free (gpointer data)
{
  NewVideo *change = data;

  g_free (change->video);
  g_free (change);
}

static gboolean
write_video (DaisWriter *writer, gpointer data, GError **error)
{
  NewVideo *change = data;

  return dais_party_rows_put_video (writer, change->room, change->video, error);
}

static void
on_video_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error))
    g_warning ("a party's video was not kept: %s", error->message);
}

/**
 * dais_party_set_video:
 * @self: the party
 * @json: what the client wrote
 *
 * Holds at once; the disk follows, for nobody is told that it is kept.
 *
 * Returns: %FALSE when it is too long
 */
gboolean
dais_party_set_video (DaisParty *self, const gchar *json)
{
  NewVideo *change = NULL;

  if (strlen (json) > DAIS_PARTY_MAX_VIDEO)
    return FALSE;

  g_free (self->video);
  self->video = g_strdup (json);
  dais_player_reset (&self->player);
  if (self->room_id == 0)
    return TRUE;

  change = g_new0 (NewVideo, 1);
  change->room = self->room_id;
  change->video = g_strdup (json);
  dais_store_submit_async (dais_house_get_store (self->house), write_video,
      change, new_video_free, NULL, on_video_kept, NULL);

  return TRUE;
}

/**
 * dais_party_play:
 * @self: the party
 *
 * Starts the clock.
 */
void
dais_party_play (DaisParty *self)
{
  dais_player_play (&self->player, g_get_monotonic_time ());
}

/**
 * dais_party_pause:
 * @self: the party
 *
 * Stops the clock.
 */
void
dais_party_pause (DaisParty *self)
{
  dais_player_pause (&self->player, g_get_monotonic_time ());
}

/**
 * dais_party_seek:
 * @self: the party
 * @position: s; what is no position is not heeded
 *
 * Sets the clock.
 */
void
dais_party_seek (DaisParty *self, gdouble position)
{
  dais_player_seek (&self->player, position, g_get_monotonic_time ());
}

/**
 * dais_party_get_position:
 * @self: the party
 * @position: (out): s
 *
 * Returns: whether the clock knows
 */
gboolean
dais_party_get_position (DaisParty *self, gdouble *position)
{
  return dais_player_get (&self->player, g_get_monotonic_time (), position);
}

/* ---- what is said ---- */

typedef struct {
  DaisParty *party;
  DaisMessage *message; /* not owned: only its address counts */
} Saying;

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Saying *saying = data;
  g_autoptr (DaisParty) party = saying->party;
  DaisPartyGuest *guest = g_hash_table_lookup (party->saying, saying->message);
  g_autoptr (GError) error = NULL;

  if (guest != NULL)
    guest->n_saying--;
  g_hash_table_remove (party->saying, saying->message);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_warning ("a party's message was not kept: %s", error->message);
}

/**
 * dais_party_say:
 * @self: the party
 * @guest: who says it
 * @text: what
 * @extra: (nullable): JSON that goes with it
 *
 * Returns: %FALSE when it is not taken: too long, or too many at once
 */
gboolean
dais_party_say (DaisParty *self, DaisPartyGuest *guest, const gchar *text,
    const gchar *extra)
{
  g_autoptr (GTask) task = NULL;
  DaisMessage *message = NULL;
  Saying *saying = NULL;

  if (self->room == NULL || self->room->house == NULL ||
      strlen (text) > DAIS_CHAT_MAX_TEXT || guest->n_saying >= MAX_SAYING ||
      self->room->n_saying >= DAIS_CHAT_MAX_UNDER_WAY)
    return FALSE;

  message = g_new0 (DaisMessage, 1);
  message->user_id = dais_caller_get_user_id (guest->caller);
  message->user = g_strdup (guest->name);
  message->text = g_strdup (text);
  message->image = g_strdup ("");
  message->extra = g_strdup (extra);
  message->created = g_get_real_time ();

  guest->n_saying++;
  g_hash_table_insert (self->saying, message, guest);
  saying = g_new0 (Saying, 1);
  saying->party = g_object_ref (self);
  saying->message = message;
  task = g_task_new (self->room, NULL, on_kept, saying);
  dais_chat_submit (self->room, message, task);

  return TRUE;
}
