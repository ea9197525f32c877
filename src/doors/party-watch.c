/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "core/json-reader.h"
#include "doors/party-socket-private.h"

#include <string.h>

/* Events of those who are in a party. */

/* Keys that say where the video stands; the first two are always sent. */
static const gchar *const TIME_KEYS[] = { "time", "skipToTime", "currTime" };

/* The value of a slice, when it is a number. */
static gboolean
read_number (const gchar *slice, gdouble *number)
{
  if (slice == NULL || (*slice != '-' && !g_ascii_isdigit (*slice)))
    return FALSE;
  *number = g_ascii_strtod (slice, NULL);

  return TRUE;
}

/* Where the client says that the video stands. (transfer full) (nullable) */
static gchar *
get_time (const DaisSioEvent *event)
{
  gchar *time = NULL;

  for (guint i = 0; time == NULL && i < G_N_ELEMENTS (TIME_KEYS); i++)
    time = dais_socketio_get_slice (event, TIME_KEYS[i]);

  return time;
}

/* All members of the client's object, then the name. */
static gchar *
make_play (DaisVisitor *visitor, const DaisSioEvent *event, JsonObject *object)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autoptr (GList) members = json_object_get_members (object);

  dais_json_writer_begin_object (writer);
  for (GList *member = members; member != NULL; member = member->next) {
    g_autofree gchar *slice = NULL;

    if (g_str_equal (member->data, "username"))
      continue;
    slice = dais_socketio_get_slice (event, member->data);
    if (slice != NULL)
      dais_json_writer_name_raw (writer, member->data, slice);
  }
  dais_json_writer_name_string (
      writer, "username", dais_party_guest_get_name (visitor->guest));
  dais_json_writer_end_object (writer);

  return dais_json_writer_steal (writer);
}

static void
handle_play (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  g_autofree gchar *time = object != NULL ? get_time (event) : NULL;
  g_autofree gchar *args = NULL;
  gdouble position = 0;

  if (read_number (time, &position))
    dais_party_seek (visitor->group->party, position);
  dais_party_play (visitor->group->party);
  args = object != NULL ? make_play (visitor, event, object)
                        : dais_party_make_username (visitor);
  dais_party_tell_all (
      visitor->group, visitor->is_later ? visitor : NULL, "play", args);
}

static void
handle_pause (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *time = NULL;
  g_autofree gchar *args = NULL;
  gdouble position = 0;

  if (object != NULL)
    time = dais_socketio_get_slice (event, "pausedtime");
  if (object != NULL && time == NULL)
    time = dais_socketio_get_slice (event, "pausedTime");

  dais_party_pause (visitor->group->party);
  if (read_number (time, &position))
    dais_party_seek (visitor->group->party, position);
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_raw (
      writer, "pausedtime", time != NULL ? time : "null");
  dais_json_writer_name_string (
      writer, "username", dais_party_guest_get_name (visitor->guest));
  dais_json_writer_end_object (writer);
  args = dais_json_writer_steal (writer);
  dais_party_tell_all (
      visitor->group, visitor->is_later ? visitor : NULL, "pause", args);
}

static void
handle_video_change (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  g_autofree gchar *video = NULL;
  g_autofree gchar *args = NULL;

  if (object != NULL)
    video = dais_socketio_get_slice (event, "videoUrl");
  if (video == NULL || !dais_party_set_video (visitor->group->party, video))
    return;

  args = dais_party_make_video (
      video, dais_party_guest_get_name (visitor->guest));
  dais_party_tell_all (visitor->group, NULL, "videoChange", args);
}

/* The client's object as it is, with both keys in it that clients look for. */
static gchar *
complete_times (const gchar *object, const gchar *time)
{
  g_autofree gchar *present = dais_json_member_slice (object, -1, TIME_KEYS[0]);
  g_autofree gchar *later = dais_json_member_slice (object, -1, TIME_KEYS[1]);
  g_autoptr (GString) text = NULL;

  if (time == NULL || (present != NULL && later != NULL))
    return g_strdup (object);

  text = g_string_new (object);
  g_string_truncate (text, (gsize) (strrchr (text->str, '}') - text->str));
  if (present == NULL)
    g_string_append_printf (text, ",\"%s\":%s", TIME_KEYS[0], time);
  if (later == NULL)
    g_string_append_printf (text, ",\"%s\":%s", TIME_KEYS[1], time);
  g_string_append_c (text, '}');

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* skipTo, and currentTime, which is what requestTime asked for. */
static void
handle_skip_to (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  g_autofree gchar *time = NULL;
  g_autofree gchar *args = NULL;
  gdouble position = 0;

  if (object == NULL)
    return;

  time = get_time (event);
  if (read_number (time, &position))
    dais_party_seek (visitor->group->party, position);
  args = complete_times (g_ptr_array_index (event->args, 0), time);
  dais_party_tell_all (visitor->group, NULL, "skipTo", args);
}

static void
handle_request_video_info (DaisVisitor *visitor, const DaisSioEvent *event)
{
  dais_party_ask_for_time (visitor);
}

/* It is shown when it is on disk. */
static void
handle_send_message (DaisVisitor *visitor, const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);
  const gchar *content = dais_socketio_get_text (object, "content");
  g_autofree gchar *video_time = NULL;
  g_autofree gchar *extra = NULL;

  if (content == NULL)
    return;

  video_time = dais_socketio_get_slice (event, "videoTime");
  if (video_time != NULL && strlen (video_time) <= DAIS_PARTY_MAX_VIDEO) {
    g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();

    dais_json_writer_begin_object (writer);
    dais_json_writer_name_raw (writer, "videoTime", video_time);
    dais_json_writer_end_object (writer);
    extra = dais_json_writer_steal (writer);
  }
  dais_party_say (visitor->group->party, visitor->guest, content, extra);
}

static const struct {
  const gchar *name;
  void (*handle) (DaisVisitor *visitor, const DaisSioEvent *event);
} HANDLERS[] = {
  { "play", handle_play },
  { "pause", handle_pause },
  { "videoChange", handle_video_change },
  { "skipTo", handle_skip_to },
  { "currentTime", handle_skip_to },
  { "requestVideoInfo", handle_request_video_info },
  { "sendMessage", handle_send_message },
};

/**
 * dais_party_watch_knows:
 * @event: a name
 *
 * Returns: whether it is one of those in a party
 */
gboolean
dais_party_watch_knows (const gchar *event)
{
  for (guint i = 0; i < G_N_ELEMENTS (HANDLERS); i++)
    if (g_str_equal (HANDLERS[i].name, event))
      return TRUE;

  return FALSE;
}

/**
 * dais_party_watch_handle:
 * @visitor: who is in a party
 * @event: one that dais_party_watch_knows()
 */
void
dais_party_watch_handle (DaisVisitor *visitor, const DaisSioEvent *event)
{
  for (guint i = 0; i < G_N_ELEMENTS (HANDLERS); i++)
    if (g_str_equal (HANDLERS[i].name, event->name))
      HANDLERS[i].handle (visitor, event);
}

/**
 * dais_party_watch_is_later:
 * @event: an event
 *
 * Contracts README §3: later browser clients give themselves away by what they
 * send, and must not hear their own play and pause.
 *
 * Returns: whether only they send it
 */
gboolean
dais_party_watch_is_later (const DaisSioEvent *event)
{
  g_autoptr (JsonObject) object = dais_socketio_get_object (event);

  if (g_str_equal (event->name, "requestVideoInfo"))
    return TRUE;
  if (object == NULL)
    return FALSE;

  return g_str_equal (event->name, "play") ||
      json_object_has_member (object, "currTime") ||
      json_object_has_member (object, "skipToTime");
}
