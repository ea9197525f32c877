/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/parties.h"

#include "auth/attempts.h"
#include "core/error.h"
#include "core/random-id.h"
#include "service/caller-private.h"
#include "service/house-private.h"
#include "service/party-private.h"
#include "service/room-list.h"
#include "service/room-private.h"
#include "store/parties.h"

#include <string.h>

#define NAME_BYTES 16 /* 22 characters */
#define KEY_BYTES  32
/* Wrong passwords a minute from one address. Far more than people mistype, even
 * many behind one address, far too few to guess one. */
#define MAX_GUESSES 120
/* Contracts README §3: gone 60 to 70 s after the last one left. A party that
 * nobody has come to yet waits for whoever got its address. */
#define AFTER_LAST_S   62
#define BEFORE_FIRST_S 3600
#define TICK_S         2

struct _DaisParties {
  GObject parent_instance;

  DaisHouse *house;    /* not owned, outlives it */
  GHashTable *by_name; /* (element-type utf8 DaisParty) lower case */
  GHashTable *checks;  /* (element-type utf8 GPtrArray<GTask>) by secret */
  DaisAttempts *attempts;
  guint8 key[KEY_BYTES];
  guint after_last;   /* s */
  guint before_first; /* s */
  guint timer;
};

G_DEFINE_FINAL_TYPE (DaisParties, dais_parties, G_TYPE_OBJECT)

static void
dais_parties_finalize (GObject *object)
{
  DaisParties *self = DAIS_PARTIES (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->checks);
  dais_attempts_free (self->attempts);

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
  self->attempts = dais_attempts_new (MAX_GUESSES);
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

static gboolean
is_over (DaisParties *self, DaisParty *party, gint64 now)
{
  gint64 patience = party->was_used ? self->after_last : self->before_first;

  return party->room_id != 0 && g_queue_is_empty (&party->guests) &&
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
  GHashTableIter iter;
  DaisParty *party;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &party)) {
    if (is_over (self, party, now)) {
      remove_room (self, party->room_id);
      g_hash_table_iter_remove (&iter);
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
  if (party->room_id != 0 && self->timer == 0)
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

/* What stands for a password in memory: of equal length, and worth nothing
 * without this process's key. */
static gchar *
make_secret (DaisParties *self, const gchar *name, const gchar *password)
{
  g_autofree gchar *text = g_strconcat (name, "\n", password, NULL);

  return g_compute_hmac_for_string (
      G_CHECKSUM_SHA256, self->key, sizeof (self->key), text, -1);
}

/* In constant time. */
static gboolean
is_same_secret (const gchar *one, const gchar *other)
{
  guint difference = 0;

  for (gsize i = 0; one[i] != '\0'; i++)
    difference |= (guint) (one[i] ^ other[i]);

  return difference == 0;
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

static DaisParty *
find_venue (DaisParties *self, DaisCaller *caller, const gchar *name)
{
  DaisRoom *room = dais_rooms_find_url_name (
      dais_house_get_rooms (self->house), name);
  const gchar *password = NULL;
  DaisParty *party = NULL;

  if (room == NULL)
    return NULL;
  if (room->admitted != NULL &&
      !dais_caller_may (caller, DAIS_GRANT_VIEW, room))
    return NULL;
  password = get_configured_password (self, room);
  if (password == NULL || *password == '\0')
    return NULL;

  party = dais_party_new (self->house, 0, room->info->url_name, NULL, NULL);
  party->secret = make_secret (self, party->name, password);

  return put (self, party);
}

static DaisParty *
find (DaisParties *self, DaisCaller *caller, const gchar *name)
{
  g_autofree gchar *key = g_ascii_strdown (name, -1);
  DaisParty *party = g_hash_table_lookup (self->by_name, key);

  return party != NULL ? party : find_venue (self, caller, name);
}

/**
 * dais_parties_has:
 * @self: the parties
 * @caller: who asks
 * @name: of a party
 *
 * Returns: whether there is one
 */
gboolean
dais_parties_has (DaisParties *self, DaisCaller *caller, const gchar *name)
{
  return find (self, caller, name) != NULL;
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
dais_parties_create_async (DaisParties *self, const gchar *password,
    const gchar *video, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Creation *creation = NULL;

  g_task_set_source_tag (task, dais_parties_create_async);
  g_task_set_check_cancellable (task, FALSE);
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
  creation->secret = make_secret (self, creation->room.url_name, password);
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

/* ---- the password ---- */

/* One password that is being checked, for all who gave it. */
typedef struct {
  DaisParties *parties;
  DaisParty *party;
  gchar *secret;
} Check;

typedef struct {
  DaisParty *party;
  gchar *address;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_object_unref (opening->party);
  g_free (opening->address);
  g_free (opening);
}

/* It may have gone while a hash was worked out. */
static gboolean
is_kept (DaisParties *self, DaisParty *party)
{
  g_autofree gchar *key = g_ascii_strdown (party->name, -1);

  return g_hash_table_lookup (self->by_name, key) == party;
}

/* error: (nullable): of the check itself */
static void
answer (GTask *task, gboolean is_right, const GError *error)
{
  DaisParties *self = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);

  if (error != NULL) {
    g_task_return_error (task, g_error_copy (error));
  } else if (!is_kept (self, opening->party)) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such room");
  } else if (is_right) {
    /* so that it does not go before its guest comes */
    opening->party->empty_since = g_get_monotonic_time ();
    g_task_return_pointer (task, g_object_ref (opening->party), g_object_unref);
  } else {
    dais_attempts_add (
        self->attempts, opening->address, g_get_monotonic_time ());
    g_task_return_new_error (task, DAIS_ERROR, DAIS_ERROR_DENIED,
        "that is not the password of this room");
  }
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Check *check = data;
  g_autoptr (DaisParties) self = check->parties;
  g_autoptr (DaisParty) party = check->party;
  g_autofree gchar *secret = check->secret;
  g_autofree gchar *key = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_right = dais_passwords_verify_finish (
      DAIS_PASSWORDS (source), result, NULL, &error);

  if (is_right) {
    g_free (party->secret);
    party->secret = g_strdup (secret);
  }
  g_hash_table_steal_extended (
      self->checks, secret, (gpointer *) &key, (gpointer *) &tasks);
  for (guint i = 0; i < tasks->len; i++)
    answer (g_ptr_array_index (tasks, i), is_right, error);
}

static void
verify (DaisParties *self, DaisParty *party, const gchar *password,
    gchar *secret, GTask *task) /* secret, task: (transfer full) */
{
  GPtrArray *tasks = g_hash_table_lookup (self->checks, secret);
  Check *check = NULL;

  if (tasks != NULL) {
    g_ptr_array_add (tasks, task);
    g_free (secret);
    return;
  }

  tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (tasks, task);
  g_hash_table_insert (self->checks, g_strdup (secret), tasks);
  check = g_new0 (Check, 1);
  check->parties = g_object_ref (self);
  check->party = g_object_ref (party);
  check->secret = secret;
  dais_passwords_verify_async (
      dais_callers_get_passwords (dais_house_get_callers (self->house)),
      party->hash, password, NULL, on_verified, check);
}

/**
 * dais_parties_open_async:
 * @self: the parties
 * @caller: who asks
 * @address: the peer's
 * @name: of a party
 * @password: as it was given
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when the password was checked
 * @user_data: data for @callback
 *
 * A hash is worked out only until the right password was given once; from then
 * on, and after its creation, a party knows it by a keyed digest.
 *
 * Errors: %DAIS_ERROR_NOT_FOUND, %DAIS_ERROR_DENIED, %DAIS_ERROR_LIMITED.
 */
void
dais_parties_open_async (DaisParties *self, DaisCaller *caller,
    const gchar *address, const gchar *name, const gchar *password,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  DaisParty *party = find (self, caller, name);
  Opening *opening = NULL;
  g_autofree gchar *secret = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_parties_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!dais_attempts_check (
          self->attempts, address, g_get_monotonic_time (), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (party == NULL) {
    g_task_return_new_error (
        task, DAIS_ERROR, DAIS_ERROR_NOT_FOUND, "there is no such room");
    return;
  }

  opening = g_new0 (Opening, 1);
  opening->party = g_object_ref (party);
  opening->address = g_strdup (address);
  g_task_set_task_data (task, opening, opening_free);
  secret = make_secret (self, party->name, password);
  if (party->secret != NULL)
    answer (task, is_same_secret (party->secret, secret), NULL);
  else
    verify (self, party, password, g_steal_pointer (&secret),
        g_steal_pointer (&task));
}

/**
 * dais_parties_open_finish:
 * @self: the parties
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the party
 */
DaisParty *
dais_parties_open_finish (
    DaisParties *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
