/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-net"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "core/random-id.h"
#include "net/socketio/sio-private.h"

static gboolean
is_eio3 (DaisSioClient *self)
{
  return dais_eio_session_get_version (self->session) == 3;
}

/* EIO 4: {"message","data"}; EIO 3: the bare message */
static void
refuse (DaisSioClient *self, const gchar *name, const gchar *message,
    const gchar *data)
{
  g_autoptr (DaisJsonWriter) writer = dais_json_writer_new ();
  g_autofree gchar *json = NULL;

  if (is_eio3 (self)) {
    dais_json_writer_string (writer, message);
  } else {
    dais_json_writer_begin_object (writer);
    dais_json_writer_name_string (writer, "message", message);
    if (data != NULL)
      dais_json_writer_name_raw (writer, "data", data);
    dais_json_writer_end_object (writer);
  }
  json = dais_json_writer_steal (writer);
  dais_sio_client_send_text (self, DAIS_SIO_CONNECT_ERROR, name, json);
}

static void
confirm (DaisSioClient *self, DaisSioSocket *socket)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autofree gchar *json = NULL;

  if (!is_eio3 (self)) {
    writer = dais_json_writer_new ();
    dais_json_writer_begin_object (writer);
    dais_json_writer_name_string (writer, "sid", socket->id);
    if (socket->pid != NULL)
      dais_json_writer_name_string (writer, "pid", socket->pid);
    dais_json_writer_end_object (writer);
    json = dais_json_writer_steal (writer);
  }
  dais_sio_client_send_text (self, DAIS_SIO_CONNECT, socket->space->name, json);
}

/* EIO 3 clients make up their id from the session's (socket.io 2.x). */
static gchar *
make_id (DaisSioClient *self, const gchar *name)
{
  const gchar *session_id = dais_eio_session_get_id (self->session);

  if (!is_eio3 (self))
    return dais_random_base64url (15);
  return g_str_equal (name, "/") ? g_strdup (session_id)
                                 : g_strdup_printf ("%s#%s", name, session_id);
}

/* (nullable): what this client lost and may have back */
static DaisSioLost *
find_lost (DaisSioNamespace *space, const gchar *auth, gchar **offset)
{
  g_autoptr (JsonObject) object = NULL;
  const gchar *pid = NULL;
  const gchar *text = NULL;

  if (space->recovery == NULL || auth == NULL)
    return NULL;
  object = dais_json_parse_object (auth, -1, NULL);
  if (object == NULL || !dais_json_get_string (object, "pid", &pid, NULL) ||
      !dais_json_get_string (object, "offset", &text, NULL) || pid == NULL)
    return NULL;
  *offset = g_strdup (text);
  return dais_sio_recovery_take (space->recovery, pid, text);
}

static DaisSioSocket *
make_socket (DaisSioClient *self, DaisSioNamespace *space, const gchar *auth,
    DaisSioLost **lost, gchar **offset)
{
  g_autofree gchar *id = NULL;
  DaisSioSocket *socket;

  *lost = is_eio3 (self) ? NULL : find_lost (space, auth, offset);
  id = *lost != NULL ? g_strdup ((*lost)->id) : make_id (self, space->name);
  socket = dais_sio_socket_new (self, space, id);
  if (*lost != NULL) {
    socket->is_recovered = TRUE;
    socket->pid = g_strdup ((*lost)->pid);
    socket->kept = g_strdup ((*lost)->kept);
  } else if (space->recovery != NULL && !is_eio3 (self)) {
    socket->pid = dais_random_base64url (15);
  }
  return socket;
}

/* Its owner does not want it back: a socket like any new one. */
static void
renew (DaisSioClient *self, DaisSioSocket *socket, DaisSioLost **lost)
{
  g_clear_pointer (lost, dais_sio_lost_free);
  g_clear_pointer (&socket->kept, g_free);
  g_free (socket->id);
  socket->id = make_id (self, socket->space->name);
  g_free (socket->pid);
  socket->pid = dais_random_base64url (15);
}

/* A client joins a namespace, or is told why not. */
void
dais_sio_client_connect (DaisSioClient *self, const gchar *name,
    const gchar *auth, const gchar *query)
{
  DaisSioNamespace *space = g_hash_table_lookup (
      self->server->namespaces, name);
  g_autoptr (DaisSioSocket) socket = NULL;
  g_autoptr (DaisSioLost) lost = NULL;
  g_autofree gchar *offset = NULL;
  g_autofree gchar *message = NULL;
  g_autofree gchar *data = NULL;

  if (space == NULL) {
    refuse (self, name, "Invalid namespace", NULL);
    return;
  }
  socket = make_socket (self, space, auth, &lost, &offset);
  socket->query = g_strdup (query);
  if (space->callbacks.connecting != NULL &&
      !space->callbacks.connecting (
          socket, auth, &message, &data, space->user_data)) {
    refuse (self, name, message != NULL ? message : "not allowed", data);
    return;
  }
  if (!dais_eio_session_is_open (self->session))
    return;
  if (lost != NULL && !socket->is_recovered)
    renew (self, socket, &lost);
  dais_reactor_stop_timer (self->server->reactor, &self->timer);
  g_hash_table_insert (
      space->sockets, socket->id, dais_sio_socket_ref (socket));
  g_ptr_array_add (self->sockets, dais_sio_socket_ref (socket));
  socket->is_connected = TRUE;
  if (lost != NULL) {
    for (guint i = 0; lost->rooms[i] != NULL; i++)
      dais_sio_socket_join (socket, lost->rooms[i]);
    dais_sio_recovery_replay (space->recovery, lost, offset, self);
  }
  confirm (self, socket);
  if (space->callbacks.connected != NULL)
    space->callbacks.connected (socket, space->user_data);
}
