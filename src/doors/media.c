/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-doors"

#include "config.h"

#include "doors/media.h"

#include "core/slug.h"
#include "doors/venue-private.h"
#include "service/media.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a viewer waits for an engine before it is told to come back. */
#define PATIENCE_US (2 * G_USEC_PER_SEC)
#define RETRY_MS    50

static const struct {
  const gchar *output;
  const gchar *content_type;
} OUTPUTS[] = {
  { "webm", "video/webm" },
  { "mjpg", "multipart/x-mixed-replace; boundary=dais" },
  { "jpg", "image/jpeg" },
};

/* What the path asks for. */
typedef struct {
  gboolean mixed;
  gchar *slug;
  const gchar *output;
  const gchar *content_type;
} Picture;

static void
picture_clear (Picture *self)
{
  g_clear_pointer (&self->slug, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

/* "<slug>.<output>", nothing else: what is no slug never leaves this function,
 * so that no path trick reaches a file or a socket path. */
static gboolean
read_picture (DaisRequest *request, gboolean mixed, Picture *picture)
{
  const gchar *file = dais_request_get_param (request, "file");
  const gchar *dot = strrchr (file, '.');

  picture->mixed = mixed;
  if (dot == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (OUTPUTS); i++) {
    if (g_str_equal (dot + 1, OUTPUTS[i].output)) {
      picture->output = OUTPUTS[i].output;
      picture->content_type = OUTPUTS[i].content_type;
    }
  }

  picture->slug = g_strndup (file, (gsize) (dot - file));
  return picture->output != NULL && dais_slug_is_valid (picture->slug);
}

/* A token that the request names must hold; a session cookie that has run out
 * only means nobody. (transfer full) (nullable) */
static DaisCaller *
find_caller (DaisHouse *house, DaisRequest *request)
{
  DaisCallers *callers = dais_house_get_callers (house);
  DaisCaller *caller = NULL;

  if (dais_request_get_token (request) != NULL)
    return dais_venue_caller (house, request);

  caller = dais_callers_authenticate (
      callers, dais_venue_token (request), NULL);
  return caller != NULL
      ? caller
      : dais_caller_ref (dais_callers_get_anonymous (callers));
}

/* The viewer's socket again, to tell it when no engine took it. */
typedef struct {
  gint fd;
  gchar *head;
} Fallback;

static void
fallback_free (Fallback *self)
{
  close (self->fd);
  g_free (self->head);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fallback, fallback_free)

static void
write_unavailable (Fallback *self, const gchar *message)
{
  g_autofree gchar *body = dais_venue_error_json (message);
  g_autofree gchar *answer = g_strdup_printf (
      "HTTP/1.1 503 Service Unavailable\r\n"
      "Content-Type: application/json\r\n"
      "Content-Length: %zu\r\n"
      "Retry-After: 1\r\n"
      "Connection: close\r\n%s\r\n%s",
      strlen (body), self->head, body);

  /* A fresh socket's buffer takes this whole; if not, nobody is listening. */
  if (send (self->fd, answer, strlen (answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    g_debug ("a viewer left before it could be told: %s", g_strerror (errno));
  shutdown (self->fd, SHUT_WR);
}

static void
on_viewer_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Fallback) fallback = user_data;
  g_autoptr (GError) error = NULL;

  if (!dais_media_add_viewer_finish (DAIS_HOUSE (source), result, &error))
    write_unavailable (fallback, error->message);
}

/* output: picture->output, or the same with "+ws" */
static void
hand_over (DaisHouse *house, DaisRequest *request, const Picture *picture,
    const gchar *output)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *head = dais_request_get_response_head (request);
  Fallback *fallback = NULL;
  gint fd = -1;

  if (!dais_request_steal_fd (request, &fd, &error)) {
    g_warning ("a viewer's socket could not be taken over: %s", error->message);
    return;
  }

  fallback = g_new0 (Fallback, 1);
  fallback->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  fallback->head = g_steal_pointer (&head);
  dais_media_add_viewer_async (house, picture->mixed, picture->slug, output, fd,
      fallback->head, NULL, on_viewer_added, fallback);
}

/* One viewer who wants in. */
typedef struct {
  DaisHouse *house;
  DaisRequest *request;
  DaisCaller *caller;
  Picture picture;
  gboolean is_socket; /* a WebSocket, the stream as binary messages */
  gint64 patience_us; /* until when it waits for an engine, monotonic */
} Visit;

static void
visit_free (Visit *self)
{
  picture_clear (&self->picture);
  g_clear_pointer (&self->caller, dais_caller_unref);
  g_clear_object (&self->request);
  g_clear_object (&self->house);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Visit, visit_free)

/* Returns: FALSE while its engine is starting and there is patience left */
static gboolean
let_in (Visit *self)
{
  const Picture *picture = &self->picture;
  g_autoptr (GError) error = NULL;

  if (!dais_media_check (self->house, self->caller, picture->mixed,
          picture->slug, picture->output, &error)) {
    if (g_error_matches (error, DAIS_ERROR, DAIS_ERROR_UNAVAILABLE) &&
        g_get_monotonic_time () < self->patience_us)
      return FALSE;
    dais_venue_fail (self->request, g_steal_pointer (&error));
    return TRUE;
  }

  dais_request_add_header (self->request, "Cache-Control", "no-store");
  if (dais_request_is_head (self->request)) {
    dais_request_respond (self->request, 200, picture->content_type, NULL);
  } else if (!self->is_socket) {
    hand_over (self->house, self->request, picture, picture->output);
  } else if (dais_request_shake_hands (self->request)) {
    g_autofree gchar *output = g_strconcat (picture->output, "+ws", NULL);

    hand_over (self->house, self->request, picture, output);
  }
  return TRUE;
}

static gboolean
on_try_again (gpointer user_data)
{
  Visit *self = user_data;

  if (g_cancellable_is_cancelled (dais_request_get_cancellable (self->request)))
    return G_SOURCE_REMOVE;

  return let_in (self) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* Sockets carry the same streams: a browser opens six plain connections to a
 * server but hundreds of those, and a mixer's page shows many pictures.
 *
 * An engine that has just been made, or that died this moment, is there again
 * within a second: a <video> element would take a 503 for the end. */
static void
serve (
    DaisHouse *house, DaisRequest *request, gboolean mixed, gboolean is_socket)
{
  g_autoptr (Visit) visit = g_new0 (Visit, 1);

  visit->house = g_object_ref (house);
  visit->request = g_object_ref (request);
  visit->caller = find_caller (house, request);
  visit->is_socket = is_socket;
  visit->patience_us = g_get_monotonic_time () + PATIENCE_US;
  if (visit->caller == NULL)
    return;

  if (!read_picture (request, mixed, &visit->picture))
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
            "no such picture; there are <slug>.webm, .mjpg and .jpg"));
  else if (is_socket && g_str_equal (visit->picture.output, "jpg"))
    dais_venue_fail (request,
        g_error_new (DAIS_ERROR, DAIS_ERROR_NOT_FOUND,
            "a snapshot is no stream; there are <slug>.webm and .mjpg"));
  else if (!let_in (visit))
    g_timeout_add_full (G_PRIORITY_DEFAULT, RETRY_MS, on_try_again,
        g_steal_pointer (&visit), (GDestroyNotify) visit_free);
}

static void
on_get_raw (DaisRequest *request, gpointer user_data)
{
  serve (user_data, request, FALSE, FALSE);
}

static void
on_get_mixed (DaisRequest *request, gpointer user_data)
{
  serve (user_data, request, TRUE, FALSE);
}

static void
on_socket_raw (DaisRequest *request, gpointer user_data)
{
  serve (user_data, request, FALSE, TRUE);
}

static void
on_socket_mixed (DaisRequest *request, gpointer user_data)
{
  serve (user_data, request, TRUE, TRUE);
}

/**
 * dais_media_door_install:
 * @server: the server to add the routes to
 * @house: the venue; must stay valid as long as @server runs
 *
 * The pictures and sounds themselves (contracts README §2). The daemon reads
 * the request and checks who asks; the engine writes the answer.
 */
void
dais_media_door_install (DaisServer *server, DaisHouse *house)
{
  dais_server_add_route (
      server, "GET", "/streaming/<file>", 0, on_get_raw, house);
  dais_server_add_route (
      server, "GET", "/streaming/mixed/<file>", 0, on_get_mixed, house);
  dais_server_add_route (
      server, "WEBSOCKET", "/streaming/<file>", 0, on_socket_raw, house);
  dais_server_add_route (server, "WEBSOCKET", "/streaming/mixed/<file>", 0,
      on_socket_mixed, house);
}
