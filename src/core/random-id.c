/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/random-id.h"

#include <errno.h>
#include <sys/random.h>

/**
 * dais_random_fill:
 * @buffer: where to write
 * @n_bytes: how many bytes
 *
 * Fills @buffer from the kernel's random source. Any thread.
 */
void
dais_random_fill (gpointer buffer, gsize n_bytes)
{
  guint8 *p = buffer;

  while (n_bytes > 0) {
    gssize got = getrandom (p, n_bytes, 0);

    if (got < 0) {
      /* Nothing but a signal can stop it; going on without would be worse. */
      g_assert (errno == EINTR);
      continue;
    }
    p += got;
    n_bytes -= (gsize) got;
  }
}

/**
 * dais_random_hex:
 * @n_bytes: bytes of randomness, at most 64
 *
 * Returns: (transfer full): twice as many lower-case hexadecimal digits
 */
gchar *
dais_random_hex (gsize n_bytes)
{
  guint8 bytes[64];
  GString *text;

  g_return_val_if_fail (n_bytes <= sizeof bytes, NULL);

  dais_random_fill (bytes, n_bytes);
  text = g_string_sized_new (2 * n_bytes + 1);
  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/**
 * dais_random_base64url:
 * @n_bytes: bytes of randomness, at most 64
 *
 * Returns: (transfer full): RFC 4648 §5 without padding
 */
gchar *
dais_random_base64url (gsize n_bytes)
{
  guint8 bytes[64];
  gchar *text;
  gchar *end;

  g_return_val_if_fail (n_bytes <= sizeof bytes, NULL);

  dais_random_fill (bytes, n_bytes);
  text = g_base64_encode (bytes, n_bytes);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  end = strchr (text, '=');
  if (end != NULL)
    *end = '\0';
  return text;
}
