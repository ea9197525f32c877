/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "core/json-reader.h"
#include "fuzz.h"
#include "net/socketio/sio-packet.h"

#include <string.h>

/* Text as an Engine.IO message delivers it: valid UTF-8. A packet that is
 * accepted is written again and reads as the same. */

static void
try_values (const DaisSioPacket *packet)
{
  g_autoptr (GPtrArray) values = NULL;
  g_autofree gchar *name = NULL;
  guint i;

  if (packet->json == NULL || packet->json[0] != '[')
    return;
  values = dais_sio_packet_get_values (packet, NULL);
  for (i = 0; values != NULL && i < values->len; i++)
    g_assert_true (dais_json_check (g_ptr_array_index (values, i), -1, NULL));
  if (values != NULL && values->len > 0)
    name = dais_sio_event_name (g_ptr_array_index (values, 0), NULL);
  dais_sio_check_placeholders (packet->json, packet->n_attachments, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = fuzz_dup_text (data, size);
  g_auto (DaisSioPacket) packet = { 0 };
  g_auto (DaisSioPacket) again = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *written = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return 0;
  if (!dais_sio_packet_parse (text, strlen (text), &packet, &error)) {
    g_assert_nonnull (error);
    return 0;
  }
  try_values (&packet);
  written = dais_sio_packet_encode (
      packet.type, packet.n_attachments, packet.name, packet.id, packet.json);
  g_assert_true (
      dais_sio_packet_parse (written, strlen (written), &again, NULL));
  g_assert_cmpint (again.id, ==, packet.id);
  g_assert_cmpstr (again.name, ==, packet.name);
  g_assert_cmpstr (again.json, ==, packet.json);
  return 0;
}
