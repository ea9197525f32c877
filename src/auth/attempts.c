/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-auth"

#include "config.h"

#include "auth/attempts.h"

#include "core/error.h"

#include <arpa/inet.h>
#include <string.h>

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)

/* Failures drain evenly: max_per_minute of them are forgotten each minute. */
typedef struct {
  gdouble level;
  gint64 updated_us;
} Bucket;

struct _DaisAttempts {
  guint max_per_minute;
  GHashTable *buckets; /* (element-type utf8 Bucket) */
};

/**
 * dais_attempts_new:
 * @max_per_minute: how many failures an address may make
 *
 * Returns: (transfer full): a counter
 */
DaisAttempts *
dais_attempts_new (guint max_per_minute)
{
  DaisAttempts *self = g_new0 (DaisAttempts, 1);

  self->max_per_minute = MAX (max_per_minute, 1);
  self->buckets = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
dais_attempts_free (DaisAttempts *self)
{
  g_hash_table_unref (self->buckets);
  g_free (self);
}

/* (transfer full): the part of an address that tells people apart */
static gchar *
address_key (const gchar *address)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  guint8 bytes[16];

  if (address == NULL || inet_pton (AF_INET6, address, bytes) != 1 ||
      memcmp (bytes, mapped, sizeof mapped) == 0)
    return g_strdup (address != NULL ? address : "");
  return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x", bytes[0],
      bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}

static void
drain (DaisAttempts *self, Bucket *bucket, gint64 now_us)
{
  gdouble gone = (gdouble) (now_us - bucket->updated_us) *
      self->max_per_minute / MINUTE_US;

  bucket->level = MAX (bucket->level - gone, 0);
  bucket->updated_us = now_us;
}

static gboolean
is_empty (gpointer key, gpointer value, gpointer user_data)
{
  return ((Bucket *) value)->level <= 0;
}

/* Under an attack from very many addresses all are forgotten rather than kept
 * without bound; argon2's own queue still holds. */
static void
make_room (DaisAttempts *self, gint64 now_us)
{
  GHashTableIter iter;
  gpointer bucket;

  if (g_hash_table_size (self->buckets) < DAIS_ATTEMPTS_MAX_ADDRESSES)
    return;
  g_hash_table_iter_init (&iter, self->buckets);
  while (g_hash_table_iter_next (&iter, NULL, &bucket))
    drain (self, bucket, now_us);
  g_hash_table_foreach_remove (self->buckets, is_empty, NULL);
  if (g_hash_table_size (self->buckets) >= DAIS_ATTEMPTS_MAX_ADDRESSES)
    g_hash_table_remove_all (self->buckets);
}

/**
 * dais_attempts_check:
 * @self: a counter
 * @address: (nullable): the peer's
 * @now_us: monotonic microseconds
 * @error: return location; %DAIS_ERROR_LIMITED says how long to wait
 *
 * Returns: %TRUE when the address may try
 */
gboolean
dais_attempts_check (
    DaisAttempts *self, const gchar *address, gint64 now_us, GError **error)
{
  g_autofree gchar *key = address_key (address);
  Bucket *bucket = g_hash_table_lookup (self->buckets, key);
  gdouble over;

  if (bucket == NULL)
    return TRUE;
  drain (self, bucket, now_us);
  if (bucket->level <= 0) {
    g_hash_table_remove (self->buckets, key);
    return TRUE;
  }
  over = bucket->level - (self->max_per_minute - 1);
  if (over <= 0)
    return TRUE;
  g_set_error (error, DAIS_ERROR, DAIS_ERROR_LIMITED,
      "too many failed logins from this address; try again in %d seconds",
      (gint) (over * 60 / self->max_per_minute) + 1);
  return FALSE;
}

/**
 * dais_attempts_add:
 * @self: a counter
 * @address: (nullable): the peer's
 * @now_us: monotonic microseconds
 *
 * Counts a failed login.
 */
void
dais_attempts_add (DaisAttempts *self, const gchar *address, gint64 now_us)
{
  g_autofree gchar *key = address_key (address);
  Bucket *bucket = g_hash_table_lookup (self->buckets, key);

  if (bucket == NULL) {
    make_room (self, now_us);
    bucket = g_new0 (Bucket, 1);
    bucket->updated_us = now_us;
    g_hash_table_insert (self->buckets, g_steal_pointer (&key), bucket);
  }
  drain (self, bucket, now_us);
  bucket->level = MIN (bucket->level + 1, self->max_per_minute);
}
