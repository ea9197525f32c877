/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-tests"

#include "config.h"

#include "fuzz.h"
#include "net/socketio/eio-payload.h"

/* The first byte chooses the version and the kind of body. What could be read
 * is written again and then reads as the same number of packets. */

static GBytes *
write_again (guint version, GPtrArray *inputs, gboolean *is_binary)
{
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func (
      (GDestroyNotify) dais_eio_packet_unref);
  guint i;

  for (i = 0; i < inputs->len; i++) {
    DaisEioInput *input = g_ptr_array_index (inputs, i);
    gsize length;
    const gchar *data = g_bytes_get_data (input->content, &length);

    g_ptr_array_add (packets,
        input->is_text ? dais_eio_packet_new_text (input->type,
                             data != NULL ? data : "", (gssize) length)
                       : dais_eio_packet_new_binary (input->content));
  }
  return dais_eio_payload_encode (version, packets, TRUE, is_binary);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint version = size > 0 && (data[0] & 1) ? 3 : 4;
  gboolean is_binary = version == 3 && (data[0] & 2);
  g_autoptr (GBytes) body = g_bytes_new (data + 1, size > 0 ? size - 1 : 0);
  g_autoptr (GPtrArray) inputs = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GError) error = NULL;

  if (size == 0)
    return 0;
  inputs = dais_eio_payload_decode (version, is_binary, body, &error);
  if (inputs == NULL) {
    g_assert_nonnull (error);
    return 0;
  }
  written = write_again (version, inputs, &is_binary);
  again = dais_eio_payload_decode (version, is_binary, written, NULL);
  /* a text may hold EIO 4's separator when it came in EIO 3 */
  if (again != NULL)
    g_assert_cmpuint (again->len, ==, inputs->len);
  return 0;
}
