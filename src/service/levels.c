/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/levels.h"

#include "core/json-writer.h"
#include "service/room-private.h"
#include "service/stream-list.h"

#include <math.h>

/* loudness: NAN = not told */
static void
write_level (
    DaisJsonWriter *writer, gdouble peak, gdouble rms, gdouble loudness)
{
  dais_json_writer_begin_object (writer);
  dais_json_writer_name_double (writer, "peak", round (peak * 10) / 10);
  dais_json_writer_name_double (writer, "rms", round (rms * 10) / 10);
  if (!isnan (loudness))
    dais_json_writer_name_double (
        writer, "loudness", round (loudness * 10) / 10);
  dais_json_writer_end_object (writer);
}

static void
write_streams (DaisRoom *self, DaisJsonWriter *writer, GVariant *levels)
{
  DaisStreams *streams = dais_house_get_streams (self->house);
  GVariantIter iter;
  const gchar *slug;
  gdouble peak;
  gdouble rms;

  dais_json_writer_name (writer, "streams");
  dais_json_writer_begin_object (writer);
  g_variant_iter_init (&iter, levels);
  while (g_variant_iter_next (&iter, "(&sdd)", &slug, &peak, &rms)) {
    DaisStreamEntry *entry = *slug != '\0'
        ? dais_streams_find_slug (streams, slug)
        : NULL;

    if (entry == NULL)
      continue;
    dais_json_writer_name (writer, dais_stream_get_name (entry->stream));
    write_level (writer, peak, rms, NAN);
  }
  dais_json_writer_end_object (writer);
}

static void
write_mix (DaisRoom *self, DaisJsonWriter *writer, GVariant *levels)
{
  GVariantIter iter;
  const gchar *slug;
  gdouble peak;
  gdouble rms;

  g_variant_iter_init (&iter, levels);
  while (g_variant_iter_next (&iter, "(&sdd)", &slug, &peak, &rms)) {
    if (*slug != '\0')
      continue;
    dais_json_writer_name (writer, "mix");
    write_level (writer, peak, rms,
        self->engine != NULL ? dais_engine_handle_get_loudness (self->engine)
                             : NAN);
    return;
  }
}

/**
 * dais_room_on_levels:
 * @self: the room
 * @levels: a(sdd): slug ("" = the mix), peak and RMS in dBFS
 *
 * Tells those who subscribed: `{"mix":{"peak","rms","loudness"},
 * "streams":{name:{"peak","rms"}}}`.
 */
void
dais_room_on_levels (DaisRoom *self, GVariant *levels)
{
  g_autoptr (DaisJsonWriter) writer = NULL;
  g_autoptr (GBytes) json = NULL;

  if (self->house == NULL || self->n_level_holders == 0 ||
      !g_variant_is_of_type (levels, G_VARIANT_TYPE ("a(sdd)")))
    return;

  writer = dais_json_writer_new ();
  dais_json_writer_begin_object (writer);
  write_mix (self, writer, levels);
  write_streams (self, writer, levels);
  dais_json_writer_end_object (writer);
  json = dais_json_writer_steal_bytes (writer);
  dais_room_emit (self, DAIS_TOPIC_LEVELS, -1, json);
}

/**
 * dais_room_hold_levels:
 * @self: the room
 *
 * The engine measures while somebody holds the levels.
 */
void
dais_room_hold_levels (DaisRoom *self)
{
  g_return_if_fail (DAIS_IS_ROOM (self));

  if (self->n_level_holders++ == 0 && self->engine != NULL)
    dais_engine_handle_set_levels (self->engine, TRUE);
}

/**
 * dais_room_release_levels:
 * @self: the room
 *
 * Ends one dais_room_hold_levels().
 */
void
dais_room_release_levels (DaisRoom *self)
{
  g_return_if_fail (DAIS_IS_ROOM (self));
  g_return_if_fail (self->n_level_holders > 0);

  if (--self->n_level_holders == 0 && self->engine != NULL)
    dais_engine_handle_set_levels (self->engine, FALSE);
}
