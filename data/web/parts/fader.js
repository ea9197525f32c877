// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { live } from '../vendor/directives/live.js';
import { decibels } from '../lib/format.js';
import { _ } from '../lib/i18n.js';
import { faderToGain, gainToDb, gainToFader } from '../lib/levels.js';

/** A volume in decibels. @param {number} gain */
export function gainWords(gain) {
  const db = Math.round(gainToDb(gain) * 10) / 10;
  return decibels(db, Number.isInteger(db) ? 0 : 1);
}

/**
 * A volume; a double click sets it to 0 dB.
 * @param {{label: string, gain: number, onInput: (gain: number, done: boolean) => void,
 *   disabled?: boolean}} options
 */
export function fader({ label, gain, onInput, disabled = false }) {
  /** @param {Event} event @param {boolean} done */
  const pass = (event, done) =>
    onInput(faderToGain(Number(/** @type {HTMLInputElement} */ (event.target).value)), done);
  return html`<input class="fader volume" type="range" min="0" max="100" step="1" aria-label=${label}
    title=${_('A double click sets it to 0 dB')} aria-valuetext=${gainWords(gain)} ?disabled=${disabled}
    .value=${live(String(Math.round(gainToFader(gain))))}
    @input=${(/** @type {Event} */ event) => pass(event, false)}
    @change=${(/** @type {Event} */ event) => pass(event, true)}
    @dblclick=${() => onInput(1, true)}>`;
}
