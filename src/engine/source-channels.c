/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-engine"
#include "config.h"

#include "engine/source-channels.h"

#include <gst/audio/audio.h>

/* A sound card with many inputs does not say which of them is left and which is
 * right, and audioconvert refuses to guess: it is told before it sees them, and
 * asked nothing before it is told. */

typedef struct {
  GstElement *converter; /* (unowned): owns the pad */
  guint left, right;     /* from 1; 0 = not said */
} Channels;

static void
append_row (GValue *matrix, guint channels, guint heard)
{
  GValue row = G_VALUE_INIT;

  gst_value_array_init (&row, channels);
  for (guint i = 1; i <= channels; i++) {
    GValue share = G_VALUE_INIT;

    g_value_init (&share, G_TYPE_FLOAT);
    g_value_set_float (&share, i == heard ? 1.f : 0.f);
    gst_value_array_append_and_take_value (&row, &share);
  }
  gst_value_array_append_and_take_value (matrix, &row);
}

/* left, right: 0 = the converter's own mix */
static void
set_matrix (GstElement *converter, guint channels, guint left, guint right)
{
  GValue matrix = G_VALUE_INIT;

  gst_value_array_init (&matrix, 2);
  if (left > 0) {
    append_row (&matrix, channels, left);
    append_row (&matrix, channels, right);
  }
  g_object_set_property (G_OBJECT (converter), "mix-matrix", &matrix);
  g_value_unset (&matrix);
}

static void
choose (const Channels *self, GstCaps *caps)
{
  GstAudioInfo info;
  guint channels, left, right;

  if (!gst_audio_info_from_caps (&info, caps))
    return;
  channels = (guint) info.channels;
  left = self->left;
  right = self->right;
  if (left == 0 && channels > 2 && GST_AUDIO_INFO_IS_UNPOSITIONED (&info)) {
    left = 1;
    right = 2;
  }
  /* A channel that is not there is the last that is: better than silence. */
  set_matrix (
      self->converter, channels, MIN (left, channels), MIN (right, channels));
}

/* Streaming thread, before the converter hears of it. */
static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstCaps *caps = NULL;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  choose (user_data, caps);
  return GST_PAD_PROBE_OK;
}

/* With the right matrix it takes everything that its template names. */
static GstPadProbeReturn
on_query (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  g_autoptr (GstCaps) template = NULL;
  g_autoptr (GstCaps) found = NULL;
  GstCaps *filter = NULL;

  if (GST_QUERY_TYPE (query) == GST_QUERY_ACCEPT_CAPS) {
    gst_query_parse_accept_caps (query, &filter);
    template = gst_pad_get_pad_template_caps (pad);
    gst_query_set_accept_caps_result (
        query, gst_caps_can_intersect (filter, template));
    return GST_PAD_PROBE_HANDLED;
  }
  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return GST_PAD_PROBE_OK;
  gst_query_parse_caps (query, &filter);
  template = gst_pad_get_pad_template_caps (pad);
  found = filter != NULL
      ? gst_caps_intersect_full (filter, template, GST_CAPS_INTERSECT_FIRST)
      : gst_caps_ref (template);
  gst_query_set_caps_result (query, found);
  return GST_PAD_PROBE_HANDLED;
}

/**
 * dais_channels_attach:
 * @converter: an audioconvert that gives two channels
 * @left: which channel is heard left, from 1; 0 = what the input says, or the
 *     first where it says nothing
 * @right: the same; may be @left
 */
void
dais_channels_attach (GstElement *converter, guint left, guint right)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (converter, "sink");
  Channels *self = g_new0 (Channels, 1);

  self->converter = converter;
  self->left = left;
  self->right = right;
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self, g_free);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH, on_query,
      NULL, NULL);
}
