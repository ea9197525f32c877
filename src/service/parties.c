/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/parties.h"

#include "core/error.h"
#include "core/random-id.h"
#include "service/caller-private.h"
#include "service/house-private.h"
#include "service/parties-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "store/parties.h"

#include <string.h>

#define NAME_BYTES 16 /* 22 characters */
/* Wrong passwords a minute from one address. Far more than people mistype, even
 * many behind one address, far too few to guess one. */
#define MAX_GUESSES 120
/* Parties that one address may make a minute; each stays for a while. */
#define MAX_CREATIONS 60
/* Contracts README §3: gone 60 to 70 s after the last one left. A party that
 * nobody has come to yet waits for whoever got its address. */
#define AFTER_LAST_S   62
#define BEFORE_FIRST_S 3600
#define TICK_S         2

G_DEFINE_FINAL_TYPE (DaisParties, dais_parties, G_TYPE_OBJECT)

static void
dais_parties_finalize (GObject *object)
{
  DaisParties *self = DAIS_PARTIES (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->checks);
  dais_attempts_free (self->guesses);
  dais_attempts_free (self->creations);

  G_OBJECT_CLASS (dais_parties_parent_class)->finalize (object);
}

static void
dais_parties_class_init (DaisPartiesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dais_parties_finalize;
}

static void
dais_parties_init (DaisParties *self)
{
  self->by_name = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_object_unref);
  self->checks = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->guesses = dais_attempts_new (MAX_GUESSES);
  self->creations = dais_attempts_new (MAX_CREATIONS);
  self->after_last = AFTER_LAST_S;
  self->before_first = BEFORE_FIRST_S;
  dais_random_fill (self->key, sizeof (self->key));
}

/**
 * dais_parties_new:
 * @house: the house, not owned
 *
 * Returns: (transfer full): its parties
 */
DaisParties *
dais_parties_new (DaisHouse *house)
{
  DaisParties *self = g_object_new (DAIS_TYPE_PARTIES, NULL);

  self->house = house;

  return self;
}

/**
 * dais_parties_set_patience:
 * @self: the parties
 * @after_last: s that a party stays after the last one left
 * @before_first: s that one waits for the first
 */
void
dais_parties_set_patience (
    DaisParties *self, guint after_last, guint before_first)
{
  self->after_last = after_last;
  self->before_first = before_first;
}

/* ---- the end of a party ---- */

static gboolean
write_removed (DaisWriter *writer, gpointer data, GError **error)
{
  return dais_room_rows_remove (writer, *(gint64 *) data, error);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error))
    g_warning ("an empty party was not removed, it comes back with the next "
               "start: %s",
        error->message);
}

/* On a room of another door it is no more than who is in it. */
static gboolean
is_over (DaisParties *self, DaisParty *party, gint64 now)
{
  gint64 patience = party->was_used || party->is_for_members
      ? self->after_last
      : self->before_first;

  return (party->room_id != 0 || party->is_for_members) &&
      g_queue_is_empty (&party->guests) &&
      now - party->empty_since >= patience * G_USEC_PER_SEC;
}

static void
remove_room (DaisParties *self, gint64 room)
{
  dais_room_cache_drop (
      dais_rooms_get_cache (dais_house_get_rooms (self->house)), room);
  dais_store_submit_async (dais_house_get_store (self->house), write_removed,
      g_memdup2 (&room, sizeof (room)), g_free, NULL, on_removed, NULL);
}

static gboolean
on_tick (gpointer user_data)
{
  DaisParties *self = user_data;
  gint64 now = g_get_monotonic_time ();
  gboolean is_needed = FALSE;
  g_autoptr (GList) parties = g_hash_table_get_values (self->by_name);

  for (GList *link = parties; link != NULL; link = link->next) {
    DaisParty *party = link->data;

    if (is_over (self, party, now)) {
      g_autofree gchar *key = g_ascii_strdown (party->name, -1);

      if (party->room_id != 0)
        remove_room (self, party->room_id);
      g_hash_table_remove (self->by_name, key);
    } else if (party->is_for_members) {
      is_needed = TRUE;
      dais_party_check_access (party);
    } else if (party->room_id != 0) {
      is_needed = TRUE;
    }
  }
  if (is_needed)
    return G_SOURCE_CONTINUE;

  self->timer = 0;
  return G_SOURCE_REMOVE;
}

/* ---- finding ---- */

static DaisParty *
put (DaisParties *self, DaisParty *party) /* party: (transfer full) */
{
  g_hash_table_replace (
      self->by_name, g_ascii_strdown (party->name, -1), party);
  if ((party->room_id != 0 || party->is_for_members) && self->timer == 0)
    self->timer = g_timeout_add_seconds (TICK_S, on_tick, self);

  return party;
}

/**
 * dais_parties_load:
 * @self: the parties
 * @error: return location; %DAIS_ERROR_STORAGE
 *
 * Returns: whether the parties of the store are known
 */
gboolean
dais_parties_load (DaisParties *self, GError **error)
{
  g_autoptr (GPtrArray) rows = dais_party_rows_list (
      dais_house_get_store (self->house), error);

  if (rows == NULL)
    return FALSE;

  for (guint i = 0; i < rows->len; i++) {
    DaisPartyRow *row = g_ptr_array_index (rows, i);

    put (self,
        dais_party_new (
            self->house, row->room, row->url_name, row->hash, row->video));
  }

  return TRUE;
}

/* (nullable): "" = no party there */
static const gchar *
get_configured_password (DaisParties *self, DaisRoom *room)
{
  GPtrArray *specs = dais_config_get_rooms (
      dais_house_get_config (self->house));

  for (guint i = 0; i < specs->len; i++) {
    DaisRoomSpec *spec = g_ptr_array_index (specs, i);

    if (room->configured && g_str_equal (spec->name, room->info->name))
      return spec->party_password;
  }

  return NULL;
}

/* What opens a room of another door: "" = nothing more than an invitation.
 * (nullable): no party there, or not for this caller */
static const gchar *
find_key (DaisParties *self, DaisCaller *caller, DaisRoom *room)
{
  const gchar *password = NULL;

  if (room->admitted != NULL)
    return (room->info->facets & DAIS_FACET_MEMBERS) != 0 &&
            (room->info->facets & DAIS_FACET_PLAYER) != 0 &&
            dais_caller_may (caller, DAIS_GRANT_VIEW, room)
        ? ""
        : NULL;

  password = get_configured_password (self, room);

  return password != NULL && *password != '\0' ? password : NULL;
}

/* A party in a room of another door, which may be gone, closed to the caller or
 * locked anew since it was made. */
static DaisParty *
find_in_room (DaisParties *self, DaisCaller *caller, const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DaisRoom) room = dais_room_cache_get_url_name (
      dais_rooms_get_cache (dais_house_get_rooms (self->house)), name, &error);
  const gchar *key = room != NULL ? find_key (self, caller, room) : NULL;
  g_autofree gchar *lower = g_ascii_strdown (name, -1);
  DaisParty *party = g_hash_table_lookup (self->by_name, lower);

  if (error != NULL)
    g_warning ("the room of a party cannot be read: %s", error->message);
  if (key == NULL)
    return NULL;
  if (party == NULL) {
    if (g_hash_table_size (self->by_name) >= DAIS_PARTIES_MAX)
      return NULL;
    party = put (self,
        dais_party_new (self->house, 0, room->info->url_name, NULL, NULL));
    party->is_for_members = room->admitted != NULL;
  }
  g_clear_pointer (&party->secret, g_free);
  if (!party->is_for_members)
    party->secret = dais_parties_make_secret (self, party->name, key);

  return party;
}

/**
 * dais_parties_find:
 * @self: the parties
 * @caller: who asks
 * @name: of a party
 *
 * Its password is not asked for.
 *
 * Returns: (transfer none) (nullable): the party, when the caller may know of
 * it
 */
DaisParty *
dais_parties_find (DaisParties *self, DaisCaller *caller, const gchar *name)
{
  g_autofree gchar *key = g_ascii_strdown (name, -1);
  DaisParty *party = g_hash_table_lookup (self->by_name, key);

  return party != NULL && party->room_id != 0
      ? party
      : find_in_room (self, caller, name);
}

/* ---- the beginning of a party ---- */

typedef struct {
  DaisRoomRow room;
  DaisPartyRow party;
  gchar *secret;
} Creation;

static void
creation_free (gpointer data)
{
  Creation *creation = data;

  g_free (creation->room.hex24);
  g_free (creation->room.url_name);
  g_free (creation->room.name);
  g_free (creation->party.hash);
  g_free (creation->party.video);
  g_free (creation->secret);
  g_free (creation);
}

static gboolean
write_created (DaisWriter *writer, gpointer data, GError **error)
{
  Creation *creation = data;

  if (!dais_writer_check_space (writer, error))
    return FALSE;
  if (!dais_room_rows_insert (writer, &creation->room, error))
    return FALSE;
  creation->party.room = creation->room.id;

  return dais_party_rows_insert (writer, &creation->party, error);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisParties *self = g_task_get_source_object (task);
  Creation *creation = g_task_get_task_data (task);
  DaisParty *party = NULL;
  GError *error = NULL;

  if (!dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }

  party = dais_party_new (self->house, creation->room.id,
      creation->room.url_name, creation->party.hash, creation->party.video);
  party->secret = g_steal_pointer (&creation->secret);
  put (self, party);
  g_task_return_pointer (task, g_strdup (party->name), g_free);
}

static void
on_hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisParties *self = g_task_get_source_object (task);
  Creation *creation = g_task_get_task_data (task);
  GError *error = NULL;

  creation->party.hash = dais_passwords_hash_finish (
      DAIS_PASSWORDS (source), result, &error);
  if (creation->party.hash == NULL) {
    g_task_return_error (task, error);
    return;
  }

  dais_store_submit_async (dais_house_get_store (self->house), write_created,
      creation, NULL, NULL, on_created, g_object_ref (task));
}

/**
 * dais_parties_create_async:
 * @self: the parties
 * @address: the peer's, for throttling
 * @password: to join by; kept as it is, hashed
 * @video: (nullable): JSON
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * Anybody may. Errors: %DAIS_ERROR_INVALID, %DAIS_ERROR_LIMITED,
 * %DAIS_ERROR_STORAGE.
 */
void
dais_parties_create_async (DaisParties *self, const gchar *address,
    const gchar *password, const gchar *video, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  gint64 now = g_get_monotonic_time ();
  Creation *creation = NULL;

  g_task_set_source_tag (task, dais_parties_create_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!dais_attempts_check (self->creations, address, now, NULL)) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "too many parties were made from your address; wait a minute");
    return;
  }
  dais_attempts_add (self->creations, address, now);
  if (g_hash_table_size (self->by_name) >= DAIS_PARTIES_MAX) {
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "there are %d parties already; try again in a minute",
        DAIS_PARTIES_MAX);
    return;
  }

  creation = g_new0 (Creation, 1);
  creation->room.hex24 = dais_random_hex (12);
  creation->room.url_name = dais_random_base64url (NAME_BYTES);
  creation->room.name = g_strdup (creation->room.url_name);
  creation->room.created = g_get_real_time ();
  creation->room.facets = DAIS_FACET_PLAYER;
  creation->party.video = g_strdup (video != NULL ? video : "null");
  creation->secret = dais_parties_make_secret (
      self, creation->room.url_name, password);
  g_task_set_task_data (task, creation, creation_free);
  dais_passwords_hash_async (
      dais_callers_get_passwords (dais_house_get_callers (self->house)),
      password, NULL, on_hashed, g_object_ref (task));
}

/**
 * dais_parties_create_finish:
 * @self: the parties
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the name to join it by
 */
gchar *
dais_parties_create_finish (
    DaisParties *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
