/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/members.h"

#include "core/error.h"
#include "core/random-id.h"
#include "core/slug.h"
#include "model/room.h"
#include "service/house-private.h"
#include "service/room-list.h"
#include "store/members.h"
#include "store/rooms.h"

static gboolean
fail_unknown (const gchar *id, GError **error)
{
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
      "there is no room '%s' for you", id);
  return FALSE;
}

/**
 * dais_members_list:
 * @house: the house
 * @caller: a user
 * @error: return location
 *
 * Returns: (transfer full) (element-type DaisMemberRoom) (nullable): the rooms
 *   that the caller made or is invited to, the oldest first
 */
GPtrArray *
dais_members_list (DaisHouse *house, DaisCaller *caller, GError **error)
{
  return dais_member_rooms_of_user (
      dais_house_get_store (house), dais_caller_get_user_id (caller), error);
}

/**
 * dais_members_get:
 * @house: the house
 * @caller: a user
 * @id: the room's hex24
 * @error: return location; %DAIS_ERROR_NOT_FOUND
 *
 * Returns: (transfer full) (nullable): the room with its members, when the
 *   caller made it or is invited
 */
DaisMemberRoom *
dais_members_get (
    DaisHouse *house, DaisCaller *caller, const gchar *id, GError **error)
{
  DaisStore *store = dais_house_get_store (house);
  GError *failure = NULL;
  g_autoptr (DaisMemberRoom) room = dais_member_rooms_get (
      store, id, dais_caller_get_user_id (caller), &failure);

  if (room != NULL) {
    room->invited = dais_invites_of_room (store, room->id, &failure);
    if (failure == NULL)
      room->joined = dais_joined_of_room (store, room->id, &failure);
  }
  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (room == NULL)
    fail_unknown (id, error);

  return g_steal_pointer (&room);
}

/**
 * dais_members_get_current:
 * @house: the house
 * @caller: a user
 * @error: return location
 *
 * Returns: (transfer full) (nullable): hex24 of the room that the caller is in
 */
gchar *
dais_members_get_current (DaisHouse *house, DaisCaller *caller, GError **error)
{
  return dais_joined_by_user (
      dais_house_get_store (house), dais_caller_get_user_id (caller), error);
}

/* A change on its way to the disk. */
typedef struct {
  DaisMembersAction action;
  DaisCaller *caller;
  gint64 user;
  gint64 now;
  gchar *id;
  gchar *title; /* (nullable) */
  gchar **users;
  gint64 room; /* the store's number, once it is known */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  dais_caller_unref (change->caller);
  g_free (change->id);
  g_free (change->title);
  g_strfreev (change->users);
  g_free (change);
}

static gboolean
write_create (DaisWriter *writer, Change *change, GError **error)
{
  DaisRoomRow row = {
    .hex24 = change->id,
    .url_name = change->id,
    .name = change->id,
    .created = change->now,
    .creator = change->user,
    .facets = DAIS_FACET_MEMBERS | DAIS_FACET_CHAT | DAIS_FACET_PLAYER,
  };
  gint64 n = dais_member_rooms_count (writer, change->user, error);

  if (n < 0 || !dais_writer_check_space (writer, error))
    return FALSE;
  if (n >= DAIS_MEMBERS_MAX_ROOMS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
        "you have made %d rooms already", DAIS_MEMBERS_MAX_ROOMS);
    return FALSE;
  }
  if (!dais_room_rows_insert (writer, &row, error))
    return FALSE;
  change->room = row.id;

  return dais_member_rooms_put_title (writer, row.id, change->title, error);
}

static gboolean
write_users (DaisWriter *writer, Change *change, GError **error)
{
  for (guint i = 0; change->users[i] != NULL; i++)
    if (!(change->action == DAIS_MEMBERS_INVITE
                ? dais_invites_add (
                      writer, change->room, change->users[i], error)
                : dais_invites_remove (
                      writer, change->room, change->users[i], error)))
      return FALSE;

  return TRUE;
}

static gboolean
write_join (DaisWriter *writer, Change *change,
    const DaisMembership *membership, GError **error)
{
  if (membership->joined == membership->room) {
    g_set_error (
        error, DAIS_ERROR, DAIS_ERROR_CONFLICT, "you are in it already");
    return FALSE;
  }
  if (membership->joined != 0) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_STALE,
        "you are in another room; leave it first");
    return FALSE;
  }

  return dais_joined_put (
      writer, change->user, change->room, change->now, error);
}

static gboolean
write_leave (DaisWriter *writer, Change *change,
    const DaisMembership *membership, GError **error)
{
  if (membership->joined != membership->room) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_CONFLICT, "you are not in it");
    return FALSE;
  }

  return dais_joined_remove (writer, change->user, error);
}

/* Looks and changes in one step, so that no two clients can both be the first.
 */
static gboolean
write_change (DaisWriter *writer, gpointer data, GError **error)
{
  Change *change = data;
  DaisMembership membership = { 0 };

  if (change->action == DAIS_MEMBERS_CREATE)
    return write_create (writer, change, error);

  if (!dais_membership_get (
          writer, change->id, change->user, &membership, error))
    return FALSE;
  change->room = membership.room;
  if (membership.room == 0 ||
      (!membership.is_creator && !membership.is_invited))
    return fail_unknown (change->id, error);

  if (change->action == DAIS_MEMBERS_JOIN)
    return write_join (writer, change, &membership, error);
  if (change->action == DAIS_MEMBERS_LEAVE)
    return write_leave (writer, change, &membership, error);

  if (!membership.is_creator)
    return fail_unknown (change->id, error);
  if (change->action == DAIS_MEMBERS_RENAME)
    return dais_member_rooms_put_title (
        writer, change->room, change->title, error);

  return write_users (writer, change, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  DaisHouse *house = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);
  DaisMemberRoom *room = NULL;
  GError *error = NULL;

  if (dais_store_submit_finish (DAIS_STORE (source), result, &error)) {
    if (change->action == DAIS_MEMBERS_INVITE ||
        change->action == DAIS_MEMBERS_UNINVITE)
      dais_room_cache_admit_anew (
          dais_rooms_get_cache (dais_house_get_rooms (house)), change->room);
    room = dais_members_get (house, change->caller, change->id, &error);
  }

  if (room != NULL)
    g_task_return_pointer (task, room, (GDestroyNotify) dais_member_room_free);
  else
    g_task_return_error (task, error);
}

static gboolean
check (DaisMembersAction action, DaisCaller *caller, const gchar *title,
    const gchar *const *users, GError **error)
{
  if (dais_caller_get_user_id (caller) == 0) {
    g_set_error (
        error, DAIS_ERROR, DAIS_ERROR_UNAUTHENTICATED, "log in to be a member");
    return FALSE;
  }
  if (users != NULL &&
      g_strv_length ((gchar **) users) > DAIS_MEMBERS_MAX_USERS) {
    g_set_error (error, DAIS_ERROR, DAIS_ERROR_INVALID,
        "at most %d users at once", DAIS_MEMBERS_MAX_USERS);
    return FALSE;
  }

  return (action != DAIS_MEMBERS_CREATE && action != DAIS_MEMBERS_RENAME) ||
      dais_name_check (title, "name", error);
}

/**
 * dais_members_change_async:
 * @house: the house
 * @caller: who wants it, a user
 * @action: what
 * @id: (nullable): the room's hex24; %NULL for a new one
 * @title: (nullable): the room's name
 * @users: (nullable): hex24 of users
 * @cancellable: (nullable): not heeded
 * @callback: (scope async): called when it is on disk
 * @user_data: data for @callback
 *
 * Errors: see members.h.
 */
void
dais_members_change_async (DaisHouse *house, DaisCaller *caller,
    DaisMembersAction action, const gchar *id, const gchar *title,
    const gchar *const *users, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (house, cancellable, callback, user_data);
  Change *change = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, dais_members_change_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!check (action, caller, title, users, &error)) {
    g_task_return_error (task, error);
    return;
  }

  change = g_new0 (Change, 1);
  change->action = action;
  change->caller = dais_caller_ref (caller);
  change->user = dais_caller_get_user_id (caller);
  change->now = g_get_real_time ();
  change->id = id != NULL ? g_strdup (id) : dais_random_hex (12);
  change->title = g_strdup (title);
  change->users = users != NULL ? g_strdupv ((gchar **) users)
                                : g_new0 (gchar *, 1);
  g_task_set_task_data (task, change, change_free);
  dais_store_submit_async (dais_house_get_store (house), write_change, change,
      NULL, NULL, on_written, g_object_ref (task));
}

/**
 * dais_members_change_finish:
 * @house: the house
 * @result: the result handed to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the room as it is now
 */
DaisMemberRoom *
dais_members_change_finish (
    DaisHouse *house, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, house), NULL);
  g_return_val_if_fail (
      g_async_result_is_tagged (result, dais_members_change_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
