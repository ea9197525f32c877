/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "core/time-format.h"
#include "doors/party-socket-private.h"

#include <string.h>

/* Groups of sockets; a socket's id has no ":". */
#define PARTY_GROUP "party:%s"
/* Events of one client while its password is being checked. */
#define MAX_WAITING 64
/* Arguments of one event. A message may carry a picture to the help desk, but
 * what is relayed at that size would put everybody else out of the party. */
#define MAX_EVENT_BYTES 65536

/* An event that waits its turn. */
typedef struct {
  gchar *name;
  GPtrArray *args;
} PartyEvent;

static void
party_event_free (PartyEvent *self)
{
  g_free (self->name);
  g_ptr_array_unref (self->args);
  g_free (self);
}

/* ---- telling ---- */

static void
tell (DaisVisitor *visitor, const gchar *event, const gchar *args)
{
  dais_sio_socket_emit (visitor->socket, event, args);
}

/**
 * dais_party_tell_all:
 * @group: a party
 * @except: (nullable): who does not hear it
 * @event: its name
 * @args: (nullable): JSON
 */
void
dais_party_tell_all (DaisPartyGroup *group, DaisVisitor *except,
    const gchar *event, const gchar *args)
{
  dais_sio_namespace_emit (group->door->space, group->name,
      except != NULL ? except->socket : NULL, event, args);
}

static const gchar *
get_name (DaisVisitor *visitor)
{
  return dais_party_guest_get_name (visitor->guest);
}

/**
 * dais_party_make_username:
 * @visitor: somebody in a party
 *
 * Returns: (transfer full): JSON {"username"}
 */
gchar *
dais_party_make_username (DaisVisitor *visitor)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "username", get_name (visitor));
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal (writer);
}

/**
 * dais_party_make_video:
 * @video: JSON
 * @name: (nullable): who changed it; %NULL when the server tells the present
 * one
 *
 * Returns: (transfer full): JSON of a videoChange
 */
gchar *
dais_party_make_video (const gchar *video, const gchar *name)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

  dais_json_writer_begin_object (writer);
  dais_json_writer_name_raw (writer, "videoUrl", video);
  dais_json_writer_name_string (writer, "username", name);
  dais_json_writer_name (writer, "skipTo");
  dais_json_writer_null (writer);
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal (writer);
}

/* ---- groups ---- */

static void
leave (DaisVisitor *visitor)
{
  DaisPartyGroup *group = visitor->group;
  g_autofree gchar *args = NULL;

  if (group == NULL)
    return;

  args = dais_party_make_username (visitor);
  visitor->group = NULL;
  dais_party_leave (group->party, g_steal_pointer (&visitor->guest));
  dais_sio_socket_leave (visitor->socket, group->name);
  dais_socketio_keep (visitor);
  dais_party_tell_all (group, visitor, "userLeft", args);
  if (--group->n_guests == 0)
    g_hash_table_remove (group->door->parties, group->party);
}

static void
on_said (DaisParty *party, const DaisMessage *message, DaisPartyGuest *by,
    DaisPartyGroup *group)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *time = dais_time_iso_ms (message->created);
  g_autofree gchar *video_time = NULL;
  g_autofree gchar *args = NULL;

  if (message->extra != NULL)
    video_time = dais_json_member_slice (message->extra, -1, "videoTime");
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_string (writer, "content", message->text);
  dais_json_writer_name_raw (
      writer, "videoTime", video_time != NULL ? video_time : "null");
  dais_json_writer_name_string (writer, "username", message->user);
  dais_json_writer_name_string (writer, "timeStamp", time);
  dais_json_writer_end_object (writer);
  args = dais_json_writer_steal (writer);
  dais_party_tell_all (group,
      by != NULL ? dais_party_guest_get_data (by) : NULL, "receivedMessage",
      args);
}

static void
on_removed (DaisParty *party, DaisPartyGroup *group)
{
  g_autoptr (GPtrArray) sockets = dais_sio_namespace_get_sockets (
      group->door->space, group->name);

  for (guint i = 0; i < sockets->len; i++)
    leave (dais_sio_socket_get_data (g_ptr_array_index (sockets, i)));
}

static void
on_dismissed (DaisParty *party, DaisPartyGuest *guest, DaisPartyGroup *group)
{
  leave (dais_party_guest_get_data (guest));
}

static void
group_free (gpointer data)
{
  DaisPartyGroup *group = data;

  g_signal_handlers_disconnect_by_data (group->party, group);
  g_object_unref (group->party);
  g_free (group->name);
  g_free (group);
}

static DaisPartyGroup *
get_group (DaisSocketioDoor *self, DaisParty *party)
{
  DaisPartyGroup *group = g_hash_table_lookup (self->parties, party);

  if (group != NULL)
    return group;

  group = g_new0 (DaisPartyGroup, 1);
  group->door = self;
  group->party = g_object_ref (party);
  group->name = g_strdup_printf (PARTY_GROUP, dais_party_get_name (party));
  g_signal_connect (party, "said", G_CALLBACK (on_said), group);
  g_signal_connect (party, "removed", G_CALLBACK (on_removed), group);
  g_signal_connect (party, "dismissed", G_CALLBACK (on_dismissed), group);
  g_hash_table_insert (self->parties, party, group);

  return group;
}

/* ---- joining ---- */

/* One who asks to be let in. */
typedef struct {
  DaisSioSocket *socket; /* owned */
  gchar *roomname;       /* (nullable) JSON as sent */
  gchar *roompass;       /* (nullable) JSON as sent */
  gchar *username;       /* (nullable) */
} Joining;

static void
joining_free (Joining *self)
{
  dais_sio_socket_unref (self->socket);
  g_free (self->roomname);
  g_free (self->roompass);
  g_free (self->username);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Joining, joining_free)

static void
refuse (const Joining *joining)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *args = NULL;

  dais_json_writer_begin_object (writer);
  if (joining->roomname != NULL)
    dais_json_writer_name_raw (writer, "roomname", joining->roomname);
  if (joining->roompass != NULL)
    dais_json_writer_name_raw (writer, "roompass", joining->roompass);
  dais_json_writer_end_object (writer);
  args = dais_json_writer_steal (writer);
  dais_sio_socket_emit (joining->socket, "joinError", args);
}

/**
 * dais_party_ask_for_time:
 * @visitor: somebody in a party
 *
 * Asks who is there longest where the video stands.
 */
void
dais_party_ask_for_time (DaisVisitor *visitor)
{
  DaisPartyGuest *other = dais_party_get_longest (
      visitor->group->party, visitor->guest);

  if (other != NULL)
    tell (dais_party_guest_get_data (other), "requestTime", NULL);
}

/* What the newcomer must know to watch along. */
static void
bring_up (DaisVisitor *visitor)
{
  DaisParty *party = visitor->group->party;
  g_autofree gchar *video = dais_party_get_video (
      party, dais_sio_socket_get_base_url (visitor->socket));
  g_autofree gchar *video_args = dais_party_make_video (video, NULL);
  gdouble position = 0;

  tell (visitor, "videoChange", video_args);
  if (dais_party_get_position (party, &position)) {
    g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
    g_autofree gchar *args = NULL;

    dais_json_writer_begin_object (writer);
    dais_json_writer_name_double (writer, "time", position);
    dais_json_writer_name_double (writer, "skipToTime", position);
    dais_json_writer_end_object (writer);
    args = dais_json_writer_steal (writer);
    tell (visitor, "skipTo", args);
  }
  dais_party_ask_for_time (visitor);
}

static void
take_seat (DaisVisitor *visitor, DaisParty *party, const gchar *username)
{
  visitor->group = get_group (visitor->door, party);
  visitor->group->n_guests++;
  visitor->guest = dais_party_enter (party, visitor->caller, username, visitor);
  dais_sio_socket_join (visitor->socket, visitor->group->name);
}

static void
enter (DaisVisitor *visitor, DaisParty *party, const gchar *username)
{
  g_autofree gchar *args = NULL;

  leave (visitor);
  take_seat (visitor, party, username);
  dais_socketio_keep (visitor);

  tell (visitor, "joinSuccess", NULL);
  args = dais_party_make_username (visitor);
  dais_party_tell_all (visitor->group, NULL, "userJoined", args);
  bring_up (visitor);
}

static void handle_event (DaisVisitor *visitor, const DaisSioEvent *event);

/* What came while the password was being checked, until the next one is. */
static void
catch_up (DaisVisitor *visitor)
{
  while (!visitor->is_joining && !g_queue_is_empty (&visitor->waiting)) {
    PartyEvent *waiting = g_queue_pop_head (&visitor->waiting);
    DaisSioEvent event = {
      .name = waiting->name, .args = waiting->args, .ack_id = -1
    };

    handle_event (visitor, &event);
    party_event_free (waiting);
  }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Joining) joining = user_data;
  DaisVisitor *visitor = dais_sio_socket_get_data (joining->socket);
  g_autoptr (DaisParty) party = dais_parties_open_finish (
      DAIS_PARTIES (source), result, NULL);

  visitor->is_joining = FALSE;
  if (!dais_sio_socket_is_connected (joining->socket))
    return;

  if (party != NULL)
    enter (visitor, party, joining->username);
  else
    refuse (joining);
  catch_up (visitor);
}

static void
handle_join (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  g_autoptr (Joining) joining = g_new0 (Joining, 1);
  const gchar *name = dais_socketio_get_text (object, "roomname");
  const gchar *password = dais_socketio_get_text (object, "roompass");

  joining->socket = dais_sio_socket_ref (visitor->socket);
  joining->username = g_strdup (dais_socketio_get_text (object, "username"));
  if (object != NULL) {
    joining->roomname = dais_socketio_get_slice (event, "roomname");
    joining->roompass = dais_socketio_get_slice (event, "roompass");
  }
  if (name == NULL || password == NULL) {
    refuse (joining);
    return;
  }

  visitor->is_joining = TRUE;
  dais_parties_open_async (dais_house_get_parties (visitor->door->house),
      visitor->caller, dais_sio_socket_get_address (visitor->socket), name,
      password, NULL, on_opened, g_steal_pointer (&joining));
}

/* ---- events ---- */

static gboolean
is_join (const DaisSioEvent *event)
{
  return g_str_equal (event->name, "join");
}

/* Outside a party there is nothing but joining one. */
static void
handle_event (DaisVisitor *visitor, const DaisSioEvent *event)
{
  if (!visitor->is_later && dais_party_watch_is_later (event)) {
    visitor->is_later = TRUE;
    dais_socketio_keep (visitor);
  }

  if (is_join (event))
    handle_join (visitor, event);
  else if (visitor->group != NULL)
    dais_party_watch_handle (visitor, event);
}

static void
wait_its_turn (DaisVisitor *visitor, const DaisSioEvent *event)
{
  PartyEvent *waiting = NULL;

  if (g_queue_get_length (&visitor->waiting) >= MAX_WAITING)
    return;

  waiting = g_new0 (PartyEvent, 1);
  waiting->name = g_strdup (event->name);
  waiting->args = g_ptr_array_ref (event->args);
  g_queue_push_tail (&visitor->waiting, waiting);
}

static gboolean
is_too_large (const DaisSioEvent *event)
{
  gsize size = 0;

  for (guint i = 0; i < event->args->len; i++)
    size += strlen (g_ptr_array_index (event->args, i));

  return size > MAX_EVENT_BYTES;
}

/**
 * dais_party_sockets_handle:
 * @visitor: who sent it
 * @event: an event
 *
 * Contracts README §3, events. Outside a party all but join are ignored, and
 * so is what is too large to be one.
 *
 * Returns: whether it is one of a party's
 */
gboolean
dais_party_sockets_handle (DaisVisitor *visitor, const DaisSioEvent *event)
{
  if (!is_join (event) && !dais_party_watch_knows (event->name))
    return FALSE;

  if (is_too_large (event))
    return TRUE;
  if (visitor->is_joining)
    wait_its_turn (visitor, event);
  else
    handle_event (visitor, event);

  return TRUE;
}

/**
 * dais_party_sockets_recovered:
 * @visitor: who has come back after a lost connection
 * @name: of the party that the visitor was in
 * @username: there
 *
 * The others were told that the visitor left. The visitor has been told what
 * happened since, and needs to hear no more than that.
 */
void
dais_party_sockets_recovered (
    DaisVisitor *visitor, const gchar *name, const gchar *username)
{
  DaisParty *party = dais_parties_find (
      dais_house_get_parties (visitor->door->house), visitor->caller, name);
  g_autofree gchar *args = NULL;

  if (party == NULL)
    return;

  take_seat (visitor, party, username);
  args = dais_party_make_username (visitor);
  dais_party_tell_all (visitor->group, visitor, "userJoined", args);
}

/**
 * dais_party_sockets_get_place:
 * @visitor: a visitor
 * @username: (out) (transfer none) (optional): the visitor's name there
 *
 * Returns: (nullable): the name of the party that the visitor is in
 */
const gchar *
dais_party_sockets_get_place (DaisVisitor *visitor, const gchar **username)
{
  if (visitor->group == NULL)
    return NULL;
  *username = get_name (visitor);

  return dais_party_get_name (visitor->group->party);
}

/**
 * dais_party_sockets_disconnected:
 * @visitor: who has gone
 */
void
dais_party_sockets_disconnected (DaisVisitor *visitor)
{
  g_queue_clear_full (&visitor->waiting, (GDestroyNotify) party_event_free);
  leave (visitor);
}

/**
 * dais_party_sockets_install:
 * @self: the door
 */
void
dais_party_sockets_install (DaisSocketioDoor *self)
{
  self->parties = g_hash_table_new_full (NULL, NULL, NULL, group_free);
}

/**
 * dais_party_sockets_close:
 * @self: the door, without sockets
 */
void
dais_party_sockets_close (DaisSocketioDoor *self)
{
  g_clear_pointer (&self->parties, g_hash_table_unref);
}
