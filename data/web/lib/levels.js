// SPDX-License-Identifier: LGPL-2.1-or-later
// Sound levels between two messages: fast up, slow down, the peak held a while.

export const FLOOR = -60;
const FALL = 24; // dB a second
const HOLD = 1500; // ms
const SILENT_AFTER = 10_000; // ms
const SILENCE = -50; // dBFS peak

/**
 * @typedef {{peak: number, rms: number, shown: number, at: number, held: number, heldAt: number,
 *            heard: number, loudness: number}} Meter
 */

/** @param {unknown} value a number, or one number a channel */
function loudest(value) {
  const numbers = Array.isArray(value) ? value : [value];
  const known = numbers.filter((n) => typeof n === 'number' && Number.isFinite(n));
  return known.length ? Math.max(...known) : -100;
}

export class Meters {
  /** @type {Map<string, Meter>} "" is the mix */ #all = new Map();
  /** When the last message came; 0 = never. */
  lastAt = 0;

  /** @param {() => number} clock ms */
  constructor(clock = () => performance.now()) {
    this.clock = clock;
  }

  /**
   * @param {any} data {"streams": {name: {peak, rms}}, "mix": {peak, rms, loudness}}
   */
  receive(data) {
    const now = this.clock();
    this.lastAt = now;
    const { mix, streams } = data ?? {};
    for (const [name, level] of Object.entries(streams ?? {})) this.#take(name, level, now);
    if (mix) this.#take('', mix, now);
  }

  /** @param {string} name @param {any} level @param {number} now */
  #take(name, level, now) {
    const peak = loudest(level?.peak);
    const rms = loudest(level?.rms);
    const meter = this.#all.get(name)
      ?? { peak, rms, shown: FLOOR, at: now, held: FLOOR, heldAt: now, heard: now, loudness: FLOOR };
    this.#fall(meter, now);
    meter.peak = peak;
    meter.rms = rms;
    meter.shown = Math.max(meter.shown, peak, FLOOR);
    if (peak >= meter.held || now - meter.heldAt > HOLD) {
      meter.held = Math.max(peak, FLOOR);
      meter.heldAt = now;
    }
    if (peak > SILENCE) meter.heard = now;
    meter.loudness = Math.max(FLOOR, loudest(level?.loudness));
    this.#all.set(name, meter);
  }

  /** @param {Meter} meter @param {number} now */
  #fall(meter, now) {
    meter.shown = Math.max(FLOOR, meter.shown - ((now - meter.at) / 1000) * FALL);
    meter.at = now;
  }

  /** What to draw now. @param {string} name "" = the mix */
  read(name) {
    const meter = this.#all.get(name);
    if (!meter) return { shown: FLOOR, held: FLOOR, peak: FLOOR, loudness: FLOOR };
    const now = this.clock();
    this.#fall(meter, now);
    return {
      shown: meter.shown,
      held: now - meter.heldAt > HOLD ? meter.shown : meter.held,
      peak: meter.peak,
      loudness: meter.loudness,
    };
  }

  /** Whether a stream that has sound has given none for ten seconds. @param {string} name */
  isSilent(name) {
    const meter = this.#all.get(name);
    const now = this.clock();
    return meter !== undefined && now - this.lastAt < 2000 && now - meter.heard > SILENT_AFTER;
  }
}

/** The place of a level on the scale, 0 to 1: -60 dBFS to 0. @param {number} db */
export function position(db) {
  return Math.min(1, Math.max(0, (db - FLOOR) / -FLOOR));
}

/** @param {number} gain @returns {number} dB, -Infinity = off */
export const gainToDb = (gain) => gain > 0 ? 20 * Math.log10(gain) : -Infinity;

/** A fader runs from 0 (off) over 75 (0 dB) to 100 (+12 dB); below, it is finer
 * near 0 dB. @param {number} value */
export function faderToGain(value) {
  if (value <= 0) return 0;
  if (value >= 75) return 10 ** (((value - 75) / 25) * 12 / 20);
  return 10 ** (-60 * (1 - value / 75) ** 1.6 / 20);
}

/** @param {number} gain */
export function gainToFader(gain) {
  if (gain <= 0) return 0;
  const db = gainToDb(gain);
  if (db >= 0) return Math.min(100, 75 + (db / 12) * 25);
  return Math.max(0, 75 * (1 - (Math.max(db, -60) / -60) ** (1 / 1.6)));
}
