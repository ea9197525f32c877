/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-turn.h"

#include <gst/video/video.h>

/* videoflip can follow the tags by itself, but then a scaler before it, which
 * has made the picture for the other direction already, breaks the pipeline:
 * the scaler must be asked to think again first. */

static gboolean
is_sideways (GstVideoOrientationMethod method)
{
  return method == GST_VIDEO_ORIENTATION_90R ||
      method == GST_VIDEO_ORIENTATION_90L ||
      method == GST_VIDEO_ORIENTATION_UL_LR ||
      method == GST_VIDEO_ORIENTATION_UR_LL;
}

static void
turn (GstElement *flip, GstVideoOrientationMethod method)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (flip, "sink");
  GstVideoOrientationMethod before;

  g_object_get (flip, "video-direction", &before, NULL);
  if (before == method)
    return;
  g_object_set (flip, "video-direction", method, NULL);
  if (is_sideways (before) != is_sideways (method))
    gst_pad_push_event (pad, gst_event_new_reconfigure ());
}

/* Streaming thread, between two pictures. */
static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer flip)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstTagList *tags = NULL;
  GstVideoOrientationMethod method;

  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return GST_PAD_PROBE_OK;
  gst_event_parse_tag (event, &tags);
  if (gst_video_orientation_from_tag (tags, &method))
    turn (flip, method);
  return GST_PAD_PROBE_OK;
}

/**
 * dais_turn_attach:
 * @first: where the pictures come in
 * @flip: a videoflip behind it
 * @degrees: how far the pictures are turned, clockwise; 0 = as they say
 *     themselves, which a telephone's films do
 */
void
dais_turn_attach (GstElement *first, GstElement *flip, guint degrees)
{
  static const GstVideoOrientationMethod methods[] = {
    GST_VIDEO_ORIENTATION_IDENTITY,
    GST_VIDEO_ORIENTATION_90R,
    GST_VIDEO_ORIENTATION_180,
    GST_VIDEO_ORIENTATION_90L,
  };
  g_autoptr (GstPad) pad = gst_element_get_static_pad (first, "sink");

  g_object_set (flip, "video-direction", methods[degrees / 90 % 4], NULL);
  if (degrees == 0)
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, flip, NULL);
}
