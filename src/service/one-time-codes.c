/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-service"

#include "config.h"

#include "service/one-time-codes.h"

#include "core/random-id.h"

#define MODULUS 1000000u /* DAIS_CODE_DIGITS digits */

typedef struct {
  gchar code[DAIS_CODE_DIGITS + 1];
  gint64 expires_us;
  guint tries; /* that are left */
  gint64 since_us;
  guint n_sent; /* since then */
} Code;

struct _DaisOneTimeCodes {
  GHashTable *codes; /* (element-type gint64 Code) by user */
};

/**
 * dais_one_time_codes_new:
 *
 * Returns: (transfer full): no codes yet
 */
DaisOneTimeCodes *
dais_one_time_codes_new (void)
{
  DaisOneTimeCodes *self = g_new0 (DaisOneTimeCodes, 1);

  self->codes = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, g_free);

  return self;
}

/**
 * dais_one_time_codes_free:
 * @self: (transfer full): the codes
 */
void
dais_one_time_codes_free (DaisOneTimeCodes *self)
{
  g_hash_table_unref (self->codes);
  g_free (self);
}

static gboolean
is_old (gpointer key, gpointer value, gpointer now_us)
{
  return ((Code *) value)->expires_us <= *(gint64 *) now_us;
}

/* Every number is as likely as any other. */
static guint32
draw (void)
{
  guint32 value = 0;

  do
    dais_random_fill (&value, sizeof value);
  while (value >= G_MAXUINT32 - G_MAXUINT32 % MODULUS);

  return value % MODULUS;
}

/**
 * dais_one_time_codes_make:
 * @self: the codes
 * @user: for whom
 * @now_us: monotonic
 *
 * Returns: (transfer full) (nullable): a new code
 */
gchar *
dais_one_time_codes_make (DaisOneTimeCodes *self, gint64 user, gint64 now_us)
{
  const gint64 life_us = DAIS_CODE_LIFE_S * (gint64) G_USEC_PER_SEC;
  Code *code = NULL;

  g_hash_table_foreach_remove (self->codes, is_old, &now_us);
  code = g_hash_table_lookup (self->codes, &user);
  if (code == NULL) {
    if (g_hash_table_size (self->codes) >= DAIS_CODES_MAX)
      return NULL;
    code = g_new0 (Code, 1);
    code->since_us = now_us;
    g_hash_table_insert (self->codes, g_memdup2 (&user, sizeof user), code);
  }
  if (now_us - code->since_us >= life_us) {
    code->since_us = now_us;
    code->n_sent = 0;
  }
  /* nobody's mailbox is filled by somebody else */
  if (code->n_sent >= DAIS_CODE_SENDS)
    return NULL;

  code->n_sent++;
  g_snprintf (code->code, sizeof code->code, "%06u", draw ());
  code->expires_us = now_us + life_us;
  code->tries = DAIS_CODE_TRIES;

  return g_strdup (code->code);
}

/* In a time that does not tell how much of it is right. */
static gboolean
is_equal (const gchar *a, const gchar *b)
{
  guint difference = 0;

  if (strlen (b) != DAIS_CODE_DIGITS)
    return FALSE;
  for (guint i = 0; i < DAIS_CODE_DIGITS; i++)
    difference |= (guint) (guchar) a[i] ^ (guint) (guchar) b[i];

  return difference == 0;
}

/**
 * dais_one_time_codes_use:
 * @self: the codes
 * @user: who says it
 * @code: what was typed
 * @now_us: monotonic
 *
 * Returns: whether it was right; it is used up then
 */
gboolean
dais_one_time_codes_use (
    DaisOneTimeCodes *self, gint64 user, const gchar *code, gint64 now_us)
{
  Code *kept = g_hash_table_lookup (self->codes, &user);
  gboolean is_right;

  if (kept == NULL || kept->tries == 0)
    return FALSE;

  is_right = kept->expires_us > now_us && is_equal (kept->code, code);
  if (is_right)
    g_hash_table_remove (self->codes, &user);
  else
    kept->tries--;

  return is_right;
}
