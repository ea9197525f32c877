// SPDX-License-Identifier: LGPL-2.1-or-later
import { html } from '../vendor/lit-html.js';
import { live } from '../vendor/directives/live.js';
import { decibels } from '../lib/format.js';
import { _ } from '../lib/i18n.js';
import { faderToGain, gainToDb, gainToFader } from '../lib/levels.js';

/** A volume in decibels. @param {number} gain */
export const gainWords = (gain) => decibels(gainToDb(gain));

/**
 * A volume; a double click sets it to 0 dB.
 * @param {{label: string, gain: number, onInput: (gain: number, done: boolean) => void,
 *   disabled?: boolean}} options
 */
export function fader({ label, gain, onInput, disabled = false }) {
  /** @param {Event} event @param {boolean} done */
  const pass = (event, done) =>
    onInput(faderToGain(Number(/** @type {HTMLInputElement} */ (event.target).value)), done);
  return html`<input class="fader volume" type="range" min="0" max="100" step="0.5" aria-label=${label}
    title=${_('A double click sets it to 0 dB')} aria-valuetext=${gainWords(gain)} ?disabled=${disabled}
    .value=${live(String(Math.round(gainToFader(gain) * 2) / 2))}
    @input=${(/** @type {Event} */ event) => pass(event, false)}
    @change=${(/** @type {Event} */ event) => pass(event, true)}
    @dblclick=${() => onInput(1, true)}>`;
}
