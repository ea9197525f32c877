// SPDX-License-Identifier: LGPL-2.1-or-later
// What is on now and what comes next.

/** @typedef {import('./room.js').Talk} Talk */

/**
 * Seconds since midnight, from the contract's number or from "14:30".
 * @param {number | string | null | undefined} value
 * @returns {number | null}
 */
export function secondsOf(value) {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value === '') return null;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(value);
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** @param {Date} date local "2015-06-06" */
export function dayOf(date) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** @param {Date} date seconds since local midnight */
export function timeOf(date) {
  return date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds()
    + date.getMilliseconds() / 1000;
}

/**
 * Today's talks in their order.
 * @param {Record<string, Talk>} talks
 * @param {Date} now
 */
export function talksOfDay(talks, now) {
  const day = dayOf(now);
  return Object.values(talks)
    .filter((talk) => !talk['talk-date'] || talk['talk-date'] === day)
    .sort((a, b) => (secondsOf(a['talk-begin']) ?? 0) - (secondsOf(b['talk-begin']) ?? 0));
}

/**
 * @param {Record<string, Talk>} talks
 * @param {Date} now
 * @returns {{now: Talk | null, next: Talk | null}}
 */
export function findNow(talks, now) {
  const time = timeOf(now);
  /** @type {Talk | null} */
  let current = null;
  for (const talk of talksOfDay(talks, now)) {
    const begin = secondsOf(talk['talk-begin']);
    const end = secondsOf(talk['talk-end']);
    if (begin === null) continue;
    if (begin > time) return { now: current, next: talk };
    current = end === null || end > time ? talk : null;
  }
  return { now: current, next: null };
}

/** The key of a talk in the map that holds it. @param {Record<string, Talk>} talks @param {Talk} talk */
export const talkKey = (talks, talk) => Object.keys(talks).find((key) => talks[key] === talk);

/** Who speaks, in one line: the contract has a text or a list. @param {Talk} talk */
export const speakersOf = ({ presenters }) => Array.isArray(presenters) ? presenters.join(', ') : presenters ?? '';

/** "14:30" for a field, from what secondsOf() reads. @param {number | string | null | undefined} value */
export function clockField(value) {
  const seconds = secondsOf(value);
  if (seconds === null) return '';
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds % 3600) / 60)}`;
}
