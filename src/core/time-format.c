/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define G_LOG_DOMAIN "dais-core"

#include "config.h"

#include "core/time-format.h"

/* Dates beyond the years 1 to 9999 do not come up; the epoch stands in. */
static GDateTime *
utc_time (gint64 utc_us, gint64 *rest_us)
{
  gint64 seconds = utc_us / G_USEC_PER_SEC;
  GDateTime *time;

  *rest_us = utc_us % G_USEC_PER_SEC;
  if (*rest_us < 0) {
    *rest_us += G_USEC_PER_SEC;
    seconds--;
  }
  time = g_date_time_new_from_unix_utc (seconds);
  return time != NULL ? time : g_date_time_new_from_unix_utc (0);
}

/* Not g_date_time_format(): its %Y of the year 15 is "15". */
static gchar *
format_seconds (GDateTime *time)
{
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d",
      g_date_time_get_year (time), g_date_time_get_month (time),
      g_date_time_get_day_of_month (time), g_date_time_get_hour (time),
      g_date_time_get_minute (time), g_date_time_get_second (time));
}

/**
 * dais_time_iso_s:
 * @utc_us: microseconds since 1970
 *
 * Returns: (transfer full): RFC 3339 in UTC, whole seconds
 */
gchar *
dais_time_iso_s (gint64 utc_us)
{
  gint64 rest_us;
  g_autoptr (GDateTime) time = utc_time (utc_us, &rest_us);

  g_autofree gchar *whole = format_seconds (time);

  return g_strconcat (whole, "Z", NULL);
}

/**
 * dais_time_iso_ms:
 * @utc_us: microseconds since 1970
 *
 * Returns: (transfer full): RFC 3339 in UTC, milliseconds
 */
gchar *
dais_time_iso_ms (gint64 utc_us)
{
  gint64 rest_us;
  g_autoptr (GDateTime) time = utc_time (utc_us, &rest_us);
  g_autofree gchar *whole = format_seconds (time);

  return g_strdup_printf ("%s.%03uZ", whole, (guint) (rest_us / 1000));
}

/**
 * dais_time_iso_us:
 * @utc_us: microseconds since 1970
 *
 * Returns: (transfer full): RFC 3339 in UTC, microseconds
 */
gchar *
dais_time_iso_us (gint64 utc_us)
{
  gint64 rest_us;
  g_autoptr (GDateTime) time = utc_time (utc_us, &rest_us);
  g_autofree gchar *whole = format_seconds (time);

  return g_strdup_printf ("%s.%06uZ", whole, (guint) rest_us);
}

/**
 * dais_time_local_date:
 * @utc_us: microseconds since 1970
 *
 * Returns: (transfer full): the local date, YYYY-MM-DD
 */
gchar *
dais_time_local_date (gint64 utc_us)
{
  gint64 rest_us;
  g_autoptr (GDateTime) utc = utc_time (utc_us, &rest_us);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);

  return g_date_time_format (local, "%Y-%m-%d");
}

/**
 * dais_time_since_midnight:
 * @utc_us: microseconds since 1970
 *
 * What a clock on the wall shows, as venue's older clients count: contracts
 * README §2, "config".
 *
 * Returns: seconds since local midnight
 */
gdouble
dais_time_since_midnight (gint64 utc_us)
{
  gint64 rest_us;
  g_autoptr (GDateTime) utc = utc_time (utc_us, &rest_us);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);
  gint seconds = g_date_time_get_hour (local) * 3600 +
      g_date_time_get_minute (local) * 60 + g_date_time_get_second (local);

  return seconds + (gdouble) rest_us / G_USEC_PER_SEC;
}

/* Reads exactly n digits and moves on. */
static gboolean
read_digits (const gchar **p, guint n, gint *value)
{
  *value = 0;
  for (guint i = 0; i < n; i++) {
    if (!g_ascii_isdigit ((*p)[i]))
      return FALSE;
    *value = *value * 10 + ((*p)[i] - '0');
  }
  *p += n;
  return TRUE;
}

static gboolean
read_char (const gchar **p, gchar c)
{
  if (g_ascii_toupper (**p) != c)
    return FALSE;
  (*p)++;
  return TRUE;
}

/* ".4" → 400000; digits past the sixth are cut. */
static gboolean
read_fraction (const gchar **p, gint64 *us)
{
  gint64 unit = 100000;

  *us = 0;
  if (**p != '.')
    return TRUE;
  (*p)++;
  if (!g_ascii_isdigit (**p))
    return FALSE;
  for (; g_ascii_isdigit (**p); (*p)++) {
    *us += (**p - '0') * unit;
    unit /= 10;
  }
  return TRUE;
}

/* "Z", "+02:00" → seconds to take away */
static gboolean
read_zone (const gchar **p, gint64 *offset_s)
{
  gint sign = **p == '-' ? -1 : 1;
  gint hours;
  gint minutes;

  *offset_s = 0;
  if (read_char (p, 'Z'))
    return TRUE;
  if (**p != '+' && **p != '-')
    return FALSE;
  (*p)++;
  if (!read_digits (p, 2, &hours) || !read_char (p, ':') ||
      !read_digits (p, 2, &minutes) || hours > 23 || minutes > 59)
    return FALSE;
  *offset_s = sign * (hours * 3600 + minutes * 60);
  return TRUE;
}

/**
 * dais_time_parse_iso:
 * @text: (nullable): text from anywhere
 * @utc_us: (out): microseconds since 1970
 *
 * Reads RFC 3339 with a zone. A leap second is the second after it.
 *
 * Returns: %FALSE when @text is none
 */
gboolean
dais_time_parse_iso (const gchar *text, gint64 *utc_us)
{
  gint part[6];
  static const gchar after[] = { '-', '-', 'T', ':', ':' };
  const gchar *p = text;
  gboolean leap;
  gint64 us;
  gint64 offset_s;
  gint64 utc_s;
  g_autoptr (GDateTime) time = NULL;
  g_autoptr (GDateTime) in_utc = NULL;

  if (text == NULL)
    return FALSE;
  for (guint i = 0; i < 6; i++) {
    if (!read_digits (&p, i == 0 ? 4 : 2, &part[i]))
      return FALSE;
    if (i < 5 && !(i == 2 && *p == ' ' && p++) && !read_char (&p, after[i]))
      return FALSE;
  }
  if (!read_fraction (&p, &us) || !read_zone (&p, &offset_s) || *p != '\0')
    return FALSE;
  leap = part[5] == 60;
  time = g_date_time_new_utc (
      part[0], part[1], part[2], part[3], part[4], leap ? 59 : part[5]);
  if (time == NULL)
    return FALSE;
  utc_s = g_date_time_to_unix (time) + leap - offset_s;
  in_utc = g_date_time_new_from_unix_utc (utc_s);
  *utc_us = utc_s * G_USEC_PER_SEC + us;
  return in_utc != NULL; /* a zone may lead out of the years 1 to 9999 */
}

/**
 * dais_time_from_local:
 * @date: (nullable): text from anywhere, YYYY-MM-DD in local time
 * @seconds: what a clock on the wall showed, as dais_time_since_midnight()
 * @utc_us: (out): microseconds since 1970
 *
 * Returns: %FALSE when @date is none or @seconds is not within 0 to 86400
 */
gboolean
dais_time_from_local (const gchar *date, gdouble seconds, gint64 *utc_us)
{
  const gchar *p = date;
  gint part[3];
  gint64 us;
  gint whole;
  g_autoptr (GDateTime) time = NULL;

  if (date == NULL || !(seconds >= 0 && seconds < 86400))
    return FALSE;
  for (guint i = 0; i < 3; i++) {
    if (!read_digits (&p, i == 0 ? 4 : 2, &part[i]) ||
        (i < 2 && !read_char (&p, '-')))
      return FALSE;
  }
  if (*p != '\0')
    return FALSE;
  us = (gint64) (seconds * G_USEC_PER_SEC + 0.5);
  whole = (gint) MIN (us / G_USEC_PER_SEC, 86399);
  us -= (gint64) whole * G_USEC_PER_SEC;
  time = g_date_time_new_local (
      part[0], part[1], part[2], whole / 3600, whole / 60 % 60, whole % 60);
  if (time == NULL)
    return FALSE;
  *utc_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + us;
  return TRUE;
}
