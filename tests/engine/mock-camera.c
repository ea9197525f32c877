/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "mock-camera.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WIDTH     320
#define HEIGHT    240
#define SIZE      (WIDTH * HEIGHT * 2)
#define SLOT      ((SIZE + 4095) / 4096 * 4096)
#define N_BUFFERS 8
#define FRAME_US  33333
#define STUCK_US  (4 * G_USEC_PER_SEC)

struct _MockCamera {
  UMockdevTestbed *bed;
  UMockdevIoctlBase *handler;
  gchar *node;
  gchar *description;
  gchar *syspath; /* (nullable): not plugged */
  guint8 *memory; /* (nullable): of the node */

  GMutex lock;
  GCond cond;
  /* protected by lock */
  guint8 colour[3];
  gboolean gone, busy, stuck, streaming;
  guint n_buffers;
  guint queue[N_BUFFERS];
  guint n_queued;
  guint sequence;
  gint64 next_us;
};

/* --- what the kernel would answer, with the lock held: 0 or an errno --- */

static int
describe (struct v4l2_capability *answer)
{
  g_strlcpy ((gchar *) answer->driver, "mock", sizeof answer->driver);
  g_strlcpy ((gchar *) answer->card, "Mock Camera", sizeof answer->card);
  g_strlcpy ((gchar *) answer->bus_info, "mock:7", sizeof answer->bus_info);
  answer->version = 0x060000;
  answer->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  answer->capabilities = answer->device_caps | V4L2_CAP_DEVICE_CAPS;
  return 0;
}

static int
list_format (struct v4l2_fmtdesc *answer)
{
  if (answer->index > 0 || answer->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
    return EINVAL;
  answer->pixelformat = V4L2_PIX_FMT_YUYV;
  g_strlcpy ((gchar *) answer->description, "YUYV", sizeof answer->description);
  return 0;
}

static int
list_size (struct v4l2_frmsizeenum *answer)
{
  if (answer->index > 0 || answer->pixel_format != V4L2_PIX_FMT_YUYV)
    return EINVAL;
  answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
  answer->discrete.width = WIDTH;
  answer->discrete.height = HEIGHT;
  return 0;
}

static int
list_interval (struct v4l2_frmivalenum *answer)
{
  if (answer->index > 0)
    return EINVAL;
  answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
  answer->discrete.numerator = 1;
  answer->discrete.denominator = 30;
  return 0;
}

static int
tell_format (struct v4l2_format *answer)
{
  if (answer->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
    return EINVAL;
  memset (&answer->fmt.pix, 0, sizeof answer->fmt.pix);
  answer->fmt.pix.width = WIDTH;
  answer->fmt.pix.height = HEIGHT;
  answer->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
  answer->fmt.pix.field = V4L2_FIELD_NONE;
  answer->fmt.pix.bytesperline = WIDTH * 2;
  answer->fmt.pix.sizeimage = SIZE;
  answer->fmt.pix.colorspace = V4L2_COLORSPACE_REC709;
  return 0;
}

static int
tell_rate (struct v4l2_streamparm *answer)
{
  if (answer->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
    return EINVAL;
  memset (&answer->parm, 0, sizeof answer->parm);
  answer->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
  answer->parm.capture.timeperframe.numerator = 1;
  answer->parm.capture.timeperframe.denominator = 30;
  return 0;
}

static int
make_buffers (MockCamera *self, struct v4l2_requestbuffers *answer)
{
  if (answer->memory != V4L2_MEMORY_MMAP)
    return EINVAL;
  if (self->busy && answer->count > 0)
    return EBUSY;
  answer->count = MIN (answer->count, N_BUFFERS);
  self->n_buffers = answer->count;
  self->n_queued = 0;
  return 0;
}

static int
tell_buffer (MockCamera *self, struct v4l2_buffer *answer)
{
  if (answer->index >= self->n_buffers)
    return EINVAL;
  answer->length = SLOT;
  answer->m.offset = answer->index * SLOT;
  answer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  return 0;
}

static int
queue_buffer (MockCamera *self, struct v4l2_buffer *given)
{
  if (given->index >= self->n_buffers || self->n_queued >= N_BUFFERS)
    return EINVAL;
  self->queue[self->n_queued++] = given->index;
  given->flags |= V4L2_BUF_FLAG_QUEUED;
  return 0;
}

static void
paint (MockCamera *self, guint index)
{
  guint8 *picture = self->memory + index * SLOT;

  for (gsize i = 0; i < SIZE; i += 4) {
    picture[i] = picture[i + 2] = self->colour[0];
    picture[i + 1] = self->colour[1];
    picture[i + 3] = self->colour[2];
  }
}

/* When a picture is there, as the kernel does; a stuck camera's caller gets an
 * error in the end, as nothing else can wake it here. */
static int
take_buffer (MockCamera *self, struct v4l2_buffer *answer)
{
  gint64 now = g_get_monotonic_time ();

  while (self->stuck && !self->gone &&
      g_cond_wait_until (&self->cond, &self->lock, now + STUCK_US))
    ;
  if (self->n_queued == 0 || self->stuck || self->gone || !self->streaming)
    return self->gone ? ENODEV : EIO;
  now = g_get_monotonic_time ();
  if (now < self->next_us)
    g_usleep ((gulong) MIN (self->next_us - now, FRAME_US));
  self->next_us = MAX (self->next_us, now - FRAME_US) + FRAME_US;
  memset (answer, 0, sizeof *answer);
  answer->index = self->queue[0];
  self->n_queued--;
  memmove (self->queue, self->queue + 1, self->n_queued * sizeof (guint));
  paint (self, answer->index);
  tell_buffer (self, answer);
  answer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  answer->memory = V4L2_MEMORY_MMAP;
  answer->bytesused = SIZE;
  answer->field = V4L2_FIELD_NONE;
  answer->sequence = self->sequence++;
  answer->flags |= V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE;
  now = g_get_monotonic_time ();
  answer->timestamp.tv_sec = now / G_USEC_PER_SEC;
  answer->timestamp.tv_usec = now % G_USEC_PER_SEC;
  return 0;
}

static int
begin (MockCamera *self, gboolean streaming)
{
  self->streaming = streaming;
  self->next_us = g_get_monotonic_time () + FRAME_US;
  if (!streaming)
    self->n_queued = 0;
  return 0;
}

static int
answer (MockCamera *self, gulong request, gpointer data)
{
  if (self->gone)
    return ENODEV;
  switch (request) {
    case VIDIOC_QUERYCAP:
      return describe (data);
    case VIDIOC_ENUM_FMT:
      return list_format (data);
    case VIDIOC_ENUM_FRAMESIZES:
      return list_size (data);
    case VIDIOC_ENUM_FRAMEINTERVALS:
      return list_interval (data);
    case VIDIOC_S_FMT:
      /* nor while anybody has buffers of it */
      return self->busy || self->n_buffers > 0 ? EBUSY : tell_format (data);
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT:
      return tell_format (data);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
      return tell_rate (data);
    case VIDIOC_REQBUFS:
      return make_buffers (self, data);
    case VIDIOC_QUERYBUF:
      return tell_buffer (self, data);
    case VIDIOC_QBUF:
      return queue_buffer (self, data);
    case VIDIOC_DQBUF:
      return take_buffer (self, data);
    case VIDIOC_STREAMON:
      return begin (self, TRUE);
    case VIDIOC_STREAMOFF:
      return begin (self, FALSE);
    default:
      return ENOTTY;
  }
}

/* On umockdev's own thread. */
static gboolean
on_ioctl (
    UMockdevIoctlBase *handler, UMockdevIoctlClient *client, MockCamera *self)
{
  gulong request = umockdev_ioctl_client_get_request (client);
  gsize size = (request >> 16) & 0x3fff; /* _IOC_SIZE */
  g_autoptr (UMockdevIoctlData) data = umockdev_ioctl_data_resolve (
      umockdev_ioctl_client_get_arg (client), 0, size, NULL);
  int error;

  if (data == NULL) {
    umockdev_ioctl_client_complete (client, -1, ENOTTY);
    return TRUE;
  }
  g_mutex_lock (&self->lock);
  error = answer (self, request, data->data);
  g_mutex_unlock (&self->lock);
  umockdev_ioctl_data_update (data, 0, data->data, data->data_len);
  umockdev_ioctl_client_complete (client, error == 0 ? 0 : -1, error);
  return TRUE;
}

/* --- from outside --- */

MockCamera *
mock_camera_new (UMockdevTestbed *bed, guint number)
{
  MockCamera *self = g_new0 (MockCamera, 1);

  self->bed = g_object_ref (bed);
  self->node = g_strdup_printf ("/dev/video%u", number);
  self->description = g_strdup_printf (
      "P: /devices/usb1/video4linux/video%u\n"
      "N: video%u=00\nE: DEVNAME=/dev/video%u\nE: SUBSYSTEM=video4linux\n"
      "E: MAJOR=81\nE: MINOR=%u\nE: ID_V4L_VERSION=2\n"
      "E: ID_V4L_PRODUCT=Mock Camera\nE: ID_V4L_CAPABILITIES=:capture:\n"
      "A: name=Mock Camera\n\n",
      number, number, number, number);
  self->handler = umockdev_ioctl_base_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_signal_connect (self->handler, "handle-ioctl", G_CALLBACK (on_ioctl), self);
  mock_camera_set_colour (self, 63, 102, 240);
  return self;
}

void
mock_camera_free (MockCamera *self)
{
  mock_camera_unplug (self);
  g_signal_handlers_disconnect_by_data (self->handler, self);
  g_object_unref (self->handler);
  g_object_unref (self->bed);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->node);
  g_free (self->description);
  g_free (self);
}

static void
map_node (MockCamera *self)
{
  g_autofree gchar *root = umockdev_testbed_get_root_dir (self->bed);
  g_autofree gchar *path = g_strconcat (root, self->node, NULL);
  int fd = open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, N_BUFFERS * SLOT), ==, 0);
  self->memory = mmap (
      NULL, N_BUFFERS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (self->memory != MAP_FAILED);
  close (fd);
}

void
mock_camera_plug (MockCamera *self)
{
  g_autoptr (GError) error = NULL;

  self->syspath = g_strconcat (
      "/sys/devices/usb1/video4linux/", self->node + strlen ("/dev/"), NULL);
  umockdev_testbed_add_from_string (self->bed, self->description, &error);
  g_assert_no_error (error);
  map_node (self);
  umockdev_testbed_attach_ioctl (self->bed, self->node, self->handler, &error);
  g_assert_no_error (error);
  g_mutex_lock (&self->lock);
  self->gone = FALSE;
  g_mutex_unlock (&self->lock);
  umockdev_testbed_uevent (self->bed, self->syspath, "add");
}

void
mock_camera_unplug (MockCamera *self)
{
  if (self->syspath == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->gone = TRUE;
  self->streaming = FALSE;
  self->n_buffers = self->n_queued = 0;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  umockdev_testbed_uevent (self->bed, self->syspath, "remove");
  umockdev_testbed_detach_ioctl (self->bed, self->node, NULL);
  umockdev_testbed_remove_device (self->bed, self->syspath);
  munmap (self->memory, N_BUFFERS * SLOT);
  self->memory = NULL;
  g_clear_pointer (&self->syspath, g_free);
}

void
mock_camera_set_busy (MockCamera *self, gboolean busy)
{
  g_mutex_lock (&self->lock);
  self->busy = busy;
  g_mutex_unlock (&self->lock);
}

void
mock_camera_set_stuck (MockCamera *self, gboolean stuck)
{
  g_mutex_lock (&self->lock);
  self->stuck = stuck;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
mock_camera_set_colour (MockCamera *self, guint8 y, guint8 u, guint8 v)
{
  g_mutex_lock (&self->lock);
  self->colour[0] = y;
  self->colour[1] = u;
  self->colour[2] = v;
  g_mutex_unlock (&self->lock);
}

gboolean
mock_camera_is_streaming (MockCamera *self)
{
  gboolean streaming;

  g_mutex_lock (&self->lock);
  streaming = self->streaming;
  g_mutex_unlock (&self->lock);
  return streaming;
}
