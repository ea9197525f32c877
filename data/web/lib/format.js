// SPDX-License-Identifier: LGPL-2.1-or-later
// Dates, times and numbers, always by Intl in the reader's language.
import { locale } from './i18n.js';

/** @param {Date | string | number} date */
export const clockTime = (date) => new Intl.DateTimeFormat(locale(),
  { hour: '2-digit', minute: '2-digit' }).format(new Date(date));

/** @param {Date | string | number} date */
export const clockSeconds = (date) => new Intl.DateTimeFormat(locale(),
  { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(date));

/** @param {number} seconds since local midnight */
export function timeOfDay(seconds) {
  const date = new Date();
  date.setHours(0, 0, 0, 0);
  return clockTime(date.getTime() + seconds * 1000);
}

/** "3 minutes ago". @param {Date | string | number} date @param {number} [now] */
export function ago(date, now = Date.now()) {
  const seconds = Math.round((new Date(date).getTime() - now) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (Math.abs(seconds) < 60) return relative.format(seconds, 'second');
  if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86400), 'day');
}

/** @param {number} level @param {number} digits @param {string} unit */
function levelText(level, digits, unit) {
  if (!Number.isFinite(level)) return `−∞ ${unit}`;
  const number = new Intl.NumberFormat(locale(),
    { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'negative' }).format(level);
  return `${number} ${unit}`;
}

/** "−12 dB". @param {number} db @param {number} [digits] */
export const decibels = (db, digits = 0) => levelText(db, digits, 'dB');

/** "−23.0 LUFS". @param {number} lufs @param {number} [digits] */
export const loudnessUnits = (lufs, digits = 1) => levelText(lufs, digits, 'LUFS');

/** @param {number} ms */
export const secondsText = (ms) => new Intl.NumberFormat(locale(),
  { style: 'unit', unit: 'second', unitDisplay: 'narrow', maximumFractionDigits: 1 }).format(ms / 1000);
