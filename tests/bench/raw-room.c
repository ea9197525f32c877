/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A room's picture without anybody who watches: what mixing alone costs.
 *
 * usage: raw-room FOLDER INPUTS STATE
 * Mixes FOLDER/0.v to FOLDER/<INPUTS-1>.v, streams "s0" and so on, as STATE (a
 * dictionary in GVariant's text form) says, until it is killed. */
#include "config.h"

#include "engine/output.h"
#include "engine/room-picture.h"
#include "wire/wire.h"

#include <stdlib.h>

static void
on_applied (guint64 serial, guint64 running_time, gpointer data)
{
}

static void
on_failed (gpointer data)
{
  exit (EXIT_FAILURE);
}

static GVariant *
list_inputs (const gchar *folder, guint count)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < count; i++) {
    g_autofree gchar *slug = g_strdup_printf ("s%u", i);
    g_autofree gchar *path = g_strdup_printf ("%s/%u.v", folder, i);

    g_variant_builder_add (&builder, "(sss)", slug, path, "");
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

int
main (int argc, char **argv)
{
  const DaisRoomPictureEvents events = { on_applied, on_failed };
  const DaisCanvas canvas = DAIS_CANVAS_DEFAULT;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (DaisOutput) output = NULL;
  g_autoptr (GVariant) inputs = NULL;
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (DaisRoomState) state = NULL;
  DaisRoomPicture *picture = NULL;

  if (argc != 4)
    return EXIT_FAILURE;
  gst_init (NULL, NULL);
  dais_wire_register ();
  output = dais_output_new ("raw-room");
  inputs = list_inputs (argv[1], (guint) g_ascii_strtoull (argv[2], NULL, 10));
  list = dais_room_inputs_read (inputs, NULL);
  dict = g_variant_ref_sink (g_variant_new_parsed (argv[3]));
  state = dais_room_state_read (dict, NULL);
  if (list == NULL || state == NULL)
    return EXIT_FAILURE;
  picture = dais_room_picture_new (NULL, &canvas, output, &events, NULL);
  dais_room_picture_set_inputs (picture, list);
  dais_room_picture_apply (picture, state, 0);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
