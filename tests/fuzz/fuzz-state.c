/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/json-reader.h"
#include "core/json-writer.h"
#include "fuzz.h"
#include "model/scene.h"

/* A write of the mixer's state by a client, in any of its encodings: what is
 * taken can be stored and read back as the same scene. */

static const gchar *
name_at (guint index, gpointer user_data)
{
  return index == 1 ? "Camera" : index == 2 ? "Screen" : NULL;
}

static gboolean
has_stream (const gchar *name, gpointer user_data)
{
  return name[0] != 'x';
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const DaisSceneLookup lookup = { has_stream, name_at, NULL };
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_autoptr (JsonNode) write = dais_json_parse (text, -1, NULL);
  g_autoptr (DaisScene) present = dais_scene_new ();
  g_autoptr (DaisScene) scene = NULL;
  g_autoptr (DaisScene) stored = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *stored_text = NULL;
  DaisTransition transition;

  if (!write)
    return 0;
  scene = dais_scene_apply_json (present, write, &lookup, &transition, &error);
  if (!scene) {
    g_assert_nonnull (error);
    return 0;
  }
  stored_text = dais_scene_to_text (scene);
  stored = dais_scene_from_text (stored_text, &error);
  g_assert_no_error (error);
  g_assert_true (dais_scene_equal (scene, stored));
  dais_scene_compare (present, scene);
  return 0;
}
